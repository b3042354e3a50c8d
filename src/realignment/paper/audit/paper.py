"""The data files of the paper as the checks ask for them: printed cells, quoted claims, the authors' runs, counts."""

import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from realignment.languages import table as languages
from realignment.paper import published
from realignment.paper.audit import chance
from realignment.paper.audit.chance import Lead
from realignment.paper.published import Printed
from realignment.results import scores
from realignment.results.scores import Row
from realignment.statistics.summary import Summary
from realignment.subsets import naming, registry, table6

MAIN = {model: table for table, model in published.TABLES.items()}  # model -> its main table, captions put right
POOLS = {"mbert": "9", "xlmr": "11"}  # model -> its table of ablations

SWAPPED = {"latin_diverse_20": "latin_similar_20", "latin_similar_20": "latin_diverse_20"}  # see `latin-20-swapped`


def put_right(subset: str) -> str:
    """The printed row that holds what the name of a subset says."""
    return SWAPPED.get(subset, subset)


@dataclass(frozen=True)
class Claim:
    """What the paper says, whole as it stands there, and the numbers in it.

    `kind`: a sentence; a sentence of a caption; a row of a table, cells parted by |, or its name; an equation.
    """

    where: str
    kind: str
    quote: str
    numbers: tuple[float, ...]


class Paper:
    """What the checks read; every part is read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._seeds: dict[tuple, dict[str, float]] = {}

    def rows(self, name: str) -> list[dict[str, str]]:
        """A tab-separated file of data/published."""
        return published.rows(self.root, name)

    @cached_property
    def claims(self) -> dict[str, Claim]:
        return {
            row["id"]: Claim(row["where"], row["kind"], row["quote"], tuple(map(float, row["numbers"].split())))
            for row in self.rows("claims.tsv")
        }

    def quote(self, *names: str) -> str:
        """Whole sentences (or an equation) between quotation marks."""
        return " / ".join(f"“{self.claims[name].quote}”" for name in names)

    def cited(self, *names: str) -> str:
        """Rows of tables: `Table 4: POS XL, 62.0, 38.8, 49.1.`"""
        rows = [self.claims[name] for name in names]
        shown = ((one.where, ", ".join(cell.strip() for cell in one.quote.split("|") if cell.strip())) for one in rows)
        return "; ".join(f"{where}: {cells}" for where, cells in shown) + "."

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
                name = naming.split(subset)
                heuristic, n = name.heuristic, name.n or 0
                found.setdefault(heuristic, {})[n] = self.average(model, subset)
        return found

    @cached_property
    def runs(self) -> scores.Runs:
        return published.read(self.root)

    @cached_property
    def averages(self) -> dict[tuple[str, str, str], dict[str, float]]:
        """(model, subset, task) -> seed -> points, of the two cells of Tables 8 and 10 that `runs` lacks languages of."""
        found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
        for row in self.rows("averages.tsv"):
            found[published.LABELS[row["model"]], row["subset"], row["task"]][row["seed"]] = 100 * float(row["score"])
        return dict(found)

    def seeds(
        self, model: str, subset: str, groups: Collection[str] = scores.AVERAGED, tasks: Iterable[str] = published.TASKS
    ) -> dict[str, float]:
        """Seed -> points: over languages of `groups`, then tasks. Empty where a task's scores are not whole."""
        key = (model, subset, frozenset(groups), tuple(tasks))
        if key not in self._seeds:
            self._seeds[key] = self._by_seed(*key)
        return self._seeds[key]

    def _by_seed(self, model: str, subset: str, groups: frozenset[str], tasks: tuple[str, ...]) -> dict[str, float]:
        means = []
        for task in tasks:
            if not (items := self.runs.items(model, [task], groups)):
                continue
            found = self.runs.by_seed(Row(model, subset), items)
            if not found and groups == scores.AVERAGED:
                means.append(self.averages.get((model, subset, task), {}))
            else:
                means.append({seed: 100 * value for seed, value in found.items()})
        shared = sorted(set.intersection(*map(set, means)))
        return {seed: statistics.fmean(one[seed] for one in means) for seed in shared}

    def cell(self, model: str, subset: str, groups: Collection[str], tasks: Iterable[str] = published.TASKS) -> Summary:
        """The values of `seeds`."""
        return Summary(tuple(self.seeds(model, subset, groups, tasks).values()))

    def lead(
        self,
        model: str,
        pair: tuple[str, str],
        groups: Collection[str] = scores.AVERAGED,
        tasks: Iterable[str] = published.TASKS,
    ) -> Lead:
        """Of the first subset over the second."""
        tasks = tuple(tasks)
        return chance.lead(*(self.seeds(model, subset, groups, tasks) for subset in pair))

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

        return {code for code, one in self.pool.items() if registry.POOLS[pool].holds(one)}
