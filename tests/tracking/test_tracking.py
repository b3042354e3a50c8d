import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import nullcontext

import pytest
from mlflow import MlflowClient
from small_grid import BYTES, SCORES, files_of, made, record

from realignment import tracking
from realignment.core.errors import BadInput
from realignment.tracking import bulk, fields, store


def runs(root, name="sample") -> list:
    return list(tracking.search(root, name))


def test_a_run_is_found_again_by_the_key_of_its_job(checkout):
    one, two = record(seed=17), record(seed=23)
    ids = {one.key: tracking.save(checkout, "sample", one, None, keep=False)}
    assert tracking.finished(checkout, "sample") == ids
    assert tracking.missing(checkout, "sample", [two.key, one.key]) == [two.key]
    assert tracking.load_record(checkout, ids[one.key]) == one


def test_an_unfinished_run_is_not_found(checkout):
    tracking.prepare(checkout).create_run(tracking.experiment(checkout, "sample"), tags={"run_key": "k", "verb": "evaluate"})
    assert tracking.finished(checkout, "sample") == {}


def test_a_run_shows_what_a_researcher_compares(checkout):
    tracking.save(checkout, "sample", record(), None, keep=False)
    (run,) = runs(checkout)
    assert run.info.run_name == "evaluate small latin_diverse_5 pos s17"
    assert run.data.params["subset"] == "latin_diverse_5" and run.data.params["languages"] == "qaa qab"
    assert run.data.params["language_count"] == "2" and run.data.params["learning_rate.pos"] == "0.001"
    assert {code: run.data.metrics[f"pos/mini/{code}"] for code in SCORES} == SCORES
    assert run.data.metrics["pos/mean"] == (SCORES["qaa"] + SCORES["qab"]) / 2, "English stays out of the mean"
    assert run.data.metrics["pos/english"] == SCORES["eng"]
    assert run.data.metrics["pos/cut"] == 3


def test_a_curve_keeps_its_steps(checkout):
    run = tracking.save(checkout, "sample", record("realign"), None, keep=False)
    history = tracking.prepare(checkout).get_metric_history(run, "loss/realign")
    assert [(point.step, point.value) for point in history] == [(1, 2.5), (2, 1.25)]


def test_more_metrics_than_a_batch_holds_all_arrive(checkout):
    points = [[step, step / 7] for step in range(2500)]
    run = tracking.save(checkout, "sample", record("realign", curves={"loss": points}), None, keep=False)
    assert len(tracking.prepare(checkout).get_metric_history(run, "loss/realign")) == len(points)


def test_a_model_that_went_in_is_no_data_set(checkout):
    run = tracking.prepare(checkout).get_run(tracking.save(checkout, "sample", record(), None, keep=False))
    assert [one.dataset.name for one in run.inputs.dataset_inputs] == ["bitext/heldout"]
    assert run.data.tags["sha256.encoder"] == BYTES[::-1]


def test_a_run_shows_the_parameters_of_the_models_it_stands_on(checkout):
    realign = record("realign")
    tuned = record("finetune", parent=realign.key)
    for one in (realign, tuned, record(parent=tuned.key)):
        run = tracking.save(checkout, "sample", one, None, keep=False)
    shown = tracking.prepare(checkout).get_run(run).data.params
    assert shown["realign.steps"] == shown["finetune.steps"] == shown["steps"] == "500"
    assert not any(name.endswith((".subset", ".seed", ".languages")) or name.startswith("finetune.realign") for name in shown)


def test_a_long_parameter_goes_in_as_an_artifact_with_its_hash(checkout):
    languages = tuple(f"q{a}{b}" for a in "abcdefghij" for b in "abcdefghijklmnopqrst")
    run = tracking.save(checkout, "sample", record(languages=languages), None, keep=False)
    shown = tracking.prepare(checkout).get_run(run).data.params["languages"]
    assert shown.startswith("sha256:") and len(shown) < fields.LONG
    assert json.loads((tracking.folder(checkout, run) / "params.json").read_text())["languages"] == " ".join(languages)


