"""Each encoder at hand as the others predict it: how far a prediction is off for an encoder that was never run.

The others lack the sets of the heuristic that is asked for. It says how unlike the encoders at hand are, and with two of them it is two answers.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from realignment.languages import grouping
from realignment.predictor import model, readings
from realignment.predictor.calibrated import FEWEST, LANGUAGE, LEVEL, MEAN, Calibrated, Columns, needed, with_noise
from realignment.predictor.measured import Measured
from realignment.predictor.model import Model


@dataclass(frozen=True)
class EncodersLeftOut:
    """Sets of each encoder at hand, as they were measured, and as the others predict them; sets x columns, points. Not a number where nothing can be
    said, or an encoder has no such level."""

    columns: Columns
    measured: Float[np.ndarray, "sets columns"]
    expected: Float[np.ndarray, "sets columns"]
    spread: Float[np.ndarray, "sets columns"]  # with the noise of as many runs as the set has
    margin: Float[np.ndarray, "sets columns"]  # half of what the two readings are apart
    fold: tuple[str, ...]  # encoder, of each set

    @cached_property
    def beyond(self) -> np.ndarray:
        """By how much each measurement is outside of the two readings."""
        return np.maximum(np.abs(self.measured - self.expected) - self.margin, 0.0)

    def shift(self, kind: str, without: str = "") -> float:
        """Standard deviation of what encoders differ by, whatever the set, beyond spreads; by the encoders but one."""
        part = self._part(kind, without)
        excess = self.beyond[part] ** 2 - self.spread[part] ** 2
        return math.sqrt(max(float(np.nanmean(excess)), 0.0)) if (~np.isnan(excess)).any() else 0.0

    def factor(self, kind: str, without: str = "") -> float:
        """By what to multiply standard deviations, so that intervals hold SHARE of what was left out; by the encoders but one."""
        part = self._part(kind, without)
        return needed(self.beyond[part] / np.hypot(self.spread[part], self.shift(kind, without)))

    def inside(self) -> np.ndarray:
        """Whether each measurement is in its interval, by what the other encoders say of its width; not a number where nothing was predicted."""
        held = np.full(self.beyond.shape, np.nan)
        for kind in set(self.columns.kinds):
            for name in set(self.fold):
                part = np.ix_([one == name for one in self.fold], [one == kind for one in self.columns.kinds])
                allowed = self.factor(kind, name) * np.hypot(self.spread[part], self.shift(kind, name))
                held[part] = np.where(np.isnan(self.beyond[part]), np.nan, self.beyond[part] <= allowed)
        return held

    def _part(self, kind: str, without: str) -> tuple[np.ndarray, np.ndarray]:
        return np.ix_([name != without for name in self.fold], [one == kind for one in self.columns.kinds])


def of(models: Sequence[Calibrated], languages: Sequence[str]) -> EncodersLeftOut:
    """Each encoder's sets by the others' models, made without the sets of the same heuristic."""
    levels = [name for name in grouping.GROUPS if any(name in one.measured.levels() for one in models)]
    names = (MEAN, *levels, *languages)
    kinds = (MEAN,) + (LEVEL,) * len(levels) + (LANGUAGE,) * len(languages)
    parts = [_left_out(one.measured.within(languages), [other for other in models if other is not one], names) for one in models]
    whole = Columns(names, kinds, np.full((len(names), len(languages)), np.nan))
    fold = tuple(one.measured.encoder for one in models for _ in one.measured.sets)
    measured, expected, spread, margin = (np.vstack(some) for some in zip(*parts, strict=True))
    return EncodersLeftOut(whole, measured, expected, spread, margin, fold)


def _left_out(out: Measured, others: Sequence[Calibrated], names: Sequence[str]) -> np.ndarray:
    """(measured, expected, spread, margin), each sets x names; not a number where nothing can be said."""
    own = Columns.of(out)
    places = [names.index(name) for name in own.names]
    found = np.full((4, len(out.sets), len(names)), np.nan)
    found[0][:, places] = out.gains @ own.weights.T
    for rows, models in _without(out, others):
        said = readings.together(models, [out.sets[row].languages for row in rows], own.weights, (out.languages, out.seen))
        for part, values in enumerate((said.means, with_noise(said, out.runs[rows]), said.margin), 1):
            found[part][np.ix_(rows, places)] = values
    return found


def _without(out: Measured, others: Sequence[Calibrated]) -> Iterator[tuple[np.ndarray, list[Model]]]:
    """Per heuristic: places of its sets, and the others' models that know neither the heuristic nor those sets."""
    for name in sorted({one.heuristic for one in out.sets}):
        rows = np.flatnonzero([one.heuristic == name for one in out.sets])
        gone = {out.sets[row].languages for row in rows}
        models = [made for other in others if (made := _lacking(other, name, gone))]
        if models:
            yield rows, models


def _lacking(other: Calibrated, name: str, gone: Collection[frozenset[str]]) -> Model | None:
    """The model without a heuristic that calibration made, where it lacks these sets too; else a new one, None where too little is left."""
    sets = other.measured.sets
    for out, made in other.folds:
        if sets[out[0]].heuristic == name and gone.isdisjoint(one.languages for one in made.measured.sets):
            return made
    rest = [place for place, one in enumerate(sets) if one.heuristic != name and one.languages not in gone]
    if len(rest) < FEWEST:
        return None
    whole = other.model
    return model.fit(other.measured.only(rest), whole.likeness.ground, start=whole.process.variances)
