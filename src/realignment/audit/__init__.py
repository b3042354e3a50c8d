"""The paper's numbers held against one another and against the authors' own scores: each finding is computed from data files.

A check is a function of a `Paper`; it says what is printed, what follows from the data, and whether the two part (`slip`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from realignment.audit.paper import Paper
from realignment.errors import BadInput, nearest

SEVERITIES = ("conclusion", "number", "wording")  # what changes if the slip is put right
SLIP, AGREES = "slip", "agrees"


@dataclass(frozen=True)
class Result:
    """What a check found, in whole sentences. Numbers in `evidence` are points (or counts) computed from the data at that moment.

    `printed` quotes whole sentences of the paper, or says what a table of it holds. `reading` is the authors' side: another
    reading of their words, or what speaks for them.
    """

    slip: bool
    printed: str
    follows: str
    evidence: dict[str, object] = field(default_factory=dict)
    reading: str = ""


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


def findings(root: Path, only: str = "") -> list[dict]:
    """A row a check, the gravest slips first and what agrees last; `only` names one. `evidence` is a dict."""
    from realignment.audit import (  # noqa: F401  each registers its checks
        ablations,
        americas,
        averages,
        datasets,
        diversity,
        headline,
        levels,
        listings,
        overview,
        sets,
        settings,
        small_things,
        tables,
        vectors,
    )

    if only and only not in CHECKS:
        raise BadInput(f"unknown finding `{only}`; {nearest(only, CHECKS)}; `realignment audit-paper --all` lists them")
    paper = Paper(root)
    rows = [_row(one, one.run(paper)) for one in CHECKS.values() if only in ("", one.id)]
    return sorted(rows, key=lambda row: (row["verdict"] != SLIP, SEVERITIES.index(row["severity"] or SEVERITIES[-1]), row["id"]))


def _row(one: Check, result: Result) -> dict:
    return {
        "id": one.id,
        "where": one.where,
        "verdict": SLIP if result.slip else AGREES,
        "severity": one.severity if result.slip else "",
        "printed": result.printed,
        "follows": result.follows,
        "in_fairness": result.reading,
        "evidence": result.evidence,
        "command": one.command,
    }


def rows(root: Path) -> list[dict]:
    """The slips as rows for the page; the numbers behind one are in `findings`."""
    columns = ("where", "id", "severity", "printed", "follows", "in_fairness")
    slips = (row for row in findings(root) if row["verdict"] == SLIP)
    return [{key.replace("_", " "): row[key] for key in columns} for row in slips]
