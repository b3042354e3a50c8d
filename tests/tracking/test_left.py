"""Runs that are RUNNING: whose they are, what a stop leaves of them, and that a finished run is never written into."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from small_grid import files_of, made, record

from realignment import tracking
from realignment.core import pids
from realignment.core.errors import BadInput
from realignment.records.record import Record
from realignment.tracking import owner


def project_run(root, **tags) -> str:
    """As `mlflow run` starts one."""
    home = tracking.experiment(root, "sample")
    return tracking.prepare(root).create_run(home, tags={"mlflow.source.type": "PROJECT", **tags}).info.run_id


def status(root, run: str) -> str:
    return tracking.prepare(root).get_run(run).info.status


def content(root, run: str) -> tuple:
    data = tracking.prepare(root).get_run(run).data
    files = {path: path.read_bytes() for path in sorted(tracking.folder(root, run).rglob("*")) if path.is_file()}
    return data.tags, data.params, data.metrics, files


@pytest.mark.parametrize("call", ["save", "reuse", "begin_study", "claim"])
@pytest.mark.parametrize("kind", ["finished", "failed", "with a key", "elsewhere", "deleted", "unknown"])
def test_a_run_that_is_not_a_running_one_without_numbers_is_never_written_into(
    checkout, monkeypatch, tmp_path, capsys, kind, call
):
    store, other = tracking.prepare(checkout), record(seed=1)
    known = tracking.save(checkout, "sample", record("realign", seed=2), None, keep=False)
    if kind == "finished":
        run = tracking.save(checkout, "sample", replace(record("realign"), name="theirs"), made(tmp_path / "one"), keep=True)
    elif kind == "unknown":
        run = "f" * 32
    else:
        home = tracking.experiment(checkout, "other" if kind == "elsewhere" else "sample")
        run = store.create_run(home, tags={"run_key": "k"} if kind == "with a key" else {}).info.run_id
        if kind == "failed":
            store.set_terminated(run, "FAILED")
        if kind == "deleted":
            store.delete_run(run)
    before = content(checkout, run) if kind != "unknown" else None
    monkeypatch.setenv("MLFLOW_RUN_ID", run)
    if call == "save":
        assert tracking.save(checkout, "sample", other, made(tmp_path / "two"), keep=True) != run
        assert other.key in tracking.finished(checkout, "sample")
    elif call == "reuse":
        tracking.reuse(checkout, other, known)
    elif call == "begin_study":
        study = tracking.begin_study(checkout, "sample")
        assert "mlflow.parentRunId" not in store.get_run(study).data.tags
    else:
        tracking.claim(checkout, "sample")
    assert before is None or content(checkout, run) == before
    assert f"MLFLOW_RUN_ID {run}: a running run without numbers is required" in capsys.readouterr().err


def test_a_second_result_does_not_go_into_the_run_of_the_first(checkout, monkeypatch):
    run = project_run(checkout)
    monkeypatch.setenv("MLFLOW_RUN_ID", run)
    saved = [tracking.save(checkout, "sample", record(seed=seed), None, keep=False) for seed in (1, 2)]
    assert saved[0] == run and saved[1] != run and len(tracking.finished(checkout, "sample")) == 2


def ended_process() -> dict:
    """A process of this machine that is gone, as it told itself."""
    code = "import json; from realignment.core import pids; print(json.dumps(pids.me()))"
    return json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def owned(*writers: dict) -> dict[str, str]:
    return {owner.OWNER: json.dumps({"checkout": "/elsewhere", "processes": writers})}


def test_a_run_of_mlflow_run_is_ended_when_the_processes_that_write_it_are_gone(checkout, monkeypatch):
    gone, here = ended_process(), pids.me()
    again = {**here, "began": "1"}  # the number is used again
    far = {**gone, "host": "another machine"}
    left = [project_run(checkout, **owned(gone)), project_run(checkout, **owned(gone, again))]
    live = [project_run(checkout, **owned(gone, here)), project_run(checkout, **owned(far))]
    assert tracking.sweep(checkout, "sample") == len(left)
    assert {status(checkout, run) for run in left} == {"KILLED"} and {status(checkout, run) for run in live} == {"RUNNING"}


def test_a_run_that_no_command_of_ours_began_counts_as_left_after_a_day(checkout):
    home, now = tracking.experiment(checkout, "sample"), time.time()
    tags = {"mlflow.source.type": "PROJECT"}
    ages = {
        age: tracking.prepare(checkout).create_run(home, start_time=int(1000 * (now - age)), tags=tags) for age in (60, 90_000)
    }
    tracking.sweep(checkout, "sample")
    assert [status(checkout, ages[age].info.run_id) for age in ages] == ["RUNNING", "KILLED"]


def test_a_command_under_mlflow_run_says_whose_the_run_is(checkout, monkeypatch):
    run = project_run(checkout)
    monkeypatch.setenv("MLFLOW_RUN_ID", run)
    monkeypatch.setenv(owner.STARTER, json.dumps({**pids.me(), "pid": 1}))
    tracking.claim(checkout, "sample")
    _, writers = owner.of(tracking.prepare(checkout).get_run(run).data.tags)
    assert [one["pid"] for one in writers] == [1, pids.me()["pid"]]
    assert tracking.sweep(checkout, "sample") == 0


def half_saved(root, tmp_path, seed: int = 17) -> tuple[str, Record]:
    """A run whose model is stored and registered, killed before it was finished."""
    one = record("realign", seed=seed)
    run = tracking.save(root, "sample", one, made(tmp_path / f"half-{seed}"), keep=True)
    tracking.prepare(root).update_run(run, status="RUNNING")
    return run, one


def test_what_a_half_saved_run_stored_and_registered_goes_with_it(checkout, tmp_path):
    name = "sample.small.latin_diverse_5"
    whole = record("realign", files=files_of("whole"))
    tracking.save(checkout, "sample", whole, made(tmp_path / "whole", "whole"), keep=True)
    run, _ = half_saved(checkout, tmp_path)
    folder = tracking.folder(checkout, run)
    assert (folder / "model").is_dir() and tracking.version_of(checkout, run) == f"models:/{name}/2"
    assert tracking.sweep(checkout, "sample") == 1
    assert not folder.exists() and list(tracking.versions(checkout).values()) == [f"models:/{name}/1"]
    model, found = tracking.model_folder(checkout, f"models:/{name}@s17")
    assert found.key == whole.key and (model / "model.safetensors").read_text() == "whole", "the alias is back where it was"


def test_a_model_of_which_only_a_half_saved_version_is_known_is_forgotten(checkout, tmp_path):
    half_saved(checkout, tmp_path)
    tracking.sweep(checkout, "sample")
    assert not tracking.versions(checkout)
    with pytest.raises(BadInput, match="no model is registered yet"):
        tracking.model_folder(checkout, "models:/sample.small.latin_diverse_5@s17")


def test_what_an_earlier_sweep_left_of_a_run_is_removed(checkout, tmp_path):
    run, _ = half_saved(checkout, tmp_path)
    folder = tracking.folder(checkout, run)
    tracking.prepare(checkout).delete_run(run)
    tracking.sweep(checkout, "sample")
    assert not folder.exists() and not tracking.versions(checkout)


def test_a_version_whose_run_was_deleted_by_hand_is_not_read_and_says_how_to_bring_it_back(checkout, tmp_path):
    run = tracking.save(checkout, "sample", record("realign"), made(tmp_path / "one"), keep=True)
    tracking.prepare(checkout).delete_run(run)
    tracking.sweep(checkout, "sample")
    with pytest.raises(BadInput, match=f"mlflow runs restore --run-id {run}"):
        tracking.model_folder(checkout, "models:/sample.small.latin_diverse_5/1")
    tracking.prepare(checkout).restore_run(run)
    assert tracking.model_folder(checkout, "models:/sample.small.latin_diverse_5/1")


def test_a_run_somebody_else_keeps_running_is_left_alone(checkout):
    own = tracking.prepare(checkout).create_run(tracking.experiment(checkout, "sample")).info.run_id
    assert tracking.sweep(checkout, "sample") == 0 and status(checkout, own) == "RUNNING"


def test_a_live_half_saved_run_of_another_checkout_of_one_store_is_left_alone(checkout, monkeypatch, tmp_path):
    """One store by MLFLOW_TRACKING_URI, or the store of the one used by the other."""
    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking.uri(checkout))
    run, _ = half_saved(there, tmp_path)
    assert tracking.sweep(checkout, "sample") == 0 and status(checkout, run) == "RUNNING"
    assert tracking.sweep(there, "sample") == 1
