"""MLflow's own objects for models: each tied to the run that made it, the data of its scores and the runs that read it; in one store and in a
restored one."""

import json
import shutil

import pytest
import small_grid
from small_grid import BYTES, SCORES, files_of, made, trained

from realignment import tracking
from realignment.records.record import Record
from realignment.tracking import logged, store


def saved(root, records: list[Record], **how) -> list[str]:
    return [tracking.save(root, "sample", one, None, keep=False, **how) for one in records]


def restored(root, records: list[Record]) -> list[str]:
    return tracking.restore(root, "sample", records)


@pytest.fixture(params=[saved, restored])
def runs(request, checkout) -> list:
    """The runs of a chain, as MLflow gives them."""
    return [tracking.prepare(checkout).get_run(run) for run in request.param(checkout, trained())]


def model_of(root, run):
    (one,) = run.outputs.model_outputs
    return tracking.prepare(root).get_logged_model(one.model_id)


def test_every_training_made_a_model_that_the_next_one_read(checkout, runs):
    realign, tuned, _ = runs
    assert [len(run.outputs.model_outputs) for run in runs] == [1, 1, 0]
    made_by = [run.outputs.model_outputs[0].model_id for run in (realign, tuned)]
    assert [[one.model_id for one in run.inputs.model_inputs] for run in runs] == [[], made_by[:1], made_by[1:]]
    model = model_of(checkout, tuned)
    assert (model.name, model.model_type, model.source_run_id) == (
        "small latin_diverse_5 pos s17",
        "fine-tuned model",
        tuned.info.run_id,
    )
    assert model.params == {
        "encoder": "small",
        "subset": "latin_diverse_5",
        "control": "none",
        "seed": "17",
        "task": "pos",
        "language_count": "2",
    }
    assert model.tags["languages"] == "qaa qab" and model.tags["parent_key"] == realign.data.tags["run_key"]


def test_the_table_of_runs_is_given_the_models_they_made(checkout, runs):
    """MLflow's search gives those that a run made, not those it read: so is its column Models."""
    found = {run.info.run_name: len(run.outputs.model_outputs) for run in tracking.search(checkout, "sample")}
    assert found == {
        "realign small latin_diverse_5 s17": 1,
        "finetune small latin_diverse_5 pos s17": 1,
        "evaluate small latin_diverse_5 pos s17": 0,
    }


def test_the_scores_of_an_evaluation_are_those_of_the_model_it_measured_on_that_data_set(checkout, runs):
    _, tuned, evaluated = runs
    model = model_of(checkout, tuned)
    wanted = {f"pos/mini/{code}": value for code, value in SCORES.items()} | {"pos/mean": 0.375, "pos/english": 0.9}
    assert {one.key: one.value for one in model.metrics} == wanted
    (data,) = [one.dataset for one in evaluated.inputs.dataset_inputs]
    assert {(one.dataset_name, one.dataset_digest, one.run_id) for one in model.metrics} == {
        (data.name, data.digest, evaluated.info.run_id)
    }


def test_models_are_found_by_their_score_on_a_data_set(checkout, runs):
    _, tuned, evaluated = runs
    name = evaluated.inputs.dataset_inputs[0].dataset.name
    home, found = evaluated.info.experiment_id, tracking.prepare(checkout).search_logged_models

    def above(score: float, data: str) -> list[str]:
        return [one.source_run_id for one in found([home], f"metrics.`pos/mean` > {score}", [{"dataset_name": data}])]

    assert above(0.3, name) == [tuned.info.run_id]
    assert above(0.4, name) == above(0.3, "evalsets/pos/other") == []


def test_a_mean_over_several_sets_is_of_none_of_them(checkout):
    two = [{"task": "pos", "set": name, "language": "qaa", "score": 0.5, "n": 9, "cut": 0} for name in ("one", "two")]
    tuned = small_grid.record("finetune")
    scored = small_grid.record(parent=tuned.key, scores=two, inputs={f"evalset/{name}/qaa": BYTES for name in ("one", "two")})
    first, _ = restored(checkout, [tuned, scored])
    found = {one.key: one.dataset_name for one in model_of(checkout, tracking.prepare(checkout).get_run(first)).metrics}
    assert found == {"pos/one/qaa": "evalsets/pos/one", "pos/two/qaa": "evalsets/pos/two", "pos/mean": None}


def test_a_kept_model_says_its_version_and_shows_the_files_of_its_run(checkout, tmp_path):
    record = small_grid.record("realign", files=files_of("weights"))
    run = tracking.save(checkout, "sample", record, made(tmp_path / "one"), keep=True)
    model = model_of(checkout, tracking.prepare(checkout).get_run(run))
    assert json.loads(model.tags[logged.VERSIONS]) == [{"name": record.model, "version": 1}]
    assert model.tags["weights"] == "with the run"
    assert [one.path for one in tracking.prepare(checkout).list_logged_model_artifacts(model.model_id)] == ["model.safetensors"]


