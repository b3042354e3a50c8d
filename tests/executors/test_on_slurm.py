"""Packs of jobs as tasks: by submitit's own processes on this machine, and by the text that a site's `sbatch` gets."""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import fake_verbs
import psutil
import pytest
from in_process import Here
from small_grid import chain
from waiting import until

from realignment.config import params
from realignment.core import leases
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.executors import base, on_slurm, packs, worker
from realignment.executors.on_slurm import OnSlurm
from realignment.executors.packs import Pack
from realignment.executors.queue import Keeper
from realignment.study import turns

submitit = pytest.importorskip("submitit", reason="submitit is not installed: `pip install -e '.[slurm]'`")
ROOT = Path(__file__).parents[2]
SUPPORT = str(ROOT / "tests" / "support")


@pytest.fixture
def workspace(checkout, monkeypatch) -> Workspace:
    monkeypatch.setenv("PYTHONPATH", SUPPORT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return Workspace(checkout, "sample")


def settings_of(**slurm):
    found = params.load(Workspace(ROOT, "sample"))
    site = {**found.study.slurm, "cluster": "local", "hours": 0.5, **slurm}
    return replace(found, study=replace(found.study, workers=2, threads=1, slurm=site))


def keeper(records: list) -> Keeper:
    return Keeper(lambda job, record, folder: (records.append(record), folder / "model")[1], {})


def tasks_of(workspace: Workspace, jobs, pack: str) -> list[dict]:
    """As a queue gives them to a pack."""
    folder = workspace.work / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    for job in jobs:
        turns.give_ticket(workspace, job.key, pack)
    return [
        {"key": job.key, "job": job.to_json(), "parent": str(folder / job.parent / "model") if job.parent else "", "folder": str(folder / job.key),
         "root": str(workspace.root), "profile": workspace.profile}
        for job in jobs
    ]  # fmt: skip


def begun(workspace: Workspace, key: str) -> int:
    path = workspace.root / "computed"
    return path.read_text().split().count(key) if path.exists() else 0


def test_a_task_that_is_preempted_is_requeued_and_goes_on_where_it_was(workspace, tmp_path):
    hold = workspace.root / "hold"
    hold.touch()
    realign, tuned, scored = chain(1)
    tuned = replace(tuned, params={"hold": str(hold)})
    jobs = [realign, tuned, replace(scored, parent=tuned.key)]
    executor = submitit.LocalExecutor(tmp_path / "logs", max_num_timeout=2)
    executor.update_parameters(timeout_min=30, signal_delay_s=5)
    task = executor.submit(Pack("pack-a", tasks_of(workspace, jobs, "pack-a"), 1, fake_verbs.WORKERS))
    until(lambda: begun(workspace, tuned.key) == 1)
    (process,) = psutil.Process(task._process.pid).children()  # what SLURM would signal
    process.send_signal(signal.SIGUSR2)
    until(lambda: begun(workspace, tuned.key) == 2)
    hold.unlink()
    until(task.done)
    assert [packs.answered(workspace, "pack-a", job.key) for job in jobs] == [{}, {}, {}]
    assert [begun(workspace, job.key) for job in jobs] == [1, 2, 1]


def test_what_others_have_taken_over_is_not_computed_by_a_task_that_waited(workspace):
    realign, tuned, _ = chain(1)
    (first, second) = tasks_of(workspace, [realign, tuned], "pack-a")
    turns.give_ticket(workspace, realign.key, "pack-b")
    told = worker.answer({**first, "ticket": "pack-a"}, fake_verbs.VERBS)
    assert told["kind"] == "busy" and "taken it over" in told["why"]
    turns.withdraw_ticket(workspace, tuned.key)
    assert worker.answer({**second, "ticket": "pack-a"}, fake_verbs.VERBS)["kind"] == "busy"
    assert worker.answer({**first, "ticket": "pack-b"}, fake_verbs.VERBS) == {"key": realign.key}
    assert (begun(workspace, realign.key), begun(workspace, tuned.key)) == (1, 0)


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import fake_verbs, test_on_slurm
from small_grid import chain
from realignment.core.workspace import Workspace
from realignment.executors import base
from realignment.executors.on_slurm import OnSlurm
workspace = Workspace(Path(sys.argv[1]), "sample")
jobs = [job for seed in (1, 2) for job in chain(seed, hold=str(workspace.root / "hold"))]
base.grid(workspace, jobs, test_on_slurm.keeper([]), OnSlurm(test_on_slurm.settings_of(), fake_verbs.WORKERS))
"""


def test_what_a_killed_study_left_in_tasks_is_taken_by_another_executor_and_computed_once(workspace):
    hold = workspace.root / "hold"
    hold.touch()
    jobs = [job for seed in (1, 2) for job in chain(seed, hold=str(hold))]
    first = [job.key for job in jobs if job.verb == "realign"]
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(workspace.root), SUPPORT, str(Path(__file__).parent)])
    until(lambda: all(begun(workspace, key) for key in first), alive=lambda: process.poll() is None)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert all(turns.computed_by(workspace, key) for key in first)
    records: list = []
    study = threading.Thread(target=base.grid, args=(workspace, jobs, keeper(records), Here()))
    study.start()
    until(lambda: not any(workspace.ticket(key).exists() for key in first), alive=study.is_alive)  # it has seen them
    hold.unlink()
    study.join()
    assert {record.key for record in records} == {job.key for job in jobs}
    assert [begun(workspace, job.key) for job in jobs] == [1] * len(jobs)


@pytest.mark.slow
def test_packs_are_as_long_as_was_asked_for_by_what_was_measured(workspace):
    sizes: list[list[str]] = []

    class Counted(on_slurm._Site):
        def _pack(self, jobs):
            sizes.append([job.verb for job in jobs])
            return super()._pack(jobs)

    settings = settings_of(pack=2.5 * 0.2 / 3600)
    jobs = [job for seed in range(6) for job in chain(seed, sleep=0.2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_slurm, "_Site", Counted)
        base.grid(workspace, jobs, keeper([]), OnSlurm(settings, fake_verbs.WORKERS))
    assert sizes[0] == ["realign", "finetune"] or sizes[0] == ["realign"]  # nothing is measured: guesses are of minutes
    assert all(len(verbs) <= 3 for verbs in sizes) and any(len(verbs) == 3 for verbs in sizes)


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    """Commands of SLURM that submit nothing, and keep what they were given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("srun", "squeue", "scontrol", "sacct"):
        (folder / name).write_text("#!/bin/sh\nexit 0\n")
    (folder / "sbatch").write_text(f"#!/bin/sh\ncat \"$1\" > {tmp_path}/given\necho 'Submitted batch job 7'\n")
    for path in folder.iterdir():
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "given"


def test_a_site_is_asked_for_what_the_settings_say(workspace, site):
    how = {
        "cluster": "slurm",
        "account": "abc@h100",
        "constraint": "h100",
        "qos": "qos_gpu_h100-t3",
        "cpus": 24,
        "hours": 4.0,
        "signal": 120,
    }
    settings = settings_of(**how, memory="32G", setup=["module load arch/h100"], options={"hint": "nomultithread"})
    slurm = on_slurm._submitter(type("Queue", (), {"workspace": workspace}), settings.study, "cuda")
    with slurm.batch():
        tasks = [slurm.submit(Pack(f"pack-{n}", [], 1)) for n in range(3)]
    given = site.read_text()
    for line in (
        "--account=abc@h100", "--constraint=h100", "--qos=qos_gpu_h100-t3", "--cpus-per-task=24", "--time=240", "--signal=USR2@120", "--mem=32G",
        "--gpus-per-node=1", "--hint=nomultithread", "--requeue", "--array=0-2%", "--open-mode=append",
    ):  # fmt: skip
        assert f"#SBATCH {line}" in given, line
    assert "module load arch/h100" in given and [task.job_id for task in tasks] == ["7_0", "7_1", "7_2"]


def test_without_the_commands_of_slurm_it_says_which_are_missing(workspace, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BadInput, match=r"sbatch, srun, squeue, scontrol not found; .* study\.slurm\.cluster: local"):
        on_slurm._submitter(type("Queue", (), {"workspace": workspace}), settings_of(cluster="slurm").study, "cpu")


def test_a_node_with_other_libraries_refuses_the_job(workspace):
    realign = chain(1)[0]
    realign = replace(realign, environment={**realign.environment, "torch": "0.4.1", "numerics": "f" * 64})
    (task,) = tasks_of(workspace, [realign], "pack-a")
    told = worker.answer(task, fake_verbs.VERBS)
    assert told["kind"] == "work" and "torch" in told["why"] and "instead of 0.4.1" in told["why"]
    assert not begun(workspace, realign.key) and json.dumps(told)


def test_two_processes_that_are_given_one_job_compute_it_once(workspace):
    realign = chain(1)[0]
    (task,) = tasks_of(workspace, [realign], "pack-a")
    with leases.held(workspace.computing(realign.key), "another process"):
        assert worker.answer(task, fake_verbs.VERBS)["kind"] == "busy"
    assert worker.answer(task, fake_verbs.VERBS) == worker.answer(task, fake_verbs.VERBS) == {"key": realign.key}
    assert begun(workspace, realign.key) == 1