def test_a_kept_model_is_a_version_with_an_alias_and_is_read_back_by_name(checkout, tmp_path):
    one, two = (record("realign", seed=seed, files=files_of(text)) for seed, text in ((17, "first"), (23, "second")))
    tracking.save(checkout, "sample", one, made(tmp_path / "one", "first"), keep=True)
    tracking.save(checkout, "sample", two, made(tmp_path / "two", "second"), keep=True)
    for name, wanted, text in (("/1", one, "first"), ("/2", two, "second"), ("@s17", one, "first"), ("@s23", two, "second")):
        model, found = tracking.model_folder(checkout, f"models:/sample.small.latin_diverse_5{name}")
        assert (found.key, (model / "model.safetensors").read_text()) == (wanted.key, text)


def test_a_model_that_is_not_kept_is_not_registered_and_can_be_later(checkout, tmp_path):
    one = record("finetune")
    run = tracking.save(checkout, "sample", one, made(tmp_path / "one"), keep=False)
    with pytest.raises(BadInput, match="no model is registered yet"):
        tracking.model_folder(checkout, "models:/sample.small.latin_diverse_5.pos/1")
    assert sorted(path.name for path in tracking.folder(checkout, run).iterdir()) == ["predictions.parquet", "record.json"]
    tracking.keep_model(checkout, run, one, tmp_path / "one" / "model")
    assert tracking.model_folder(checkout, "models:/sample.small.latin_diverse_5.pos/1")[1].key == one.key


def test_a_wrong_model_name_is_answered_with_near_ones(checkout, tmp_path):
    tracking.save(checkout, "sample", record("realign"), made(tmp_path / "one"), keep=True)
    for given, answer in (
        ("models:/sample.small.latin_diverse/1", "nearest: sample.small.latin_diverse_5"),
        ("models:/sample.small.latin_diverse_5/7", "versions of `sample.small.latin_diverse_5`: 1"),
        ("models:/sample.small.latin_diverse_5@s99", "versions of"),
        ("sample.small", "models:/NAME/VERSION"),
    ):
        with pytest.raises(BadInput, match=answer):
            tracking.model_folder(checkout, given)


def test_a_model_whose_files_are_gone_is_said_to_be_gone(checkout, tmp_path):
    run = tracking.save(checkout, "sample", record("realign"), made(tmp_path / "one"), keep=True)
    shutil.rmtree(tracking.folder(checkout, run) / "model")
    with pytest.raises(BadInput, match=r"files in .* are gone"):
        tracking.model_folder(checkout, "models:/sample.small.latin_diverse_5/1")


def test_runs_restored_from_their_records_count_as_finished(checkout):
    records = [record(seed=seed) for seed in (1, 2, 3)]
    assert len(tracking.restore(checkout, "sample", records)) == 3
    known = tracking.finished(checkout, "sample")
    assert set(known) == {one.key for one in records}
    assert {run.data.tags["restored_from"] for run in runs(checkout)} == {"study.json"}
    assert tracking.load_record(checkout, known[records[0].key]) == records[0]


def imported(count: int) -> list[dict]:
    metrics = {f"pos/udpos/l{n}": n / 70 for n in range(70)}
    params = {"languages": ["deu", "fra"]}
    return [{"name": f"xlmr latin s{n}", "tags": {"run_key": str(n)}, "params": params, "metrics": metrics} for n in range(count)]


def test_an_import_is_done_once(checkout):
    assert tracking.import_runs(checkout, "published", imported(3)) == 3
    assert tracking.import_runs(checkout, "published", imported(5)) == 2
    assert len(runs(checkout, "published")) == 5


def test_only_a_store_of_imported_runs_is_written_without_waiting_for_the_disk(checkout, monkeypatch):
    """A power cut may spoil such a file: no run that cannot be put back may be in it."""
    asked = []
    monkeypatch.setattr(bulk, "unsynced", lambda: nullcontext(asked.append(len(runs(checkout)))))
    authors = [{**one, "tags": {**one["tags"], "source": "authors"}} for one in imported(2)]
    tracking.import_runs(checkout, "published", authors)
    tracking.restore(checkout, "sample", [record(seed=1)])
    assert asked == [0, 0]
    tracking.restore(checkout, "sample", [record(seed=2)])
    tracking.import_runs(checkout, "published", imported(3))
    assert asked == [0, 0]


