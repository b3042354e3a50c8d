"""What is asked of a set of languages: a gain in some evaluated languages, over encoders and tasks; and what sets are expected to give."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from realignment.core.errors import BadInput
from realignment.predictor.calibrated import Calibrated, needed
from realignment.predictor.experiment import Key
from realignment.predictor.ground import Ground

Sets = Sequence[Collection[str]]
ROUNDING = 1e-9  # points: what is less is none
CHANCE = 1.645  # standard deviations that chance alone is above once in twenty times


@dataclass(frozen=True)
class Answer:
    """Points; an interval that holds calibrated.SHARE of outcomes."""

    gain: float
    half: float
    ordered: bool = True  # `Wish.ordered`

    @property
    def low(self) -> float:
        return self.gain - self.half

    @property
    def high(self) -> float:
        return self.gain + self.half

    @property
    def told(self) -> bool:
        """Whether it can be told from nothing."""
        return self.ordered and abs(self.gain) > self.half + ROUNDING


@dataclass(frozen=True)
class Wish:
    """The mean gain of `targets`, or of all languages that are averaged over, then over `models`: each (encoder, task) counts alike."""

    models: Mapping[Key, Calibrated]
    targets: tuple[str, ...]  # none: the task's mean

    def __post_init__(self) -> None:
        if not self.weights:
            evaluated = sorted({code for one in self.models.values() for code in one.measured.languages})
            raise BadInput(
                f"a gain can be expected in languages that runs were evaluated in; none of {', '.join(self.targets)} was; "
                f"evaluated: {', '.join(evaluated)}"
            )

    @cached_property
    def weights(self) -> dict[Key, Float[np.ndarray, " languages"]]:
        """Weights over evaluated languages, of the models that have any of them."""
        found = {}
        for key, one in self.models.items():
            held = np.array([code in self.targets for code in one.measured.languages], float)
            if not self.targets:
                held = one.measured.average
            if held.any():
                found[key] = held / held.sum()
        return found

    @property
    def keys(self) -> list[Key]:
        """The encoders and tasks that say something of it."""
        return list(self.weights)

    def evaluated(self, key: Key) -> list[str]:
        """The targets that a task has."""
        return [code for code in self.targets if code in self.models[key].measured.languages]

    @property
    def grounds(self) -> Ground:
        return next(iter(self.models.values())).model.likeness.ground

    def values(self, sets: Sets) -> Float[np.ndarray, " sets"]:
        """Expected gains of many sets."""
        return np.mean([self.models[key].model.values(sets, weights) for key, weights in self.weights.items()], axis=0)

    def joint(self, sets: Sets) -> tuple[np.ndarray, np.ndarray]:
        """(expected gains, their covariance); what encoders and tasks do not share is independent."""
        parts = [self.models[key].model.joint(sets, weights) for key, weights in self.weights.items()]
        return np.mean([mean for mean, _ in parts], axis=0), np.sum([spread for _, spread in parts], axis=0) / len(parts) ** 2

    def of(self, sets: Sets, mix: Float[np.ndarray, "answers sets"]) -> list[Answer]:
        """Of mixtures of sets (rows of weights: a set, or one minus others), without the noise of runs."""
        mean, covariance = self.joint(sets)
        spread = np.sqrt(np.maximum(np.einsum("as,st,at->a", mix, covariance, mix), 0.0))
        halves = self.factor * spread
        return [Answer(float(gain), float(half), self.ordered) for gain, half in zip(mix @ mean, halves, strict=True)]

    @cached_property
    def factor(self) -> float:
        """By what standard deviations are multiplied: what sets of heuristics that were left out have needed, in this wish."""
        _, measured, expected, variances = self._left_out
        return needed(np.abs(measured - expected) / np.sqrt(variances))

    @property
    def shared(self) -> int:
        """The sets that every one of `keys` has and that can be predicted without their heuristic."""
        return len(self._left_out[0])

    @cached_property
    def ordered(self) -> bool:
        """Whether sets of heuristics that were left out are ordered by what is expected of them better than by chance and their size.

        Where sets of a size gain alike, the best of many still looks better than the rest: of such runs no difference is told.
        """
        sizes, measured, expected, _ = self._left_out
        known = ~np.isnan(expected)
        logs = np.log(sizes[known])
        design = np.vander(logs, 3)
        freedom = len(logs) - design.shape[1] - 3  # Fisher's, of a partial correlation
        if freedom < 1:
            return False
        beside = [side[known] - design @ np.linalg.lstsq(design, side[known], rcond=None)[0] for side in (measured, expected)]
        spread = math.sqrt((beside[0] @ beside[0]) * (beside[1] @ beside[1]))
        return spread > ROUNDING and math.atanh(min(beside[0] @ beside[1] / spread, 1 - ROUNDING)) * math.sqrt(freedom) > CHANCE

    @cached_property
    def _left_out(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(sizes, measured, expected, variances) of the sets that every one of `keys` has, expected without their heuristic."""
        by_set: dict[tuple, list[np.ndarray]] = {}
        for key, weights in self.weights.items():
            for name, row in _left_out(self.models[key], weights).items():
                by_set.setdefault(name, []).append(row)
        held = {name: np.array(rows) for name, rows in by_set.items() if len(rows) == len(self.weights)}
        rows = np.array(list(held.values())).reshape(len(held), len(self.weights), 3)
        sizes = np.array([len(languages) for *_, languages in held], float)
        return sizes, rows[:, :, 0].mean(1), rows[:, :, 1].mean(1), rows[:, :, 2].sum(1) / len(self.weights) ** 2


def _left_out(one: Calibrated, weights: np.ndarray) -> dict[tuple, np.ndarray]:
    """(source, subset, languages) -> (measured, expected, variance) of a group of languages, from the sets of other heuristics."""
    found, measured = {}, one.measured
    for out, means, spreads in one.without(weights[None]):
        for place, mean, spread in zip(out, means[:, 0], spreads[:, 0], strict=True):
            realigned = measured.sets[place]
            name = (realigned.source, realigned.subset, realigned.languages)
            found[name] = np.array([measured.gains[place] @ weights, mean, spread**2])
    return found
