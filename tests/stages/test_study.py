import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import fake_verbs
import made_up
import pytest
import small_study
from in_process import Here
from small_study import LANGUAGES, planned, records, settings_of

from realignment import tracking
from realignment.core import leases
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.executors import by_hand, worker
from realignment.executors.queue import Queue
from realignment.records import sealing as records_module
from realignment.records.job import Job
from realignment.stages import study
from realignment.study import study_file
from realignment.tracking import store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(checkout, monkeypatch) -> Workspace:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "support"))
    encoder = checkout / "encoder"
    encoder.mkdir()
    (encoder / "config.json").write_text("{}")
    (encoder / "model.safetensors").write_text("weights")
    return Workspace(checkout, "sample")


def run(workspace: Workspace, settings=None, fail=None) -> dict:
    """The study in this process, since what is kept and believed does not hang on where a job is computed."""
    return small_study.run(workspace, settings, fail, Here())


def runs(workspace: Workspace) -> list:
    return list(tracking.search(workspace.root, "sample"))


def models(workspace: Workspace) -> list[str]:
    return sorted(f"{one.name}/{one.version}" for one in tracking.prepare(workspace.root).search_model_versions())


def test_the_plan_holds_every_cell_once_and_a_parent_before_its_readers(workspace):
    settings = settings_of(subsets=["none", "latin_diverse_2", "all"], shuffled=["all"], tasks=["pos", "ner"])
    jobs = planned(workspace, settings)
    keys = [job.key for job in jobs]
    assert len(set(keys)) == len(keys)
    realigned, seeds, tasks = 3, 2, 2
    assert sum(job.verb == "realign" for job in jobs) == realigned * seeds
    assert sum(job.verb == "finetune" for job in jobs) == (realigned + 1) * seeds * tasks
    assert sum(job.verb == "evaluate" and not job.task for job in jobs) == realigned * seeds + 1, "the base encoder once"
    assert all(keys.index(job.parent) < keys.index(job.key) for job in jobs if job.parent)


def test_two_subsets_of_the_same_languages_are_two_rows(workspace, monkeypatch):
    monkeypatch.setitem(LANGUAGES, "uriel_similar_2", LANGUAGES["latin_diverse_2"])
    jobs = planned(workspace, settings_of(subsets=["latin_diverse_2", "uriel_similar_2"]))
    assert sum(job.verb == "realign" for job in jobs) == 4


def test_draws_are_crossed_with_training_seeds_where_they_are_listed(workspace, monkeypatch):
    monkeypatch.setitem(LANGUAGES, "random_2", LANGUAGES["latin_diverse_2"])
    jobs = planned(workspace, settings_of(subsets=["latin_diverse_2", "random_2"], draws=[7, 8, 9]))
    seeds = {name: [job.cell.seeds for job in jobs if job.verb == "realign" and job.cell.subset == name] for name in LANGUAGES}
    assert [(one.subset, one.order) for one in seeds["random_2"]] == [(draw, seed) for draw in (7, 8, 9) for seed in (1, 2)]
    assert [(one.subset, one.order) for one in seeds["latin_diverse_2"]] == [(1, 1), (2, 2)]


def test_floors_are_planned_once_a_task(workspace):
    plain = {job.key for job in planned(workspace, settings_of(tasks=["pos", "nli"]))}
    floors = [job for job in planned(workspace, settings_of(tasks=["pos", "nli"], floors=True)) if job.key not in plain]
    scored = sorted((job.cell.control, job.task) for job in floors if job.verb == "evaluate")
    assert scored == [("hypothesis", "nli"), ("majority", "nli"), ("majority", "pos"), ("untrained", "nli"), ("untrained", "pos")]
    assert {job.cell.subset for job in floors} == {"none"}


