"""Which jobs a grid holds, counted by hand on real data; and what its rows and seeds are."""

import shutil
from collections import Counter
from dataclasses import replace

import encoders
import pytest
import small_world

from realignment.core.errors import BadInput
from realignment.engine.bases import locate
from realignment.study import grid


@pytest.fixture(scope="module")
def world(tmp_path_factory, bert_folder):
    return small_world.build(tmp_path_factory.mktemp("world"), bert_folder)


@pytest.fixture(scope="module")
def another(tmp_path_factory):
    """The folder of another encoder."""
    return encoders.build(tmp_path_factory.mktemp("another"), "xlm-roberta")


def changed(settings, **study):
    return replace(settings, study=replace(settings.study, **study))


@pytest.fixture(scope="module")
def settings(world):
    """4 rows (none, latin_diverse_2, all, all.shuffled), 2 tasks, 2 seeds, floors."""
    given = {"subsets": ["none", "latin_diverse", "all"], "shuffled": ["all"], "itself": [], "tasks": ["pos", "nli"]}
    return changed(world[1], **given, seeds=[17, 23], draws=None, floors=True)


def counted(jobs) -> Counter:
    """Jobs by verb; retrieval and floors apart."""
    floors = ("majority", "untrained", "hypothesis")
    return Counter(
        job.cell.control if job.cell.control in floors else f"{job.verb}{'' if job.task else ' encoder'}" for job in jobs
    )


def test_the_jobs_of_a_grid_counted_by_hand(world, settings):
    assert counted(grid.plan(world[0], settings)) == {
        "realign encoder": 3 * 2,  # every row but none, every seed
        "evaluate encoder": 3 * 2 + 1,  # retrieval of each, and of the base encoder once, whatever the seed
        "finetune": 4 * 2 * 2,  # every row, seed and task
        "evaluate": 4 * 2 * 2,
        "majority": 2,  # a task; needs no model
        "untrained": 2 * 2,  # a task: its model and the scores of that
        "hypothesis": 2,  # NLI alone: the same
    }


def test_without_floors_there_are_none_and_nothing_else_changes(world, settings):
    whole, without = (grid.plan(world[0], changed(settings, floors=floors)) for floors in (True, False))
    left_out = counted(whole) - counted(without)
    assert left_out == {"majority": 2, "untrained": 4, "hypothesis": 2}
    assert {job.key for job in without} < {job.key for job in whole}


def test_a_ceiling_is_a_model_and_its_scores_a_task_on_its_own_files_and_no_other_job_is_another(world, settings, another):
    above = {"name": f"path:{another}", "seen": "xlmr", "learning_rate": 0.25}
    plain = grid.plan(world[0], settings)
    jobs = {job.key: job for job in grid.plan(world[0], changed(settings, ceiling=above))}
    assert list(jobs)[: len(plain)] == [job.key for job in plain]
    added = [job for key, job in jobs.items() if key not in {one.key for one in plain}]
    assert [(job.verb, job.cell.row, job.task, job.cell.seeds.order, job.languages) for job in added] == [
        (verb, "none.aligned", task, 17, ()) for task in ("pos", "nli") for verb in ("finetune", "evaluate")
    ]
    tuned = next(
        job for job in plain if (job.verb, job.cell.row, job.task, job.cell.seeds.order) == ("finetune", "none", "pos", 17)
    )
    assert added[0].base == above["name"].removeprefix("path:") != tuned.base
    assert (added[0].params["learning_rate"], added[0].inputs["encoder"] != tuned.inputs["encoder"]) == (0.25, True)
    apart = {name for name in added[0].params if added[0].params[name] != tuned.params.get(name)}
    assert apart == {"learning_rate"}, "it is fine-tuned as `none` is"


def test_each_encoder_of_a_study_has_a_row_of_the_ceiling(world, settings, another):
    label, spec = next(iter(settings.study.encoders.items()))
    both = {label: spec, "other": {**spec, "learning_rate": 0.5}}
    above = {"name": f"path:{another}", "seen": "xlmr"}
    jobs = grid.plan(world[0], changed(settings, encoders=both, ceiling=above))
    assert Counter(job.cell.encoder for job in jobs if job.cell.control == "aligned") == dict.fromkeys(both, 4)


