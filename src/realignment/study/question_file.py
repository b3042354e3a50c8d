"""Questions that fresh seeds answer: each is written down, sealed, before its first run, so that asking again goes on and begins no new test.

data/<profile>/settled/<id>.json holds the question, the cell keys it is about (other settings or other code are another question), the spread and
the seeds of each batch, and in the end the answer. It is no output of DVC: nothing deletes or repeats it but `realignment clean --all`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realignment.core import hashing
from realignment.core.errors import BadInput
from realignment.core.files import write_whole
from realignment.core.workspace import Workspace
from realignment.records import sealing


@dataclass(frozen=True)
class Written:
    """A question as it was written down. `question` names both rows, the tasks, delta and power; `most` stands beside what it is told by."""

    number: int  # of the profile's questions, from 1
    asked: str  # day
    question: dict[str, Any]
    cells: dict[str, str]  # row and task -> cell key
    looks: int
    most: int
    spread: dict[str, float]  # sd (points) and degrees of freedom, as they were known then
    batches: tuple[tuple[int, ...], ...]  # seeds
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return identity(self.question, self.cells)


def identity(question: Mapping[str, Any], cells: Mapping[str, str]) -> str:
    return hashing.digest([dict(question), dict(cells)])[:10]


def read(workspace: Workspace) -> list[Written]:
    """All of a profile, in the order in which they were asked. BadInput names a file that was changed."""
    return sorted((_read(path) for path in sorted(workspace.settled.glob("*.json"))), key=lambda one: one.number)


def _read(path: Path) -> Written:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        wrong = sealing.fault(content)
    except (OSError, ValueError, TypeError) as fault:
        content, wrong = {}, f"is no JSON ({fault})"
    if wrong:
        raise BadInput(
            f"{path}: a question as it was written down is required; the file {wrong}; bring it back, or remove it to give the question up"
        )
    content.pop(sealing.SEAL)
    return Written(**{**content, "batches": tuple(map(tuple, content["batches"]))})


def write(workspace: Workspace, one: Written) -> None:
    content = {**vars(one), "batches": [list(seeds) for seeds in one.batches]}
    write_whole(workspace.settled / f"{one.id}.json", json.dumps(sealing.sealed(content), indent=1, sort_keys=True) + "\n")


def alike(known: Sequence[Written], question: Mapping[str, Any]) -> list[Written]:
    """Those about the same rows and tasks, whatever their delta, power or settings."""
    return [one for one in known if _pair(one.question) == _pair(question)]


def turned(known: Sequence[Written], question: Mapping[str, Any]) -> Written | None:
    """One that asks the same with its rows the other way round."""
    other = {**question, "ours": question["theirs"], "theirs": question["ours"]}
    return next((one for one in known if one.question == other), None)


def _pair(question: Mapping[str, Any]) -> tuple:
    return question["encoder"], sorted((question["ours"], question["theirs"])), list(question["tasks"])


def fresh(count: int, taken: set[int], start: int = 1001) -> tuple[int, ...]:
    """The next seeds that are not taken."""
    found: list[int] = []
    while len(found) < count:
        found += [] if start in taken else [start]
        start += 1
    return tuple(found)