def test_every_subset_that_cannot_be_made_is_named_at_once(workspace):
    with pytest.raises(BadInput, match=r"script_diverse_5.*qac.*family_diverse_7"):
        planned(workspace, settings_of(subsets=["script_diverse_5", "all", "family_diverse_7"]))
    with pytest.raises(BadInput, match="unknown subset `latin_divers`"):
        planned(workspace, settings_of(subsets=["latin_divers"]))


def test_a_second_study_runs_nothing_and_writes_the_same_bytes(workspace):
    """The first by worker processes, the second in this one."""
    first = small_study.run(workspace)
    content = workspace.study.read_bytes()
    assert first == {"run now": len(records(workspace))}
    assert run(workspace) == {"finished": first["run now"]}
    assert workspace.study.read_bytes() == content
    assert sum(one.data.tags["verb"] == "study" for one in runs(workspace)) == 1, "no empty study run"


def test_the_runs_nest_under_their_study_and_study_json_holds_no_run_id(workspace):
    run(workspace)
    (parent,) = [one for one in runs(workspace) if one.data.tags["verb"] == "study"]
    others = [one for one in runs(workspace) if one is not parent]
    assert parent.info.status == "FINISHED" and parent.info.run_name == "study sample"
    assert {one.data.tags.get("mlflow.parentRunId", parent.info.run_id) for one in others} == {parent.info.run_id}
    assert not any(one.info.run_id in workspace.study.read_text() for one in runs(workspace))


def test_a_cell_run_by_hand_is_adopted(workspace, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "support"))
    real = worker.compute
    monkeypatch.setattr(worker, "compute", lambda *given, **_: real(*given, verbs=fake_verbs.VERBS))
    job = next(job for job in planned(workspace, settings_of()) if job.verb == "realign")
    by_hand.one(workspace, settings_of(), job, None)
    counts = run(workspace)
    assert counts["adopted"] == 1 and counts["run now"] == len(records(workspace)) - 1


def test_a_deleted_database_is_filled_again_from_study_json(workspace, empty_store):
    run(workspace)
    content = workspace.study.read_bytes()
    (workspace.root / "mlflow.db").write_bytes(empty_store.read_bytes())
    store._prepare.cache_clear()
    assert run(workspace) == {"restored": len(records(workspace))}
    assert workspace.study.read_bytes() == content
    assert run(workspace) == {"finished": len(records(workspace))}


def test_a_model_that_is_made_again_for_a_restored_run_is_put_into_that_run(workspace, empty_store):
    run(workspace, settings_of(keep="encoders"))
    (workspace.root / "mlflow.db").write_bytes(empty_store.read_bytes())
    store._prepare.cache_clear()
    run(workspace, settings_of(keep="encoders", tasks=["pos", "ner"]))
    kept = [one for one in records(workspace) if one["verb"] == "realign"]
    found = tracking.finished(workspace.root, "sample")
    for record in kept:
        model = tracking.folder(workspace.root, found[record["key"]]) / "model"
        assert {f"model/{name}": value for name, value in records_module.files(model).items()} == record["files"]


def test_a_deleted_study_json_is_made_again_from_the_runs(workspace):
    run(workspace)
    content = workspace.study.read_bytes()
    workspace.study.unlink()
    assert run(workspace) == {"adopted": len(records(workspace))}
    assert workspace.study.read_bytes() == content


def test_a_new_task_makes_encoders_again_that_nobody_kept_and_saves_them_once(workspace):
    run(workspace)
    before = {record["key"]: record for record in records(workspace)}
    counts = run(workspace, settings_of(tasks=["pos", "ner"]))
    assert counts["finished"] == len(before)
    after = {record["key"]: record for record in records(workspace)}
    assert before.items() <= after.items()
    assert sum(one.data.tags["verb"] == "realign" for one in runs(workspace)) == 2


def test_a_smaller_grid_leaves_no_record_of_what_it_does_not_hold(workspace):
    run(workspace, settings_of(tasks=["pos", "ner"]))
    run(workspace, settings_of())
    assert {record["task"] for record in records(workspace)} == {"", "pos"}


