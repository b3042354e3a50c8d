"""A model whose intervals hold what they promise: their width is what sets of heuristics that were left out have needed (conformal prediction by
folds; Vovk 2015, Barber et al. 2021)."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from realignment.core.errors import BadInput
from realignment.predictor import folds, model
from realignment.predictor.ground import Ground
from realignment.predictor.likeness import PARTS
from realignment.predictor.measured import Measured
from realignment.predictor.model import Expected, Model

SHARE = 0.9  # of outcomes that an interval is to hold
LEAST = 12  # distinct sets below which nothing is predicted: fewer give no 90 % interval, and no model that could be checked
FEWEST = 3  # sets that a model without a heuristic needs
MEAN, LEVEL, LANGUAGE = KINDS = ("mean", "level", "language")
Sets = Sequence[Collection[str]]


def bounded(count: int) -> bool:
    """Whether so many sets that were left out give an interval."""
    return math.isfinite(needed(np.ones(count)))


@dataclass(frozen=True)
class Columns:
    """What is predicted at once: the task's mean, its levels, its languages; weights over evaluated languages."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    weights: Float[np.ndarray, "columns languages"]

    @classmethod
    def of(cls, measured: Measured) -> "Columns":
        levels, languages = measured.levels(), measured.languages
        weights = [measured.average, *levels.values(), *np.eye(len(languages))]
        kinds = (MEAN,) + (LEVEL,) * len(levels) + (LANGUAGE,) * len(languages)
        return cls((MEAN, *levels, *languages), kinds, np.array(weights))


def needed(off: np.ndarray) -> float:
    """What SHARE of new values are not above, by those at hand; infinite where they are too few. What is not a number is none."""
    values = np.sort(off[~np.isnan(off)])
    place = math.ceil(SHARE * (len(values) + 1))
    return float(values[place - 1]) if 0 < place <= len(values) else math.inf


@dataclass(frozen=True)
class LeftOut:
    """Each set as it was measured, and as it was predicted from the sets of other heuristics; sets x columns, points."""

    columns: Columns
    measured: Float[np.ndarray, "sets columns"]
    expected: Float[np.ndarray, "sets columns"]  # not a number where nothing else was run
    spread: Float[np.ndarray, "sets columns"]  # with the noise of as many runs as the set has
    fold: tuple[str, ...]  # heuristic, of each set

    @cached_property
    def off(self) -> np.ndarray:
        """How many of its own standard deviations each prediction was off."""
        return np.abs(self.measured - self.expected) / self.spread

    def factor(self, kind: str, without: str = "") -> float:
        """By what to multiply standard deviations, so that intervals hold SHARE of what was left out; of the folds but one."""
        held = np.array([name != without for name in self.fold])
        return needed(self.off[held][:, [one == kind for one in self.columns.kinds]])

    @cached_property
    def halves(self) -> Float[np.ndarray, "sets columns"]:
        """Of intervals by the factor that the other folds give."""
        factors = {(kind, name): self.factor(kind, name) for kind in set(self.columns.kinds) for name in set(self.fold)}
        return self.spread * np.array([[factors[kind, name] for kind in self.columns.kinds] for name in self.fold])

    def inside(self) -> np.ndarray:
        """Whether each measurement is in its interval; not a number where nothing was predicted."""
        return np.where(np.isnan(self.off), np.nan, np.abs(self.measured - self.expected) <= self.halves)


@dataclass(frozen=True)
class Calibrated:
    """The model of all sets, and what its likes said of sets that they did not know."""

    model: Model
    folds: tuple[tuple[np.ndarray, Model], ...]  # places of the sets of a heuristic, and the model that lacks them

    @cached_property
    def left_out(self) -> LeftOut:
        columns = Columns.of(self.measured)
        expected, spread = np.full((2, len(self.measured.sets), len(columns.names)), np.nan)
        for out, means, spreads in self.without(columns.weights):
            expected[out], spread[out] = means, spreads
        names = tuple(one.heuristic for one in self.measured.sets)
        return LeftOut(columns, self.measured.gains @ columns.weights.T, expected, spread, names)

    def without(self, weights: Float[np.ndarray, "columns languages"]) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Per heuristic: places of its sets, what they were expected to gain without it, and the standard deviations, with the noise of as many runs."""
        for out, made in self.folds:
            sets = [self.measured.sets[place] for place in out]
            found = made.grouped([one.languages for one in sets], weights)
            above = np.array([made.above_last(one.source) for one in sets])
            yield out, found.means + above[:, None], with_noise(found, self.measured.runs[out])

    @property
    def measured(self) -> Measured:
        return self.model.measured

    @cached_property
    def factors(self) -> Mapping[str, float]:
        return {kind: self.left_out.factor(kind) for kind in KINDS}

    def expected(self, sets: Sets) -> Expected:
        """The columns of `left_out`."""
        return self.model.grouped(sets, self.left_out.columns.weights)

    def half_widths(self, found: Expected, runs: int) -> Float[np.ndarray, "sets columns"]:
        """Of the intervals of a mean of so many runs. Where every set was run once, noise is in the process's own variance."""
        return self._scale * with_noise(found, np.full(len(found.means), float(runs)))

    def half_of(self, place: int, runs: int) -> Float[np.ndarray, " columns"]:
        """Of a set that was run, expected without its heuristic."""
        made = next(made for out, made in self.folds if place in out)
        found = made.grouped([self.measured.sets[place].languages], self.left_out.columns.weights)
        return self._scale * with_noise(found, np.array([float(runs)]))[0]

    @property
    def _scale(self) -> np.ndarray:
        return np.array([self.factors[kind] for kind in self.left_out.columns.kinds])


def with_noise(found: Expected, runs: np.ndarray) -> np.ndarray:
    """Standard deviations of means of runs, sets x columns."""
    return np.sqrt(found.spreads**2 + np.nan_to_num(found.noise) ** 2 / runs[:, None])


@contextmanager
def one_thread() -> Iterator[None]:
    """Matrices have a hundred rows: more threads are slower, and sum in another order."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def fit(measured: Measured, ground: Ground, parts: Sequence[str] = PARTS) -> Calibrated:
    """BadInput where too few sets were run."""
    distinct = {one.languages for one in measured.sets}
    if len(distinct) < LEAST:
        raise BadInput(
            f"{measured.encoder}, {measured.task}: a prediction requires runs of {LEAST} distinct sets of languages beside fine-tuning only; "
            f"{len(distinct)} are at hand; run more subsets, or give --source published"
        )
    with one_thread():
        whole = model.fit(measured, ground, parts=parts)
        start = whole.process.variances
        folded = [(out, rest) for out, rest in folds.folds(measured, folds.HEURISTIC) if len(rest) >= FEWEST]
        return Calibrated(
            whole, tuple((out, model.fit(measured.only(rest), ground, parts=parts, start=start)) for out, rest in folded)
        )