def test_without_retrieval_pairs_no_encoder_is_evaluated(world, settings):
    silent = replace(settings, evaluate=replace(settings.evaluate, retrieval_pairs=0))
    assert counted(grid.plan(world[0], silent)) == {
        name: number for name, number in counted(grid.plan(world[0], settings)).items() if name != "evaluate encoder"
    }


def test_a_second_encoder_doubles_the_grid(world, settings):
    spec = settings.study.encoders["small"]
    both = changed(settings, encoders={"small": spec, "other": {**spec, "learning_rate": 0.5}})
    one, two = counted(grid.plan(world[0], settings)), counted(grid.plan(world[0], both))
    assert two == {name: 2 * number for name, number in one.items()}


def test_an_encoder_with_subsets_of_its_own_is_run_with_those_alone(world, settings):
    (label, spec), *_ = settings.study.encoders.items()
    own = changed(settings, encoders={label: {**spec, "subsets": ["none", "latin_diverse"]}})
    every, some = (grid.plan(world[0], one) for one in (settings, own))
    assert {job.cell.row for job in some if job.cell.control not in ("majority", "untrained", "hypothesis")} == {
        "none",
        "latin_diverse_2",
    }
    assert {job.key for job in some} == {job.key for job in every if job.cell.subset != "all"}, "and its jobs are the same"


def test_what_a_job_reads_stands_before_it(world, settings):
    jobs = grid.plan(world[0], settings)
    place = {job.key: number for number, job in enumerate(jobs)}
    assert all(place[job.parent] < place[job.key] for job in jobs if job.parent)
    assert (
        sum(bool(job.parent) for job in jobs) == 6 + (16 - 4) + 16 + 3
    )  # not of `none`, the floors or the base encoder's retrieval


def test_a_row_that_is_listed_by_two_spellings_is_one(settings):
    twice = changed(settings, subsets=["latin_diverse", "none", "latin_diverse_2"], shuffled=["latin_diverse"], itself=["all"])
    assert grid.rows(twice) == [("latin_diverse_2", ""), ("none", ""), ("latin_diverse_2", "shuffled"), ("all", "self")]


def test_a_row_realigned_otherwise_differs_from_its_plain_row_in_one_setting(world, settings):
    jobs = grid.plan(world[0], changed(settings, shuffled=[], equal_pairs=["all", "latin_diverse"], floors=False))
    made = {(job.cell.row, job.cell.seeds.order): job for job in jobs if job.verb == "realign"}
    for subset in ("all", "latin_diverse_2"):
        plain, other = made[subset, 17], made[f"{subset}.equal_pairs", 17]
        apart = {name for name in {*plain.params, *other.params} if plain.params.get(name) != other.params.get(name)}
        assert apart == {"allocation", "steps", "pairs_per_language"} and plain.languages == other.languages
        assert (plain.params["allocation"], other.params["allocation"]) == ("equal_steps", "equal_pairs_per_language")
        assert other.model == f"{plain.model}.equal_pairs" and other.key != plain.key
    scored = [job for job in jobs if job.verb == "evaluate" and job.cell.control == "equal_pairs"]
    assert len(scored) == 2 * 2 * (2 + 1)  # of either subset and seed, two tasks and the retrieval


def test_the_steps_of_a_profile_are_no_part_of_what_takes_equal_pairs_and_the_other_way_round(world, settings):
    def keys(allocation: str, **change) -> set[str]:
        how = replace(settings.realign, allocation=allocation, **change)
        return {job.key for job in grid.plan(world[0], replace(settings, realign=how)) if job.verb == "realign"}

    assert keys("equal_pairs_per_language", steps=6) == keys("equal_pairs_per_language", steps=7)
    assert not keys("equal_pairs_per_language", pairs_per_language=10) & keys("equal_pairs_per_language", pairs_per_language=11)
    assert keys("equal_steps", pairs_per_language=10) == keys("equal_steps", pairs_per_language=11)
    assert not keys("equal_steps", steps=6) & keys("equal_steps", steps=7)


