"""Jobs that belong to no grid, several at once: each ends as a run by hand does, so that no table of the profile changes.

What a run by hand is to one job this is to many: where they are computed is up to the executor, runs carry `origin: by hand` and in what they are not
the profile's, and a study whose settings ask for them later takes them over. Models are not kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core.console import note
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.executors import base, faults
from realignment.executors.base import Executor
from realignment.executors.chosen import chosen
from realignment.executors.queue import Keeper, Rules
from realignment.executors.watching import Watch
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import mending, twins


def finished(workspace: Workspace, jobs: Sequence[Job]) -> list[Record]:
    """The records of the evaluations among `jobs` that are finished and can be believed. Writes nothing."""
    wanted = {job.key for job in jobs if job.verb == "evaluate"}
    with tracking.reading():
        known = wanted & tracking.seals(workspace.root, workspace.profile).keys()
        runs = tracking.finished(workspace.root, workspace.profile) if known else {}
        found = [_record(workspace, runs[key]) for key in sorted(known)]
    return [one for one in found if isinstance(one, Record)]


def compute(workspace: Workspace, settings: Settings, jobs: Sequence[Job], executor: Executor | None = None) -> None:
    """Brings `jobs` to finished runs; the caller holds the lock of studies. None: where the settings say. What cannot be computed is named
    by the error that this ends with when all else is done; calling again goes on."""
    beside = Beside(workspace, jobs)
    todo = beside.to_compute()
    note(f"{len(jobs)} jobs beside the study: {len(jobs) - len(todo)} finished or not needed, {len(todo)} to run")
    keeper = Keeper(beside.finish, beside.models, beside.known)
    work = twins.works(jobs)
    with Watch().over(workspace, todo, work) as listeners:
        rules = Rules(settings.study.retries, work=work, listeners=listeners)
        aside = base.grid(workspace, todo, keeper, executor or chosen(settings), rules)
    if first := [str(one) for one in aside.values() if one.fault.kind != faults.ABOVE]:
        told = "; ".join(first[: faults.SHOWN]) + (f"; and {len(first) - faults.SHOWN} more" if len(first) > faults.SHOWN else "")
        raise FailedWork(
            f"{len(first)} of {len(jobs)} runs of the question could not be computed: {told}; logs in {workspace.work / 'logs'}; all else is kept, the same command tries again"
        )


@dataclass
class Beside:
    """What is known of the jobs: their runs by key, and where models lie that others read."""

    workspace: Workspace
    jobs: Sequence[Job]
    runs: dict[str, str] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    models: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        root, profile = self.workspace.root, self.workspace.profile
        tracking.sweep(root, profile)
        runs, wanted = tracking.finished(root, profile), {job.key for job in self.jobs}
        self.runs = {key: runs[key] for key in wanted & runs.keys()}
        for key, run in list(self.runs.items()):
            record = _record(self.workspace, run)
            if isinstance(record, Record):
                self.records[key] = record
            else:
                note(f"{record}; computed again")
                tracking.retire(root, self.runs.pop(key), record)
        self.unfit = mending.unfit(self.workspace, self.records, self.runs)
        for line in mending.lines(list(self.jobs), self.unfit):
            note(f"  computed again: {line}")

    def to_compute(self) -> list[Job]:
        """Evaluations without scores that count, and what they read as far as no model of it is at hand; parents first."""
        needed, read = set[str](), set[str]()
        for job in reversed(self.jobs):  # those that read stand behind what they read
            lacking = job.key not in self.records or job.key in self.unfit
            if (job.verb == "evaluate" and lacking) or (job.key in read and not self._at_hand(job)):
                needed.add(job.key)
                read.add(job.parent)
        return [job for job in self.jobs if job.key in needed]

    def _at_hand(self, job: Job) -> bool:
        if job.key not in self.records:
            return False
        folder, wrong = tracking.model_at_hand(self.workspace.root, self.runs[job.key], self.records[job.key])
        if folder and not wrong:
            self.models[job.key] = folder
        return job.key in self.models

    def known(self, job: Job) -> Path | None:
        """Where the model of a job lies that somebody finished by hand meanwhile."""
        root = self.workspace.root
        run = None if job.key in self.runs else tracking.finished_one(root, self.workspace.profile, job.key)
        record = _record(self.workspace, run) if run else None
        if not run or not isinstance(record, Record):
            return None
        folder, wrong = tracking.model_at_hand(root, run, record) if job.model else (self.workspace.work, "")
        return None if wrong else folder

    def finish(self, job: Job, record: Record, folder: Path) -> Path:
        """Saves a computed job; the folder its model is read from. What was computed again and came out the same keeps its run."""
        root, before = self.workspace.root, self.records.get(job.key)
        if before and mending.same(before, record):
            mending.put_back(root, self.runs[job.key], before, folder, model=False)
        else:
            if before:
                note(
                    f"{job.name}: computed again, and something else came out ({mending.unlike(before, record)}); its run no longer counts"
                )
                tracking.retire(root, self.runs[job.key], "computing it again gave something else")
            self.runs[job.key] = tracking.save(root, self.workspace.profile, record, folder, keep=False)
        self.records[job.key] = record
        return folder / "model"


def _record(workspace: Workspace, run: str) -> Record | str:
    """The record of a run, or why it cannot be believed."""
    try:
        return tracking.load_record(workspace.root, run)
    except FailedWork as fault:
        return str(fault)
