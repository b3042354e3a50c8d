"""What happens to the jobs of a grid, told to whoever shows it: a live view, lines, a log."""

from collections.abc import Callable
from dataclasses import dataclass

from realignment.records.job import Job

FOUND = "found"  # a finished folder of an earlier call
BEGAN, DONE, AGAIN, ASIDE = "began", "done", "tried again", "set aside"
SHARED = "shared"  # done, since a job of another row computed the same
ELSEWHERE = "elsewhere"  # somebody else has it just now
TAKEN = "taken"  # somebody else has finished it
PAUSED, GOES_ON = "paused", "goes on"  # the grid as a whole


@dataclass(frozen=True)
class Event:
    """`seconds`: what the computation took, where it is done; `place`: worker, machine or node, where that is known."""

    what: str
    job: Job | None = None
    text: str = ""
    seconds: float = 0.0
    place: str = ""


Listener = Callable[[Event], None]


def quiet(event: Event) -> None:
    """Nobody listens."""
