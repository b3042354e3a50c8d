"""A model whose intervals hold what they promise: their width is what sets of heuristics that were left out have needed (conformal prediction by
folds; Vovk 2015, Barber et al. 2021)."""

import math
from collections.abc import Collection, Mapping, Sequence
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
MEAN, LEVEL, LANGUAGE = KINDS = ("mean", "level", "language")
Sets = Sequence[Collection[str]]


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
        values = self.off[held][:, [one == kind for one in self.columns.kinds]].ravel()
        values = np.sort(values[~np.isnan(values)])
        place = math.ceil(SHARE * (len(values) + 1))
        return float(values[place - 1]) if 0 < place <= len(values) else math.inf

    def inside(self) -> np.ndarray:
        """Whether each measurement is in its interval, by the factor that the other folds give; not a number where nothing was predicted."""
        factors = {(kind, name): self.factor(kind, name) for kind in set(self.columns.kinds) for name in set(self.fold)}
        allowed = np.array([[factors[kind, name] for kind in self.columns.kinds] for name in self.fold])
        return np.where(np.isnan(self.off), np.nan, self.off <= allowed)


@dataclass(frozen=True)
class Calibrated:
    """The model of all sets, and what its likes said of sets that they did not know."""

    model: Model
    left_out: LeftOut

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
        scale = np.array([self.factors[kind] for kind in self.left_out.columns.kinds])
        return scale * with_noise(found, np.full(len(found.means), float(runs)))


def with_noise(found: Expected, runs: np.ndarray) -> np.ndarray:
    """Standard deviations of means of runs, sets x columns."""
    return np.sqrt(found.spreads**2 + np.nan_to_num(found.noise) ** 2 / runs[:, None])


def fit(measured: Measured, ground: Ground, parts: Sequence[str] = PARTS) -> Calibrated:
    """BadInput where too few sets were run."""
    distinct = {one.languages for one in measured.sets}
    if len(distinct) < LEAST:
        raise BadInput(
            f"{measured.encoder}, {measured.task}: a prediction requires runs of {LEAST} distinct sets of languages beside fine-tuning only; "
            f"{len(distinct)} are at hand; run more subsets, or give --source published"
        )
    whole = model.fit(measured, ground, parts=parts)
    return Calibrated(whole, _left_out(whole, ground, parts))


def _left_out(whole: Model, ground: Ground, parts: Sequence[str]) -> LeftOut:
    measured, columns = whole.measured, Columns.of(whole.measured)
    shape = len(measured.sets), len(columns.names)
    expected, spread = np.full(shape, np.nan), np.full(shape, np.nan)
    for out, rest in folds.folds(measured, folds.HEURISTIC):
        if len(rest) < 3:
            continue
        made = model.fit(measured.only(rest), ground, parts=parts, start=whole.process.variances)
        found = made.grouped([measured.sets[place].languages for place in out], columns.weights)
        expected[out], spread[out] = found.means, with_noise(found, measured.runs[out])
    names = tuple(one.heuristic for one in measured.sets)
    return LeftOut(columns, measured.gains @ columns.weights.T, expected, spread, names)