@pytest.mark.parametrize(("keep", "wanted"), [
    ("none", []),
    ("encoders", ["sample.small.latin_diverse_2/1", "sample.small.latin_diverse_2/2"]),
    ("all", ["sample.small.latin_diverse_2.pos/1", "sample.small.latin_diverse_2.pos/2", "sample.small.latin_diverse_2/1",
             "sample.small.latin_diverse_2/2", "sample.small.none.pos/1", "sample.small.none.pos/2"]),
])  # fmt: skip
def test_keep_decides_which_models_are_registered(workspace, keep, wanted):
    run(workspace, settings_of(keep=keep))
    assert models(workspace) == wanted
    assert not list((workspace.work / "jobs").iterdir())


def test_keep_best_registers_the_model_with_the_highest_mean_score(workspace):
    run(workspace, settings_of(keep="best", seeds=[1, 2, 3]))
    scored = [record for record in records(workspace) if record["verb"] == "evaluate" and record["task"]]
    best = max(scored, key=lambda record: record["scores"][0]["score"])
    (name,) = models(workspace)
    assert tracking.model_folder(workspace.root, f"models:/{name}")[1].key == best["parent"]


def test_the_best_model_is_registered_also_where_a_stop_came_before(workspace, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tracking, "keep_model", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(workspace, settings_of(keep="best"))
    assert not models(workspace)
    run(workspace, settings_of(keep="best"))
    assert len(models(workspace)) == 1


def test_a_failed_study_keeps_what_is_done_and_goes_on(workspace):
    with pytest.raises(FailedWork, match="evaluate small latin_diverse_2 pos s2: RuntimeError"):
        run(workspace, fail=lambda job: job.verb == "evaluate" and job.name.endswith("latin_diverse_2 pos s2"))
    done = len(records(workspace))
    assert done and not (workspace.data / "study.json.part").exists()
    (failed,) = [one for one in runs(workspace) if one.data.tags["verb"] == "study"]
    assert failed.info.status == "FAILED"
    counts = run(workspace)
    assert counts["finished"] == done and counts["run now"] == len(records(workspace)) - done


def test_a_second_study_beside_the_first_is_refused_by_name(workspace):
    with (
        study.locked(workspace),
        pytest.raises(BadInput, match=rf"\(process {os.getpid()} on host .* is running"),
        study.locked(workspace),
    ):
        pass
    with study.locked(workspace):
        assert leases.owner(workspace.work / "study.lock").startswith("study of profile `sample`")
    assert not list(workspace.work.glob("study.lock*"))


def test_a_study_that_cannot_be_read_counts_as_none(workspace):
    workspace.data.mkdir(parents=True)
    workspace.study.write_text('{"records": [')
    assert run(workspace)["run now"] == len(records(workspace))


def edit_study(workspace: Workspace) -> None:
    """A better score for the first evaluation, as somebody would type it."""
    content = json.loads(workspace.study.read_text())
    next(one for one in content["records"] if one["verb"] == "evaluate")["scores"][0]["score"] = 0.9999
    workspace.study.write_text(json.dumps(content))


def test_a_score_edited_in_study_json_is_taken_from_its_run_again_and_said(workspace, capfd):
    run(workspace)
    content, many = workspace.study.read_bytes(), len(records(workspace))
    edit_study(workspace)
    assert run(workspace) == {"finished": many - 1, "mended": 1}
    assert workspace.study.read_bytes() == content
    assert "was changed after it was written: its sha256 is another; taken from its run" in capfd.readouterr().err


def test_of_a_study_edited_where_there_is_no_run_nothing_is_believed(workspace, empty_store, capfd):
    run(workspace)
    before, many = records(workspace), len(records(workspace))
    edit_study(workspace)
    (workspace.root / "mlflow.db").write_bytes(empty_store.read_bytes())
    store._prepare.cache_clear()
    assert run(workspace) == {"run now": many}
    assert [one["scores"] for one in records(workspace)] == [one["scores"] for one in before]
    said = capfd.readouterr().err
    assert f"and {many - 3} more" in said and "`dvc checkout data/sample/study.json`" in said


def test_a_record_edited_where_there_is_no_run_is_computed_again(workspace, empty_store, capfd):
    """Nobody listed the file as a whole, so that the seals of the others are all there is."""
    run(workspace)
    many = len(records(workspace))
    edit_study(workspace)
    workspace.outputs.unlink()
    (workspace.root / "mlflow.db").write_bytes(empty_store.read_bytes())
    store._prepare.cache_clear()
    assert run(workspace) == {"restored": many - 1, "run now": 1}
    assert "its sha256 is another; computed again" in capfd.readouterr().err


@pytest.mark.parametrize("damage", [
    lambda text: text.replace('"score": 0.', '"score": 0.9', 1),
    pytest.param(lambda text: text[:100], marks=pytest.mark.slow),
    pytest.param(lambda text: "", marks=pytest.mark.slow),
    lambda text: json.dumps(made_up.resealed({"records": [{**json.loads(text), "seconds": 77.0}]})["records"][0]),
])  # fmt: skip
def test_a_run_whose_record_was_changed_is_computed_again_and_loses_its_key(workspace, capfd, damage):
    run(workspace)
    before = {one["key"]: one["scores"] for one in records(workspace)}
    key = next(one["key"] for one in records(workspace) if one["verb"] == "evaluate")
    old = tracking.finished(workspace.root, "sample")[key]
    path = tracking.folder(workspace.root, old) / "record.json"
    path.write_text(damage(path.read_text()))
    workspace.study.unlink()
    assert run(workspace)["run now"] == 1
    assert {one["key"]: one["scores"] for one in records(workspace)} == before
    assert [one.info.run_id for one in runs(workspace) if one.data.tags.get("run_key") == key] != [old]
    assert sum(one.data.tags.get("run_key") == key for one in runs(workspace)) == 1, "one run stands for a key"
    (retired,) = [one for one in runs(workspace) if one.data.tags.get("damaged_run_key") == key]
    assert retired.info.run_id == old and "record.json" in retired.data.tags["damaged"]
    assert f"the record.json of run {old}" in capfd.readouterr().err


def test_a_finished_folder_whose_record_or_files_were_changed_is_computed_again(workspace, capfd):
    run(workspace, settings_of(keep="none"))
    good = {one["key"]: one for one in records(workspace)}
    jobs = {job.key: job for job in planned(workspace, settings_of())}
    plain = [job for job in jobs.values() if job.model and not job.parent][:2]
    workspace.study.unlink()
    for run_id in tracking.finished(workspace.root, "sample").values():
        tracking.prepare(workspace.root).delete_run(run_id)
    for job, name in zip(plain, ("record.json", "model/weights"), strict=True):
        folder = workspace.work / "jobs" / job.key
        worker.compute(workspace, job, None, folder, fake_verbs.VERBS)
        (folder / name).write_text((folder / name).read_text().replace(good[job.key]["hashes"]["weights"][:9], "0" * 9))
    run(workspace)
    assert {one["key"]: one["hashes"] for one in records(workspace)} == {key: one["hashes"] for key, one in good.items()}
    said = capfd.readouterr().err
    assert "record.json" not in said and said.count("a finished folder is not taken") == 2 and "model/weights changed" in said


def kept_model(workspace: Workspace) -> Path:
    key = next(one["key"] for one in records(workspace) if one["verb"] == "realign")
    return tracking.folder(workspace.root, tracking.finished(workspace.root, "sample")[key]) / "model"


@pytest.mark.parametrize(("change", "said"), [
    (lambda model: (model / "weights").write_text("others"), "weights changed"),
    pytest.param(lambda model: (model / "weights").unlink(), "weights missing", marks=pytest.mark.slow),
    (lambda model: (model / "adapter_config.json").write_text("{}"), "adapter_config.json not of the run"),
])  # fmt: skip
def test_a_kept_model_that_is_not_the_one_its_run_made_is_made_again_before_it_is_read(workspace, capfd, change, said):
    run(workspace, settings_of(keep="encoders"))
    undisturbed = {one["key"]: one["hashes"] for one in records(workspace)}
    whole = records_module.files(kept_model(workspace))
    change(kept_model(workspace))
    run(workspace, settings_of(keep="encoders", tasks=["pos", "ner"]))
    assert said in capfd.readouterr().err
    assert records_module.files(kept_model(workspace)) == whole, "the registered one is mended"
    assert {one["key"]: one["hashes"] for one in records(workspace)}.items() >= undisturbed.items()
    by_key = study_file.believed(workspace)[0]
    assert all(one.read == records_module.model_digest(by_key[one.parent]) for one in by_key.values() if one.parent)


def place_of(workspace: Workspace, verb: str, task: str = "") -> tuple[dict, Path]:
    """The first record of a verb, and the folder of its run."""
    found = next(one for one in records(workspace) if one["verb"] == verb and one["task"] == task)
    return found, tracking.folder(workspace.root, tracking.finished(workspace.root, "sample")[found["key"]])


def bytes_of(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.endswith("README.md")}


def flip(file: Path) -> None:
    """Changes a byte, not the size, and puts the time of the file back."""
    before, content = file.stat(), bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize(("verb", "task", "damage", "said"), [
    ("evaluate", "pos", lambda run: flip(run / "predictions.parquet"), "predictions.parquet is not the file its record says"),
    ("evaluate", "", lambda run: remove(run / "predictions.parquet"), "predictions.parquet is gone"),
    ("evaluate", "pos", remove, "predictions.parquet is gone"),
    ("realign", "", lambda run: flip(run / "model" / "weights"), "weights changed"),
    ("finetune", "pos", lambda run: remove(run / "model"), "its model is gone"),
    ("realign", "", remove, "its model is gone"),
])  # fmt: skip
def test_a_finished_run_without_the_files_of_its_record_is_computed_again_and_has_them_back(
    workspace, capfd, verb, task, damage, said
):
    """The same run, the same version: the store is tidy, and study.json has the same bytes."""
    run(workspace, settings_of(keep="all"))
    (record, folder), content, many = place_of(workspace, verb, task), workspace.study.read_bytes(), len(records(workspace))
    whole, before = bytes_of(folder), (tracking.finished(workspace.root, "sample"), models(workspace))
    damage(folder)
    assert run(workspace, settings_of(keep="all")) == {"finished": many - 1, "computed again": 1}
    told = [line for line in capfd.readouterr().err.splitlines() if f"computed again: {record['name']}: " in line]
    assert len(told) == 1 and said in told[0]
    assert bytes_of(folder) == whole and computed(workspace, record["key"]) == 2
    assert (tracking.finished(workspace.root, "sample"), models(workspace)) == before
    assert finished_runs(workspace, record["key"]) == 1 and workspace.study.read_bytes() == content
    assert run(workspace, settings_of(keep="all")) == {"finished": many}


def test_predictions_whose_model_nobody_kept_are_computed_again_from_a_model_made_again(workspace):
    run(workspace)
    (record, folder), many = place_of(workspace, "evaluate", "pos"), len(records(workspace))
    flip(folder / "predictions.parquet")
    assert run(workspace) == {"finished": many - 1, "computed again": 1}
    assert computed(workspace, record["parent"]) == computed(workspace, record["key"]) == 2
    assert models(workspace) == [] and run(workspace) == {"finished": many}


def test_other_predictions_than_those_that_were_lost_have_a_run_of_their_own_and_the_old_one_loses_its_key(
    workspace, monkeypatch
):
    run(workspace)
    record, folder = place_of(workspace, "evaluate", "pos")
    remove(folder / "predictions.parquet")
    real = fake_verbs.compute

    def otherwise(*given) -> dict:
        made = real(*given)
        if given[1].key == record["key"]:
            flip(given[3] / "predictions.parquet")
        return made

    monkeypatch.setattr(fake_verbs, "compute", otherwise)
    assert run(workspace)["computed again"] == 1
    assert finished_runs(workspace, record["key"]) == 1 and place_of(workspace, "evaluate", "pos")[1] != folder
    (retired,) = [one for one in runs(workspace) if one.data.tags.get("damaged_run_key") == record["key"]]
    assert retired.data.tags["damaged"] == "predictions.parquet is gone"


def test_a_record_that_a_run_lost_is_put_back_and_nothing_computed(workspace, capfd):
    run(workspace)
    record, folder = place_of(workspace, "evaluate", "pos")
    whole = bytes_of(folder)
    remove(folder / "record.json")
    assert run(workspace) == {"finished": len(records(workspace))}
    assert bytes_of(folder) == whole and computed(workspace, record["key"]) == 1
    assert f"is put back from study.json: {record['name']}" in capfd.readouterr().err


def test_of_a_store_whose_folders_lie_in_an_archive_nothing_is_computed_again(workspace):
    run(workspace, settings_of(keep="all"))
    (workspace.root / "mlruns").rename(workspace.root / "archive")
    assert run(workspace, settings_of(keep="all")) == {"finished": len(records(workspace))}


def test_of_a_restored_run_what_is_at_hand_counts_and_what_is_not_does_not(workspace, empty_store):
    run(workspace, settings_of(keep="all"))
    many = len(records(workspace))
    (workspace.root / "mlflow.db").write_bytes(empty_store.read_bytes())
    store._prepare.cache_clear()
    assert run(workspace, settings_of(keep="all")) == {"restored": many}
    for key, run_id in tracking.finished(workspace.root, "sample").items():
        assert tracking.load_record(workspace.root, run_id).key == key
    (_, folder) = place_of(workspace, "evaluate", "pos")
    assert not (folder / "predictions.parquet").exists()
    assert run(workspace, settings_of(keep="all")) == {"finished": many}
    (folder / "predictions.parquet").write_text("another's")
    assert run(workspace, settings_of(keep="all")) == {"finished": many - 1, "computed again": 1}


def test_by_hand_predictions_that_are_gone_are_computed_again_into_their_run(workspace, monkeypatch, capfd):
    real = worker.compute
    monkeypatch.setattr(worker, "compute", lambda *given, **_: real(*given, verbs=fake_verbs.VERBS))
    run(workspace)
    job = next(job for job in planned(workspace, settings_of()) if job.verb == "evaluate" and not job.parent)
    folder = tracking.folder(workspace.root, tracking.finished(workspace.root, "sample")[job.key])
    whole = bytes_of(folder)
    remove(folder / "predictions.parquet")
    by_hand.one(workspace, settings_of(), job, None)
    assert "predictions.parquet is gone; computed again" in capfd.readouterr().err
    assert bytes_of(folder) == whole and finished_runs(workspace, job.key) == 1
    by_hand.one(workspace, settings_of(), job, None)
    assert computed(workspace, job.key) == 2 and "nothing was computed" in capfd.readouterr().err


def test_another_label_for_an_encoder_is_written_into_its_runs(workspace):
    run(workspace)
    named = [replace(job, cell=replace(job.cell, encoder="tiny")) for job in planned(workspace, settings_of())]
    with study.locked(workspace):
        study.finish(workspace, settings_of(), named, Here())
    assert {one["cell"]["encoder"] for one in records(workspace)} == {"tiny"}
    keys = {one["key"] for one in records(workspace)}  # what is measured before any training is a run of its label, and stays one
    assert {one.data.tags["encoder"] for one in runs(workspace) if one.data.tags.get("run_key") in keys} == {"tiny"}
    with study.locked(workspace):
        rows = study.finish(workspace, settings_of(), named, Here())
    assert all(set(row) == {"verb", "planned", "finished"} for row in rows)


PROCESS = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import fake_verbs, small_study
from realignment.study import grid
from realignment.executors import by_hand, worker
from realignment.core.workspace import Workspace
workspace, settings = Workspace(Path(sys.argv[1]), "sample"), small_study.settings_of()
if HAND:
    real = worker.compute
    worker.compute = lambda *given, **_: real(*given, verbs=fake_verbs.VERBS)
    job = next(job for job in small_study.planned(workspace, settings) if job.verb == "realign")
    by_hand.one(workspace, settings, job, None)
else:
    small_study.run(workspace, settings)
"""


def beside(workspace: Workspace, *, hand: bool) -> tuple[subprocess.Popen, Path]:
    """Another process that computes the first realignment by hand, or the whole study, and the file that holds up its jobs."""
    hold = workspace.root / "hold"
    hold.touch()
    script = PROCESS.replace("HAND", str(hand))
    command = [sys.executable, "-c", script, str(workspace.root), str(ROOT / "tests" / "support")]
    return subprocess.Popen(command, env={**os.environ, "FAKE_HOLD": str(hold)}, stderr=subprocess.PIPE, text=True), hold


def first_job(workspace: Workspace) -> Job:
    return next(job for job in planned(workspace, settings_of()) if job.verb == "realign")


def until(condition) -> None:
    for _ in range(2400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def computed(workspace: Workspace, key: str) -> int:
    path = workspace.root / "computed"
    return path.read_text().split().count(key) if path.exists() else 0


def finished_runs(workspace: Workspace, key: str) -> int:
    return sum(one.data.tags.get("run_key") == key and one.info.status == "FINISHED" for one in runs(workspace))


def test_a_study_waits_for_a_key_that_is_computed_by_hand_and_takes_what_came_out(workspace, monkeypatch, capfd):
    job, real = first_job(workspace), Queue._turn
    other, hold = beside(workspace, hand=True)

    def turn(queue: Queue, wanted: Job) -> bool:
        mine = real(queue, wanted)
        if wanted.key in queue.elsewhere:  # the study has seen that somebody computes it
            hold.unlink(missing_ok=True)
        return mine

    monkeypatch.setattr(Queue, "_turn", turn)
    until(lambda: computed(workspace, job.key))
    counts = small_study.run(workspace)
    assert other.wait(120) == 0
    assert computed(workspace, job.key) == finished_runs(workspace, job.key) == 1
    assert counts["run now"] == len(records(workspace)) and job.key in {one["key"] for one in records(workspace)}
    assert f"{job.name}: finished by hand meanwhile; taken" in capfd.readouterr().err


@pytest.mark.slow
def test_a_run_by_hand_waits_for_a_study_that_computes_its_key(workspace, monkeypatch, capfd):
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "support"))
    real = worker.compute
    monkeypatch.setattr(worker, "compute", lambda *given, **_: real(*given, verbs=fake_verbs.VERBS))
    job, note = first_job(workspace), by_hand.note
    other, hold = beside(workspace, hand=False)
    monkeypatch.setattr(by_hand, "note", lambda text: (note(text), hold.unlink(missing_ok=True)))  # its first words: it waits
    until(lambda: computed(workspace, job.key))
    by_hand.one(workspace, settings_of(), job, None)
    assert other.wait(120) == 0
    assert finished_runs(workspace, job.key) == 1
    assert re.search(rf"\(process {other.pid} on host .*\) has its turn; waiting for that one", capfd.readouterr().err)


def test_planning_imports_nothing_heavy():
    heavy = ("torch", "mlflow", "transformers", "pandas")
    code = f"import sys, realignment.stages.study; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