def test_a_model_that_is_kept_later_says_so_then(checkout, tmp_path):
    record = small_grid.record("realign", files=files_of("weights"))
    run = tracking.save(checkout, "sample", record, None, keep=False)
    assert model_of(checkout, tracking.prepare(checkout).get_run(run)).tags["weights"] == "not in this store"
    tracking.keep_model(checkout, run, record, made(tmp_path / "one") / "model")
    assert model_of(checkout, tracking.prepare(checkout).get_run(run)).tags["weights"] == "with the run"


def test_a_moved_checkout_takes_the_files_of_its_models_along(checkout, tmp_path):
    run = tracking.save(checkout, "sample", small_grid.record("realign"), made(tmp_path / "one"), keep=True)
    there = tmp_path / "else where"
    shutil.move(checkout, there)
    store._prepare.cache_clear()
    model = model_of(there, tracking.prepare(there).get_run(run))
    assert model.artifact_location == str(tracking.folder(there, run) / "model")


def test_under_mlflow_run_the_model_lies_with_the_run_too(checkout, tmp_path, monkeypatch):
    run = tracking.prepare(checkout).create_run(tracking.experiment(checkout, "sample")).info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", run)
    assert tracking.save(checkout, "sample", small_grid.record("realign"), made(tmp_path / "one"), keep=True) == run
    model = model_of(checkout, tracking.prepare(checkout).get_run(run))
    assert model.artifact_location == str(tracking.folder(checkout, run) / "model")


def origins(root, run: str, record: Record) -> set[str]:
    """What a run, its model and its version say of who made them."""
    found = tracking.prepare(root).get_run(run)
    (version,) = tracking.prepare(root).search_model_versions(f"name = '{record.model}'")
    return {found.data.tags["origin"], model_of(root, found).tags["origin"], version.tags["origin"]}


def test_a_trial_by_hand_is_told_apart_wherever_it_stands_and_a_run_by_hand_until_a_study_takes_it(checkout, tmp_path):
    record = small_grid.record("realign", trial={"steps": 20})
    run = tracking.save(checkout, "sample", record, made(tmp_path / "one"), keep=True)
    found = tracking.prepare(checkout).get_run(run)
    (version,) = tracking.prepare(checkout).search_model_versions(f"name = '{record.model}'")
    assert found.data.tags["trial"] == model_of(checkout, found).tags["trial"] == "steps=20"
    assert (version.tags["settings"], version.tags["steps"]) == ("a trial", "20")
    assert tracking.prepare(checkout).get_registered_model(record.model).aliases == {}
    assert "a trial by hand** with steps=20" in found.data.tags[store.NOTE]
    assert origins(checkout, run, record) == {"by hand"}
    tracking.adopt(checkout, run)
    assert origins(checkout, run, record) == {"study"}


def test_a_half_saved_run_leaves_no_model(checkout):
    run = tracking.save(checkout, "sample", small_grid.record("realign"), None, keep=False)
    tracking.prepare(checkout).update_run(run, status="RUNNING")
    tracking.prepare(checkout).set_tag(run, "owner", "")
    assert tracking.sweep(checkout, "sample") == 1
    home = tracking.experiment(checkout, "sample")
    assert tracking.prepare(checkout).search_logged_models([home]) == []


def test_the_model_of_a_run_that_no_longer_counts_says_why(checkout):
    run = tracking.save(checkout, "sample", small_grid.record("realign"), None, keep=False)
    tracking.retire(checkout, run, "its record was changed")
    assert model_of(checkout, tracking.prepare(checkout).get_run(run)).tags["damaged"] == "its record was changed"


def test_a_version_names_the_version_it_was_made_from(checkout, tmp_path):
    realign, tuned, _ = trained()
    for number, one in enumerate((realign, tuned)):
        tracking.save(checkout, "sample", one, made(tmp_path / str(number)), keep=True)
    (version,) = tracking.prepare(checkout).search_model_versions(f"name = '{tuned.model}'")
    assert version.tags["parent"] == f"models:/{realign.model}/1" and version.tags["parent_key"] == realign.key
    assert f"made from [{realign.model}, version 1](#/models/{realign.model}/versions/1" in version.description
    (first,) = tracking.prepare(checkout).search_model_versions(f"name = '{realign.model}'")
    assert "parent" not in first.tags and first.tags["base_encoder"] == "small"


def test_languages_and_licences_are_never_cut(checkout, tmp_path):
    codes = tuple(f"q{a}{b}{c}" for a in "abcdefghijklmn" for b in "abcdefghij" for c in "abcdefghij")
    record = small_grid.record("realign", languages=codes)
    tracking.save(checkout, "sample", record, made(tmp_path / "one"), keep=True)
    (version,) = tracking.prepare(checkout).search_model_versions(f"name = '{record.model}'")
    assert version.tags["languages"].split() == list(codes)
    assert "1400 languages, in the tag `languages`" in version.description
