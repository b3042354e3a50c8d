"""The paper's tables of scores computed again from the authors' runs: each printed cell beside its value, or why there is none."""

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

from realignment.core.errors import BadInput
from realignment.paper.paper import Paper
from realignment.paper.printed import ENGLISH, SCORED, Printed
from realignment.results import averages
from realignment.results.headings import ENCODERS
from realignment.statistics.summary import Summary

SCORES, AVERAGES = "scores of languages", "averages of seeds"
NO_FILE, DIFFERS = "no file of scores is stored", "the two differ"  # what nobody explains, see `explained`
NOT_STORED = {  # kind of cell -> why there is nothing to recompute it from
    "aligner": "the authors' runs for Table 2 (five seeds, another GPU) are not stored here",
    "decoder": "no scores of decoder models are stored here",
    "ablation": "no scores of the ablations are stored here",
}


@dataclass(frozen=True)
class Compared:
    printed: Printed
    recomputed: Summary  # scores in [0, 1]
    reason: str = ""  # why the two do not agree
    of: str = ""  # what it was recomputed from, of SCORES and AVERAGES; "" of nothing

    @cached_property
    def difference(self) -> float | None:
        """Recomputed minus printed mean, in points."""
        return None if self.recomputed.mean is None else 100 * self.recomputed.mean - self.printed.mean

    @cached_property
    def agrees(self) -> bool:
        """Whether mean, and std where one is printed, come out to the last printed place."""
        std, tolerance = self.recomputed.std, self.printed.tolerance
        if self.difference is None or abs(self.difference) >= tolerance:
            return False
        return self.printed.std is None or (std is not None and abs(100 * std - self.printed.std) < tolerance)


def table(paper: Paper, number: str) -> list[Compared]:
    """A table of scores in printed order."""
    if number not in SCORED:
        raise BadInput(f"a table of scores is required, one of {', '.join(SCORED)}; got {number}")
    return [_compared(cell, paper) for cell in paper.printed if cell.table == number]


def stored(paper: Paper, cell: Printed) -> list[dict[str, str]]:
    """The stored scores that a cell of Table 4 is made of; it averages as no other table: English's own set, or every other score."""
    mine = [row for row in paper.stored.get(cell.row, []) if row["task"] == cell.task]
    return [row for row in mine if averages.own_english(row["language"] == "eng", row["evalset"]) == (cell.what == ENGLISH)]


def single(paper: Paper, cell: Printed) -> dict[str, float]:
    """Seed -> a cell of Table 4."""
    held: dict[str, list[float]] = defaultdict(list)
    for row in stored(paper, cell):
        held[row["seed"]].append(float(row["score"]))
    return {seed: sum(found) / len(found) for seed, found in held.items()}


def _compared(cell: Printed, paper: Paper) -> Compared:
    if cell.model not in ENCODERS or cell.table == "2":
        return Compared(cell, Summary(()), NOT_STORED["aligner" if cell.table == "2" else "decoder"])
    runs = paper.runs
    if cell.row not in runs.rows:
        return Compared(cell, Summary(()), NOT_STORED["ablation"])
    if cell.every:
        found = single(paper, cell)
        compared = Compared(cell, Summary(tuple(found.values()), tuple(found)), of=SCORES)
    else:
        items = runs.items(cell.model, cell.tasks, cell.groups)
        means = any((cell.model, cell.subset, task) in paper.averages for task in cell.tasks)
        compared = Compared(cell, runs.cell(cell.row, items), of=AVERAGES if means else SCORES)
    if not compared.recomputed.n:
        return replace(compared, reason=NO_FILE, of="")
    return compared if compared.agrees else replace(compared, reason=DIFFERS)
