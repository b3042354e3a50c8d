"""What the files of others give: one score after the other, as it stands there, and what became of each."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from realignment.core.errors import BadInput

SHOWN = 10  # faults that are told before the rest is counted


@dataclass(frozen=True, slots=True)
class Given:
    """A score with the run it is of, in the words of its file. `languages`: codes between blanks or commas; None: a second file says them."""

    file: str
    line: int
    columns: Mapping[str, str]  # of score, language, metric and what else is not called so in the file -> the column that says it
    model: str
    subset: str
    seed: str
    task: str
    evalset: str
    language: str
    metric: str
    score: str
    languages: str | None

    def column(self, what: str) -> str:
        return self.columns.get(what, what)


class Refused(Exception):
    """Why a score is not kept: the reason, the column that says it, and the line for people."""

    def __init__(self, reason: str, what: str, text: str) -> None:
        super().__init__(text)
        self.reason, self.what = reason, what


@dataclass
class Tally:
    """What was read: `read` = `kept` + those refused, by reason. `left` counts what is no score of a task here and was never one of them."""

    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    _faults: dict[tuple[str, str, str], tuple[int, int]] = field(
        default_factory=dict
    )  # file, column, text -> first line, how many

    def refuse(self, reason: str, one: Given, what: str, text: str) -> None:
        """A score, for what its column of `what` holds; what is wrong alike in many lines is told once."""
        self.refused[reason] += 1
        about = (one.file, one.column(what), text)
        line, count = self._faults.get(about, (one.line, 0))
        self._faults[about] = line, count + 1

    @property
    def faults(self) -> list[str]:
        return [
            f"{file} line {line}, column {column}: {text}" + (f" (and {count - 1:,} scores more)" if count > 1 else "")
            for (file, column, text), (line, count) in self._faults.items()
        ]

    @property
    def kept(self) -> int:
        return self.read - sum(self.refused.values())

    def rows(self) -> list[dict]:
        found = [{"what": "read", "scores": self.read}, {"what": "kept", "scores": self.kept}]
        found += [{"what": f"refused: {reason}", "scores": count} for reason, count in sorted(self.refused.items())]
        return found + [{"what": f"not read: {reason}", "scores": count} for reason, count in sorted(self.left.items())]

    def stop(self) -> None:
        """BadInput tells the first faults, a line each, where there are any."""
        if faults := self.faults:
            more = [f"and {len(faults) - SHOWN:,} more faults"] if len(faults) > SHOWN else []
            refused = sum(self.refused.values())
            raise BadInput(*faults[:SHOWN], *more, f"nothing was written: {refused:,} of {self.read:,} scores are refused")
