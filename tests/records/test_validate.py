"""What a study must be before a table is made of it: every fault refused or marked by the name of its run."""

import copy

import made_up
import pytest

from realignment.core.errors import BadInput
from realignment.records import sealing, validate
from realignment.records.record import Record
from realignment.results import tables


@pytest.fixture
def study() -> dict:
    return copy.deepcopy(made_up.study())


def one(study: dict, name: str) -> dict:
    return next(record for record in study["records"] if record["name"] == name)


EVALUATION = "evaluate small latin_diverse_5 pos s17"


def test_a_sound_study_is_accepted(study):
    validate.vet(made_up.read(study))
    assert validate.incomplete(made_up.read(study)["records"]) == []


def test_a_run_of_another_profile_is_refused(study):
    one(study, "realign small all s17")["model"] = "mini.small.all"
    with pytest.raises(BadInput, match="realign small all s17 is of profile mini, not sample"):
        validate.vet(made_up.read(study))


@pytest.mark.parametrize(
    ("part", "key", "given"), [("params", "steps", 7), ("params", "layer", -2), ("environment", "device", "cuda")]
)
def test_runs_of_two_presets_or_machines_are_refused_by_what_differs(study, part, key, given):
    one(study, EVALUATION)[part] = {**one(study, EVALUATION)[part], key: given}
    with pytest.raises(BadInput, match=f"{EVALUATION}.* {key} "):
        validate.vet(made_up.read(study))


def test_controls_and_tasks_may_have_settings_of_their_own(study):
    for record in study["records"]:
        if record["cell"]["control"] == "hypothesis" or record["task"] == "ner":
            record["params"] = {**record["params"], "hypothesis_only": True}
    validate.vet(made_up.read(study))


@pytest.mark.parametrize("wrong", [1.0001, -0.01, float("nan"), None])
def test_a_score_that_is_no_score_is_refused_by_name(study, wrong):
    one(study, EVALUATION)["scores"][3]["score"] = wrong
    with pytest.raises(BadInput, match=rf"{EVALUATION} has {wrong} for udpos qad, and a score is a number in \[0, 1\]"):
        validate.vet(made_up.read(study))


def test_the_ends_of_the_range_are_scores(study):
    one(study, EVALUATION)["scores"][3]["score"] = 0.0
    one(study, EVALUATION)["scores"][4]["score"] = 1
    validate.vet(made_up.read(study))


def test_a_seed_that_is_there_twice_is_refused(study):
    study["records"].append({**copy.deepcopy(one(study, EVALUATION)), "key": "f" * 64})
    with pytest.raises(BadInput, match=f"{EVALUATION} is there twice"):
        validate.vet(made_up.read(study))


def test_all_faults_are_counted(study):
    for record in study["records"]:
        record["model"] = "mini.x"
    with pytest.raises(BadInput, match=rf"and {len(study['records']) - 3} more; run `dvc repro study`"):
        validate.vet(made_up.read(study))


def test_a_language_that_is_in_no_table_of_languages_is_refused_by_name(study):
    one(study, EVALUATION)["scores"][3]["language"] = "qaz"
    known = {language.code: language for language in made_up.world()}
    with pytest.raises(BadInput, match="unknown language `qaz`; nearest"):
        tables.studies(made_up.read(study), known, made_up.subsets())


def test_an_evaluation_that_ended_half_way_is_named_with_what_it_lacks(study):
    one(study, EVALUATION)["scores"] = [score for score in one(study, EVALUATION)["scores"] if score["language"] != "qad"]
    assert validate.incomplete(made_up.read(study)["records"]) == [f"{EVALUATION} lacks udpos qad"]


def test_a_model_that_nobody_evaluated_is_named(study):
    study["records"] = [record for record in study["records"] if record["name"] != EVALUATION]
    assert validate.incomplete(made_up.read(study)["records"]) == ["finetune small latin_diverse_5 pos s17 was not evaluated"]
    study["records"] = [r for r in study["records"] if r["verb"] == "realign" or r["cell"]["subset"] != "random_5"]
    assert [line for line in validate.incomplete(made_up.read(study)["records"]) if "random_5" in line] == [
        "realign small random_5 s17 was not evaluated",
        "realign small random_5 s23 was not evaluated",
    ]


def test_a_run_that_read_another_model_than_its_parent_made_is_named(study):
    """The parent was computed again, with other kernels perhaps."""
    assert validate.strayed(made_up.read(study)["records"]) == []
    parent, child = one(study, "finetune small none pos s17"), one(study, "evaluate small none pos s17")
    parent["files"] = {"model/model.safetensors": "1" * 64}
    child |= {"parent": parent["key"], "read": sealing.model_digest(Record.of(parent, "study.json"))}
    assert validate.strayed(made_up.read(study)["records"]) == []
    child["read"] = "2" * 64
    assert validate.strayed(made_up.read(study)["records"]) == [
        "evaluate small none pos s17 read another model than the run of finetune small none pos s17 has"
    ]
