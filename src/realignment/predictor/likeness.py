"""How alike two sets of languages are, in the ways that may decide what they gain: kernels, each of about unit variance over the sets at hand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from realignment.predictor.ground import Ground

PARTS = ("composition", "size", "coverage", "nearness")
HALF = 0.5  # of the median squared distance between two sets: at it, nearness has fallen to 1 / e
Sets = Sequence[Collection[str]]


@dataclass(frozen=True)
class Likeness:
    """Made of the sets that were run and the languages that were evaluated; asked for those and for any others.

    composition: a language counts by its share of the set, languages of a family count as alike in part; size: its logarithm; coverage: how far
    the evaluated languages that the encoder has not seen (all of them, where it has seen all) are from their nearest languages of the set;
    nearness: falls with the distance between compositions, so that what is peculiar to a set is shared with its neighbours alone.
    """

    ground: Ground
    sets: Sets
    evaluated: tuple[str, ...]
    unseen: Bool[np.ndarray, " evaluated"]
    parts: tuple[str, ...] = PARTS  # the others are left out

    def kernels(self, first: Sets, second: Sets) -> list[Float[np.ndarray, "first second"]]:
        """One per part, in the order of PARTS."""
        one, other = self._at(first), self._at(second)
        made = {
            "composition": lambda: one[0] @ other[0].T / self._spread,
            "size": lambda: np.outer(one[1], other[1]),
            "coverage": lambda: np.outer(one[2], other[2]),
            "nearness": lambda: np.exp(-_apart(one[0], other[0]) / self._reach),
        }
        return [made[part]() for part in self.parts]

    def _at(self, sets: Sets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._mine if sets is self.sets else self._places(sets)

    @cached_property
    def _mine(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._places(self.sets)

    def _places(self, sets: Sets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(compositions, whose inner products are those of shares of alike languages; sizes; coverage), the last two standardised."""
        sizes, covers = self._raw(sets)
        known, reach = self._numbers
        shown = [(values - mean) / spread for values, (mean, spread) in zip((sizes, covers), (known, reach), strict=True)]
        return self.ground.shares(sets) @ self._root, np.nan_to_num(shown[0]), np.nan_to_num(shown[1])

    def _raw(self, sets: Sets) -> tuple[np.ndarray, np.ndarray]:
        covered = [code for code, one in zip(self.evaluated, self.unseen, strict=True) if one] or list(self.evaluated)
        each = self.ground.nearest(covered, sets)
        count = (~np.isnan(each)).sum(1)
        return np.log([len(codes) for codes in sets]), np.where(count > 0, np.nansum(each, 1) / np.maximum(count, 1), np.nan)

    @cached_property
    def _numbers(self) -> list[tuple[float, float]]:
        """(mean, standard deviation) of sizes and of coverage over the sets that were run."""
        found = []
        for values in self._raw(self.sets):
            held = values[~np.isnan(values)]
            mean, spread = (held.mean(), held.std()) if len(held) else (0.0, 0.0)
            found.append((float(mean), float(spread) if spread > 1e-12 else 1.0))
        return found

    @cached_property
    def _root(self) -> np.ndarray:
        """Of `kin`, so that compositions have plain inner products."""
        return np.linalg.cholesky(self.ground.kin)

    @cached_property
    def _own(self) -> np.ndarray:
        return self.ground.shares(self.sets) @ self._root

    @cached_property
    def _spread(self) -> float:
        centred = self._own - self._own.mean(0)
        return max(float((centred**2).sum(1).mean()), 1e-12)

    @cached_property
    def _reach(self) -> float:
        apart = _apart(self._own, self._own)[np.triu_indices(len(self.sets), 1)]
        return HALF * max(float(np.median(apart)) if len(apart) else 1.0, 1e-12)


def _apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Squared distances between rows."""
    squares = (first**2).sum(1)[:, None] + (second**2).sum(1) - 2 * first @ second.T
    return np.maximum(squares, 0.0)
