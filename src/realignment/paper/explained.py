"""Why printed cells do not come out of the runs whose name they bear: reasons that are computed for each cell, all that would do."""

import math
from collections.abc import Sequence
from dataclasses import replace

from realignment.paper import recomputed
from realignment.paper.paper import Paper
from realignment.paper.printed import Printed
from realignment.paper.recomputed import DIFFERS, NO_FILE, Compared
from realignment.results.scores import Row

TWIN = "one run printed under two names: the other row prints the same, is realigned on the same languages, and comes out of its stored scores"
CUT = "printed cut off after its last place, not rounded"
OF_CELLS = "the mean of the row's other printed cells, not of the runs"
SINGLE = "it is seed {seed} alone, over every stored score of that run, and no average of seeds"


def table(paper: Paper, number: str) -> list[Compared]:
    """`recomputed.table` with the reason of each cell that differs, where one can be computed."""
    found = recomputed.table(paper, number)
    single = _single(paper, found) if number == "4" else ""
    return [one if one.agrees or one.reason not in (NO_FILE, DIFFERS) else _explained(one, found, paper, single) for one in found]


def _explained(one: Compared, found: Sequence[Compared], paper: Paper, single: str) -> Compared:
    if single and one.recomputed.n:
        return replace(one, reason=single)
    tried = ((twin(one.printed, found, paper), TWIN), (_cut(one), CUT), (_of_cells(one.printed, paper), OF_CELLS))
    return replace(one, reason=", or ".join(reason for holds, reason in tried if holds) or one.reason)


def twin(cell: Printed, found: Sequence[Compared], paper: Paper) -> Compared | None:
    """The cell of another row that is the same run: equal in print in every column, equal lists of languages by seed, and out of its own scores."""
    mine, listed = _row(cell, found), _lists(cell.row, paper)
    for one in found:
        other = one.printed
        same = other.task == cell.task and other.subset != cell.subset and other.model == cell.model
        if same and one.agrees and _row(other, found) == mine and listed and _lists(other.row, paper) == listed:
            return one
    return None


def _row(cell: Printed, found: Sequence[Compared]) -> set[tuple[str, str, str]]:
    """What a row prints, column by column."""
    cells = [one.printed for one in found if (one.printed.model, one.printed.subset) == (cell.model, cell.subset)]
    return {(one.task, one.what, one.shown) for one in cells}


def _lists(row: Row, paper: Paper) -> set[tuple[str, str]]:
    """Seed and languages of the runs of a row that are stored, of any task."""
    listed = paper.subset_languages.items()
    return {(seed, codes) for (model, subset, seed, _), codes in listed if (model, subset) == (row.encoder, row.subset)}


def _cut(one: Compared) -> bool:
    """Whether the recomputed mean, cut off after the printed places, is what is printed."""
    scale, mean = 10**one.printed.decimals, one.recomputed.mean
    return mean is not None and one.printed.std is None and math.floor(100 * mean * scale) / scale == one.printed.mean


def _of_cells(cell: Printed, paper: Paper) -> bool:
    """Whether an average is that of the printed cells of its row."""
    others = [
        one.mean
        for one in paper.printed
        if (one.table, one.model, one.subset) == (cell.table, cell.model, cell.subset) and one.task != "avg"
    ]
    return cell.task == "avg" and bool(others) and abs(sum(others) / len(others) - cell.mean) <= cell.half + 1e-9


def _single(paper: Paper, found: Sequence[Compared]) -> str:
    """Of Table 4 the one seed out of which every cell comes; "" where there is none."""
    runs = {one.printed: recomputed.single(paper, one.printed) for one in found if one.recomputed.n}
    seeds = sorted({seed for values in runs.values() for seed in values})
    fits = [s for s in seeds if all(abs(100 * values[s] - cell.mean) < cell.tolerance for cell, values in runs.items())]
    return SINGLE.format(seed=fits[0]) if fits else ""
