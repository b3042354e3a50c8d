"""What happens to the jobs of a grid, for programs: an object of JSON a line on stdout."""

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from realignment.core import full
from realignment.core.console import note
from realignment.executors.events import Event
from realignment.executors.tally import Tally


class JsonLines:
    """A line for every event: what, run, key, text, seconds, place, and how far the grid is after it."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def __call__(self, event: Event) -> None:
        job = {"run": event.job.name, "key": event.job.key} if event.job else {}
        more = {"text": event.text, "seconds": event.seconds, "place": event.place}
        counts = {
            "done": self.tally.done,
            "aside": self.tally.aside,
            "running": len(self.tally.running),
            "total": self.tally.total,
        }
        say(event.what, **job, **{name: value for name, value in more.items() if value}, **counts)


def say(what: str, **more: Any) -> None:
    """One line. Where nobody reads any more that is said, and the study goes on."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    try:
        print(json.dumps({"event": what, "time": time, **more}, ensure_ascii=False, default=str), flush=True)
    except OSError as fault:
        if full.is_full(fault):
            return  # the line waits in the buffer, and is written with the next one
        if not isinstance(fault, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        note("nobody reads the events any more; the study goes on without them")
