"""Finished jobs of a study while its tracking server is away: kept on disk, saved when it is back, by this study or the next."""

import shutil
import socket
import time
from pathlib import Path
from urllib.parse import urlparse

from realignment import tracking
from realignment.core.console import note
from realignment.core.errors import Away
from realignment.core.workspace import Workspace
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study.progress import Progress

PAUSE = 60.0  # seconds after which a server that was away is asked again


class Spool:
    """`finish` for the jobs of a grid: saves each, or keeps it where the store does not answer. Training goes on."""

    def __init__(self, workspace: Workspace, progress: Progress) -> None:
        self.workspace, self.progress = workspace, progress
        self.waiting: dict[str, tuple[Job, Record]] = {}  # in the order they were done, parents first
        self.asked = 0.0

    def found(self) -> set[str]:
        """Keys of planned jobs that an earlier call kept and nobody has saved since; `replay` saves them."""
        for job in self.progress.jobs:
            folder = self.workspace.spool / job.key
            if job.key in self.progress.records or not folder.is_dir():
                continue
            record, wrong = sealing.of_job(job.key, folder)
            if record is None:
                note(f"{job.name}: what waited in {folder} is not taken, {wrong}; computed again")
                shutil.rmtree(folder)
            else:
                self.waiting[job.key] = (job, record)
        return set(self.waiting)

    def finish(self, job: Job, record: Record, folder: Path) -> Path:
        """As `Progress.finish`; the folder that readers of the model go to."""
        if self.waiting and not self._is_back():
            return self._keep(job, record, folder)
        try:
            self.replay()
            return self.progress.finish(job, record, folder)
        except Away as fault:
            if not self.waiting:
                note(f"{fault}; training goes on, finished jobs wait in {self.workspace.spool}")
            self.asked = time.monotonic()
            return self._keep(job, record, folder)

    def known(self, job: Job) -> Path | None:
        """As `Progress.known`; while the store does not answer nobody is known to have finished anything."""
        try:
            return None if self.waiting else self.progress.known(job)
        except Away:
            return None

    def replay(self) -> None:
        """Saves what waits, oldest first; Away where the store does not answer."""
        count = len(self.waiting)
        for key, (job, record) in list(self.waiting.items()):
            self.progress.finish(job, record, self.workspace.spool / key)
            del self.waiting[key]
        if count:
            note(f"{count} finished jobs that waited for the tracking store are saved")

    def close(self) -> None:
        """Saves what waits; Away says what is kept where the store does not answer."""
        try:
            self.replay()
        except Away as fault:
            what = f"{len(self.waiting)} finished jobs wait in {self.workspace.spool}"
            raise Away(f"{fault}; {what}: run the same command again, it saves them and computes none of them again") from None

    def prune(self) -> None:
        """Removes folders of jobs that are saved by now; the grid reads them no longer."""
        needed = self.waiting.keys() | {job.parent for job, _ in self.waiting.values()}
        for key in self.progress.records.keys() - needed:
            shutil.rmtree(self.workspace.spool / key, ignore_errors=True)

    def _keep(self, job: Job, record: Record, folder: Path) -> Path:
        """Moves a finished folder (and, where the best model is to be kept, its model's) to those that wait."""
        self.waiting[job.key] = (job, record)
        best = self.workspace.work / "jobs" / job.parent
        wanted = (
            [folder, best] if self.progress.settings.study.keep == "best" and job.verb == "evaluate" and job.parent else [folder]
        )
        self.workspace.spool.mkdir(parents=True, exist_ok=True)
        for one in wanted:
            if one.is_dir():
                one.rename(self.workspace.spool / one.name)
        return self.workspace.spool / job.key / "model"

    def _is_back(self) -> bool:
        """Whether it is time to ask again, and somebody listens."""
        if time.monotonic() - self.asked < PAUSE:
            return False
        self.asked = time.monotonic()
        address = urlparse(tracking.uri(self.workspace.root))
        try:
            port = address.port or {"https": 443}.get(address.scheme, 80)
            socket.create_connection((address.hostname or "", port), timeout=2).close()
        except OSError:
            return False
        return True
