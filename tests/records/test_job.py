"""What is part of a run key and of a cell key and what is not; what a job survives; how a job by hand differs from the grid."""

import json
from dataclasses import replace

import pytest

from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job, differing

CELL = Cell("small", "latin_diverse_2", Seeds.all(17))
JOB = Job(
    "finetune",
    CELL,
    "pos",
    params={"batch": 32, "warmup": 0.1},
    inputs={"train": "1" * 64, "bitext/qaa": "2" * 64, "alignment/qaa": "3" * 64},
    languages=("qaa", "qab"),
    parent="4" * 64,
    parent_cell="5" * 64,
    base="/models/small",
    model="sample.small.latin_diverse_2.pos",
    environment={"device": "cpu", "threads": 1},
)
TOLD = {  # changes of a job that both keys tell
    "verb": {"verb": "evaluate"},
    "task": {"task": "ner"},
    "control": {"cell": replace(CELL, control="shuffled")},
    "subset": {"cell": replace(CELL, subset="uriel_diverse_2")},
    "a setting": {"params": {"batch": 16, "warmup": 0.1}},
    "a setting more": {"params": {**JOB.params, "dtype": "float32"}},
    "bytes of an input": {"inputs": {**JOB.inputs, "train": "9" * 64}},
    "bytes of a bitext": {"inputs": {**JOB.inputs, "bitext/qaa": "9" * 64}},
    "languages": {"languages": ("qaa", "qac")},
    "threads": {"environment": {"device": "cpu", "threads": 2}},
}
UNTOLD = {  # changes that neither tells
    "label of the encoder": {"cell": replace(CELL, encoder="mini")},
    "folder of the base": {"base": "/elsewhere"},
    "name in the registry": {"model": "mini.small.latin_diverse_2.pos"},
    "trial": {"trial": {"batch": 32}},
    "order of the settings": {"params": {"warmup": 0.1, "batch": 32}},
}


@pytest.mark.parametrize("change", TOLD.values(), ids=TOLD)
def test_what_decides_numbers_changes_the_run_key_and_the_cell_key(change):
    other = replace(JOB, **change)
    assert other.key != JOB.key and other.cell_key != JOB.cell_key


@pytest.mark.parametrize("change", UNTOLD.values(), ids=UNTOLD)
def test_what_decides_no_number_changes_no_key(change):
    other = replace(JOB, **change)
    assert (other.key, other.cell_key) == (JOB.key, JOB.cell_key)


@pytest.mark.parametrize("part", ["subset", "order", "head", "dropout"])
def test_each_seed_changes_the_run_key_and_none_the_cell_key(part):
    other = replace(JOB, cell=replace(CELL, seeds=Seeds.all(17, **{part: 23})))
    assert other.key != JOB.key and other.cell_key == JOB.cell_key


def test_the_run_key_follows_the_parent_and_the_cell_key_the_cell_of_the_parent():
    run, cell = replace(JOB, parent="6" * 64), replace(JOB, parent_cell="6" * 64)
    assert run.key != JOB.key and run.cell_key == JOB.cell_key
    assert cell.key == JOB.key and cell.cell_key != JOB.cell_key


def drawn(draw: int, codes: tuple[str, ...], **change) -> Job:
    """A realignment on a draw of two languages."""
    given = {"encoder": "0" * 64} | {f"{kind}/{code}": code * 20 for kind in ("bitext", "alignment") for code in codes}
    job = Job("realign", Cell("small", "random_2", Seeds.all(17, subset=draw)), "", {"steps": 5}, given, languages=codes)
    return replace(job, **change)


def test_draws_of_a_random_subset_are_runs_of_one_cell_whatever_languages_they_hold():
    one, other = drawn(1, ("qaa", "qab")), drawn(2, ("qac", "qad"))
    assert one.cell_key == other.cell_key and one.key != other.key


def test_a_drawn_subset_on_another_encoder_is_another_cell():
    one = drawn(1, ("qaa", "qab"))
    assert replace(one, inputs={**one.inputs, "encoder": "1" * 64}).cell_key != one.cell_key


def test_a_job_comes_back_from_json_as_it_was():
    content = json.loads(json.dumps(JOB.to_json()))
    assert Job.from_json(content) == JOB
    assert (content["key"], content["cell_key"]) == (JOB.key, JOB.cell_key)


def test_of_a_record_the_outcome_is_no_part_of_the_job():
    assert Job.from_json({**JOB.to_json(), "scores": [], "seconds": 3.0}) == JOB


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "finetune small latin_diverse_2 pos s17"),
        ({"verb": "evaluate", "task": ""}, "evaluate small latin_diverse_2 retrieval s17"),
        ({"verb": "realign", "task": "", "cell": replace(CELL, control="self")}, "realign small latin_diverse_2.self s17"),
    ],
)
def test_a_job_is_called_by_verb_encoder_row_task_and_seed(change, name):
    assert replace(JOB, **change).name == name


def test_a_checkpoint_is_of_one_configuration_which_names_each_setting_by_its_verb():
    found = JOB.configuration
    assert found["finetune.batch"] == 32 and found["seeds.order"] == 17 and found["environment.threads"] == 1
    assert found["inputs.train"] == "1" * 64 and found["parent"] == JOB.parent


PARENT = Job("realign", CELL, "", {"steps": 500}, {}, environment={"device": "cpu"})
CHILD = Job("finetune", CELL, "pos", {"batch": 32}, {}, parent=PARENT.key, environment={"device": "cpu"})
GRID = [PARENT, CHILD]


def test_a_job_of_the_grid_differs_in_nothing():
    assert differing(CHILD, PARENT, GRID) == {}


def test_a_trial_differs_in_the_settings_and_the_environment_that_are_its_own():
    job = replace(PARENT, params={"steps": 9}, environment={"device": "cuda"})
    assert differing(job, None, GRID) == {"steps": 9, "device": "cuda"}


def test_what_reads_a_trial_differs_in_the_settings_of_what_it_reads():
    above = replace(PARENT, params={"steps": 9})
    assert differing(replace(CHILD, parent=above.key), above, GRID) == {"realign.steps": 9}


def test_a_seed_or_a_row_that_the_grid_has_not_is_named():
    assert differing(replace(CHILD, cell=replace(CELL, seeds=Seeds.all(5))), PARENT, GRID) == {"seed": "s5"}
    assert differing(replace(CHILD, cell=replace(CELL, subset="all", control="self")), PARENT, GRID) == {"subset": "all.self"}


def test_the_same_settings_on_other_bytes_are_those_of_another_time():
    assert differing(replace(CHILD, inputs={"train": "9" * 64}), PARENT, GRID) == {"inputs": "of another time"}
