"""The data files of the paper as the checks ask for them: printed cells, quoted claims, the authors' runs, counts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from realignment import languages, layout, published, scores, table6
from realignment.published import Printed
from realignment.scores import Row
from realignment.statistics import Summary

MAIN = {model: table for table, model in published.TABLES.items()}  # model -> its main table, captions put right
POOLS = {"mbert": "9", "xlmr": "11"}  # model -> its table of ablations

SWAPPED = {"latin_diverse_20": "latin_similar_20", "latin_similar_20": "latin_diverse_20"}  # see `latin-20-swapped`


@dataclass(frozen=True)
class Claim:
    """A few words of the paper, as they stand there, and the numbers they hold."""

    where: str
    quote: str
    numbers: tuple[float, ...]


class Paper:
    """What the checks read; every part is read once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def rows(self, name: str) -> list[dict[str, str]]:
        """A tab-separated file of data/published."""
        return published.rows(self.root, name)

    @cached_property
    def claims(self) -> dict[str, Claim]:
        return {
            row["id"]: Claim(row["where"], row["quote"], tuple(map(float, row["numbers"].split())))
            for row in self.rows("claims.tsv")
        }

    def quote(self, *names: str) -> str:
        return " / ".join(f"“{self.claims[name].quote}”" for name in names)

    @cached_property
    def cells(self) -> dict[tuple[str, str, str], Printed]:
        """(table, subset, task) -> cell of the appendix, Tables 8 to 11; Table 1 holds both encoders and is in `first`."""
        tables = {*MAIN.values(), *POOLS.values()}
        return {(cell.table, cell.subset, cell.task): cell for cell in published.printed(self.root) if cell.table in tables}

    @cached_property
    def first(self) -> dict[tuple[str, str, str], float]:
        """(model, subset, task) -> what Table 1 prints; task `avg` is its last column."""
        return {(cell.model, cell.subset, cell.task): cell.mean for cell in published.printed(self.root) if cell.table == "1"}

    def source(self, model: str, subset: str, task: str) -> Printed:
        """The cell of the appendix that a cell of Table 1 repeats."""
        return self.cells[(MAIN if (MAIN[model], subset, task) in self.cells else POOLS)[model], subset, task]

    def average(self, model: str, subset: str) -> float:
        """Mean over the three tasks, from the printed cells of the appendix."""
        return sum(self.source(model, subset, task).mean for task in published.TASKS) / len(published.TASKS)

    def sizes(self, model: str) -> dict[str, dict[int, float]]:
        """Heuristic -> size -> printed average, of Table 8 or 10."""
        found: dict[str, dict[int, float]] = {}
        for table, subset, task in self.cells:
            if table == MAIN[model] and task == published.TASKS[0]:
                _, heuristic, n = layout.parts(subset)
                found.setdefault(heuristic, {})[n] = self.average(model, subset)
        return found

    @cached_property
    def runs(self) -> scores.Runs:
        return published.read(self.root)

    def cell(self, model: str, subset: str, groups: Collection[str], tasks: Iterable[str] = published.TASKS) -> Summary:
        """Recomputed from the authors' scores, in points: languages of `groups`, then tasks."""
        value = self.runs.cell(Row(model, subset), self.runs.items(model, tasks, groups))
        return Summary(tuple(100 * one for one in value.values))

    def subsets(self, model: str) -> list[str]:
        """Those of Table 8 or 10, in printed order."""
        return list(dict.fromkeys(subset for table, subset, _ in self.cells if table == MAIN[model]))

    @cached_property
    def pool(self) -> dict[str, languages.Language]:
        """Table 5: the languages of the pool."""
        return {code: one for code, one in languages.paper().items() if one.pool}

    @cached_property
    def lists(self) -> dict[str, table6.Row]:
        return table6.rows()

    def members(self, pool: str) -> set[str]:
        """The languages that Table 5 and the ticks of Table 7 put into a pool of the ablations."""
        from realignment import selection

        return {code for code, one in self.pool.items() if selection.POOLS[pool](one)}


def spelled(numbers: Iterable[float], digits: int = 2) -> str:
    """`−0.26, +0.71`."""
    return ", ".join(f"{number:+.{digits}f}".replace("-", "−") for number in numbers)


def rounded(values: dict, digits: int = 2) -> dict:
    """Numbers of a flat dict, rounded to be read."""
    return {key: round(value, digits) if isinstance(value, float) else value for key, value in values.items()}
