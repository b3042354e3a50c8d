"""One model over all runs of a column: chosen sets against random ones of equal size, and what a score varies by.

A column's runs are values by row and seed label, in points. `statistics/mixed.py` says what the model is, `statistics/nested.py` how draws covary.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from realignment.results import draws as of_draws
from realignment.results.scores import Row
from realignment.statistics import mixed, nested
from realignment.statistics.design import Design
from realignment.statistics.summary import Summary
from realignment.subsets import naming

Values = Mapping[Row, Mapping[str, float]]  # row -> seed label -> points
WIDTHS = (1.0, 0.5, 0.25)  # points of half-width that `settling` plans for
BY_SEED = "by seed"


@dataclass(frozen=True)
class Draws:
    """What random subsets drew: (subset, subset seed) -> languages, and subset -> how many its pool has."""

    languages: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    pools: Mapping[str, int] = field(default_factory=dict)

    def draw(self, row: Row, seed: str) -> nested.Draw | None:
        """None of a row that is not drawn; KeyError where the languages or the pool are not known."""
        if not of_draws.drawn(row):
            return None
        pool = naming.split(row.subset).pool
        return nested.Draw((pool, seed), self.languages[row.subset, seed], self.pools[row.subset])

    def knows(self, row: Row, seeds: Sequence[str]) -> bool:
        return not of_draws.drawn(row) or (all((row.subset, one) in self.languages for one in seeds) and row.subset in self.pools)


@dataclass(frozen=True)
class Question:
    """A heuristic against random draws: `pairs` holds by size the row and the random row of that size."""

    title: str
    pairs: Mapping[str, tuple[Row, Row]]

    @property
    def weights(self) -> dict[Row, float]:
        """Of the mean difference over sizes."""
        found: dict[Row, float] = {}
        for ours, base in self.pairs.values():
            found[ours] = found.get(ours, 0.0) + 1 / len(self.pairs)
            found[base] = found.get(base, 0.0) - 1 / len(self.pairs)
        return found

    def within(self, values: Values) -> "Question":
        """Of the pairs that have runs."""
        held = {size: pair for size, pair in self.pairs.items() if all(values.get(row) for row in pair)}
        return Question(self.title, held)


@dataclass(frozen=True)
class Model:
    """All runs of a column under one model."""

    values: Values
    draws: Draws

    @cached_property
    def runs(self) -> list[tuple[Row, str, str, float]]:
        """Row, draw, training seed, points."""
        return [
            (row, draw, seed, value)
            for row, held in self.values.items()
            for draw, of_draw in (of_draws.by_draw(held) if of_draws.drawn(row) else {"": held}).items()
            for seed, value in of_draw.items()
        ]

    @cached_property
    def fit(self) -> mixed.Fit:
        rows, drawn, seeds, values = zip(*self.runs, strict=True)
        kernel = nested.kernel([self.draws.draw(row, draw) for row, draw in zip(rows, drawn, strict=True)])
        found = mixed.fit(Design(rows, seeds, kernel, drawn), np.array(values))
        return replace(found, variance=np.array([significant(one) for one in found.variance.tolist()]))

    @cached_property
    def chains(self) -> tuple[int, int]:
        """How many draws a random row has, and training seeds a draw: of the row that has most."""
        held = [of_draws.by_draw(held) for row, held in self.values.items() if of_draws.drawn(row)]
        return max(((len(one), max(map(len, one.values()))) for one in held), default=(0, 0))

    @property
    def crossed(self) -> bool:
        """Whether draws of a random row share training seeds (study.draws)."""
        held = [list(of_draws.by_draw(held).values()) for row, held in self.values.items() if of_draws.drawn(row)]
        return any(len(set().union(*one)) < sum(map(len, one)) for one in held)

    def lead(self, question: Question) -> dict | None:
        """The mean difference over sizes with its interval, and beside it Student's t by seed; None without a pair or without freedom."""
        question = question.within(self.values)
        if not question.pairs:
            return None
        found = self.fit.contrast(question.weights)
        if not found.freedom > 0:
            return None
        low, high = found.interval()
        return {
            "question": question.title,
            "sizes": ", ".join(question.pairs),
            "difference": significant(found.value),
            "low": significant(low),
            "high": significant(high),
            "error": significant(found.error),
            "degrees of freedom": significant(found.freedom),
            "p": significant(found.p),
            **by_seed([(self.values[ours], self.values[base]) for ours, base in question.pairs.values()]),
        }

    def variances(self, sizes: Sequence[int], pool: int) -> dict[str, float | int]:
        """Standard deviations in points: of a language's effect, of a draw of each size from `pool`, of a training seed, of what is left."""
        seed, language, residual = self.fit.variance.tolist()
        return {
            "sd of languages": language**0.5,
            **{f"sd of draws of {k}": (language * nested.of_size(k, pool)) ** 0.5 for k in sizes},
            "sd of seeds": seed**0.5,
            "sd of the residual": residual**0.5,
            "rows": len(self.values),
            "runs": len(self.runs),
            "chains": self.chains[0],
        }

    def plan(self, sizes: Sequence[int], pool: int) -> nested.Plan:
        _, language, residual = self.fit.variance.tolist()
        return nested.Plan(language * nested.chain(sizes, pool), residual, len(sizes), self.crossed)

    def settling(self, sizes: Sequence[int], pool: int) -> dict[str, float | int | None]:
        """Half-widths now and at twice as many runs, and the runs that those of WIDTHS take, by more chains and by more seeds on these chains."""
        plan, (chains, each) = self.plan(sizes, pool), self.chains
        found: dict[str, float | int | None] = {
            "half-width now": plan.half_width(chains, each),
            "twice the chains": plan.half_width(2 * chains, each),
            "twice the seeds": plan.half_width(chains, 2 * each),
        }
        for wanted in WIDTHS:
            seeds = plan.seeds(wanted, chains)
            found[f"runs for ±{wanted:g}, more chains"] = replace(plan, crossed=False).runs(plan.chains(wanted), 1)
            found[f"runs for ±{wanted:g}, more seeds"] = None if seeds is None else plan.runs(chains, seeds)
        return found


def significant(value: float | np.ndarray) -> float:
    """To ten digits: the last ones of a solved matrix are the machine's own, and tables are compared byte for byte."""
    return float(f"{float(value):.10g}")


def by_seed(pairs: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> dict[str, float | None]:
    """The mean difference of the pairs seed by seed, by Student's t: exact whatever covaries within a seed. None where rows do not share labels of seeds."""
    shared = sorted(set.intersection(*(set(one) & set(other) for one, other in pairs)))
    names = [f"{name} {BY_SEED}" for name in ("difference", "low", "high", "p")]
    if len(shared) < 2:
        return dict.fromkeys(names)
    gaps = Summary(tuple(float(np.mean([ours[seed] - base[seed] for ours, base in pairs])) for seed in shared))
    error, freedom = np.float64(gaps.std or 0.0) / len(shared) ** 0.5, float(len(shared) - 1)
    found = mixed.Estimate(np.float64(gaps.mean or 0.0), error, np.float64(freedom if error > 0 else 0.0))
    low, high = found.interval()
    told = (float(found.value), float(low), float(high), float(found.p))
    return {name: value if np.isfinite(value) else None for name, value in zip(names, told, strict=True)}
