"""The jobs of a grid: which wait, which run, which are done, whose turn a key is, and the folders between them."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from realignment.core.console import note
from realignment.core.errors import BadInput, FailedWork
from realignment.core.locks import held
from realignment.core.workspace import Workspace
from realignment.executors import priority
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record

Finish = Callable[[Job, Record, Path], Path]


@dataclass(frozen=True)
class Keeper:
    """Who keeps what a grid computes.

    `finish` gets job, record and folder of a computed job, and returns the folder its readers read the model from. `models` holds
    those of parents that are not among the jobs. `known` is asked before a job begins: the folder of its model where somebody else
    has finished it by now.
    """

    finish: Finish
    models: dict[str, Path]
    known: Callable[[Job], Path | None] = lambda job: None


class Busy(Exception):
    """Somebody computes the job by hand."""


class Queue:
    """What an executor asks and tells while its jobs run."""

    def __init__(self, workspace: Workspace, jobs: list[Job], keeper: Keeper, turns: ExitStack) -> None:
        self.workspace, self.keeper, self.models = workspace, keeper, dict(keeper.models)
        self.turns, self.held = turns, dict[str, ExitStack]()
        self.elsewhere: set[str] = set()  # ready, and computed by hand just now
        self.jobs = {job.key: job for job in jobs}
        self.waiting = dict(self.jobs)
        self.open = set(self.jobs)  # not finished
        self.readers = {job.key: {one.key for one in jobs if one.parent == job.key} for job in jobs}
        self.records: list[Record] = []
        self.urgent = priority.urgency(jobs, priority.costs(jobs, ()))
        self.folder = workspace.work / "jobs"
        self.fault: Exception | None = None
        self.report: Callable[[str], None] = note
        self.folder.mkdir(parents=True, exist_ok=True)
        if stray := [job.name for job in jobs if job.parent and job.parent not in self.jobs and job.parent not in self.models]:
            raise FailedWork(f"{stray[0]}: the model it reads is neither planned nor there")

    def take_found(self) -> None:
        """Finishes jobs whose folders a killed run left, parents first; half-made folders and those that do not fit are removed."""
        for part in self.folder.glob("*.part"):
            shutil.rmtree(part, ignore_errors=True)
        found = [job for job in self.jobs.values() if (self.folder / job.key).exists()]
        for job in sorted(found, key=lambda job: (-self.urgent[job.key], job.name)):
            if wrong := sealing.of_job(job.key, self.folder / job.key)[1]:
                note(f"{job.name}: a finished folder is not taken, {wrong}; computed again")
                shutil.rmtree(self.folder / job.key)
            elif self._turn(job):
                self.done(self.waiting.pop(job.key))

    def next(self, crowd: int) -> Job | None:
        """The next job that can start now, its key held; none after a fault, or where others compute all that are ready."""
        self.elsewhere.clear()
        while not self.fault:
            ready = [
                job
                for key, job in self.waiting.items()
                if key not in self.elsewhere and (not job.parent or job.parent in self.models)
            ]
            if not ready:
                return None
            crowded = sum(1 for key, readers in self.readers.items() if key not in self.open and readers & self.open) > crowd
            job = priority.following(ready, self.urgent, crowded)
            if self._turn(job):
                return self.waiting.pop(job.key)
        return None

    def _turn(self, job: Job) -> bool:
        """Whether the job is ours to compute: nobody computes it by hand, and nobody has."""

        def refuse(owner: str) -> None:
            raise Busy(owner)

        turn, mine = self.workspace.turn(job.key), ExitStack()
        turn.parent.mkdir(parents=True, exist_ok=True)
        try:
            mine.enter_context(held(turn, refuse))
        except Busy:
            self.elsewhere.add(job.key)
            return False
        self.held[job.key] = self.turns.enter_context(mine)
        if (model := self.keeper.known(job)) is None:
            return True
        self.waiting.pop(job.key)
        self.open.discard(job.key)
        self.models[job.key] = model
        self._release(job)
        self.report(f"{job.name} (by hand)")
        return False

    def _release(self, job: Job) -> None:
        if job.key in self.held:
            self.held.pop(job.key).close()

    def task(self, job: Job) -> dict:
        parent = self.models[job.parent] if job.parent else self.workspace.root / job.base if job.base else None
        return {
            "key": job.key, "job": job.to_json(), "parent": str(parent) if parent else "", "folder": str(self.folder / job.key),
            "root": str(self.workspace.root), "profile": self.workspace.profile,
        }  # fmt: skip

    def done(self, job: Job) -> None:
        """Hands the record over, then removes the folders nobody needs any more."""
        folder = self.folder / job.key
        record, wrong = sealing.of_job(job.key, folder)
        if record is None:
            self.fail(job, f"its folder {folder} holds no whole record ({wrong})", bad_input=False)
            return
        try:
            self.models[job.key] = self.keeper.finish(job, record, folder)
        except FailedWork as fault:
            self.fail(job, str(fault), bad_input=False)
            return
        self._release(job)
        self.open.discard(job.key)
        self.records.append(record)
        self.urgent = priority.urgency(list(self.jobs.values()), priority.costs(self.jobs.values(), self.records))
        for key in {job.key, job.parent} & self.jobs.keys() - self.open:
            own = self.folder / key
            if not (self.readers[key] & self.open and self.models[key].is_relative_to(own)):
                shutil.rmtree(own, ignore_errors=True)
        self.report(f"{job.name} ({record.seconds:.0f} s)")

    def fail(self, job: Job, why: str, *, bad_input: bool) -> None:
        """Keeps the first fault; nothing new is started."""
        self._release(job)
        if self.fault is None:
            message = why if why.startswith(job.name) else f"{job.name}: {why}"
            hint = "" if bad_input else f"; logs in {self.workspace.work / 'logs'}; what is done is kept, run again to go on"
            self.fault = (BadInput if bad_input else FailedWork)(message + hint)
            note(f"failed: {message}; waiting for the jobs that are running")
