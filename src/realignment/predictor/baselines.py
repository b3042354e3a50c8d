"""What a predictor has to beat. Each takes what was measured and other sets, and gives their gains: the task's mean, then each language."""

from collections.abc import Collection, Sequence

import numpy as np
from jaxtyping import Float

from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured

PENALTY = 0.3  # of the ridge on composition
SHARE = 3.0  # what a share of a set is multiplied by, beside the logarithm of its size
Sets = Sequence[Collection[str]]
Gains = Float[np.ndarray, "sets columns"]


def with_mean(measured: Measured, gains: Float[np.ndarray, "sets languages"]) -> Gains:
    """The task's mean before the languages."""
    return np.column_stack([gains @ measured.average, gains])


def no_gain(measured: Measured, sets: Sets) -> Gains:
    """As fine-tuning only."""
    return np.zeros((len(sets), 1 + len(measured.languages)))


def language_mean(measured: Measured, sets: Sets) -> Gains:
    """Of each language what it gained on average, whatever the set."""
    return with_mean(measured, np.tile(measured.gains.mean(0), (len(sets), 1)))


def nearest_set(measured: Measured, sets: Sets) -> Gains:
    """What the set gained that has most languages in common, as a share of those of either (Jaccard); the mean of those that have as many."""
    found = []
    for codes in map(frozenset, sets):
        alike = np.array([len(codes & one.languages) / len(codes | one.languages) for one in measured.sets])
        found.append(measured.gains[alike == alike.max()].mean(0))
    return with_mean(measured, np.array(found))


class Diversity:
    """The objective of the paper's featural heuristic: least squares on a set's mean distance between its languages and English, and on the
    logarithm of its size."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.pivot = next(code for code, one in ground.languages.items() if one.is_pivot)

    def __call__(self, measured: Measured, sets: Sets) -> Gains:
        known, asked = (self._features(some) for some in ([one.languages for one in measured.sets], sets))
        return with_mean(measured, asked @ np.linalg.lstsq(known, measured.gains, rcond=None)[0])

    def _features(self, sets: Sets) -> np.ndarray:
        rows = []
        for codes in sets:
            places = self.ground.rows([self.pivot, *codes])
            between = self.ground.distances[np.ix_(places, places)][np.triu_indices(len(places), 1)]
            rows.append([1.0, np.log(len(codes)), np.nanmean(between) if (~np.isnan(between)).any() else 0.0])
        return np.array(rows)


class Composition:
    """Ridge regression of each language's gain on the shares of languages in the set and on the logarithm of its size: the bar."""

    def __init__(self, ground: Ground, penalty: float = PENALTY) -> None:
        self.ground, self.penalty = ground, penalty

    def __call__(self, measured: Measured, sets: Sets) -> Gains:
        known, asked = (self._features(some) for some in ([one.languages for one in measured.sets], sets))
        weights = measured.runs / measured.runs.mean()
        centre, level = np.average(known, 0, weights), np.average(measured.gains, 0, weights)
        moved, gained = known - centre, measured.gains - level
        inner = (moved * weights[:, None]).T @ moved + self.penalty * np.eye(known.shape[1])
        slopes = np.linalg.solve(inner, (moved * weights[:, None]).T @ gained)
        return with_mean(measured, level + (asked - centre) @ slopes)

    def _features(self, sets: Sets) -> np.ndarray:
        return np.column_stack([SHARE * self.ground.shares(sets), np.log([len(codes) for codes in sets])])
