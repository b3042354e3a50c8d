"""Jobs on this machine: one by hand, or a grid on worker processes. Only the calling process talks to MLflow."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from realignment import hardware, tracking
from realignment.console import note, progress
from realignment.errors import BadInput, FailedWork
from realignment.executors import order, pool, worker
from realignment.executors.worker import STAGES
from realignment.jobs import Job
from realignment.schema import TASKS, Settings
from realignment.workspace import Workspace, held

CROWDED = 8  # finished models a worker that may wait on disk for those that read them
EVERY = 15  # seconds between two lines where there is no terminal
Finish = Callable[[Job, dict, Path], Path]


def one(workspace: Workspace, settings: Settings, job: Job, parent: Path | None, *, twice: bool = False) -> list[dict] | dict:
    """By hand: the finished run's outcome where the key is known (and its model is there), else computed, tracked, registered.

    What it returns is for printing: scores of an evaluation, else what came out and the command that goes on. `twice`: computed
    once more beside the run that is there; FailedWork where a hash is another.
    """

    def busy(owner: str) -> None:
        note(f"{job.name}: process {owner} computes it; waiting for that one")

    turn, by_hand = workspace.turn(job.key), workspace.work / "hand"
    turn.parent.mkdir(parents=True, exist_ok=True)
    with held(turn, busy):
        for part in by_hand.glob(f"{job.key}.*.part"):  # of one that was stopped
            shutil.rmtree(part, ignore_errors=True)
        done = _once(workspace, settings, job, parent)
        return {**done, **_compared(workspace, job, parent)} if twice else done


def _compared(workspace: Workspace, job: Job, parent: Path | None) -> dict:
    """Computes a finished job once more; FailedWork where a hash is another."""
    record = tracking.load_record(workspace.root, tracking.finished(workspace.root, workspace.profile)[job.key])
    folder = workspace.work / "hand" / f"{job.key}.again"
    shutil.rmtree(folder, ignore_errors=True)
    note(f"{job.name}: computed once more, to compare")
    again = worker.compute(workspace, job, parent, folder)
    shutil.rmtree(folder)
    if wrong := sorted(name for name, value in record["hashes"].items() if again["hashes"].get(name) != value):
        raise FailedWork(
            f"{job.name}: computed twice, {', '.join(wrong)} differ; other hardware, or a kernel that is not deterministic"
        )
    return {**{f"{name}_sha256": value for name, value in again["hashes"].items()}, "twice": "the same"}


def _once(workspace: Workspace, settings: Settings, job: Job, parent: Path | None) -> list[dict] | dict:
    root, profile = workspace.root, workspace.profile
    known = tracking.finished(root, profile).get(job.key)
    record = tracking.load_record(root, known) if known else None
    if record is not None and (not job.model or (tracking.folder(root, known) / "model").is_dir()):
        tracking.reuse(root, record, known)
        return summary(workspace, settings, record, known, reused=True)
    os.environ.update(worker.environment(settings.study.threads) | {hardware.CHECKPOINT_SECONDS: str(settings.study.checkpoint)})
    folder = workspace.work / "hand" / job.key
    made = worker.compute(workspace, job, parent, folder)
    if record is not None and made["hashes"] == record["hashes"]:  # the run is there, its model was not
        tracking.keep_model(root, known, record, folder / "model")
        tracking.reuse(root, record, known)
        run = known
    else:
        run = tracking.save(root, profile, made, folder, keep=True)
    shutil.rmtree(folder)
    return summary(workspace, settings, made, run, reused=False)


def summary(workspace: Workspace, settings: Settings, record: dict, run: str, *, reused: bool) -> list[dict] | dict:
    """Rows to print, and a line on what was done. `next` goes on with this very model, however many versions there are."""
    model = tracking.registered(workspace.root, record, run) if record["model"] else ""
    how = "finished before, nothing was computed" if reused else f"done in {record['seconds']:.0f} s"
    note(f"{record['name']}: {how}")
    if record["verb"] == "evaluate":
        return [{name: one[name] for name in ("task", "set", "language", "score", "n", "cut")} for one in record["scores"]]
    task = f"-P task={(settings.study.tasks or TASKS)[0]} " if record["verb"] == "realign" else ""
    verb = "finetune" if record["verb"] == "realign" else "evaluate"
    loss = record["curves"].get("loss") or [[0, None]]
    row = {"run": record["name"], "model": model, "languages": record["languages"], "loss": loss[-1][1]}
    return {**row, "seconds": record["seconds"], "next": f"mlflow run . -e {verb} {task}-P model={model}"}


def grid(
    workspace: Workspace, settings: Settings, jobs: list[Job], finish: Finish, models: dict[str, Path], package: str = STAGES
) -> None:
    """Computes `jobs`, each after the one whose model it reads; `finish` is called here for each, in the order they are done.

    `finish` gets job, record and folder, and returns the folder dependants read the model from. `models` holds those of parents
    that are not among the jobs. A finished folder found at the start counts as computed. A job's folder is removed when the job
    and all that read it are finished. The first failure lets running jobs finish and is raised then.
    """
    if not jobs:
        return
    state = _Grid(workspace, jobs, finish, dict(models), package)
    kind = jobs[0].environment.get("device", "cpu")
    where = pool.devices(kind, min(settings.study.workers, len(jobs)))
    with _reported(len(jobs)) as report:
        state.report = report
        for job in state.take_found():
            state.done(job)
        if not state.open:
            return
        os.environ[hardware.CHECKPOINT_SECONDS] = str(settings.study.checkpoint)
        with pool.started(workspace, settings.study.threads, where) as workers:
            _run(state, workers)
    if state.fault:
        raise state.fault


def _run(state: "_Grid", workers: list[pool.Worker]) -> None:
    """Gives every idle worker the next job until none is left, or none may be started after a fault."""
    while True:
        for one in workers:
            if not one.key and (job := state.next(CROWDED * len(workers))) is not None:
                one.give(state.task(job))
        busy = [one for one in workers if one.key]
        if not busy:
            return
        for one in pool.wait(busy):
            job = state.jobs[one.key]
            try:
                answer = one.answer()
            except FailedWork as fault:
                workers.remove(one)
                state.fail(job, str(fault.args[0]), bad_input=False)
                continue
            if answer.error:
                state.fail(job, answer.error, bad_input=answer.bad_input)
            else:
                state.done(job)


class _Grid:
    """Jobs that wait, run and are done, and the folders between them."""

    def __init__(self, workspace: Workspace, jobs: list[Job], finish: Finish, models: dict[str, Path], package: str) -> None:
        self.workspace, self.finish, self.models, self.package = workspace, finish, models, package
        self.jobs = {job.key: job for job in jobs}
        self.waiting = dict(self.jobs)
        self.open = set(self.jobs)  # not finished
        self.readers = {job.key: {one.key for one in jobs if one.parent == job.key} for job in jobs}
        self.records: list[dict] = []
        self.urgent = order.urgency(jobs, order.costs(jobs, ()))
        self.folder = workspace.work / "jobs"
        self.fault: Exception | None = None
        self.report: Callable[[str], None] = note
        self.folder.mkdir(parents=True, exist_ok=True)
        if stray := [job.name for job in jobs if job.parent and job.parent not in self.jobs and job.parent not in models]:
            raise FailedWork(f"{stray[0]}: the model it reads is neither planned nor there")

    def take_found(self) -> list[Job]:
        """Jobs whose finished folders a killed run left, parents first; half-made folders are removed."""
        for part in self.folder.glob("*.part"):
            shutil.rmtree(part, ignore_errors=True)
        found = [job for job in self.jobs.values() if worker.read_record(self.folder / job.key) is not None]
        for job in found:
            self.waiting.pop(job.key)
        return sorted(found, key=lambda job: (-self.urgent[job.key], job.name))

    def next(self, crowd: int) -> Job | None:
        """The next job that can start now; none after a fault."""
        ready = [job for job in self.waiting.values() if not job.parent or job.parent in self.models]
        if self.fault or not ready:
            return None
        held = sum(1 for key, readers in self.readers.items() if key not in self.open and readers & self.open)
        job = order.following(ready, self.urgent, held > crowd)
        return self.waiting.pop(job.key)

    def task(self, job: Job) -> dict:
        parent = self.models[job.parent] if job.parent else self.workspace.root / job.base if job.base else None
        return {
            "key": job.key, "job": job.to_json(), "parent": str(parent) if parent else "", "folder": str(self.folder / job.key),
            "root": str(self.workspace.root), "profile": self.workspace.profile, "package": self.package,
        }  # fmt: skip

    def done(self, job: Job) -> None:
        """Hands the record over, then removes the folders nobody needs any more."""
        folder = self.folder / job.key
        record = worker.read_record(folder)
        if record is None:
            self.fail(job, f"its folder {folder} holds no whole record", bad_input=False)
            return
        self.models[job.key] = self.finish(job, record, folder)
        self.open.discard(job.key)
        self.records.append(record)
        self.urgent = order.urgency(list(self.jobs.values()), order.costs(self.jobs.values(), self.records))
        for key in {job.key, job.parent} & self.jobs.keys() - self.open:
            own = self.folder / key
            if not (self.readers[key] & self.open and self.models[key].is_relative_to(own)):
                shutil.rmtree(own, ignore_errors=True)
        self.report(f"{job.name} ({record['seconds']:.0f} s)")

    def fail(self, job: Job, why: str, *, bad_input: bool) -> None:
        """Keeps the first fault; nothing new is started."""
        if self.fault is None:
            message = why if why.startswith(job.name) else f"{job.name}: {why}"
            hint = "" if bad_input else f"; logs in {self.workspace.work / 'logs'}; what is done is kept, run again to go on"
            self.fault = (BadInput if bad_input else FailedWork)(message + hint)
            note(f"failed: {message}; waiting for the jobs that are running")


@contextmanager
def _reported(total: int):
    """Yields `report(text)`, called when a job is done: a bar in a terminal, elsewhere a line now and then, and the last."""
    if sys.stderr.isatty():
        with progress("study", total) as advance:
            yield lambda text: advance()
        return
    done, last, began = 0, 0.0, time.monotonic()

    def report(text: str) -> None:
        nonlocal done, last
        done += 1
        now = time.monotonic()
        if now - last > EVERY or done == total:
            last = now
            note(f"study: {done} of {total} done after {now - began:.0f} s; last: {text}")

    yield report
