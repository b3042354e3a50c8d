import json
import os
import re
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
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.executors import base, faults, pool, priority, queue, worker
from realignment.executors.local import Local
from realignment.executors.queue import Keeper, Rules
from realignment.records import sealing
from realignment.records.record import Record
from realignment.study import twins

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


def kept_in(records: list) -> Keeper:
    return Keeper(lambda job, record, folder: (records.append(record), folder / "model")[1], {})


def counted(workspace, job) -> int:
    """How often its computation was begun."""
    return (workspace.root / "computed").read_text().split().count(job.key)


@pytest.fixture
def soon(monkeypatch):
    """The second try comes at once."""
    monkeypatch.setattr(queue, "WAIT", 0.01)


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


@pytest.mark.slow
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


@pytest.mark.parametrize(("how", "kind", "tries", "message"), [
    ("bad input", faults.INPUT, 1, "^finetune small latin_diverse_2 pos s1: a language without pairs$"),
    ("crash", faults.ERROR, 2, r"^finetune small latin_diverse_2 pos s1: RuntimeError: no way on the device \(tried 2 times\)$"),
    ("killed", faults.KILLED, 3, r"^finetune small latin_diverse_2 pos s1: its worker was killed by SIGKILL \(out of memory\?\)"),
    ("memory", faults.MEMORY, 3, "^finetune small latin_diverse_2 pos s1: MemoryError"),
    ("no number", faults.WORK, 1, "not a finite number"),
])  # fmt: skip
def test_a_job_that_fails_is_tried_again_where_that_may_help_and_the_rest_goes_on(
    workspace, settings, how, kind, tries, message, soon
):
    realign, tuned, scored = chain(1)
    failing = changed(tuned, fail=how)
    reads_it = replace(scored, parent=failing.key)
    beside, records = chain(2), []
    aside = base.grid(workspace, [realign, failing, reads_it, *beside], kept_in(records), Local(settings, fake_verbs.WORKERS))
    assert {record.key for record in records} == {realign.key, *(job.key for job in beside)}
    assert (aside[failing.key].fault.kind, aside[failing.key].tries) == (kind, tries)
    assert re.search(message, str(aside[failing.key]))
    assert aside[reads_it.key].fault == faults.Fault(faults.ABOVE, f"{failing.name} was not made")
    assert counted(workspace, failing) == tries


@pytest.mark.parametrize("how", ["once killed", "once memory"])
def test_what_fails_once_is_computed_by_the_second_try(workspace, settings, how, soon):
    jobs, records = [changed(job, fail=how) for job in chain(1)[:1]], []
    assert base.grid(workspace, jobs, kept_in(records), Local(settings, fake_verbs.WORKERS)) == {}
    assert [record.key for record in records] == [job.key for job in jobs]
    assert counted(workspace, jobs[0]) == 2


def test_what_was_set_aside_before_is_not_tried_where_that_is_asked_for(workspace, settings):
    jobs, records = [*chain(1), *chain(2)], []
    before = {jobs[0].key: faults.Aside(jobs[0], faults.Fault(faults.ERROR, "no way"))}
    aside = base.grid(workspace, jobs, kept_in(records), Local(settings, fake_verbs.WORKERS), Rules(aside=before))
    assert set(aside) == {job.key for job in jobs[:3]}
    assert {record.key for record in records} == {job.key for job in jobs[3:]}


def test_a_set_under_two_names_is_computed_once_and_each_row_has_records_of_its_own(workspace, settings):
    one = chain(1)
    other = [
        replace(job, cell=replace(job.cell, subset="my_pair"), model=job.model.replace("latin_diverse_2", "my_pair"))
        for job in one
    ]
    other = [other[0], replace(other[1], parent=other[0].key), replace(other[2], parent="")]
    other[2] = replace(other[2], parent=other[1].key)
    records, rules = [], Rules(work=twins.works([*one, *other]))
    base.grid(workspace, [*other, *one], kept_in(records), Local(settings, fake_verbs.WORKERS), rules)
    found = {record.key: record for record in records}
    computed_here = (workspace.root / "computed").read_text().split()
    assert len(computed_here) == 3 and len(found) == 6
    for mine, twin in zip(one, other, strict=True):
        assert found[mine.key].hashes == found[twin.key].hashes and found[mine.key].files == found[twin.key].files
        assert (found[mine.key].shared, found[twin.key].shared) in {("", mine.key), (twin.key, "")}
        assert found[twin.key].name == twin.name
    assert not listed(workspace.work / "jobs")


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
    assert {one.key for one in here} == {job.key for job in jobs}
