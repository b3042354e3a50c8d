"""The jobs of a grid: which wait, which run, which are done or set aside, whose turn a key is, and the folders between them."""

import shutil
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from realignment.core import full
from realignment.core.console import note
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.executors import events, faults, priority
from realignment.executors.events import Event
from realignment.executors.faults import Aside, Fault
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import twins
from realignment.study.turns import Turns, computed_by

Finish = Callable[[Job, Record, Path], Path]
WAIT = 2.0  # seconds before the second try, twice as many before each further one


@dataclass(frozen=True)
class Keeper:
    """Who keeps what a grid computes.

    `finish` gets job, record and folder of a computed job, and returns the folder its readers read the model from. `models` holds
    those of parents that are not among the jobs. `known` is asked before a job begins: the folder of its model where somebody else
    has finished it by now. `saved`: whether the folder of a finished job may go. `turns`: of one who saves later, and frees keys then; else a
    key is free when `finish` has returned.
    """

    finish: Finish
    models: dict[str, Path]
    known: Callable[[Job], Path | None] = lambda job: None
    saved: Callable[[str], bool] = lambda key: True
    turns: Turns | None = None


@dataclass(frozen=True)
class Rules:
    """`retries`: how often a job is tried again where that may help; `aside`: jobs that are not tried at all. `work`: run key -> what is
    computed (`twins.works`); jobs of equal work are computed once. `pause` says why no job of a verb may begin just now, "" where one may. `listeners`
    hear what happens."""

    retries: int = 2
    aside: Mapping[str, Aside] = field(default_factory=dict)
    work: Mapping[str, str] = field(default_factory=dict)
    pause: Callable[[str], str] = lambda verb: ""
    listeners: tuple[events.Listener, ...] = ()


