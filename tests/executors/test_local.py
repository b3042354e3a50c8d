import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import fake_verbs
import pytest
from in_process import Here
from small_grid import chain, changed, finished, retrieval
from waiting import LIMIT, until

from realignment.config import params
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.executors import base, pool, priority, worker
from realignment.executors.local import Local
from realignment.executors.queue import Keeper
from realignment.records import sealing
from realignment.records.record import Record

ROOT = Path(__file__).parents[2]
TESTS = str(ROOT / "tests" / "support")


@pytest.fixture
def workspace(checkout, monkeypatch) -> Workspace:
    monkeypatch.setenv("PYTHONPATH", TESTS)
    return Workspace(checkout, "sample")


@pytest.fixture
def settings():
    found = params.load(Workspace(ROOT, "sample"))
    return replace(found, study=replace(found.study, workers=2, threads=1))


def computed(workspace, settings, jobs, finish=None, models=None) -> list[Record]:
    """Records in the order they were finished."""
    records = []

    def keep(job, record, folder):
        records.append(record)
        return finish(job, record, folder) if finish else folder / "model"

    base.grid(workspace, jobs, Keeper(keep, models or {}), Local(settings, fake_verbs.WORKERS))
    return records


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def without_seconds(records: list[Record]) -> list[str]:
    return sorted(json.dumps({**record.to_json(), "seconds": 0, "usage": {}}, sort_keys=True) for record in records)


def test_a_job_starts_after_the_one_whose_model_it_reads(workspace, settings):
    jobs = [*chain(1), *chain(2), retrieval(chain(1)[0])]
    records = computed(workspace, settings, jobs[::-1])
    order_of = {record.key: place for place, record in enumerate(records)}
    assert order_of.keys() == {job.key for job in jobs}
    assert all(order_of[job.parent] < order_of[job.key] for job in jobs if job.parent)


def test_neither_the_number_of_workers_nor_the_order_changes_a_record(workspace, settings):
    jobs = [*chain(1, sleep=0.05), *chain(2)]
    two = computed(workspace, settings, jobs)
    one = computed(workspace, replace(settings, study=replace(settings.study, workers=1)), jobs[::-1])
    assert without_seconds(one) == without_seconds(two)


def test_a_worker_has_its_threads_before_any_library_is_imported(workspace, settings):
    (record,) = computed(workspace, replace(settings, study=replace(settings.study, threads=3)), chain(1)[:1])
    assert record.counts["threads"] == 3


def test_a_folder_goes_when_all_that_read_it_are_done(workspace, settings):
    jobs, seen = chain(1), []

    def look(job, record, folder):
        seen.append(listed(folder.parent))
        return folder / "model"

    computed(workspace, settings, jobs, look)
    realign, tuned, scored = (job.key for job in jobs)
    assert seen == [[realign], sorted([realign, tuned]), sorted([tuned, scored])]
    assert not listed(workspace.work / "jobs")


def test_a_model_kept_elsewhere_frees_its_folder_at_once(workspace, settings, tmp_path):
    jobs, seen = chain(1), []

    def move(job, record, folder):
        seen.append(len(listed(folder.parent)))
        return (folder / "model").rename(tmp_path / job.key) if job.model else folder

    computed(workspace, settings, jobs, move)
    assert seen == [1, 1, 1]


def test_a_parent_finished_earlier_is_read_from_where_its_model_lies(workspace, settings, tmp_path):
    jobs, model = chain(1), tmp_path / "model"
    model.mkdir()
    (model / "weights").write_text("earlier")
    (record,) = computed(workspace, settings, jobs[1:2], models={jobs[0].key: model})
    (other,) = computed(workspace, settings, [replace(jobs[1], parent="")])
    assert record.hashes != other.hashes
    with pytest.raises(FailedWork, match="the model it reads is neither planned nor there"):
        computed(workspace, settings, jobs[1:2])


@pytest.mark.parametrize(("how", "kind", "message"), [
    ("bad input", BadInput, "^finetune small latin_diverse_2 pos s1: a language without pairs$"),
    ("crash", FailedWork, "^finetune small latin_diverse_2 pos s1: RuntimeError: no memory left on the device; logs in "),
    ("killed", FailedWork, r"^finetune small latin_diverse_2 pos s1: its worker was killed by SIGKILL \(out of memory\?\)"),
])  # fmt: skip
def test_a_failure_names_its_job_and_what_runs_beside_it_is_kept(workspace, settings, how, kind, message):
    realign, tuned, _ = chain(1)
    beside = chain(2, sleep=1.0)[0]
    records = []
    with pytest.raises(kind, match=message):
        base.grid(
            workspace, [realign, changed(tuned, fail=how), beside],
            Keeper(lambda job, record, folder: (records.append(job.key), folder / "model")[1], {}), Local(settings, fake_verbs.WORKERS),
        )  # fmt: skip
    assert set(records) == {realign.key, beside.key}


