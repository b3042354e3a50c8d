"""The paper's numbers held against one another and against the authors' own scores: each finding is computed from data files.

A check is a function of a `Paper`; it says what is printed, what follows from the data, and whether the two part (`slip`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from realignment.paper.paper import Paper

SEVERITIES = ("conclusion", "number", "wording")  # what changes if the slip is put right
SLIP, AGREES = "slip", "agrees"
STANDS = "stands"
GROUPS = (STANDS, *SEVERITIES)  # in the order of every listing: what holds, then what another reading changes


@dataclass(frozen=True)
class Result:
    """What a check found, in whole sentences. Numbers in `evidence` are points (or counts) computed from the data at that moment.

    `printed` quotes whole sentences of the paper, or says what a table of it holds. `reading` is the authors' side: another
    reading of their words, or what speaks for them. `settles`: what would decide the question, where it is open.
    """

    slip: bool
    printed: str
    follows: str
    evidence: dict[str, object] = field(default_factory=dict)
    reading: str = ""
    settles: str = ""


@dataclass(frozen=True)
class Check:
    """`command` shows the finding; `severity` is that of the slip, should there be one."""

    id: str
    where: str
    severity: str
    run: Callable[[Paper], Result]
    command: str


CHECKS: dict[str, Check] = {}


def check(name: str, where: str, severity: str, command: str = "") -> Callable:
    """Registers a function of a Paper as the check `name`."""
    assert severity in SEVERITIES and name not in CHECKS, name

    def keep(run: Callable[[Paper], Result]) -> Callable[[Paper], Result]:
        CHECKS[name] = Check(name, where, severity, run, command or f"realignment audit-paper --finding {name}")
        return run

    return keep
