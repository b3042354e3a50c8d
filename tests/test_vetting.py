"""What a study must be before a table is made of it: every fault refused or marked by the name of its run."""

import copy
from dataclasses import replace

import made_up
import pyarrow.parquet as pq
import pytest
import small_world

from realignment import grid, inputs, records, tables, vetting
from realignment.errors import BadInput
from realignment.stages import evaluate, finetune, realign


@pytest.fixture
def study() -> dict:
    return copy.deepcopy(made_up.study())


def one(study: dict, name: str) -> dict:
    return next(record for record in study["records"] if record["name"] == name)


EVALUATION = "evaluate small latin_diverse_5 pos s17"


def test_a_sound_study_is_accepted(study):
    vetting.vet(study)
    assert vetting.incomplete(study["records"]) == []


def test_a_run_of_another_profile_is_refused(study):
    one(study, "realign small all s17")["model"] = "mini.small.all"
    with pytest.raises(BadInput, match="realign small all s17 is of profile mini, not sample"):
        vetting.vet(study)


@pytest.mark.parametrize(
    ("part", "key", "given"), [("params", "steps", 7), ("params", "layer", -2), ("environment", "device", "cuda")]
)
def test_runs_of_two_presets_or_machines_are_refused_by_what_differs(study, part, key, given):
    one(study, EVALUATION)[part] = {**one(study, EVALUATION)[part], key: given}
    with pytest.raises(BadInput, match=f"{EVALUATION}.* {key} "):
        vetting.vet(study)


def test_controls_and_tasks_may_have_settings_of_their_own(study):
    for record in study["records"]:
        if record["cell"]["control"] == "hypothesis" or record["task"] == "ner":
            record["params"] = {**record["params"], "hypothesis_only": True}
    vetting.vet(study)


@pytest.mark.parametrize("wrong", [1.0001, -0.01, float("nan"), None])
def test_a_score_that_is_no_score_is_refused_by_name(study, wrong):
    one(study, EVALUATION)["scores"][3]["score"] = wrong
    with pytest.raises(BadInput, match=rf"{EVALUATION} has {wrong} for udpos qad, and a score is a number in \[0, 1\]"):
        vetting.vet(study)


def test_the_ends_of_the_range_are_scores(study):
    one(study, EVALUATION)["scores"][3]["score"] = 0.0
    one(study, EVALUATION)["scores"][4]["score"] = 1
    vetting.vet(study)


def test_a_seed_that_is_there_twice_is_refused(study):
    study["records"].append({**copy.deepcopy(one(study, EVALUATION)), "key": "f" * 64})
    with pytest.raises(BadInput, match=f"{EVALUATION} is there twice"):
        vetting.vet(study)


def test_all_faults_are_counted(study):
    for record in study["records"]:
        record["model"] = "mini.x"
    with pytest.raises(BadInput, match=rf"and {len(study['records']) - 3} more; run `dvc repro study`"):
        vetting.vet(study)


def test_a_language_that_is_in_no_table_of_languages_is_refused_by_name(study):
    one(study, EVALUATION)["scores"][3]["language"] = "qaz"
    known = {language.code: language for language in made_up.world()}
    with pytest.raises(BadInput, match="unknown language `qaz`; nearest"):
        tables.studies(study, known, made_up.subsets())


def test_an_evaluation_that_ended_half_way_is_named_with_what_it_lacks(study):
    one(study, EVALUATION)["scores"] = [score for score in one(study, EVALUATION)["scores"] if score["language"] != "qad"]
    assert vetting.incomplete(study["records"]) == [f"{EVALUATION} lacks udpos qad"]


def test_a_model_that_nobody_evaluated_is_named(study):
    study["records"] = [record for record in study["records"] if record["name"] != EVALUATION]
    assert vetting.incomplete(study["records"]) == ["finetune small latin_diverse_5 pos s17 was not evaluated"]
    study["records"] = [r for r in study["records"] if r["verb"] == "realign" or r["cell"]["subset"] != "random_5"]
    assert [line for line in vetting.incomplete(study["records"]) if "random_5" in line] == [
        "realign small random_5 s17 was not evaluated",
        "realign small random_5 s23 was not evaluated",
    ]