class Queue:
    """What an executor asks and tells while its jobs run."""

    def __init__(self, workspace: Workspace, jobs: list[Job], keeper: Keeper, turns: Turns, rules: Rules = Rules()) -> None:
        self.workspace, self.keeper, self.rules, self.models = workspace, keeper, rules, dict(keeper.models)
        self.turns = turns
        self.elsewhere: set[str] = set()  # ready, and computed by somebody else just now
        self.told: set[str] = set()  # of whom that was said
        self.jobs = {job.key: job for job in jobs}
        self.twins = twins.groups(rules.work, self.jobs)  # key -> those that come to the same
        followers = {key for several in self.twins.values() for key in several}
        self.waiting = {key: job for key, job in self.jobs.items() if key not in followers}
        self.open = set(self.jobs)  # neither finished nor set aside
        self.aside: dict[str, Aside] = {}
        self.tries: dict[str, int] = {}
        self.later: dict[str, float] = {}  # key -> when it may be tried again
        self.readers: dict[str, list[str]] = {key: [] for key in self.jobs}
        for job in jobs:
            self.readers.setdefault(job.parent, []).append(job.key)
        self.given: dict[str, Path] = {}  # key of a job that runs -> where it reads the model of another
        self.left: set[str] = set()  # finished, and their folders are there
        self.costs = priority.Costs(jobs)
        self.folder = workspace.work / "jobs"
        self.paused = ""
        self.folder.mkdir(parents=True, exist_ok=True)
        if stray := [job.name for job in jobs if job.parent and job.parent not in self.jobs and job.parent not in self.models]:
            raise FailedWork(f"{stray[0]}: the model it reads is neither planned nor there")

    def tell(self, what: str, job: Job | None = None, text: str = "", seconds: float = 0.0, place: str = "") -> None:
        for hear in self.rules.listeners:
            hear(Event(what, job, text, seconds, place))

    @property
    def idle(self) -> bool:
        """Whether `next` may give something later though it gives nothing now: others compute it, it is tried again, or all is paused."""
        return bool(self.waiting) and bool(self.elsewhere or self.later or self.paused)

    def take_found(self) -> None:
        """Finishes jobs whose folders a killed run left, parents first; half-made folders and those that do not fit are removed."""
        for part in self.folder.glob("*.part"):
            if not computed_by(self.workspace, part.name.partition(".")[0]):
                shutil.rmtree(part, ignore_errors=True)
        there = {path.name for path in self.folder.iterdir()}
        for job in sorted((job for job in self.jobs.values() if job.key in there), key=self.costs.order):
            if job.key in self.open and self._is_whole(job) and self._turn(job):
                self.waiting.pop(job.key, None)
                self.done(job, events.FOUND)

    def _is_whole(self, job: Job) -> bool:
        """Whether its finished folder is there, and can be believed; what cannot is removed."""
        folder = self.folder / job.key
        if not folder.exists():
            return False
        if wrong := sealing.of_job(job.key, folder)[1]:
            note(f"{job.name}: a finished folder is not taken, {wrong}; computed again")
            shutil.rmtree(folder)
        return not wrong

    def next(self, crowd: int, after: Collection[str] = ()) -> Job | None:
        """The next job that can start now, its key held; none where nothing can. `crowd`: finished models that may wait on disk for those that
        read them. `after`: only one that reads the model of one of these, which is there when it begins."""
        self.elsewhere.clear()
        now = time.monotonic()
        self.later = {key: when for key, when in self.later.items() if when > now}
        while True:
            ready = [
                job
                for key, job in self.waiting.items()
                if key not in self.elsewhere
                and key not in self.later
                and (job.parent in after if after else not job.parent or job.parent in self.models)
            ]
            ready = self._with_room(ready, whole=not after)
            if not ready:
                return None
            crowded = sum(1 for key in self.left if not self.open.isdisjoint(self.readers[key])) > crowd
            job = priority.following(ready, self.costs.urgent, crowded)
            if self._turn(job):
                self.waiting.pop(job.key)
                if not self._is_whole(job):
                    return job
                self.done(job, events.FOUND)  # of a process that went on without the study that began it

    def claim(self, key: str, pack: str, reads: Path | None) -> bool:
        """Whether a job that an earlier study gave to a pack, which is there still, is ours; `reads`: where it finds the model of another."""
        job = self.waiting.get(key)
        if job is None or self.turns.take(job, pack):
            return False
        self.waiting.pop(key)
        if reads is not None:
            self.given[key] = reads
        return True

    def _with_room(self, ready: list[Job], *, whole: bool) -> list[Job]:
        """Those that may begin; where none may of all that are ready (`whole`), the grid is paused."""
        if not ready:
            return ready
        why = {verb: self.rules.pause(verb) for verb in {job.verb for job in ready}}
        found = [job for job in ready if not why[job.verb]]
        if not whole:
            return found
        paused = "" if found else next(iter(why.values()))
        if bool(paused) != bool(self.paused):
            self.tell(events.PAUSED if paused else events.GOES_ON, None, paused)
        self.paused = paused
        return found

    def _turn(self, job: Job) -> bool:
        """Whether the job is ours to compute: nobody else computes it, and nobody has."""
        if owner := full.patiently(lambda: self.turns.take(job), self.folder, f"the lock of {job.name}"):
            if job.key not in self.told:
                self.tell(events.ELSEWHERE, job, owner)
            self.told.add(job.key)
            self.elsewhere.add(job.key)
            return False
        if (model := self.keeper.known(job)) is None:
            return True
        self.waiting.pop(job.key, None)
        self._close(job, model)
        self.turns.release(job.key)
        shutil.rmtree(self.folder / job.key, ignore_errors=True)
        self.tell(events.TAKEN, job, "by hand")
        if same := [key for key in self.twins.pop(job.key, ()) if key in self.open]:
            self.waiting[same[0]], self.twins[same[0]] = self.jobs[same[0]], same[1:]
        return False

    def _release(self, key: str) -> None:
        self.given.pop(key, None)
        self.turns.release(key)

    def task(self, job: Job, place: str = "") -> dict:
        """What a worker is given, as JSON; the job counts as begun."""
        above = self.models.get(job.parent, self.folder / job.parent / "model")
        parent = above if job.parent else self.workspace.root / job.base if job.base else None
        if job.parent:
            self.given[job.key] = above
        self.tell(events.BEGAN, job, place=place)
        return {
            "key": job.key, "job": job.to_json(), "parent": str(parent) if parent else "", "folder": str(self.folder / job.key),
            "root": str(self.workspace.root), "profile": self.workspace.profile,
        }  # fmt: skip

    def done(self, job: Job, how: str = events.DONE, place: str = "") -> None:
        """Hands the record over, and those of its twins, then removes the folders nobody needs any more."""
        folder = self.folder / job.key
        if self.turns.lost(job.key):
            self.fail(job, Fault(faults.BUSY, "another study has taken it over while this one stood still"))
            return
        record, wrong = sealing.of_job(job.key, folder)
        if record is None:
            shutil.rmtree(folder, ignore_errors=True)
            self.fail(job, Fault(faults.PLACE, f"its folder {folder} holds no whole record ({wrong})"))
            return
        shutil.rmtree(self.workspace.checkpoints(job.key), ignore_errors=True)  # where its process was killed before it could
        shared = [(one, self._shared(record, folder, one)) for one in self._same(job)]
        for one, made in [(job, record), *shared]:
            try:
                model = self.keeper.finish(one, made, self.folder / one.key)
            except FailedWork as fault:  # it read another model than its parent's run made: nothing of it is kept
                shutil.rmtree(self.folder / one.key, ignore_errors=True)
                if one is job:
                    self.fail(one, Fault(faults.PLACE, str(fault)))
                else:
                    self.waiting[one.key] = one  # what its twin read is not what it reads: it is computed
                continue
            self.left.add(one.key)
            self._close(one, model)
            self.tell(how if one is job else events.SHARED, one, "" if one is job else job.name, made.seconds, place)
        self.costs.learn(record)
        self.tidy()

    def _shared(self, record: Record, folder: Path, one: Job) -> Record:
        return full.patiently(lambda: twins.share(record, folder, one, self.folder / one.key), self.folder, one.name)

    def _same(self, job: Job) -> list[Job]:
        """Those that come to the same and are ours to save; of others somebody else has the key, and they are asked for again."""
        found = []
        for one in (self.jobs[key] for key in self.twins.pop(job.key, ()) if key in self.open):
            if self._turn(one):
                found.append(one)
            elif one.key in self.open:
                self.waiting[one.key] = one
        return found

    def _close(self, job: Job, model: Path) -> None:
        self.models[job.key] = model
        self.open.discard(job.key)
        self.given.pop(job.key, None)
        if self.keeper.turns is None:
            self.turns.release(job.key)

    def tidy(self) -> None:
        """Removes folders of finished jobs that are saved and that nobody reads any more."""
        for key in [*self.left]:
            own = self.folder / key
            readers = self.open.intersection(self.readers[key])
            reads = (self.models[key].is_relative_to(own) and readers) or any(
                one in self.given and self.given[one].is_relative_to(own) for one in readers
            )
            if not reads and self.keeper.saved(key):
                shutil.rmtree(own, ignore_errors=True)
                self.left.discard(key)

    def fail(self, job: Job, fault: Fault, place: str = "") -> None:
        """The job is tried again where that may help, else it is set aside, with all that read its model."""
        self._release(job.key)
        if fault.kind in (faults.BUSY, faults.FULL):  # no fault of its own
            self.waiting[job.key] = job
            self.later[job.key] = time.monotonic() + WAIT
            self.tell(events.ELSEWHERE if fault.kind == faults.BUSY else events.FULL, job, fault.why, place=place)
            return
        tries = self.tries[job.key] = self.tries.get(job.key, 0) + 1
        if tries <= fault.tries(self.rules.retries):
            self.waiting[job.key] = job
            self.later[job.key] = time.monotonic() + WAIT * 2 ** (tries - 1)
            self.tell(events.AGAIN, job, fault.why, place=place)
            return
        self._set_aside(Aside(job, fault, tries), place)

    def _set_aside(self, one: Aside, place: str = "") -> None:
        """With what comes to the same, and with what reads its model."""
        self.aside[one.job.key] = one
        self.open.discard(one.job.key)
        self.waiting.pop(one.job.key, None)
        self.tell(events.LEFT_OUT if one.fault.kind == faults.ABOVE else events.ASIDE, one.job, str(one), place=place)
        why = Fault(faults.ABOVE, f"{one.job.name} was not made")
        for key in self.twins.pop(one.job.key, ()):
            self._set_aside(Aside(self.jobs[key], Fault(one.fault.kind, f"as {one}"), one.tries))
        for key in self.readers[one.job.key]:
            if key in self.open:
                self._set_aside(Aside(self.jobs[key], why))
        self.tidy()

    def keep_aside(self, before: Mapping[str, Aside]) -> None:
        """Sets aside what an earlier call did, so that it is not tried again."""
        for key, one in before.items():
            if key in self.open:
                self._set_aside(one)
