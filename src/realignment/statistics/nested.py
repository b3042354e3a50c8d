"""Draws of languages, one within another: how the scores of two draws covary, and what more draws or more seeds would bring.

Each language of a pool of N has an effect of its own, and the draw adds the mean of its languages' effects less that of the pool. Of two draws of one chain
(made by one random order, so that the larger holds the smaller) of k and k' languages these covary by 1 / max(k, k') - 1 / N, in units of the variance between
languages. Draws are taken as they are: what two of a chain covary by is counted from the languages that they share, so that sets that are not nested are not
taken for nested ones. Draws of two chains, and of two pools, are independent.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from jaxtyping import Float

from realignment.statistics.inference import LEVEL


@dataclass(frozen=True)
class Draw:
    """Languages drawn from a pool of `pool` languages; draws of one `chain` were made by one random order."""

    chain: Hashable
    languages: frozenset[str]
    pool: int

    def shares(self, other: "Draw") -> float:
        """Covariance of the two in units of the variance between languages; 0 of a draw of the whole pool."""
        if self.chain != other.chain:
            return 0.0
        ours, theirs = len(self.languages), len(other.languages)
        return len(self.languages & other.languages) / (ours * theirs) - 1 / self.pool

    def within(self, other: "Draw") -> bool:
        return self.chain == other.chain and self.languages <= other.languages


def kernel(draws: Sequence[Draw | None]) -> Float[np.ndarray, "runs runs"]:
    """Covariance of the draws of runs; None stands for a run whose languages are chosen."""
    found = np.zeros((len(draws), len(draws)))
    for i, one in enumerate(draws):
        for j, other in enumerate(draws[: i + 1]):
            if one and other:
                found[i, j] = found[j, i] = one.shares(other)
    return found


def of_size(k: int, pool: int) -> float:
    """Variance of a draw of `k` languages in units of the variance between languages."""
    return 1 / k - 1 / pool


def chain(sizes: Sequence[int], pool: int) -> float:
    """Variance of the mean over the draws of one chain, in the same units."""
    return math.fsum(1 / max(k, other) for k in sizes for other in sizes) / len(sizes) ** 2 - 1 / pool


@dataclass(frozen=True)
class Plan:
    """Chosen sets against random ones of equal size, as many `sizes`: variances of the mean over sizes of one chain's draws, and of one run."""

    draws: float
    residual: float
    sizes: int
    crossed: bool = False  # chains share training seeds, so that chosen sets have those alone; else every chain has its own

    def half_width(self, chains: int, seeds: int) -> float:
        """Of the interval of the mean difference, variances taken as known; every chain with `seeds` training seeds, chosen sets with the same."""
        variance = self.draws / chains + self._noise(chains) / seeds
        return NormalDist().inv_cdf(1 - LEVEL / 2) * math.sqrt(variance)

    def _noise(self, chains: int) -> float:
        """What residuals add with one seed."""
        return self.residual / self.sizes * (1 / chains + (1 if self.crossed else 1 / chains))

    def runs(self, chains: int, seeds: int) -> int:
        """Realigned and fine-tuned, random and chosen sets together."""
        return self.sizes * (chains * seeds + (seeds if self.crossed else chains * seeds))

    def chains(self, wanted: float) -> int:
        """Fewest chains, each with one seed of its own, for a half-width of `wanted` at most."""
        return max(2, math.ceil((replace(self, crossed=False).half_width(1, 1) / wanted) ** 2))

    def seeds(self, wanted: float, chains: int) -> int | None:
        """Fewest seeds on each of `chains`; None where their draws alone are wider."""
        left = (wanted / NormalDist().inv_cdf(1 - LEVEL / 2)) ** 2 - self.draws / chains
        if left <= 0:
            return None
        return max(1, math.ceil(self._noise(chains) / left))