def test_an_import_replaces_what_a_killed_one_left_half_written(checkout):
    tracking.prepare(checkout).create_run(tracking.experiment(checkout, "published"), tags={"run_key": "0"})
    assert tracking.import_runs(checkout, "published", imported(1)) == 1
    (run,) = runs(checkout, "published")
    assert run.info.status == "FINISHED" and len(run.data.metrics) == 70


def writes(work) -> Counter:
    """Statements and commits that the database gets while `work` is done. A commit waits for the disk; time is the machine's."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    found: Counter = Counter()
    listeners = {
        "before_cursor_execute": lambda *_: found.update(["statements"]),
        "commit": lambda *_: found.update(["commits"]),
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        work()
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)
    return found


def test_an_imported_run_costs_the_same_writes_whatever_it_holds(checkout):
    """788 of them stand in the paper."""
    tracking.import_runs(checkout, "published", imported(1))
    few = writes(lambda: tracking.import_runs(checkout, "published", imported(11)))
    small = [{**one, "metrics": {"pos/mean": 0.5}} for one in imported(21)]
    assert writes(lambda: tracking.import_runs(checkout, "published", small)) == few
    assert few["commits"] <= 10 * 6 + 10 and few["statements"] <= 10 * 40 + 50


def test_a_saved_run_costs_the_same_writes_whatever_it_holds(checkout, tmp_path):
    def saved(seed: int, inputs: int, points: int) -> Counter:
        held = {f"bitext/q{n}": BYTES for n in range(inputs)}
        one = record("realign", seed=seed, inputs=held, curves={"loss": [[n, 1.0] for n in range(points)]})
        return writes(lambda: tracking.save(checkout, "sample", one, made(tmp_path / str(seed)), keep=True))

    saved(0, 1, 1)
    small, large = saved(1, 1, 1), saved(2, 65, 200)
    assert large["commits"] == small["commits"] <= 25
    assert large["statements"] <= small["statements"] + 5


def test_under_mlflow_run_the_numbers_go_into_the_run_it_started(checkout, monkeypatch):
    store = tracking.prepare(checkout)
    run = store.create_run(tracking.experiment(checkout, "sample")).info.run_id
    store.log_param(run, "subset", "latin_diverse")
    monkeypatch.setenv("MLFLOW_RUN_ID", run)
    monkeypatch.setenv("REALIGNMENT_NOT_ISOLATED", "1")
    assert tracking.save(checkout, "sample", record(), None, keep=False) == run
    (found,) = runs(checkout)
    assert found.info.run_name == "evaluate small latin_diverse_5 pos s17" and found.info.status == "FINISHED"
    assert (found.data.params["subset"], found.data.params["resolved.subset"]) == ("latin_diverse", "latin_diverse_5")
    assert found.data.tags["isolated"] == "false"


def test_under_mlflow_run_a_finished_key_ends_the_run_at_once(checkout, monkeypatch):
    one = record()
    first = tracking.save(checkout, "sample", one, None, keep=False)
    run = tracking.prepare(checkout).create_run(tracking.experiment(checkout, "sample")).info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", run)
    tracking.reuse(checkout, one, first)
    found = tracking.prepare(checkout).get_run(run)
    assert (found.info.status, found.data.tags["reused_from"]) == ("FINISHED", first)
    assert tracking.finished(checkout, "sample") == {one.key: first}


def test_a_study_nests_under_mlflow_run_and_its_runs_under_it(checkout, monkeypatch):
    outer = tracking.prepare(checkout).create_run(tracking.experiment(checkout, "sample")).info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", outer)
    study = tracking.begin_study(checkout, "sample")
    assert "MLFLOW_RUN_ID" not in os.environ, "or its workers would write into that run"
    inner = tracking.save(checkout, "sample", record(), None, keep=False, parent_run=study)
    tracking.end_study(checkout, study, "FINISHED", tracking.Ended({"run": 1}))
    store = tracking.prepare(checkout)
    assert store.get_run(inner).data.tags["mlflow.parentRunId"] == study
    assert store.get_run(study).data.tags["mlflow.parentRunId"] == outer
    assert store.get_run(study).info.run_name == "study sample"


def test_what_a_killed_process_left_is_swept_away(checkout):
    study = tracking.begin_study(checkout, "sample")
    tags = fields.tags(record(), "sample")
    half = tracking.prepare(checkout).create_run(tracking.experiment(checkout, "sample"), tags=tags)
    assert tracking.sweep(checkout, "sample") == 2
    assert [(run.info.run_id, run.info.status) for run in runs(checkout)] == [(study, "KILLED")]
    assert half.info.run_id != study


def test_two_processes_may_start_on_no_database_at_once(tmp_path):
    code = "import sys, pathlib; from realignment import tracking; print(tracking.experiment(pathlib.Path(sys.argv[1]), 'a'))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    several = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert len({one.communicate()[0] for one in several}) == 1
    assert [one.returncode for one in several] == [0, 0]


def fresh(root):
    """As a new process sees the store."""
    store._prepare.cache_clear()
    return tracking.prepare(root)


def test_an_old_database_is_refused_with_the_command_that_upgrades_it(checkout):
    tracking.save(checkout, "sample", record(), None, keep=False)
    with sqlite3.connect(checkout / "mlflow.db") as database:
        database.execute("update alembic_version set version_num = '451aebb31d03'")
    with pytest.raises(BadInput, match=f"mlflow db upgrade sqlite:///{checkout}/mlflow.db"):
        fresh(checkout)


@pytest.mark.parametrize("kind", ["a folder", "not a database", "no place"])
def test_a_store_that_cannot_be_written_is_refused(tmp_path, kind, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    file = tmp_path / "mlflow.db"
    if kind == "a folder":
        file.mkdir()
    elif kind == "not a database":
        file.write_text("text " * 1000)
    with pytest.raises(BadInput, match="the tracking store cannot be written"):
        fresh(tmp_path / "missing" if kind == "no place" else tmp_path)


def test_a_server_that_does_not_answer_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(BadInput, match="cannot be reached"):
        fresh(tmp_path)


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_a_moved_or_copied_checkout_keeps_its_models_and_writes_to_its_own_folder(checkout, tmp_path, how):
    one = record("realign")
    tracking.save(checkout, "sample", one, made(tmp_path / "one"), keep=True)
    there = tmp_path / "else where"
    how(checkout, there)
    fresh(there)
    model, found = tracking.model_folder(there, "models:/sample.small.latin_diverse_5/1")
    assert model.is_relative_to(there) and found.key == one.key
    source = MlflowClient(tracking.uri(there), tracking.uri(there)).get_model_version("sample.small.latin_diverse_5", "1").source
    assert source == str(model)
    run = tracking.save(there, "sample", record(seed=99), None, keep=False)
    assert tracking.folder(there, run).is_relative_to(there)


def test_a_database_moved_without_its_artifacts_is_refused_with_the_remedy(checkout, tmp_path):
    tracking.save(checkout, "sample", record(), None, keep=False)
    there = tmp_path / "there"
    there.mkdir()
    (checkout / "mlflow.db").rename(there / "mlflow.db")
    (checkout / "mlruns").rename(tmp_path / "lost")
    with pytest.raises(BadInput, match="move the old mlruns folder to"):
        fresh(there)


def test_a_deleted_experiment_is_answered_with_the_command_that_brings_it_back(checkout):
    number = tracking.experiment(checkout, "sample")
    tracking.prepare(checkout).delete_experiment(number)
    with pytest.raises(BadInput, match=f"mlflow experiments restore --experiment-id {number}"):
        tracking.experiment(checkout, "sample")
