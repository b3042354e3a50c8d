"""Which jobs of a grid are finished and how that is known; where their models lie; study.json."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core import full
from realignment.core.console import note
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import mending, study_file
from realignment.study.about import about
from realignment.study.journal import Journal
from realignment.study.modes import ASKED, Forced
from realignment.study.study_file import read

__all__ = ["Progress", "read"]
T = TypeVar("T")
WRITTEN_EVERY = 30  # seconds; what is not in study.json after a kill is found in MLflow and in finished folders


class Strayed(FailedWork):
    """A job read another model than the one its parent's run made."""


class Progress:
    """Records of the jobs of a grid, and where the models of finished ones lie. Only what can be believed counts as finished.

    `origin` says how a finished job is known: finished (in study.json, its run in MLflow), restored (in study.json, its run was
    gone and is back), adopted (in MLflow alone: run by hand, or before a kill), mended (changed in study.json, taken from its run),
    computed again (files of its run are not those that its record says, `unfit` has the reason).

    `away`: the store does not answer. What is finished is then known from study.json, as far as that can be believed, and from the journal, until
    `meet`; what was computed (`waiting`) is nobody's run yet.
    """

    def __init__(self, workspace: Workspace, settings: Settings, jobs: list[Job], *, away: bool = False) -> None:
        self.workspace, self.settings, self.jobs = workspace, settings, jobs
        self.planned = {job.key: job for job in jobs}
        self.run: str | None = None  # the MLflow run of this execution
        self.written = time.monotonic()
        self.records: dict[str, Record] = {}
        self.origin: dict[str, str] = {}
        self.waiting: dict[str, Record] = {}  # computed and not in the store yet, in the order they were done
        self.met = not away
        self.remade: set[str] = set()  # computed again for their models, with other weights than their runs have
        root, profile = workspace.root, workspace.profile
        self.runs = {} if away else tracking.finished(root, profile)
        old, wrong = study_file.believed(workspace, {} if away else None)
        self.journal = Journal(workspace)
        old = self.journal.records() | old if away else old
        lost = [] if away else [old[key] for key in self.planned if key in old and key not in self.runs]
        self._restore(lost)
        self._say(wrong)
        for key, job in self.planned.items():
            if key in old:
                self._take(job, old[key], "restored" if old[key] in lost else "finished")
            elif key in self.runs:
                self._adopt(job, "mended" if key in wrong else "adopted")
        self.unfit = {} if away else mending.unfit(workspace, self.records, self.runs)
        self.unfit |= mending.unlike_shared(self.records)
        self.origin |= dict.fromkeys(self.unfit, "computed again")
        self.open = self._unknown()  # keys of jobs that are to be computed yet
        self.models: dict[str, Path] = {}  # of finished jobs, where one that is not reads it
        self.lacking: set[str] = set()  # finished jobs whose model nobody has
        self.forced = Forced(workspace)
        self.again: Counter[str] = Counter()  # what became of finished jobs that were computed once more

    def force(self) -> None:
        """Everything is computed again, but for what an earlier call of this kind has."""
        self.unfit |= dict.fromkeys(self.forced.left(self.records), ASKED) | self.unfit
        self.open = self._unknown()
        self.origin |= dict.fromkeys(self.unfit, "computed again")

    def _restore(self, lost: list[Record]) -> None:
        """Puts runs back that the store lacks."""
        made = tracking.restore(self.workspace.root, self.workspace.profile, lost) if lost else []
        self.runs |= dict(zip([record.key for record in lost], made, strict=True))

    def meet(self) -> None:
        """The store answers for the first time: its runs, those of study.json that it lacks, and whether it says the same of the others."""
        root, profile = self.workspace.root, self.workspace.profile
        tracking.sweep(root, profile)
        self.runs, seals = tracking.finished(root, profile), tracking.seals(root, profile)
        self._restore([record for key, record in self.records.items() if key not in self.runs])
        for key, record in list(self.records.items()):
            if seals.get(key, record.seal) != record.seal:
                self.records.pop(key)
                self._adopt(self.planned[key], "mended")
        self.met = True

    def _say(self, wrong: dict[str, str]) -> None:
        """Which records of study.json are not believed, and what becomes of them."""
        where, lines = f"data/{self.workspace.profile}/study.json", [key for key in self.planned if key in wrong]
        for key in lines[:3]:
            note(f"{where}: {wrong[key]}; {'taken from its run' if key in self.runs else 'computed again'}")
        if len(lines) > 3:
            again = sum(key not in self.runs for key in lines)
            hint = f"; stop and run `dvc checkout {where}` where that is not meant" if again > 3 else ""
            note(f"{where}: and {len(lines) - 3} more; {again} of {len(lines)} have no run and are computed again{hint}")

    def _take(self, job: Job, record: Record, how: str) -> None:
        """An encoder's label may be another one now, which decides no number; its run is called as it is called here."""
        if (record.cell, record.name) != (job.cell, job.name):
            own = {name: value for name, value in job.to_json().items() if name in ("cell", "name")}
            record = Record.of(sealing.sealed(record.to_json() | own), job.name)
            if self.met:
                tracking.write_record(self.workspace.root, self.runs[job.key], record)
        self.records[job.key], self.origin[job.key] = record, how

    def _adopt(self, job: Job, how: str) -> None:
        try:
            record = tracking.load_record(self.workspace.root, self.runs[job.key])
            self._require_parent(job, record)
            self._take(job, record, how)
            tracking.adopt(self.workspace.root, self.runs[job.key])
        except FailedWork as fault:
            note(f"study {self.workspace.profile}: {fault}; computed again")
            tracking.retire(self.workspace.root, self.runs.pop(job.key), str(fault))

    def known(self, job: Job) -> Path | None:
        """Where the model of a job lies that somebody finished by hand while this study ran; its record is taken."""
        root = self.workspace.root
        run = None if job.key in self.records else tracking.finished_one(root, self.workspace.profile, job.key)
        if run is None:
            return None
        self.runs[job.key] = run
        self._adopt(job, "adopted")
        if job.key not in self.records:
            return None
        folder, wrong = tracking.model_at_hand(root, run, self.records[job.key]) if job.model else (self.workspace.work, "")
        if wrong:
            return None  # the record stays, the model is made again
        note(f"{job.name}: finished by hand meanwhile; taken")
        return folder

    def _has_model(self, job: Job) -> bool:
        """Whether the model of a finished job is at hand, and is what its record says; looked at before anybody reads it."""
        if job.key in self.models or job.key in self.lacking:
            return job.key in self.models
        record = self.waiting.get(job.key) or self.records[job.key]
        for place in (self.workspace.spool, self.workspace.work / "jobs"):
            kept = place / job.key / "model"
            if kept.is_dir() and not sealing.model_fault(record, kept):
                self.models[job.key] = kept
                return True
        if job.key not in self.runs:  # where its model lies the store alone knows
            self.lacking.add(job.key)
            return False
        folder, wrong = tracking.model_at_hand(self.workspace.root, self.runs[job.key], self.records[job.key])
        if folder and not wrong:
            self.models[job.key] = folder
            return True
        if folder:
            note(f"{job.name}: its model is not the one its run made, {wrong}; computed again")
        self.lacking.add(job.key)
        return False

    def to_compute(self) -> list[Job]:
        """Jobs without a record, or with files that are not the record's, and those whose model one of them reads and nobody has any more;
        parents first."""
        needed = self._unknown()
        for job in reversed(self.jobs):  # those that read stand behind what they read
            parent = self.planned.get(job.parent)
            if job.key in needed and parent and parent.key not in needed and not self._has_model(parent):
                needed.add(parent.key)
        self.open = needed
        return [job for job in self.jobs if job.key in needed]

    def _unknown(self) -> set[str]:
        known = self.waiting.keys() | (self.records.keys() - self.unfit.keys())
        return {job.key for job in self.jobs if job.key not in known}

    def finish(self, job: Job, record: Record, folder: Path) -> None:
        """Saves a computed job."""
        root, profile, keep = self.workspace.root, self.workspace.profile, self.keeps(job)
        self._require_parent(job, record)
        if job.key in self.records:
            self._again(job, record, folder, keep)
            return
        self.runs[job.key] = self._patiently(
            job.name, lambda: tracking.save(root, profile, record, folder, keep=keep, parent_run=self.run)
        )
        self.records[job.key] = record
        if time.monotonic() - self.written > WRITTEN_EVERY:
            self.write()

    def accept(self, job: Job, record: Record) -> None:
        """Takes a computed job, which waits to be saved; Strayed where it read another model than it should have. The caller takes it from `open`
        when the model it read may go."""
        self._require_parent(job, record)
        self.waiting[job.key] = record

    def replay(self, job: Job, record: Record, folder: Path) -> None:
        """As `finish`, for a job that the store may have: saved just before it went away, or finished by somebody else meanwhile."""
        root, profile = self.workspace.root, self.workspace.profile
        tracking.unfinished(root, profile, job.key)
        run = None if job.key in self.records else tracking.finished_one(root, profile, job.key)
        if run is None:
            self.finish(job, record, folder)
            return
        self._require_parent(job, record)
        try:
            before, wrong = tracking.load_record(root, run), "computing it while the store was away gave another outcome"
        except FailedWork as fault:
            before, wrong = None, str(fault)
        if before is None or not mending.same(before, record):
            note(f"{job.name}: run {run} no longer stands for this key, {wrong}")
            tracking.retire(root, run, wrong)
            self.finish(job, record, folder)
            return
        self.runs[job.key] = run
        self._take(job, before, "adopted")
        tracking.adopt(root, run)
        if self.keeps(job) and not tracking.version_of(root, run):
            mending.put_back(root, run, before, folder, model=True)

    def _patiently(self, what: str, call: Callable[[], T]) -> T:
        return full.patiently(call, self.workspace.work, what)

    def _again(self, job: Job, record: Record, folder: Path, keep: bool) -> None:
        """A finished job was computed again. Its run gets what it lacks where the same came out; of predictions that are others there is a
        run of its own, and the old one loses the key."""
        root, before, run = self.workspace.root, self.records[job.key], self.runs[job.key]
        lacked = self.unfit.pop(job.key, "")
        self.again["came to the same" if mending.same(before, record) else "came to another outcome"] += 1
        if mending.same(before, record):
            self._patiently(job.name, lambda: mending.put_back(root, run, before, folder, model=keep or bool(lacked)))
        elif job.model:
            self.remade.add(job.key)
            note(
                f"{job.name}: computed again for its model, which differs from that of its run ({mending.unlike(before, record)})"
            )
        else:
            note(f"{job.name}: computed again, with other predictions than its run had ({mending.unlike(before, record)})")
            tracking.retire(root, run, lacked or "computing it again gave other predictions")
            self.runs[job.key] = self._patiently(
                job.name,
                lambda: tracking.save(root, self.workspace.profile, record, folder, keep=False, parent_run=self.run),
            )
            self.records[job.key] = record
        self._patiently(job.name, lambda: self.forced.done(job.key))

    def _require_parent(self, job: Job, record: Record) -> None:
        """Strayed where a job read another model than the record of its parent names, and nobody has said so yet."""
        parent = self.waiting.get(job.parent) or self.records.get(job.parent)
        if parent and job.parent not in self.remade and record.read != sealing.model_digest(parent):
            raise Strayed(f"{job.name}: the model it read is not the one that the run of {parent.name} made")

    def keeps(self, job: Job) -> bool:
        """Whether the model of a job goes into the registry."""
        keep = self.settings.study.keep
        return bool(job.model) and (keep == "all" or (keep == "encoders" and job.verb == "realign"))

    def stores(self, job: Job) -> bool:
        """Whether the model of a job that waits goes into the store with it."""
        return self.keeps(job) or job.key in self.unfit

    def every(self) -> list[Record]:
        """Records of what is finished, saved or not; another thread may add some."""
        return list((dict(self.records) | dict(self.waiting)).values())

    def write(self) -> None:
        """study.json: the records of the plan that are there, sorted, sealed; it appears whole or not at all."""
        self.journal.ends(self._write)

    def _write(self) -> None:
        found = sorted([*self.records.values()], key=lambda record: (record.verb, record.name, record.key))
        content = about(self.workspace, self.settings, self.jobs) | {"records": [record.to_json() for record in found]}
        if missing := len(self.jobs) - len(found):
            content |= {study_file.MISSING: missing}
        self._patiently(self.workspace.study.name, lambda: study_file.write(self.workspace, content))
        self.written = time.monotonic()

    def stored(self, key: str) -> None:
        """Of a job that the store has: study.json is to have it too, or else the journal, before its folder goes."""
        if record := self.records.get(key):
            self._patiently(self.journal.path.name, lambda: self.journal.add(record))

    def point_aliases(self) -> None:
        """In the registry the alias of a seed leads to this study's version."""
        made = {self.runs[key]: record for key, record in self.records.items() if self.planned[key].model}
        tracking.point_aliases(self.workspace.root, made)