def test_none_has_no_control(settings):
    with pytest.raises(BadInput, match="`none` realigns nothing, so it has no row `shuffled`"):
        grid.rows(changed(settings, shuffled=["none"]))


@pytest.mark.parametrize(
    ("draws", "subset", "wanted"),
    [
        (None, "random_2", [(17, 17), (23, 23)]),
        ([1, 2], "random_2", [(1, 17), (1, 23), (2, 17), (2, 23)]),
        ([1, 2], "latin_diverse_2", [(17, 17), (23, 23)]),
    ],
)
def test_draws_that_are_listed_are_crossed_with_the_seeds_of_random_subsets(settings, draws, subset, wanted):
    sown = grid.sown(changed(settings, draws=draws), subset)
    assert [(seeds.subset, seeds.order) for seeds in sown] == wanted
    assert all(seeds.order == seeds.head == seeds.dropout for seeds in sown)


def test_all_subsets_that_cannot_be_made_are_named_once_each(world, settings):
    with pytest.raises(BadInput) as fault:
        grid.plan(world[0], changed(settings, subsets=["uriel_diverse_7", "all", "script_diverse_3"]))
    assert all(str(fault.value).count(f"`{name}` was not chosen") == 1 for name in ("uriel_diverse_7", "script_diverse_3"))


def test_each_encoder_of_a_study_has_floors_and_retrieval_of_its_own(world, settings):
    """Two rates of one encoder: what is measured before any training is the same, and stands in the rows of both."""
    label, spec = next(iter(settings.study.encoders.items()))
    both = {label: spec, "other": {**spec, "learning_rate": 0.5}}
    jobs = grid.plan(world[0], changed(settings, encoders=both))
    held = Counter((job.cell.encoder, job.task) for job in jobs if job.verb == "evaluate" and not job.parent)
    assert held == {(one, task): 1 for one in both for task in ("", "pos", "nli")}


@pytest.mark.parametrize("own", [{}, {"subsets": ["all"]}, {"subsets": ["all"], "learning_rate": 2.0**-9}])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_one_encoder_under_two_labels_is_refused_by_both(world, settings, tmp_path, own, elsewhere):
    """In the same folder or a copy of it, with the same rows or others, and where one says the rate that the other has anyway."""
    label, spec = next(iter(settings.study.encoders.items()))
    first = {**spec, **({"subsets": ["none"]} if own else {})}
    rates = {"realign": replace(settings.realign, learning_rate=2.0**-9)}
    rates["finetune"] = replace(settings.finetune, learning_rate=dict.fromkeys(("pos", "ner", "nli"), 2.0**-9))
    again = {**spec, **own, **({"name": copied(world[0], spec, tmp_path)} if elsewhere else {})}
    with pytest.raises(BadInput, match=f"`{label}` and `again` are the same files") as fault:
        grid.plan(world[0], changed(replace(settings, **rates), encoders={label: first, "again": again}, floors=False))
    assert len(fault.value.args) == 1


@pytest.mark.parametrize("rate", [{}, {"learning_rate": 0.5}])
def test_a_ceiling_that_is_one_of_the_encoders_is_refused_wherever_it_lies(world, settings, tmp_path, rate):
    label, spec = next(iter(settings.study.encoders.items()))
    folder = copied(world[0], spec, tmp_path)
    with pytest.raises(BadInput, match=f"study.ceiling and the encoder `{label}` of study.encoders are the same files"):
        grid.plan(world[0], changed(settings, ceiling={"name": folder, "seen": "xlmr", **rate}))


def copied(workspace, spec, folder) -> str:
    """The name of a copy of an encoder."""
    shutil.copytree(locate.resolve(spec["name"], workspace.root), folder / "copy")
    return f"path:{folder / 'copy'}"
