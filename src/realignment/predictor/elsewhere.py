"""What a set is expected to gain an encoder of which no run is at hand: the mean of what the models of the encoders at hand say of it.

How far that is off is measured on those encoders: each is predicted by the others, which lack the sets of the heuristic that is asked for. What an
encoder that was left out needed is the width of the intervals. It says how unlike the encoders at hand are, and with two of them it is two answers.

What an encoder has seen decides more than the set: unseen languages gain, seen ones hardly do. A language that this encoder has seen and one at hand
has not, or the other way round, has two readings: it gains what it gained there, or what those languages gained there on average that are seen as it
is here. The mean of the two is expected, and the interval holds both.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from realignment.core.errors import BadInput
from realignment.languages import grouping
from realignment.predictor import model
from realignment.predictor.calibrated import FEWEST, KINDS, LANGUAGE, LEVEL, MEAN, Calibrated, Columns, needed, with_noise
from realignment.predictor.ground import Seen
from realignment.predictor.measured import Measured
from realignment.predictor.model import Expected, Model

OUTSIDE = "OOD"
Sets = Sequence[Collection[str]]
Weights = Float[np.ndarray, "columns languages"]


@dataclass(frozen=True)
class Foretold(Expected):
    """With half of what the two readings of each column are apart, points."""

    margin: Float[np.ndarray, "sets columns"]


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


@dataclass(frozen=True)
class Elsewhere:
    """Of one task."""

    encoder: str
    seen: Seen
    models: tuple[Calibrated, ...]  # one per encoder at hand, two or more
    languages: tuple[str, ...]  # evaluated in the runs of all of them
    columns: Columns  # the task's mean, the levels as this encoder has seen the languages, the languages
    left_out: EncodersLeftOut

    @cached_property
    def widths(self) -> dict[str, tuple[float, float]]:
        """Kind -> (factor, shift)."""
        return {kind: (self.left_out.factor(kind), self.left_out.shift(kind)) for kind in KINDS}

    @property
    def otherwise(self) -> tuple[str, ...]:
        """The languages that this encoder has seen and one at hand has not, or the other way round."""
        parts = [_otherwise(one.model, self.seen, self.languages) for one in self.models]
        return tuple(code for code, held in zip(self.languages, np.any(parts, axis=0), strict=True) if held)

    def expected(self, sets: Sets) -> Foretold:
        return together([one.model for one in self.models], sets, self.columns.weights, (self.languages, self.seen))

    def half_widths(self, found: Foretold, runs: int) -> Float[np.ndarray, "sets columns"]:
        """Of the intervals of a mean of so many runs."""
        factor, shift = np.array([self.widths[kind] for kind in self.columns.kinds]).T
        return factor * np.hypot(with_noise(found, np.full(len(found.means), float(runs))), shift) + found.margin


def fit(encoder: str, seen: Seen, models: Sequence[Calibrated]) -> Elsewhere:
    """`models`: of the encoders at hand, in one task. BadInput where they are fewer than two."""
    if len(models) < 2:
        have = ", ".join(one.measured.encoder for one in models) or "none"
        raise BadInput(
            f"{encoder}: an encoder that was never run is predicted from two others or more, so that it is known how far one is off another; "
            f"with runs at hand: {have}; give a --source with more"
        )
    shared = set.intersection(*(set(one.measured.languages) for one in models))
    languages = tuple(code for code in models[0].measured.languages if code in shared)
    if not languages:
        raise BadInput(f"{encoder}: the encoders at hand were evaluated in no language in common; give another --source")
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # as in calibrated.fit
        return Elsewhere(encoder, seen, tuple(models), languages, columns(languages, seen, models), left_out(models, languages))


def columns(languages: Sequence[str], seen: Seen, models: Sequence[Calibrated]) -> Columns:
    """The mean is over the languages that the encoders at hand average over; levels are those of `seen`.

    A language that those leave out stays out of distribution, whoever has seen it, as in the paper's averages.
    """
    first = models[0]
    known = first.model.likeness.ground.languages
    averaged = {code for one in models for code, held in zip(one.measured.languages, one.measured.averaged, strict=True) if held}
    groups = tuple(OUTSIDE if code not in averaged else grouping.group(known[code], seen) for code in languages)
    return Columns.of(replace(first.measured.within(languages), seen=seen, groups=groups))


def left_out(models: Sequence[Calibrated], languages: Sequence[str]) -> EncodersLeftOut:
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
        said = together(models, [out.sets[row].languages for row in rows], own.weights, (out.languages, out.seen))
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


def together(models: Sequence[Model], sets: Sets, weights: Weights, asked: tuple[Sequence[str], Seen]) -> Foretold:
    """Mean over models, which count alike; their spreads and noises are averaged as variances. `asked`: the languages of the weights, and what
    the encoder that is asked about has seen."""
    found, apart = [], []
    for one in models:
        same, other = readings(one, weights, *asked)
        found.append(one.grouped(sets, (same + other) / 2))
        apart.append(found[-1].means - one.grouped(sets, same).means)
    means, spreads, noise = (np.array([getattr(one, name) for one in found]) for name in ("means", "spreads", "noise"))
    return Foretold(means.mean(0), np.sqrt((spreads**2).mean(0)), np.sqrt((noise**2).mean(0)), np.abs(np.mean(apart, axis=0)))


def readings(one: Model, weights: Weights, languages: Sequence[str], seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Weights over the model's languages that say of groups of `languages` what they gained there, and what those gained that are seen alike."""
    same = np.zeros((len(weights), len(one.measured.languages)))
    same[:, [one.measured.languages.index(code) for code in languages]] = weights
    return same, same @ _standing_in(one, seen)


def _otherwise(one: Model, seen: Seen, languages: Sequence[str]) -> np.ndarray:
    ground = one.likeness.ground
    return ground.seen(languages, seen) != ground.seen(languages, one.measured.seen)


def _standing_in(one: Model, seen: Seen) -> Float[np.ndarray, "languages languages"]:
    """For a language that is seen otherwise, the mean of those averaged ones that the model's encoder has seen as the other has this one; each
    other language, and each where there is none such, for itself."""
    languages, ground = one.measured.languages, one.likeness.ground
    here, there = ground.seen(languages, one.measured.seen), ground.seen(languages, seen)
    found = np.eye(len(languages))
    for place in np.flatnonzero(here != there):
        like = (here == there[place]) & one.measured.averaged
        if like.any():
            found[place] = like / like.sum()
    return found
