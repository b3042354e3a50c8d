"""A study that is called again: after a kill at a chosen point, in each mode, with a row more that holds the same languages."""

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import small_study
from in_process import Here
from small_study import planned, records, settings_of

from realignment import tracking
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.executors.queue import Queue
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.results import same_runs
from realignment.stages import study
from realignment.study import grid, mending, modes, study_file

ROOT = Path(__file__).parents[2]
KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
import small_study
from in_process import Here
from realignment import tracking
from realignment.core.workspace import Workspace
from realignment.executors import queue, worker
from realignment.tracking import write

def die(*_, **__):
    os.kill(os.getpid(), 9)

class Verb:
    '''Of the third model and of the third evaluation: the point comes when both are there.'''
    def __init__(self, real, before):
        self.real, self.before, self.count = real, before, 0
    def __call__(self, *given, **named):
        self.count += 1
        if self.before and self.count == 3:
            die()
        found = self.real(*given, **named)
        if not self.before and self.count == 3:
            die()
        return found

points = {
    "computed, not handed over": (worker, "compute", False),
    "handed over, not saved": (tracking, "save", True),
    "files saved, model not registered": (tracking, "register", True),
    "registered, run not finished": (tracking, "finish", True),
    "run finished, not in study.json": (tracking, "save", False),
    "saved, folders not removed": (queue.Queue, "tidy", True),
}
where, name, before = points[sys.argv[2]]
patched = Verb(getattr(where, name), before)
setattr(where, name, (lambda self: patched(self)) if name == "tidy" else patched)
small_study.run(Workspace(Path(sys.argv[1]), "sample"), small_study.settings_of(keep="all"), executor=Here())
"""
POINTS = [
    "computed, not handed over", "handed over, not saved", "files saved, model not registered", "registered, run not finished",
    "run finished, not in study.json", "saved, folders not removed",
]  # fmt: skip


@pytest.fixture
def workspace(checkout, monkeypatch) -> Workspace:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (checkout / "encoder").mkdir()
    (checkout / "encoder" / "config.json").write_text("{}")
    (checkout / "encoder" / "model.safetensors").write_text("weights")
    return Workspace(checkout, "sample")


def run(workspace: Workspace, settings=None, fail=None, mode: str = modes.DEFAULT) -> list[dict]:
    settings = settings or settings_of()
    jobs = planned(workspace, settings)
    worse = {job.key: replace(job, params={"fail": "bad input"}) for job in jobs if fail and fail(job)}
    jobs = [worse.get(job.key, job) for job in jobs]
    jobs = [replace(job, parent=worse[job.parent].key) if job.parent in worse else job for job in jobs]
    with study.locked(workspace):
        return study.finish(workspace, settings, jobs, Here(), mode)


def begun(workspace: Workspace) -> Counter:
    """Key -> how often its computation was begun."""
    path = workspace.root / "computed"
    return Counter(path.read_text().split() if path.exists() else [])


def completed(workspace: Workspace) -> set[str]:
    """Keys that were computed to their end."""
    path = workspace.root / "completed"
    return set(path.read_text().split() if path.exists() else [])


def finished(workspace: Workspace) -> Counter:
    """Key -> how many FINISHED runs stand for it."""
    found = tracking.search(workspace.root, "sample", "attributes.status = 'FINISHED' and tags.run_key != ''")
    return Counter(one.data.tags["run_key"] for one in found)


@pytest.mark.parametrize("point", [*POINTS[1::2], *(pytest.param(one, marks=pytest.mark.slow) for one in POINTS[::2])])
def test_killed_between_two_steps_of_saving_nothing_is_computed_or_kept_twice(workspace, point):
    command = [sys.executable, "-c", KILLED, str(workspace.root), point, str(ROOT / "tests" / "support")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    there = {path.name for path in (workspace.work / "jobs").iterdir() if not path.name.endswith(".part")}
    cut_off = begun(workspace).keys() - completed(workspace) - there
    assert begun(workspace) and len(cut_off) <= 1
    run(workspace, settings_of(keep="all"))
    keys = {one["key"] for one in records(workspace)}
    assert finished(workspace) == dict.fromkeys(keys, 1)
    assert {key for key, count in begun(workspace).items() if count > 1} <= cut_off, "what was under way alone begins anew"
    assert set(begun(workspace)) == keys
    versions = Counter(one.run_id for one in tracking.prepare(workspace.root).search_model_versions())
    trained = {one["key"] for one in records(workspace) if one["model"]}
    runs = tracking.finished(workspace.root, "sample")
    assert versions == dict.fromkeys((runs[key] for key in trained), 1)
    assert not list((workspace.work / "jobs").iterdir())


def test_the_rest_is_finished_and_saved_where_a_job_is_set_aside(workspace):
    with pytest.raises(
        Exception,
        match=r"finetune small latin_diverse_2 pos s1: a language without pairs; logs in .*; `realignment study` computes",
    ):
        run(workspace, fail=lambda job: job.name == "finetune small latin_diverse_2 pos s1")
    assert len(records(workspace)) == 13 - 2
    aside = json.loads(workspace.aside.read_text())
    assert sorted((one["name"], one["kind"]) for one in aside.values()) == [
        ("evaluate small latin_diverse_2 pos s1", "above"),
        ("finetune small latin_diverse_2 pos s1", "input"),
    ]
    run(workspace)
    assert len(records(workspace)) == 13 and not workspace.aside.exists()


def test_in_mode_cached_what_was_set_aside_is_not_tried_again(workspace):
    def worse(job):
        return job.name == "finetune small latin_diverse_2 pos s1"

    for mode in (modes.DEFAULT, modes.DEFAULT, modes.CACHED):
        with pytest.raises(Exception, match="a language without pairs"):
            run(workspace, fail=worse, mode=mode)
    failing = next(replace(job, params={"fail": "bad input"}) for job in planned(workspace, settings_of()) if worse(job))
    assert begun(workspace)[failing.key] == 2


def test_in_mode_force_everything_is_computed_once_more_and_keeps_its_runs(workspace):
    run(workspace)
    runs, content = tracking.finished(workspace.root, "sample"), workspace.study.read_bytes()
    run(workspace, mode=modes.FORCE)
    assert begun(workspace) == dict.fromkeys(runs, 2)
    assert tracking.finished(workspace.root, "sample") == runs
    assert workspace.study.read_bytes() == content


def test_a_forced_study_that_was_stopped_goes_on_with_what_is_left(workspace, monkeypatch):
    run(workspace)
    real, count = Queue.tidy, 0

    def stop(queue):
        nonlocal count
        count += 1
        real(queue)
        if count == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Queue, "tidy", stop)
        with pytest.raises(KeyboardInterrupt):
            run(workspace, mode=modes.FORCE)
    run(workspace, mode=modes.FORCE)
    assert begun(workspace) == dict.fromkeys(tracking.finished(workspace.root, "sample"), 2)


def test_in_mode_read_only_nothing_is_computed_and_what_is_missing_is_said(workspace):
    with pytest.raises(FailedWork, match=r"13 of 13 jobs are not finished: .* and more; `realignment study` computes them"):
        run(workspace, mode=modes.READ_ONLY)
    assert not begun(workspace)
    run(workspace)
    content = workspace.study.read_bytes()
    assert run(workspace, mode=modes.READ_ONLY)
    assert workspace.study.read_bytes() == content


@pytest.mark.parametrize("keep", ["none", "encoders", "all"])
def test_a_further_name_of_a_set_that_is_finished_is_computed_by_nobody(workspace, monkeypatch, keep):
    run(workspace, settings_of(keep=keep))
    before = begun(workspace)
    monkeypatch.setitem(small_study.LANGUAGES, "my_pair", small_study.LANGUAGES["latin_diverse_2"])
    run(workspace, settings_of(keep=keep, subsets=["none", "latin_diverse_2", "my_pair"]))
    assert begun(workspace) == before
    by_name = {one["name"]: one for one in records(workspace)}
    for name, one in by_name.items():
        if "my_pair" in name:
            other = by_name[name.replace("my_pair", "latin_diverse_2")]
            assert (one["shared"], one["seconds"]) == (other["key"], 0.0)
            assert (one["files"], one["scores"], one["hashes"], one["read"]) == tuple(
                other[key] for key in ("files", "scores", "hashes", "read")
            )
    assert finished(workspace) == dict.fromkeys((one["key"] for one in by_name.values()), 1)
    models = [one.name for one in tracking.prepare(workspace.root).search_model_versions()]
    assert sum("my_pair" in name for name in models) == {"none": 0, "encoders": 2, "all": 4}[keep]
    assert not list((workspace.work / "jobs").iterdir()) and not list((workspace.work / "shared").iterdir())


def test_a_further_task_of_a_shared_row_is_computed_once_for_both_names(workspace, monkeypatch):
    monkeypatch.setitem(small_study.LANGUAGES, "my_pair", small_study.LANGUAGES["latin_diverse_2"])
    rows = {"subsets": ["none", "latin_diverse_2", "my_pair"]}
    run(workspace, settings_of(**rows))
    before = begun(workspace).total()
    run(workspace, settings_of(**rows, tasks=["pos", "ner"]))
    # two encoders are made again, since nobody kept them; a model and its evaluation, of two seeds, for the set and for `none`
    assert begun(workspace).total() - before == 2 + 2 * 2 * 2
    assert len(records(workspace)) == 13 + 8 + 3 * 4


def test_rows_that_are_the_same_runs_are_named_since_verdicts_count_them_twice(workspace, monkeypatch):
    monkeypatch.setitem(small_study.LANGUAGES, "my_pair", small_study.LANGUAGES["latin_diverse_2"])
    rows = ["none", "latin_diverse_2", "all", "my_pair"]
    run(workspace, settings_of(subsets=rows))
    found = study_file.of_json({"records": records(workspace)}, "study.json")["records"]
    assert [sorted(row.subset for row in group) for group in same_runs.of(found)] == [["latin_diverse_2", "my_pair"]]
    (said,) = same_runs.told(found)
    assert said.startswith("`latin_diverse_2` and `my_pair` of `small` are the same runs under 2 names: verdicts count them")
    assert same_runs.told(one for one in found if one.cell.subset != "my_pair") == []


def test_a_row_whose_run_was_made_otherwise_since_is_made_again_from_what_that_one_is_now(workspace, monkeypatch):
    monkeypatch.setitem(small_study.LANGUAGES, "my_pair", small_study.LANGUAGES["latin_diverse_2"])
    rows = {"subsets": ["latin_diverse_2", "my_pair"], "seeds": [1]}
    run(workspace, settings_of(**rows))
    found = study_file.of_json({"records": records(workspace)}, "study.json")["records"]
    source = next(one for one in found if one.shared == "" and one.verb == "evaluate" and one.task == "pos")
    other = replace(source, files={"predictions.parquet": "0" * 64})
    wrong = mending.unlike_shared({one.key: other if one is source else one for one in found})
    assert [key for key, why in wrong.items() if source.name in why] == [one.key for one in found if one.shared == source.key]
    assert mending.unlike_shared({one.key: one for one in found}) == {}


def test_what_a_finished_run_lost_is_missing_in_mode_read_only_which_leaves_what_others_remember(workspace):
    with pytest.raises(Exception, match="a language without pairs"):
        run(workspace, fail=lambda job: job.name == "finetune small latin_diverse_2 pos s1")
    aside = workspace.aside.read_bytes()
    with pytest.raises(FailedWork, match="are not finished"):
        run(workspace, mode=modes.READ_ONLY)
    assert workspace.aside.read_bytes() == aside
    run(workspace)
    one = next(run for run in tracking.search(workspace.root, "sample") if run.data.tags.get("verb") == "evaluate")
    (tracking.folder(workspace.root, one.info.run_id) / "predictions.parquet").unlink()
    with pytest.raises(FailedWork, match="1 of 13 jobs are not finished"):
        run(workspace, mode=modes.READ_ONLY)


def test_a_study_that_is_not_whole_says_in_study_json_how_much_is_missing(workspace):
    with pytest.raises(Exception, match="a language without pairs"):
        run(workspace, fail=lambda job: job.name == "finetune small latin_diverse_2 pos s1")
    assert json.loads(workspace.study.read_text())[study_file.MISSING] == 2
    run(workspace)
    assert study_file.MISSING not in json.loads(workspace.study.read_text())


def test_two_labels_of_one_encoder_that_would_share_a_run_are_refused():
    one, other = (Job("finetune", Cell(label, "none", Seeds.all(1)), "pos", {}, {}) for label in ("one", "two"))
    jobs: dict = {}
    grid._put(jobs, one)
    with pytest.raises(BadInput, match="`one` and `two` are the same files"):
        grid._put(jobs, other)


def test_what_was_computed_and_not_saved_needs_its_parent_as_little_as_what_was_saved(workspace):
    """An evaluation is missing, its model lies whole in `jobs`, the realignment it was made from is saved and nobody kept that model."""
    settings = settings_of(subsets=["latin_diverse_2"], seeds=[1])
    jobs = planned(workspace, settings)
    tuned, scored = (next(job for job in jobs if job.verb == verb and job.task == "pos") for verb in ("finetune", "evaluate"))
    kept = workspace.root / "kept"

    def stop(queue):
        if tuned.key in queue.left and not kept.exists():
            shutil.copytree(workspace.work / "jobs" / tuned.key, kept)
        real(queue)

    real = Queue.tidy
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Queue, "tidy", stop)
        run(workspace, settings)
    for key in (tuned.key, scored.key):
        tracking.retire(workspace.root, tracking.finished(workspace.root, "sample")[key], "made up")
    workspace.study.unlink()
    (workspace.work / "jobs").mkdir(exist_ok=True)
    kept.rename(workspace.work / "jobs" / tuned.key)
    before = begun(workspace)
    run(workspace, settings)
    assert {key: count - before[key] for key, count in begun(workspace).items() if count > before[key]} == {scored.key: 1}
    assert finished(workspace) == dict.fromkeys((job.key for job in jobs), 1)