def test_a_run_that_read_another_model_than_its_parent_made_is_named(study):
    """The parent was computed again, with other kernels perhaps."""
    assert vetting.strayed(study["records"]) == []
    parent, child = one(study, "finetune small none pos s17"), one(study, "evaluate small none pos s17")
    parent["files"] = {"model/model.safetensors": "1" * 64}
    child |= {"parent": parent["key"], "read": records.model_digest(parent)}
    assert vetting.strayed(study["records"]) == []
    child["read"] = "2" * 64
    assert vetting.strayed(study["records"]) == [
        "evaluate small none pos s17 read another model than the run of finetune small none pos s17 has"
    ]


@pytest.fixture(scope="module")
def planned(tmp_path_factory, bert_folder) -> tuple:
    """(workspace, the jobs of its grid as records): what runs of the data at hand have read."""
    workspace, settings = small_world.build(tmp_path_factory.mktemp("planned"), bert_folder)
    some = replace(settings.study, subsets=["none", "latin_diverse"], shuffled=[], floors=False, tasks=["pos", "ner"])
    settings = replace(settings, study=some)
    jobs = grid.plan(workspace, settings, grid.Verbs(realign.plan, finetune.plan, evaluate.plan))
    return workspace, {"records": [job.to_json() for job in jobs]}


def current(workspace, study: dict, change=lambda manifest, subsets: None) -> None:
    """As if stages had written another manifest or other subsets since."""
    known, subsets = inputs.load(workspace), copy.deepcopy(inputs.subsets(workspace))
    entries = copy.deepcopy(known.entries)
    change(entries, subsets)
    vetting.current(study, replace(known, entries=entries, found={}, places={}), subsets)


def test_runs_of_the_data_at_hand_are_accepted(planned):
    current(*planned)


def other_bytes(path: str):
    return lambda entries, subsets: entries[path].update(sha256="f" * 64)


@pytest.mark.parametrize(("change", "said"), [
    (other_bytes("evalsets/pos/made/qad.parquet"), "read evalsets/pos/made/qad.parquet with other rows"),
    (other_bytes("evalsets/ner/made/qaa.parquet"), "read the training rows of ner with other rows"),
    (other_bytes("bitext/qab.parquet"), "read bitext/qab.parquet with other rows"),
    (lambda entries, subsets: entries.pop("evalsets/pos/made/qad.parquet"), "read evalsets/pos/made/qad.parquet with other rows"),
    (lambda entries, subsets: subsets["subsets"]["latin_diverse_2"].update(languages=["qad"]),
     "was realigned on qab, qac, subsets.json has qad now"),
])  # fmt: skip
def test_runs_of_other_data_than_those_at_hand_are_no_table(planned, change, said):
    with pytest.raises(BadInput, match=said):
        current(*planned, change)


def test_rows_that_are_left_out_now_and_were_not_then_are_other_data(planned):
    workspace, study = planned
    known = inputs.load(workspace)
    excluded = replace(known, excluded={"bitext/qab.parquet": (3,)}, found={}, places={})
    with pytest.raises(BadInput, match=r"bitext/qab.parquet with other rows .* run `dvc repro study`"):
        vetting.current(study, excluded, inputs.subsets(workspace))


@pytest.mark.parametrize("path", ["evalsets/pos/made/qad.parquet", "bitext/qab.parquet", "evalsets/ner/made/qaa.parquet"])
def test_a_file_that_was_edited_after_its_runs_is_no_table(planned, path):
    workspace, study = planned
    file = workspace.data / path
    before = file.read_bytes()
    try:
        pq.write_table(pq.read_table(file).slice(1), file)
        with pytest.raises(BadInput, match=rf"read {path}, which was changed after `fetch` wrote it"):
            current(workspace, study)
    finally:
        file.write_bytes(before)
    current(workspace, study)
