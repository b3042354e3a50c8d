"""What the rows of one column vary by: their own seeds and, where rows share seeds, what is left when the seeds are taken out."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from realignment.results import draws
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.tables import Items, Study
from realignment.statistics import inference
from realignment.statistics.summary import Summary

ENOUGH = 15  # degrees of freedom that are left of rows and seeds; below it taking seeds out costs more than it gains (benchmarks/verdicts.py)
Values = Mapping[Row, Mapping[str, float]]  # row -> seed label -> score


@dataclass(frozen=True)
class Noise:
    """What one column says of the variances of its rows; `total`: degrees of freedom of the fixed rows and of the random ones."""

    variance: Mapping[Row, float]
    freedom: Mapping[Row, float]
    total: Mapping[bool, float]
    even: float  # p of Bartlett's test over the fixed rows
    pooled: float  # variance of the fixed rows
    weight: float  # of the pooled variance in each fixed row, see `inference.Spread`
    kept: float = 1.0  # share of the degrees of freedom of fixed rows that taking seeds out leaves


@dataclass(frozen=True)
class Measured:
    """`cells`: the units of every row (`draws.units`); `apart`: seeds taken as independent; `shared`: of rows with the same seeds, seeds taken out."""

    cells: Mapping[Row, Summary]
    apart: Noise
    shared: Noise | None

    def of(self, row: Row, base: Row) -> Noise:
        """What a seed adds to both rows is in no difference of theirs."""
        return self.shared if self.shared and {row, base} <= self.shared.variance.keys() else self.apart

    @property
    def most(self) -> Noise:
        """That of most comparisons."""
        return self.shared or self.apart


def fixed(row: Row, items: Items) -> bool:
    """Whether a row has no seeds in a column: retrieval before realignment is that of one given encoder."""
    return set(items) == {RETRIEVAL} and row.subset == "none"


def of_column(study: Study, items: Items, judged: Sequence[Row]) -> Measured:
    values = {row: study.runs.by_seed(row, items) for row in judged}
    left = without_seeds({row: held for row, held in values.items() if not fixed(row, items)})
    cells = {row: draws.units(row, held) if held else study.runs.cell(row, items) for row, held in values.items()}
    apart = _noise(cells, {row: len(held) or cells[row].n for row, held in values.items()})
    return Measured(cells, apart, _of_shared(left) if left else None)


def without_seeds(values: Values) -> dict[Row, dict[str, float]]:
    """Rows that share their seeds, and their values less what each seed adds to all fixed ones of them. Nothing where too little would be left.

    A random row is one of them where its draws have these training seeds, each equally often.
    """
    counts = Counter(frozenset(held) for row, held in values.items() if held and not draws.drawn(row))
    seeds = max(counts, key=lambda one: (counts[one], len(one), sorted(one)), default=frozenset())
    if (counts[seeds] - 1) * (len(seeds) - 1) < ENOUGH:
        return {}
    rows = [row for row, held in values.items() if not draws.drawn(row) and held.keys() == seeds]
    means = {seed: math.fsum(values[row][seed] for row in rows) / len(rows) for seed in seeds}
    whole = math.fsum(means.values()) / len(means)
    found = {row: {seed: value - means[seed] + whole for seed, value in values[row].items()} for row in rows}
    for row, held in values.items():
        trained = Counter(map(draws.training, held))
        if draws.drawn(row) and trained.keys() == seeds and len({*trained.values()}) == 1:
            found[row] = {name: value - means[draws.training(name)] + whole for name, value in held.items()}
    return found


def _of_shared(left: Values) -> Noise:
    """`left`: what `without_seeds` gives."""
    cells = {row: draws.units(row, held) for row, held in left.items()}
    return _noise(cells, {row: len(held) for row, held in left.items()}, taken=True)


def _noise(cells: Mapping[Row, Summary], runs: Mapping[Row, int], taken: bool = False) -> Noise:
    """The variances of a column's rows; `cells` are of units, of as many `runs`; `taken`: what seeds add was taken out.

    A random row, whose spread holds that of the training seed too, is never taken to vary less than fixed rows do.
    """
    variance, freedom, total, told, kept = {}, {}, {}, (float("nan"),) * 3, 1.0
    for random in (False, True):
        held = {row: cell for row, cell in cells.items() if cell.n and draws.drawn(row) is random}
        share = 1 - 1 / len(held) if taken and not random else 1.0
        own = np.array([(cell.widest or 0.0) ** 2 / share for cell in held.values()])
        free = np.array([(cell.n - 1) * share for cell in held.values()])
        found = inference.spread(own, free)
        least = np.array([told[1] * cell.n / runs[row] if random else 0.0 for row, cell in held.items()])
        variance |= dict(zip(held, inference.at_least(found.variance, least).tolist(), strict=True))
        freedom |= dict(zip(held, found.freedom.tolist(), strict=True))
        total[random] = float(free.sum())
        if not random:
            told, kept = (inference.even(own, free), float(found.pooled), float(found.weight)), share
    return Noise(variance, freedom, total, *told, kept)
