"""The paper as it was published: what it prints, what it claims, and the authors' runs, from the files of data/published."""

import csv
import gzip
import statistics
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.paper import printed, runs, whole
from realignment.paper.facts import Facts
from realignment.paper.partly_stored import PartlyStored
from realignment.paper.printed import MAIN, POOLS, TASKS, Claim, Printed
from realignment.paper.runs import Name
from realignment.paper.whole import SCORES
from realignment.results import averages, scores
from realignment.results.averages import Runs
from realignment.results.headings import ENCODERS
from realignment.results.scores import Row, Score
from realignment.results.tables import Study
from realignment.statistics.summary import Summary
from realignment.subsets import naming, registry, table6

FOLDER = Path("data") / "published"
BASELINES = ("none", "all_65")
CONTRASTS = (("uriel_diverse", "uriel_similar"), ("latin_diverse", "latin_similar"))  # most and least diverse, by one objective


@dataclass(frozen=True)
class Paper:
    """Made once by a command or a stage, from the checkout, and passed on. A file is read when it is first asked for, and once.

    What is returned is shared: read it only.
    """

    root: Path
    _rows: dict[str, list[dict[str, str]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _seeds: dict[tuple, dict[str, float]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def path(self, name: str) -> Path:
        """A file of data/published."""
        return self.root / FOLDER / name

    def rows(self, name: str) -> list[dict[str, str]]:
        """A file of data/published; BadInput where it holds what cannot be."""
        if name not in self._rows:
            rows = self.read(name)
            if fault := whole.fault(name, rows):
                raise BadInput(f"{FOLDER}/{fault}; `git checkout -- {FOLDER / name}` restores it")
            self._rows[name] = rows
        return self._rows[name]

    def read(self, name: str) -> list[dict[str, str]]:
        """A file as it stands, by commas or by tabs, .gz or not; a quotation mark stands for itself."""
        path = self.path(name)
        if not path.is_file():
            raise BadInput(f"{path} is required and does not exist; `git checkout -- {FOLDER}` restores it")
        packed, between = name.endswith(".gz"), "," if ".csv" in name else "\t"
        try:
            with (
                gzip.open(path, "rt", encoding="utf-8", newline="") if packed else path.open(encoding="utf-8", newline="") as file
            ):
                return list(csv.DictReader(file, delimiter=between, quoting=csv.QUOTE_NONE))
        except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile, csv.Error) as fault:
            what = "a table in UTF-8" + (", packed by gzip," if packed else "")
            raise BadInput(f"{path}: {what} is required ({fault}); `git checkout -- {FOLDER / name}` restores it") from None

    # What is printed

    @cached_property
    def printed(self) -> tuple[Printed, ...]:
        """Every cell of the tables of scores."""
        return printed.cells(self.rows("printed.tsv"))

    @cached_property
    def cells(self) -> dict[tuple[str, str, str], Printed]:
        """(table, subset, task) -> cell of the appendix, Tables 8 to 11; Table 1 holds both encoders and is in `first`."""
        tables = {*MAIN.values(), *POOLS.values()}
        return {(cell.table, cell.subset, cell.task): cell for cell in self.printed if cell.table in tables}

    @cached_property
    def first(self) -> dict[tuple[str, str, str], float]:
        """(model, subset, task) -> what Table 1 prints; task `avg` is its last column."""
        return {(cell.model, cell.subset, cell.task): cell.mean for cell in self.printed if cell.table == "1"}

    def source(self, model: str, subset: str, task: str) -> Printed:
        """The cell of the appendix that a cell of Table 1 repeats."""
        return self.cells[(MAIN if (MAIN[model], subset, task) in self.cells else POOLS)[model], subset, task]

    def average(self, model: str, subset: str) -> float:
        """Mean over the three tasks, from the printed cells of the appendix."""
        return sum(self.source(model, subset, task).mean for task in TASKS) / len(TASKS)

    def sizes(self, model: str) -> dict[str, dict[int, float]]:
        """Heuristic -> size -> printed average, of Table 8 or 10."""
        return self._sizes[model]

    @cached_property
    def _sizes(self) -> dict[str, dict[str, dict[int, float]]]:
        found: dict[str, dict[str, dict[int, float]]] = {model: {} for model in MAIN}
        for model, table in MAIN.items():
            for subset in (one for where, one, task in self.cells if (where, task) == (table, TASKS[0])):
                name = naming.split(subset)
                found[model].setdefault(name.heuristic, {})[name.n or 0] = self.average(model, subset)
        return found

    def subsets(self, model: str) -> list[str]:
        """Those of Table 8 or 10, in printed order."""
        return list(dict.fromkeys(subset for table, subset, _ in self.cells if table == MAIN[model]))

    @cached_property
    def claims(self) -> dict[str, Claim]:
        return printed.claims(self.rows("claims.tsv"))

    def quote(self, *names: str) -> str:
        """Whole sentences (or an equation) between quotation marks."""
        return " / ".join(f"“{self.claims[name].quote}”" for name in names)

    def cited(self, *names: str) -> str:
        """Rows of tables: `Table 4: POS XL, 62.0, 38.8, 49.1.`"""
        rows = [self.claims[name] for name in names]
        shown = ((one.where, ", ".join(cell.strip() for cell in one.quote.split("|") if cell.strip())) for one in rows)
        return "; ".join(f"{where}: {cells}" for where, cells in shown) + "."

    # The languages

    @cached_property
    def pool(self) -> dict[str, languages.Language]:
        """Table 5: the languages of the pool."""
        return {code: one for code, one in languages.paper().items() if one.pool}

    @cached_property
    def lists(self) -> dict[str, table6.Row]:
        return table6.rows()

    @cached_property
    def swapped(self) -> dict[str, str]:
        """Rows of a diverse and a least diverse heuristic that hold one another's languages: each has the other's smaller set in it."""
        found: dict[str, str] = {}
        for rising, falling in CONTRASTS:
            sizes = [n for n in map(int, self.claims["sizes"].numbers) if {f"{rising}_{n}", f"{falling}_{n}"} <= set(self.lists)]
            for small, n in pairwise(sizes):
                own, other = f"{rising}_{n}", f"{falling}_{n}"
                smaller = [set(self.lists[f"{name}_{small}"].used) for name in (rising, falling)]
                larger = [set(self.lists[name].used) for name in (own, other)]
                if all(len(one & mine) < len(one & its) for one, mine, its in zip(smaller, larger, larger[::-1], strict=True)):
                    found |= {own: other, other: own}
        return found

    def put_right(self, subset: str) -> str:
        """The printed row that holds what the name of a subset says."""
        return self.swapped.get(subset, subset)

    @cached_property
    def facts(self) -> Facts:
        return Facts(self.root)

    @cached_property
    def best_sets(self) -> list[dict]:
        """`table6_recomputed.table6` of these lists."""
        from realignment.paper import table6_recomputed

        return table6_recomputed.table6(self.facts.vectors, nodes=0, rows=self.lists)

    def members(self, pool: str) -> set[str]:
        """The languages that Table 5 and the ticks of Table 7 put into a pool of the ablations."""
        return {code for code, one in self.pool.items() if registry.POOLS[pool].holds(one)}

    # The authors' runs

    @property
    def raw(self) -> list[dict[str, str]]:
        """Every row of SCORES, the left-out ones and those of XQuAD too."""
        return self.rows(SCORES)

    @cached_property
    def stored(self) -> dict[Row, list[dict[str, str]]]:
        """`raw` by row of a table."""
        found: dict[Row, list[dict[str, str]]] = defaultdict(list)
        for one in self.raw:
            found[Row(runs.LABELS[one["model"]], runs.subset(one))].append(one)
        return dict(found)

    @cached_property
    def subset_languages(self) -> dict[Name, str]:
        """Run -> codes of the source, separated by blanks."""
        return {runs.name(row): row["languages"] for row in self.rows("subsets.tsv")}

    @cached_property
    def scored(self) -> tuple[Score, ...]:
        """The scores that count under the paper's rule."""
        return runs.scored(self.raw)

    @cached_property
    def runs(self) -> Runs:
        """The runs of `scored`; what is known of mBERT's `none` by means alone is among them."""
        found = averages.collect(self.scored)
        return replace(
            found,
            partly={Row(model, subset): self._partly(Row(model, subset), task, found) for model, subset, task in self.averages},
        )

    def _partly(self, row: Row, task: str, found: Runs) -> PartlyStored:
        means = {
            one["language"]: (float(one["mean"]) / 100, float(one["std"]) / 100)
            for one in self.rows("mbert_none_pos.tsv")
            if (runs.LABELS[one["model"]], one["subset"], one["task"]) == (row.encoder, row.subset, task)
        }
        stored = {seed: value / 100 for seed, value in self.averages[row.encoder, row.subset, task].items()}
        return PartlyStored(task, found.rows[row], means, stored)

    @cached_property
    def studies(self) -> tuple[Study, ...]:
        """The rows of Tables 8 and 10, one an encoder: a family of comparisons of their own."""
        return self._studies(lambda row: not naming.split(row.subset).pool)

    @cached_property
    def pools(self) -> tuple[Study, ...]:
        """The rows of Tables 9 and 11 beside the two that Table 1 holds them against, one an encoder."""
        return self._studies(lambda row: bool(naming.split(row.subset).pool) or row.subset in BASELINES)

    def _studies(self, kept: Callable[[Row], bool]) -> tuple[Study, ...]:
        found = replace(self.runs, rows={row: held for row, held in self.runs.rows.items() if kept(row)})
        names = {code: one.name for code, one in languages.paper().items()}
        return tuple(Study(found, model, names=names) for model in ENCODERS)

    @cached_property
    def averages(self) -> dict[tuple[str, str, str], dict[str, float]]:
        """(model, subset, task) -> seed -> points, of the cell of Table 8 that the stored scores lack languages of."""
        found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
        for row in self.rows("averages.tsv"):
            model, subset, seed, task = runs.name(row)
            found[model, subset, task][seed] = 100 * float(row["score"])
        return dict(found)

    def seeds(
        self, model: str, subset: str, groups: Collection[str] = scores.AVERAGED, tasks: Iterable[str] = TASKS
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
            means.append({seed: 100 * value for seed, value in found.items()})
        shared = sorted(set.intersection(*map(set, means)))
        return {seed: statistics.fmean(one[seed] for one in means) for seed in shared}

    def cell(self, model: str, subset: str, groups: Collection[str], tasks: Iterable[str] = TASKS) -> Summary:
        """The values of `seeds`."""
        return Summary(tuple(self.seeds(model, subset, groups, tasks).values()))
