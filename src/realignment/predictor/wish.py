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


@dataclass(frozen=True)
class Answer:
    """Points; an interval that holds calibrated.SHARE of outcomes."""

    gain: float
    half: float

    @property
    def low(self) -> float:
        return self.gain - self.half

    @property
    def high(self) -> float:
        return self.gain + self.half

    @property
    def told(self) -> bool:
        """Whether it can be told from nothing."""
        return abs(self.gain) > self.half + ROUNDING


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
        return [Answer(float(gain), self.factor * float(half)) for gain, half in zip(mix @ mean, spread, strict=True)]

    @cached_property
    def factor(self) -> float:
        """By what standard deviations are multiplied: what sets of heuristics that were left out have needed, in this wish.

        A set counts where every one of `keys` has it.
        """
        by_set: dict[tuple, list[np.ndarray]] = {}
        for key, weights in self.weights.items():
            for name, row in _left_out(self.models[key], weights).items():
                by_set.setdefault(name, []).append(row)
        rows = np.array([np.array(held) for held in by_set.values() if len(held) == len(self.weights)])
        if not len(rows):
            return math.inf
        off = np.abs(rows[:, :, 0].mean(1)) / np.sqrt(rows[:, :, 1].sum(1) / len(self.weights) ** 2)
        return needed(off)


def _left_out(one: Calibrated, weights: np.ndarray) -> dict[tuple, np.ndarray]:
    """(subset, languages) -> (measured less expected, variance of that) of a group of languages, from the sets of other heuristics."""
    found, measured = {}, one.measured
    for out, means, spreads in one.without(weights[None]):
        for place, mean, spread in zip(out, means[:, 0], spreads[:, 0], strict=True):
            realigned = measured.sets[place]
            found[realigned.subset, realigned.languages] = np.array([measured.gains[place] @ weights - mean, spread**2])
    return found