def test_a_finished_folder_is_taken_and_a_half_made_one_is_not(workspace, settings):
    realign, tuned, _ = chain(1)
    jobs = workspace.work / "jobs"
    (jobs / realign.key / "model").mkdir(parents=True)
    (jobs / realign.key / "model" / "weights").write_text("from before")
    record = finished(realign, hashes={"weights": "from before"}, files=sealing.files(jobs / realign.key))
    (jobs / realign.key / "record.json").write_text(json.dumps(record.to_json()))
    (jobs / f"{tuned.key}.99.part").mkdir()
    first, second = computed(workspace, settings, [realign, tuned])
    assert first.hashes["weights"] == "from before"
    assert second.key == tuned.key and not list(jobs.iterdir())


def test_a_number_that_is_not_finite_stops_the_grid(workspace, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(TESTS)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(fake_verbs, "compute", lambda *given: {"scores": [], "curves": {"loss": [[1, float("nan")]]}})
    with pytest.raises(FailedWork, match="not a finite number"):
        worker.compute(workspace, chain(1)[0], None, tmp_path / "out", fake_verbs.VERBS)
    assert not (tmp_path / "out").exists()


PARENT = """
import os, shutil, sys
from pathlib import Path
from small_grid import chain
sys.path.insert(0, os.environ["PYTHONPATH"])
import fake_verbs
from realignment.config import params
from realignment.executors import base
from realignment.executors.local import Local
from realignment.executors.queue import Keeper
from realignment.core.workspace import Workspace
root, checkout = map(Path, sys.argv[1:])
hold = checkout / "hold"
jobs = [job for seed in range(6) for job in chain(seed, hold=str(hold))]
settings = params.load(Workspace(root, "sample"))
print("started", flush=True)
def finish(job, record, folder):
    kept = checkout / "kept" / job.key
    if job.model:
        shutil.copytree(folder / "model", kept)
    with open(checkout / "saved", "a") as file:
        file.write(job.key + "\\n")
    if len((checkout / "saved").read_text().split()) == 4:
        hold.touch()  # what begins now waits
    return kept
base.grid(Workspace(checkout, "sample"), jobs, Keeper(finish, {}), Local(settings, fake_verbs.WORKERS))
"""


def start(workspace) -> subprocess.Popen:
    command = [sys.executable, "-c", PARENT, str(ROOT), str(workspace.root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    process.stdout.readline()
    return process


def workers_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if fake_verbs.__file__.encode() in words and str(pid).encode() in words:
            found.append(int(path.parent.name))
    return found


def test_killed_in_the_middle_and_run_again_gives_the_same_records_and_no_job_twice(workspace, settings):
    hold = workspace.root / "hold"
    jobs = [job for seed in range(6) for job in chain(seed, hold=str(hold))]
    process, saved = start(workspace), workspace.root / "saved"
    until(hold.exists, alive=lambda: process.poll() is None)
    assert len(workers_of(process.pid)) == 2
    process.kill()
    process.wait()
    until(lambda: not workers_of(process.pid))  # they die with it
    hold.unlink()
    done = set(saved.read_text().split())
    rest = [job for job in jobs if job.key not in done]
    models = {path.name: path for path in (workspace.root / "kept").iterdir() if path.name in done}
    again = computed(workspace, settings, rest, models=models)
    assert {record.key for record in again} == {job.key for job in rest}
    undisturbed = computed(Workspace(workspace.root / "other", "sample"), settings, jobs)
    wanted = {record.key: record for record in undisturbed}
    assert without_seconds(again) == without_seconds([wanted[record.key] for record in again])


def test_ctrl_c_ends_it_with_its_workers_though_no_job_is_done(workspace):
    (workspace.root / "hold").touch()
    process = start(workspace)
    until(lambda: len(workers_of(process.pid)) == 2)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(LIMIT) != 0
    until(lambda: not workers_of(process.pid))
    assert not (workspace.root / "saved").exists()


def test_on_cuda_there_is_a_worker_a_gpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5,7")
    assert [one["CUDA_VISIBLE_DEVICES"] for one in pool.devices("cuda", 2)] == ["2", "5", "7"]
    assert pool.devices("cpu", 2) == [{}, {}]


def test_the_longest_chain_comes_first_unless_models_crowd_the_disk():
    realign, tuned, scored = chain(1)
    cost = {realign.key: 5.0, tuned.key: 3.0, scored.key: 1.0}
    urgent = priority.urgency([realign, tuned, scored], cost)
    assert urgent == {realign.key: 9.0, tuned.key: 4.0, scored.key: 1.0}
    ready = [scored, realign, tuned]
    assert priority.following(ready, urgent, crowded=False) is realign
    assert priority.following(ready, urgent, crowded=True) is scored


def test_another_executor_needs_no_change_of_the_grid(workspace, settings, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    jobs, here = [job for seed in (1, 2) for job in chain(seed)], []
    base.grid(workspace, jobs, Keeper(lambda job, record, folder: (here.append(record), folder / "model")[1], {}), Here())
    there = computed(workspace, settings, jobs)
    assert {one.key: one.hashes for one in here} == {one.key: one.hashes for one in there}
    here.clear()
    realign, tuned, _ = chain(3)
    failing = [realign, changed(tuned, fail="crash")]
    with pytest.raises(FailedWork, match="no memory left"):
        base.grid(workspace, failing, Keeper(lambda job, record, folder: (here.append(record), folder / "model")[1], {}), Here())
    assert [record.verb for record in here] == ["realign"]
