"""Correlation of ranks."""

from collections.abc import Sequence

import numpy as np

LEAST = 3  # pairs: of two, the coefficient is 1 or -1 whatever they are


def spearman(first: Sequence[float], second: Sequence[float], same: tuple[float, float] = (0.0, 0.0)) -> float | None:
    """Spearman's coefficient, ties at their mean rank; None below `LEAST` pairs, or where one side is the same throughout.

    Neighbours in the order of a side that are no further apart than its part of `same` are ties.
    """
    if len(first) < LEAST:
        return None
    ranks = [_ranks(np.asarray(side, dtype=float), apart) for side, apart in zip((first, second), same, strict=True)]
    apart = [one - one.mean() for one in ranks]
    spread = float(np.sqrt((apart[0] ** 2).sum() * (apart[1] ** 2).sum()))
    return float((apart[0] * apart[1]).sum()) / spread if spread else None


def _ranks(values: np.ndarray, same: float) -> np.ndarray:
    order = np.argsort(values, kind="stable")
    place = np.zeros(len(values), dtype=int)  # of each value its number among those that are no ties
    place[order] = np.concatenate([[0], np.cumsum(np.diff(values[order]) > same)])
    counts = np.bincount(place)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
