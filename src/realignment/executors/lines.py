"""What happens to the jobs of a grid, as lines for people."""

import time

from realignment.core.console import note
from realignment.executors import events
from realignment.executors.events import Event

EVERY = 15  # seconds between two lines on how far it is
ENDED = (events.FOUND, events.DONE, events.SHARED, events.TAKEN)


class Lines:
    """A line now and then on how far it is, and one on everything that is out of the ordinary."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.aside = total, 0, 0
        self.began = self.last = time.monotonic()

    def __call__(self, event: Event) -> None:
        name = event.job.name if event.job else "study"
        if event.what in ENDED:
            self.done += 1
            self._progress(f"{name} ({event.seconds:.0f} s)" if event.what == events.DONE else f"{name} ({event.what})")
        elif event.what == events.ASIDE:
            self.aside += 1
            note(f"set aside: {event.text}")
        elif event.what != events.BEGAN:
            note(f"{name}: {event.what}{f', {event.text}' if event.text else ''}")

    def _progress(self, last: str) -> None:
        now = time.monotonic()
        if now - self.last > EVERY or self.done + self.aside == self.total:
            self.last = now
            aside = f", {self.aside} set aside" if self.aside else ""
            note(f"study: {self.done} of {self.total} done{aside} after {now - self.began:.0f} s; last: {last}")
