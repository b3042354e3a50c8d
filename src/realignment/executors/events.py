"""What happens to the jobs of a grid, told to whoever shows it: a live view, lines, a log."""

from collections.abc import Callable
from dataclasses import dataclass

from realignment.records.job import Job

FOUND = "found"  # a finished folder of an earlier call
BEGAN, DONE, AGAIN, ASIDE = "began", "done", "tried again", "set aside"
LEFT_OUT = "left out"  # set aside, since the model it reads was not made
SHARED = "shared"  # done, since a job of another row computed the same
ELSEWHERE = "elsewhere"  # somebody else has it just now
TAKEN = "taken"  # somebody else has finished it
FULL = "waits for room"  # a job that found the disk full
PAUSED, GOES_ON = "paused", "goes on"  # the grid as a whole
ENDED = (FOUND, DONE, SHARED, TAKEN)  # there is a record of the job


@dataclass(frozen=True)
class Event:
    """`seconds`: what the computation took, where it is done; `place`: worker, machine or node, where that is known."""

    what: str
    job: Job | None = None
    text: str = ""
    seconds: float = 0.0
    place: str = ""


Listener = Callable[[Event], None]
