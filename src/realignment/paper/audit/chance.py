"""Whether a difference between rows of the paper can be told from chance: Welch's test of one, a test by seed of several at once."""

import functools
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from realignment.paper.audit.wording import chance, spelled
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results.scores import AVERAGED
from realignment.statistics import inference
from realignment.statistics.summary import Summary

LEVEL = inference.LEVEL
SEEDS = 4
Seeds = Mapping[str, float]  # seed -> points


@dataclass(frozen=True)
class Lead:
    """A difference of means in points and its two-sided p: that of chance alone, by itself."""

    gap: float
    p: float

    def __str__(self) -> str:
        return f"{spelled([self.gap])} ({chance(self.p)})"


def between(
    paper: Paper, model: str, pair: tuple[str, str], groups: Collection[str] = AVERAGED, tasks: Sequence[str] = TASKS
) -> Lead:
    """Of the first subset over the second."""
    one, other = (paper.seeds(model, subset, groups, tasks) for subset in pair)
    return lead(one, other)


def lead(one: Seeds, other: Seeds) -> Lead:
    """Welch's test, seeds taken as independent; rows share them, which makes it a little too careful."""
    gap, error, freedom = _welch(tuple(one.values()), tuple(other.values()))
    return Lead(gap, float(inference.two_sided(gap / error, freedom)))


def interval(one: Seeds, other: Seeds) -> tuple[float, float]:
    """The 95 % interval of the difference, by the same test as `lead`."""
    gap, error, freedom = _welch(tuple(one.values()), tuple(other.values()))
    half = float(inference.critical(freedom)) * error
    return gap - half, gap + half


@functools.cache
def _welch(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, float, float]:
    """The difference, its standard error and its degrees of freedom."""
    sides = [Summary(side) for side in (one, other)]
    parts = [((side.std or 0.0) ** 2 / side.n, side.n - 1.0) for side in sides]
    freedom = inference.satterthwaite(*parts, sum(free for _, free in parts))
    return sides[0].mean - sides[1].mean, sum(value for value, _ in parts) ** 0.5, float(freedom)


def together(pairs: Sequence[tuple[Seeds, Seeds]]) -> Lead:
    """The mean difference of several pairs, seed by seed: Student's t over the seeds.

    The random sets of one seed are nested (each size holds the smaller one), so that sizes are not independent: the seeds are.
    """
    gaps = _by_seed(pairs)
    error = (gaps.std or 0.0) / gaps.n**0.5
    return Lead(gaps.mean, float(inference.two_sided(gaps.mean / error, gaps.n - 1.0)))


def _by_seed(pairs: Sequence[tuple[Seeds, Seeds]]) -> Summary:
    """The mean difference of each seed that all sides have."""
    shared = sorted(set.intersection(*(set(one) & set(other) for one, other in pairs)))
    return Summary(tuple(statistics.fmean(one[seed] - other[seed] for one, other in pairs) for seed in shared))


def holm(leads: Iterable[Lead]) -> list[float]:
    """Holm's adjusted p of a family, in the order given."""
    import numpy as np

    return inference.holm(np.array([one.p for one in leads])).tolist()


def alone(leads: Iterable[Lead]) -> int:
    """How many have p below the level, each by itself."""
    return sum(one.p < LEVEL for one in leads)


def told(leads: Mapping[str, Lead]) -> list[str]:
    """The names of those that can be told from chance when all of the family are looked at (Holm)."""
    return [name for name, p in zip(leads, holm(leads.values()), strict=True) if p < LEVEL]


def detectable(deviation: float, seeds: int = SEEDS) -> float:
    """The true difference of two rows that a two-sided t test at 5 % finds in 80 of 100 repetitions, in units of `deviation`'s.

    What to expect of a study of this size; a difference that is there is judged by `lead` or `together`, never by this.
    """
    return float(inference.detectable(deviation * (2 / seeds) ** 0.5, 2.0 * (seeds - 1)))


def deviation(stds: Iterable[float | None]) -> float:
    """Root mean square of the deviations within rows."""
    return statistics.fmean(std**2 for std in stds if std is not None) ** 0.5
