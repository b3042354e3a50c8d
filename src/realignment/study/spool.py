"""Finished jobs on disk until the tracking store has them: `.work/<profile>/spool/<run key>`, by this study or a later one."""

import shutil
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from realignment.core import full
from realignment.core.console import note
from realignment.core.workspace import Workspace
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study.progress import Progress

MODEL = "model"


class Spool:
    """Keeps a job's folder as long as the store lacks the job or an unfinished job reads its model, and of it only what they need.

    A folder stays where it was computed while its model is read, because readers may have been told of that place before it was there.
    """

    def __init__(self, workspace: Workspace, progress: Progress) -> None:
        self.workspace, self.progress = workspace, progress
        self.lock, self.saving = threading.RLock(), ""  # the key of the job whose folder is being read
        self.readers: dict[str, list[Job]] = defaultdict(list)
        for job in progress.jobs:
            self.readers[job.parent].append(job)

    def folder(self, key: str) -> Path:
        """Where a finished job lies."""
        return self._place(key) if self._place(key).is_dir() else self._made(key)

    def _place(self, key: str) -> Path:
        return self.workspace.spool / key

    def _made(self, key: str) -> Path:
        return self.workspace.work / "jobs" / key

    @contextmanager
    def read(self, key: str) -> Iterator[Path]:
        """Within, the folder of a job stays where it is."""
        with self.lock:
            self.saving = key
        try:
            yield self.folder(key)
        finally:
            with self.lock:
                self.saving = ""

    def may_go(self, key: str) -> bool:
        """Whether the folder in which a job was computed is needed no more, or is gone."""
        return not self._made(key).is_dir() or (key not in self.progress.waiting and not self._is_read(key))

    def found(self) -> list[Job]:
        """Planned jobs that an earlier call computed and nobody has saved since, in the order they were done, parents first, wherever they lie: what
        a kill left in `jobs` needs the model of its parent as little as what was moved here.

        They count as waiting from now on; a folder that cannot be taken is removed, and said.
        """
        taken: dict[str, Record] = {}
        for job in reversed(self.progress.jobs):  # what reads a model before what made it: is the model needed?
            if job.key not in self.progress.open or not self.folder(job.key).is_dir():
                continue
            record, wrong = self._read(job)
            if record is None:
                note(f"{job.name}: a finished folder is not taken, {wrong}; computed again")
                shutil.rmtree(self.folder(job.key))
            else:
                taken[job.key] = record
                self.progress.open.discard(job.key)
        order = list(_parents_first([self.progress.planned[key] for key in taken], self.done))
        self.progress.waiting |= {job.key: taken[job.key] for job in order}
        return order

    def settle(self, key: str) -> None:
        """Of a job that nobody will read any more: removes it where it is saved, else moves it here, without a model that is not to be kept."""
        with self.lock:
            job = self.progress.planned.get(key)
            if job is None or key == self.saving or key in self.progress.open or self._is_read(key):
                return
            if key not in self.progress.waiting:
                shutil.rmtree(self._place(key), ignore_errors=True)
                shutil.rmtree(self._made(key), ignore_errors=True)
                return
            if self._made(key).is_dir():
                shutil.rmtree(self._place(key), ignore_errors=True)
                full.patiently(lambda: self._move(key), self.workspace.work, job.name)
            if not self.progress.stores(job):
                shutil.rmtree(self._place(key) / MODEL, ignore_errors=True)

    def _move(self, key: str) -> None:
        self.workspace.spool.mkdir(parents=True, exist_ok=True)
        self._made(key).rename(self._place(key))

    def prune(self) -> None:
        """Settles every folder; one of no planned job stays, for the plan may have it again."""
        for place in (self.workspace.spool, self.workspace.work / "jobs"):
            for one in place.glob("*"):
                self.settle(one.name)

    def _is_read(self, key: str) -> bool:
        """Whether a job that is to be computed yet reads the model of one."""
        return any(one.key in self.progress.open for one in self.readers[key])

    def done(self, key: str) -> int:
        """When a job was done, in nanoseconds since 1970: its record is written last. 0 where it has none."""
        try:
            return (self.folder(key) / sealing.FILE).stat().st_mtime_ns
        except OSError:
            return 0

    def _read(self, job: Job) -> tuple[Record | None, str]:
        """(the record that waits, ""), or (None, why it cannot be taken); a model nobody needs may have been removed."""
        folder = self.folder(job.key)
        if self.progress.stores(job) or self._is_read(job.key):
            return sealing.of_job(job.key, folder)
        return sealing.of_job(job.key, folder, without=sealing.MODEL)


def _parents_first(jobs: list[Job], done) -> Iterable[Job]:
    """`jobs` by when they were done; the clocks of two machines may differ, so a parent is put before what reads it."""
    left = {job.key: job for job in sorted(jobs, key=lambda job: done(job.key))}

    def upwards(job: Job) -> Iterable[Job]:
        if job.parent in left:
            yield from upwards(left.pop(job.parent))
        yield job

    while left:
        yield from upwards(left.pop(next(iter(left))))
