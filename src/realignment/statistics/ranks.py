"""Correlation of ranks."""

from collections.abc import Sequence

import numpy as np

LEAST = 3  # pairs: of two, the coefficient is 1 or -1 whatever they are


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's coefficient, ties at their mean rank; None below `LEAST` pairs, or where one side is the same throughout."""
    if len(first) < LEAST:
        return None
    ranks = [_ranks(np.asarray(side, dtype=float)) for side in (first, second)]
    apart = [one - one.mean() for one in ranks]
    spread = float(np.sqrt((apart[0] ** 2).sum() * (apart[1] ** 2).sum()))
    return float((apart[0] * apart[1]).sum()) / spread if spread else None


def _ranks(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
