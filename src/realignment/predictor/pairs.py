"""Baselines by pairs of a set and an evaluated language, as the field predicts transfer: boosted trees on what is known of the two.

LangRank (Lin et al. 2019, arXiv 1905.12688) ranks one source language by its distances, sizes and overlap; ProxyLM (Anugraha et al. 2025) adds
what a smaller model scored. Neither takes a set: distances are summarised over it here, and the proxy is the other encoder's runs of the same set.
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np
from jaxtyping import Float

from realignment.predictor.baselines import Gains, with_mean
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured

Sets = Sequence[Collection[str]]
Proxy = Callable[[Collection[str]], Float[np.ndarray, " languages"]]  # a set -> its gains with another encoder, by language


class Pairs:
    """`proxy` makes it ProxyLM-like."""

    def __init__(self, ground: Ground, proxy: Proxy | None = None) -> None:
        self.ground, self.proxy = ground, proxy

    def __call__(self, measured: Measured, sets: Sets) -> Gains:
        from sklearn.ensemble import HistGradientBoostingRegressor

        known = self._features(measured, [one.languages for one in measured.sets])
        trees = HistGradientBoostingRegressor(
            max_iter=100, learning_rate=0.1, max_leaf_nodes=15, random_state=0, early_stopping=False
        )
        weights = np.repeat(measured.runs, len(measured.languages))
        trees.fit(known.reshape(-1, known.shape[-1]), measured.gains.ravel(), sample_weight=weights)
        asked = self._features(measured, sets)
        return with_mean(measured, trees.predict(asked.reshape(-1, asked.shape[-1])).reshape(len(sets), -1))

    def _features(self, measured: Measured, sets: Sets) -> Float[np.ndarray, "sets languages features"]:
        codes, table = measured.languages, self.ground.languages
        seen, own = self.ground.seen(codes, measured.seen), [table[code] for code in codes]
        found = []
        for some in map(sorted, sets):
            far = self.ground.distances[np.ix_(self.ground.rows(codes), self.ground.rows(some))]
            others = [table[code] for code in some]
            held = [
                _row(far),
                [[code in some, *(np.mean([getattr(other, name) == getattr(one, name) for other in others]) for name in ("top_family", "script"))]
                 for code, one in zip(codes, own, strict=True)],
                [[one.joshi, known, base, np.log(len(some)), np.mean([not value for value in self.ground.seen(some, measured.seen)])]
                 for one, known, base in zip(own, seen, measured.base, strict=True)],
            ]  # fmt: skip
            if self.proxy:
                held.append(self.proxy(frozenset(some))[:, None])
            found.append(np.hstack([np.asarray(one, float) for one in held]))
        return np.array(found)


def _row(far: np.ndarray) -> np.ndarray:
    """Nearest, three nearest, mean and farthest of distances; not a number where none is known, which trees take as it is."""
    near = np.sort(far, axis=1)
    known = ~np.isnan(far).all(1)
    found = np.full((len(far), 4), np.nan)
    some = near[known]
    found[known] = np.column_stack([np.nanmin(some, 1), np.nanmean(some[:, :3], 1), np.nanmean(some, 1), np.nanmax(some, 1)])
    return found


def proxy_of(other: Measured, languages: Sequence[str]) -> Proxy:
    """The gains of another encoder's runs of a set; not a number where it was not run, or not evaluated in a language."""
    place = {code: column for column, code in enumerate(other.languages)}
    columns = [place.get(code, -1) for code in languages]
    rows = {one.languages: row for row, one in enumerate(other.sets)}

    def gains(some: Collection[str]) -> np.ndarray:
        row = rows.get(frozenset(some))
        held = np.full(len(other.languages), np.nan) if row is None else other.gains[row]
        return np.append(held, np.nan)[columns]

    return gains
