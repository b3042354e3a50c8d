"""`realignment study --settle` over a finished study whose truth is known; the store, the queue and study.json are real."""

import json
import shutil
from dataclasses import replace

import pytest
import settled_study
from click.testing import CliRunner
from settled_study import Made, noise

from realignment import cli, tracking
from realignment.commands import study_settle
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.stages import study as stage
from realignment.study import grid, question_file

ASKED = {"delta": 1.5, "power": None, "task": None, "encoder": None, "most": None, "run": False, "as_json": True}
EVIDENT = ("latin_diverse", "uriel_diverse")  # two points apart, nearly five standard deviations of their difference
ALIKE = ("uriel_diverse", "random")


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store, bert_folder):
    root = tmp_path_factory.mktemp("settled") / "checkout"
    root.mkdir()
    shutil.copy(empty_store, root / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield settled_study.finished(root, bert_folder)


@pytest.fixture
def study(finished, tmp_path, monkeypatch):
    """A copy that a test may change, and its settings."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(finished[0].root, tmp_path / "mine")
    return Workspace(tmp_path / "mine", "sample"), finished[1]


@pytest.fixture(scope="module")
def once(finished, tmp_path_factory):
    """The study after the first question, what was computed for it, and what it said."""
    workspace = Workspace(tmp_path_factory.mktemp("once") / "mine", "sample")
    shutil.copytree(finished[0].root, workspace.root)
    executor = Made()
    return (workspace, finished[1]), executor, ask((workspace, finished[1]), EVIDENT, executor, run=True)


@pytest.fixture
def answered(once, tmp_path):
    """A copy of it that a test may change."""
    (workspace, settings), _, _ = once
    shutil.copytree(workspace.root, tmp_path / "answered")
    return Workspace(tmp_path / "answered", "sample"), settings


def ask(study, rows: tuple[str, str], executor=None, **options) -> dict:
    (found,) = study_settle.answer(*study, {**ASKED, "settle": rows, **options}, executor)
    return found


def test_a_question_alone_writes_nothing_and_says_what_an_answer_takes(study):
    before = study[0].study.read_bytes()
    found = ask(study, EVIDENT)
    assert found["answer"] is None and found["asked"] is None
    assert not study[0].settled.exists()
    assert study[0].study.read_bytes() == before
    seeds = found["first_batch"]["seeds"]
    assert found["cost"]["runs"] == seeds * 2 * 3  # both rows, realign, finetune, evaluate
    assert found["cost"]["hours"] == pytest.approx(seeds * 2 * (360 + 360 + 18) / 3600)
    assert found["required"]["with the upper spread"] > found["required"]["seeds"]


def test_a_plain_difference_is_found_by_fresh_seeds_of_the_two_rows_alone(finished, once):
    (workspace, _), executor, found = once
    known = set(tracking.finished(finished[0].root, "sample"))
    assert found["answer"] == "better"
    (written,) = question_file.read(workspace)
    seeds = [seed for batch in written.batches for seed in batch]
    assert len(executor.done) == len(seeds) * 2 * 3
    assert not {*seeds} & {*settled_study.SEEDS}
    expected = [2.0 + 100 * (noise("latin_diverse_2", seed) - noise("uriel_diverse_2", seed)) for seed in seeds]
    assert found["difference"] == pytest.approx(sum(expected) / len(seeds))
    assert workspace.study.read_bytes() == finished[0].study.read_bytes()  # the tables of the profile are as they were
    runs = [run for run in tracking.search(workspace.root, "sample") if run.data.tags.get("run_key", "") not in known]
    assert {run.data.tags["origin"] for run in runs if "run_key" in run.data.tags} == {"by hand"}


def test_asking_again_goes_on_and_computes_nothing_twice(study):
    stopped = Made(stop=7)
    with pytest.raises(KeyboardInterrupt):
        ask(study, EVIDENT, stopped, run=True)
    (written,) = question_file.read(study[0])
    assert not written.answer
    half = ask(study, EVIDENT)
    assert half["asked"] and half["answer"] is None
    assert half["batches"][0]["finished"] < half["batches"][0]["seeds"]
    rest = Made()
    assert ask(study, EVIDENT, rest, run=True)["answer"] == "better"
    assert len({*stopped.done, *rest.done}) == len(stopped.done) + len(rest.done)
    again = Made()
    assert ask(study, EVIDENT, again, run=True)["answer"] == "better"
    assert not again.done
    assert len(question_file.read(study[0])) == 1


def test_a_study_that_gets_the_seeds_later_takes_their_runs_over(answered):
    workspace, settings = answered
    (written,) = question_file.read(workspace)
    seeds = [*settled_study.SEEDS, *written.batches[0]]
    more = replace(settings, study=replace(settings.study, seeds=seeds, subsets=["latin_diverse", "uriel_diverse"]))
    executor = Made()
    with stage.locked(workspace):
        rows = stage.finish(workspace, more, grid.plan(workspace, more), executor)
    assert not executor.done
    assert sum(row["adopted"] for row in rows) == len(written.batches[0]) * 2 * 3
    assert ask((workspace, more), EVIDENT)["answer"] == "better"


def test_an_answer_stays_where_the_store_is_gone(answered, empty_store):
    shutil.copy(empty_store, answered[0].root / "mlflow.db")
    found = ask(answered, EVIDENT)
    assert (found["answer"], found["batches"][0]["finished"]) == ("better", 0)


def test_a_run_that_fails_is_named_the_rest_is_kept_and_no_answer_is_given_without_it(study):
    with pytest.raises(
        FailedWork, match=r"2 of 24 runs of the question could not be computed: realign small .* its loss is no number"
    ):
        ask(study, EVIDENT, failing := Made(broken=1002), run=True)
    assert ask(study, EVIDENT)["answer"] is None
    rest = Made()
    assert ask(study, EVIDENT, rest, run=True)["answer"] == "better"
    assert not {*failing.done} & {*rest.done}


def test_against_fine_tuning_only_a_seed_takes_one_realignment(finished):
    found = ask(finished, ("latin_diverse", "none"))
    assert found["cost"]["runs"] == found["first_batch"]["seeds"] * (3 + 2)


def test_rows_that_are_alike_end_with_no_difference_and_a_draw_is_new_for_each_seed(study):
    found = ask(study, ALIKE, Made(), run=True)
    assert found["answer"] == "no difference of 1.5 or more"
    assert found["random_rows"][0]["row"] == "random_2"


def test_a_second_question_about_the_same_rows_is_named_as_one_more_and_has_seeds_of_its_own(answered):
    other = ask(answered, EVIDENT, Made(), run=True, delta=1.6)
    assert (other["number"], other["same_rows"]) == (2, [1])
    first, second = question_file.read(answered[0])
    assert not {seed for batch in first.batches for seed in batch} & {seed for batch in second.batches for seed in batch}
    with pytest.raises(BadInput, match="ask it in that order"):
        ask(answered, EVIDENT[::-1])


def test_most_is_what_the_question_was_written_down_with(once, capsys):
    assert ask(once[0], EVIDENT, most=9)["most"] == 40
    assert "--most 40, which holds" in capsys.readouterr().err


def test_a_second_batch_has_seeds_of_its_own_and_is_written_down_before_it_runs(study):
    asked = {"rows": ("uriel_diverse", "none"), "delta": 0.65, "power": 0.55, "run": True}
    with pytest.raises(KeyboardInterrupt):
        ask(study, executor=Made(stop=5 * 5 + 2), **asked)
    (written,) = question_file.read(study[0])
    first, second = written.batches
    assert (len(first), len(second), written.answer) == (5, 3, {})
    assert not {*first} & {*second}
    half = ask(study, **{**asked, "run": False})
    assert half["answer"] is None and [one["finished"] for one in half["batches"]] == [5, 0]
    found = ask(study, executor=Made(), **asked)
    assert found["answer"] == "better"
    expected = [0.45 + 100 * (noise("uriel_diverse_2", seed) - noise("none", seed)) for seed in first + second]
    assert found["difference"] == pytest.approx(sum(expected) / 8)


def test_few_seeds_that_cannot_tell_say_so(study):
    found = ask(study, ALIKE, Made(), run=True, delta=0.05, most=3)
    assert found["answer"] == "cannot tell within 3 seeds"
    assert found["looks"] == 1 and not found["first_batch"]["as asked for"]


def test_a_study_of_other_settings_is_refused_before_anything_is_written(study):
    workspace, settings = study
    other = replace(settings, realign=replace(settings.realign, steps=7))
    with pytest.raises(BadInput, match="bring the study up to date first"):
        ask((workspace, other), EVIDENT, Made(), run=True)
    assert not workspace.settled.exists()


def test_a_question_that_was_edited_is_refused(answered):
    (path,) = answered[0].settled.glob("*.json")
    path.write_text(path.read_text().replace('"most": 40', '"most": 60'))
    with pytest.raises(BadInput, match="changed after it was written"):
        ask(answered, EVIDENT)


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (("latin_diverse", "script_diverse"), {}, "the study has no row `script_diverse_2`"),
        (("latin_diverse", "latin_diverse_2"), {}, "given twice"),
        (("latin_diverse", "majority"), {}, "a floor or a ceiling"),
        (("latin_diverse", "latin_diverse.aligned"), {}, "a floor or a ceiling"),
        (("small/latin_diverse", "large/none"), {}, "two rows of one encoder"),
        (("latin_diverse", "none"), {"encoder": "larg"}, "unknown encoder"),
        (("latin_diverse", "none"), {"delta": 0.0}, "--delta takes points above 0"),
        (("latin_diverse", "none"), {"delta": None}, "--delta is required"),
        (("latin_diverse", "none"), {"power": 0.5}, "--power takes a share"),
        (("latin_diverse", "none"), {"power": 80.0}, "--power takes a share"),
        (("latin_diverse", "none"), {"most": 2}, "--most takes 3 seeds or more"),
        (("latin_diverse", "none"), {"task": "nli"}, "no scores of task `nli`"),
    ],
)
def test_wrong_input_is_refused_in_one_line(finished, rows, options, words):
    with pytest.raises(BadInput, match=words) as fault:
        ask(finished, rows, **options)
    assert "\n" not in str(fault.value)


def test_a_profile_without_a_study_is_told_to_make_one(study):
    study[0].study.unlink()
    with pytest.raises(BadInput, match="a finished study of profile `sample` is required"):
        ask(study, EVIDENT)


def test_rows_for_people_name_the_question_the_seeds_and_the_command(finished):
    rows = study_settle.answer(*finished, {**ASKED, "as_json": False, "settle": EVIDENT})
    said = {row["what"]: row["says"] for row in rows}
    assert said["question"].startswith("latin_diverse_2 against uriel_diverse_2")
    assert "do not answer it" in said["seen so far"]
    assert "--run" in said["written down"]


def test_options_of_the_question_are_refused_without_it(finished, monkeypatch):
    monkeypatch.chdir(finished[0].root)
    found = CliRunner().invoke(cli.group, ["study", "--delta", "0.5"])
    assert isinstance(found.exception, BadInput)
    assert "--delta is about --settle" in str(found.exception)
    found = CliRunner().invoke(cli.group, ["study", "--settle", "uriel_diverse", "--delta", "1"])
    assert "--settle takes two rows" in str(found.exception)


def test_facts_are_json(finished):
    json.dumps(ask(finished, EVIDENT), allow_nan=False)
