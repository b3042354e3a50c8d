"""Whether there is room on the disk for another job, and what became of the room: what is kept, what was removed."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from realignment.core import full
from realignment.core.full import shown
from realignment.executors import events
from realignment.executors.events import Event
from realignment.executors.queue import Finish
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study.progress import Progress

ASKED = 1.0  # seconds for which an answer of the file system stands
PATIENCE = 60.0  # seconds after which a job that met a full disk, or a quota, is tried again though no more is free
LEAST = 64 * full.MB, 0.01  # left to what is small, and of a small file system this share


class Room:
    """The reserve of a job is the largest of its verb so far; of those that run, the same each. `expected` stands for it before one is done."""

    def __init__(self, places: Sequence[Path], expected: Mapping[str, int], progress: Progress) -> None:
        """`places`: the folder of the jobs, then others that are written to."""
        self.work, self.progress, self.expected = places[0], progress, expected
        self.largest: dict[str, int] = {}  # verb -> bytes
        self.places = list({full.device(place): place for place in reversed(places)}.values())[::-1]
        self.least = {place: min(LEAST[0], int(LEAST[1] * full.total(place))) for place in self.places}
        self.running: dict[str, str] = {}  # key -> verb
        self.short: dict[str, tuple[int, float]] = {}  # verb -> what was free when a job found the disk full, and when that was
        self.kept = self.made = 0  # bytes of models
        self.asked: dict[Path, tuple[float, int]] = {}
        self.lock = threading.Lock()

    def __call__(self, verb: str) -> str:
        """Why no job of a verb may begin now; "" where it may."""
        for place in self.places:
            free = self.free(place)
            need = self.least[place] + (self._need(verb) if place == self.work else 0)
            before, when = self.short.get(verb, (-1, 0.0))
            short = place == self.work and free <= before and time.monotonic() - when < PATIENCE
            if free < need or short:
                return (
                    f"{shown(free)} are free on the disk of {place}, {shown(max(need, before + 1))} are required before another {verb} begins; "
                    "remove something there, it goes on by itself"
                )
        return ""

    def _need(self, verb: str) -> int:
        return sum(self.largest.get(one, self.expected.get(one, 0)) for one in (verb, *self.running.values()))

    def free(self, place: Path) -> int:
        """Bytes, as they were a second ago at most."""
        with self.lock:
            when, found = self.asked.get(place, (float("-inf"), 0))
            if time.monotonic() - when >= ASKED:
                found = full.free(place)
                self.asked[place] = (time.monotonic(), found)
            return found

    def hear(self, event: Event) -> None:
        """Who runs, and who found the disk full."""
        if event.job is None:
            return
        if event.what == events.BEGAN:
            self.running[event.job.key] = event.job.verb
            return
        self.running.pop(event.job.key, None)
        if event.what == events.FULL:
            self.short[event.job.verb] = (full.free(self.work), time.monotonic())
        elif event.what == events.DONE:
            self.short.pop(event.job.verb, None)

    def after(self, finish: Finish) -> Finish:
        """`finish` of a job, and its size."""

        def finished(job: Job, record: Record, folder: Path) -> Path:
            model = full.size(folder / "model")
            self.largest[job.verb] = max(self.largest.get(job.verb, 0), full.size(folder))
            place = finish(job, record, folder)
            self.made += model
            self.kept += model if self.progress.keeps(job) else 0
            return place

        return finished

    def line(self) -> str:
        """For people, while jobs run: what is free, and how much of the models that were made stays."""
        keep = self.progress.settings.study.keep
        said = [f"{shown(self.free(place))} free" + (f" ({place})" if len(self.places) > 1 else "") for place in self.places]
        return f"{', '.join(said)}; models: {shown(self.kept)} kept, {shown(self.gone)} not (keep: {keep})"

    @property
    def gone(self) -> int:
        """Bytes of models that were made and do not stay."""
        return max(0, self.made - self.kept)

    def summary(self) -> str:
        """For people, at the end."""
        keep = self.progress.settings.study.keep
        return f"disk: {shown(self.kept)} of models are kept, {shown(self.gone)} were removed as study.keep says ({keep}); {shown(self.free(self.work))} are free"
