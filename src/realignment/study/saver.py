"""Saves what a study computes behind its back: no worker waits for the tracking store, which may be slow, away, or come and go.

The model of a finished job can be read at once. One thread saves the jobs in the order they were done; until then their folders stay, in
the spool when nobody reads them. What the store may have heard of before (it went away while a job was saved; an earlier call was killed) is looked up first, so
that each key has one finished run.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from realignment import tracking
from realignment.core import full
from realignment.core.console import note
from realignment.core.errors import Away, BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study.best import Best
from realignment.study.progress import Progress, Strayed
from realignment.study.spool import MODEL, Spool
from realignment.study.turns import Turns

PAUSES = (5.0, 60.0)  # seconds before a store that was away is asked again: at first, and at most
LAST_PAUSE, TRIES = (
    1.0,
    4,
)  # when all is computed: seconds before the second try, twice and four times as many later; tries without a job saved
FRESH = 10.0  # seconds for which an answer of the store counts: no use to ask before each job whether it is there
PATIENCE = 2.0  # seconds that a job waits for the answer of a server whether somebody else has finished it
SHARE = (
    0.005  # of a study's time that may go into such waiting; jobs of a minute are asked for each, in a grid of tiny ones few are
)
STOP = 5.0  # seconds that an interrupted study waits for the job that is being saved


class Saver:
    """`finish` and `known` for the jobs of a grid, between `begin` and `close`.

    The key of a job is held (`turns`) until it is saved: a run by hand of the same key waits for that. The folder that `finish` is given is needed until `saved` says that it may go: the queue asks before it removes one, and so must whoever
    else calls `finish`.
    """

    def __init__(self, workspace: Workspace, progress: Progress, say: Callable[[str], None] = note) -> None:
        """`say`: what is no fault."""
        self.workspace, self.progress, self.spool, self.say = workspace, progress, Spool(workspace, progress), say
        self.best, self.turns = Best(progress), Turns(workspace)
        self.todo: deque[Job] = deque()
        self.unsure: set[str] = set()  # keys of which the store may have something
        self.is_away, self.began = not progress.met, time.time()
        self.heard, self.later, self.pause = float("-inf"), 0.0, PAUSES[0]  # `later`: not asked before
        self.fault: Exception | None = None
        self.strayed: list[str] = []
        self.changed, self.closing, self.stopped, self.left = threading.Condition(), False, False, TRIES
        self.thread = threading.Thread(target=self._work, name="saver", daemon=True)
        self.asker, self.asked, self.start = (
            None,
            -PATIENCE,
            time.monotonic(),
        )  # who asks whether a job is known; seconds waited for it
        self.behind = 0  # jobs saved since the store was away

    def found(self) -> set[str]:
        """Keys of jobs that an earlier call kept; they are saved first."""
        waiting = self.spool.found()
        self.todo.extend(waiting)
        self.unsure |= {job.key for job in waiting}
        for job in waiting:  # of a study that was killed before it could
            self.best.note(job, self.progress.waiting[job.key])
        return {job.key for job in waiting}

    def begin(self) -> None:
        """Starts saving; the run of the study is made now, or when the store answers."""
        try:
            if not self.is_away:
                self._reach()
        except (Away, BadInput) as fault:
            self._put_off(fault)
        self.thread.start()

    def finish(self, job: Job, record: Record, folder: Path) -> Path:
        """Takes a computed job; the folder its model is read from. FailedWork where it read another model than it should have."""
        self.progress.accept(job, record)
        self.best.note(job, record)  # while the job counts as open, so that the model it read is there
        self.progress.open.discard(job.key)
        may_have_it = self.is_away or not tracking.database(self.workspace.root)  # others use a server too
        if may_have_it or self.spool.done(job.key) < 1e9 * self.began:  # an earlier call computed it
            self.unsure.add(job.key)
        with self.changed:
            self.todo.append(job)
            self.changed.notify_all()
        for key in (job.key, job.parent):
            self.spool.settle(key)
        return folder / MODEL

    def saved(self, key: str) -> bool:
        """Whether the folder in which a job was computed may be removed."""
        return self.spool.may_go(key)

    def known(self, job: Job) -> Path | None:
        """As `Progress.known`; a store that does not answer soon is taken to know nothing, which `finish` finds out in time."""
        root, answer = self.workspace.root, []
        if tracking.database(root):
            return self.progress.known(job)
        began = time.monotonic()
        if self.is_away or self.asked > SHARE * (began - self.start) or (self.asker and self.asker.is_alive()):
            return None

        def ask() -> None:
            with suppress(Away, BadInput):
                answer.append(tracking.finished_one(root, self.workspace.profile, job.key))

        self.asker = threading.Thread(target=ask, name="asker", daemon=True)
        self.asker.start()
        self.asker.join(PATIENCE)
        self.asked += time.monotonic() - began
        try:
            return self.progress.known(job) if answer and answer[0] else None
        except Away:
            return None

    def close(self) -> None:
        """Waits until all is saved. Raises what prevented it, and says what waits and how to go on."""
        self._drain()
        if self.progress.waiting:
            what = f"{len(self.progress.waiting)} finished jobs wait in {self.workspace.spool}"
            kind = type(self.fault) if isinstance(self.fault, (Away, BadInput)) else FailedWork
            how = "run the same command again, it saves them and computes none of them again"
            raise kind(f"{self.fault}; {what}: {how}") from self.fault
        if self.strayed:
            more = f"; and {len(self.strayed) - 1} more" if len(self.strayed) > 1 else ""
            raise FailedWork(f"{self.strayed[0]}{more}; run the same command again, it computes what is missing")

    def stop(self, *, drain: bool) -> None:
        """Nothing is saved afterwards. `drain`: what can be saved is saved first; else the job that is being saved has a few seconds."""
        if drain:
            self._drain()
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
        if self.thread.is_alive():
            self.thread.join(STOP)
        self.turns.close()
        self.spool.prune()

    def _drain(self) -> None:
        with self.changed:
            self.closing, self.later = True, 0.0
            self.changed.notify_all()
        if self.thread.is_alive() and len(self.todo) > 1:
            self.say(f"study {self.workspace.profile}: {len(self.todo)} finished jobs are being saved")
        while self.thread.is_alive():
            self.thread.join(0.2)  # an interruption is heard in between

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._reach()
                self._save(job)
            except Strayed as fault:
                note(f"{fault}; it is computed again by the next call")
                self.strayed.append(str(fault))
                self._saved(job)
            except Exception as fault:  # whatever it is, the next try or the next call saves it
                self.spool.settle(job.key)
                self._put_off(fault)

    def _next(self) -> Job | None:
        """The job that was done first, when the store may be asked; none when all is saved and no more come, or it is given up."""
        with self.changed:
            while not self.stopped:
                wait = self.later - time.monotonic()
                if self.todo and wait <= 0:
                    return self.todo[0]
                if self.closing and (not self.todo or not self.left):
                    return None
                self.changed.wait(wait if self.todo else None)
        return None

    def _reach(self) -> None:
        """Away where the store does not answer; on the first answer, what it knows is taken and the study's run made."""
        if time.monotonic() - self.heard > FRESH and (fault := tracking.away(self.workspace.root)):
            raise Away(fault)
        if not self.progress.met:
            self.progress.meet()
        if self.progress.run is None:
            root, profile = self.workspace.root, self.workspace.profile
            begin = partial(tracking.begin_study, root, profile, self.began)
            self.progress.run = full.patiently(begin, self.workspace.work, "the run of the study")
        self.heard = time.monotonic()

    def _save(self, job: Job) -> None:
        if job.key not in self.turns.mine:  # nobody has held its key since it was computed
            self.unsure.add(job.key)
            if owner := self.turns.take(job):
                raise FailedWork(f"{job.name}: {owner} has its key")
        known, _ = job.key in self.unsure, self.unsure.add(job.key)
        with self.spool.read(job.key) as folder:
            (self.progress.replay if known else self.progress.finish)(job, self.progress.waiting[job.key], folder)
        self.heard, self.pause, self.left = time.monotonic(), PAUSES[0], TRIES
        self.behind += self.is_away
        self._saved(job)
        if self.is_away and not self.todo:
            note(f"{self.behind} finished jobs that waited for the tracking store are saved")
            self.is_away, self.behind = False, 0

    def _saved(self, job: Job) -> None:
        self.progress.stored(job.key)
        with self.changed:
            self.todo.popleft()
            self.progress.waiting.pop(job.key)
        self.turns.release(job.key)
        self.spool.settle(job.key)

    def _put_off(self, fault: Exception) -> None:
        """Says once that the store is away, and when it is asked again: rarely, but for the last tries."""
        if not self.is_away:
            note(f"{fault}; training goes on, finished jobs wait in {self.workspace.spool}")
        self.is_away, self.fault, self.heard = True, fault, float("-inf")
        with self.changed:
            if self.closing:
                self.left -= 1
                pause = LAST_PAUSE * min(4, 2 ** (TRIES - self.left - 1))
            else:
                pause, self.pause = self.pause, min(2 * self.pause, PAUSES[1])
            self.later = time.monotonic() + pause
            if self.closing and not self.left:
                self.stopped = True
