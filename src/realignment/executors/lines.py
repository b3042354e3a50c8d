"""What happens to the jobs of a grid, as lines for people."""

import time

from realignment.core.console import note
from realignment.executors import events
from realignment.executors.events import Event
from realignment.executors.tally import Tally

EVERY = 15  # seconds between two lines on how far it is
FAULTS = (events.AGAIN, events.FULL, events.PAUSED, events.GOES_ON)


class Lines:
    """A line on everything that is out of the ordinary and, unless `quiet`, one now and then on how far it is."""

    def __init__(self, tally: Tally, *, quiet: bool = False) -> None:
        self.tally, self.quiet, self.last = tally, quiet, time.monotonic()

    def __call__(self, event: Event) -> None:
        name = event.job.name if event.job else "study"
        if event.what in events.ENDED:
            self._progress(f"{name} ({event.seconds:.0f} s)" if event.what == events.DONE else f"{name} ({event.what})")
        elif event.what == events.ASIDE:
            note(f"set aside: {event.text}")
        elif event.what in FAULTS or (event.what not in (events.BEGAN, events.LEFT_OUT) and not self.quiet):
            note(f"{name}: {event.what}{f', {event.text}' if event.text else ''}")

    def _progress(self, last: str) -> None:
        now = time.monotonic()
        if self.quiet or (now - self.last <= EVERY and self.tally.open):
            return
        self.last = now
        note(f"study: {summary(self.tally)}; last: {last}")


def summary(tally: Tally) -> str:
    """How far a grid is: `47 of 160 done, 1 set aside after 95 s; about 3 h left, by 12 finished jobs`."""
    aside = f", {tally.aside} set aside" if tally.aside else ""
    left = f"; {tally.time_left()}" if tally.open else ""
    return f"{tally.done} of {tally.total} done{aside} after {tally.elapsed:.0f} s{left}"
