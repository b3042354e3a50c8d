"""How far a grid is, by what happened to its jobs: what every view of it shows, and how long it will take."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from realignment.executors import events, priority
from realignment.executors.events import Event
from realignment.records.job import Job
from realignment.study import twins

SAID = 3  # last faults that are kept
KIND = tuple[str, str]  # verb and task


@dataclass(frozen=True)
class Running:
    """A job that is computed now: where, and since when by the monotonic clock."""

    job: Job
    place: str
    since: float = field(default_factory=time.monotonic)


class Tally:
    """Counts. What reads it may be another thread than that which tells it."""

    def __init__(self, jobs: Iterable[Job], work: Mapping[str, str]) -> None:
        """`work` as in `queue.Rules`: jobs that come to the same take no time of their own."""
        self.jobs = {job.key: job for job in jobs}
        self.open, self.done, self.aside, self.computed = set(self.jobs), 0, 0, 0
        self.free = {key for same in twins.groups(work, self.jobs).values() for key in same}
        self.running: dict[str, Running] = {}
        self.took: dict[KIND, list[float]] = {}
        self.faults: deque[str] = deque(maxlen=SAID)
        self.paused, self.places = "", 1
        self.began = time.monotonic()
        self.lock = threading.RLock()

    def __call__(self, event: Event) -> None:
        with self.lock:
            if event.what in (events.PAUSED, events.GOES_ON):
                self.paused = event.text if event.what == events.PAUSED else ""
            if event.job is None:
                return
            if event.what == events.BEGAN:
                self.running[event.job.key] = Running(event.job, event.place)
                self.places = max(self.places, len(self.running))
                return
            ran = self.running.pop(event.job.key, None)
            if event.what in (*events.ENDED, events.ASIDE, events.LEFT_OUT):
                self._ended(event, ran)
            if event.what in (events.ASIDE, events.AGAIN):
                self.faults.append(
                    f"{event.what}: {event.text if event.what == events.ASIDE else f'{event.job.name}: {event.text}'}"
                )

    def _ended(self, event: Event, ran: Running | None) -> None:
        self.open.discard(event.job.key)
        self.aside += event.what in (events.ASIDE, events.LEFT_OUT)
        self.done += event.what in events.ENDED
        if event.what == events.DONE:
            self.computed += 1
            seconds = time.monotonic() - ran.since if ran else event.seconds
            self.took.setdefault((event.job.verb, event.job.task), []).append(seconds)

    @property
    def total(self) -> int:
        return len(self.jobs)

    @property
    def left(self) -> int:
        """Neither ended nor running."""
        return len(self.open) - len(self.running)

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def per_hour(self) -> float | None:
        """Jobs that were computed an hour; None before the first."""
        return 3600 * self.computed / self.elapsed if self.computed else None

    def seconds_left(self) -> tuple[float, list[str]] | None:
        """(expected seconds, kinds of job of which none has ended yet); None before a job was computed.

        The means of ended ones of the same verb and task, from beginning to end, over as many jobs as ran at once at most, and no less than the
        longest chain of jobs that wait for one another. A kind of which none has ended stands to the others as `priority.SECONDS` says.
        """
        with self.lock:
            if not self.took:
                return None
            means = {kind: sum(values) / len(values) for kind, values in self.took.items()}
            usual = sum(sum(values) for values in self.took.values())
            guessed = sum(priority.SECONDS.get(verb, 1.0) * len(values) for (verb, _), values in self.took.items())
            jobs, unseen, verbs = [self.jobs[key] for key in self.open], set[str](), {verb for verb, _ in means}
            cost = {}
            for job in jobs:
                kind = (job.verb, job.task)
                if job.key not in self.free and kind not in means:
                    unseen.add(" ".join(filter(None, kind)) if job.verb in verbs else job.verb)
                expected = means.get(kind, priority.SECONDS.get(job.verb, 1.0) * usual / guessed)
                ran = self.running.get(job.key)
                since = time.monotonic() - ran.since if ran else 0.0
                cost[job.key] = 0.0 if job.key in self.free else max(0.0, expected - since)
            chains = priority.urgency(jobs, cost)
            return max(sum(cost.values()) / self.places, max(chains.values(), default=0.0)), sorted(unseen)

    def time_left(self) -> str:
        """For people: `about 3 h left, by 12 finished jobs`; the fewer, the vaguer."""
        if not self.open:
            return "nothing left"
        found = self.seconds_left()
        if found is None:
            return "time left is known when a job is finished"
        seconds, unseen = found
        known = f"about {rounded(seconds)} left, by {self.computed} finished job{'s' if self.computed != 1 else ''}"
        return known + (f" (no {' and no '.join(unseen[:2])} yet)" if unseen else "")


def rounded(seconds: float) -> str:
    """Seconds, minutes, hours or days, no finer than a prediction is."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h" if seconds < 72 * 3600 else f"{round(seconds / 86400)} days"
