"""Where languages lie by their distances, how far sets of each size reach, and how much a choice hangs on imputed values."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from realignment.core.errors import BadInput
from realignment.selection import heuristics
from realignment.selection.space import Choice, Effort, Space, objective
from realignment.subsets import registry

if TYPE_CHECKING:
    from realignment.languages.table import Language
    from realignment.languages.uriel import Vectors

SIZES = (2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 56)
QUICK = Effort(starts=2, nodes=0)  # good enough for a curve, or for one draw of many


def places(space: Space) -> dict[str, tuple[float, float]]:
    """Code -> a place in the plane, by classical scaling (Torgerson 1952); English, or the first anchor, to the left."""
    count = len(space.codes)
    centre = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-centre @ (space.distances**2) @ centre / 2)
    flat = vectors[:, [-1, -2]] * np.sqrt(np.clip(values[[-1, -2]], 0, None))
    first = space.rows(space.anchors[:1] or space.codes[:1])[0]
    flat *= np.where(flat[first] > 0, -1, 1)
    return {code: (round(float(x), 4), round(float(y), 4)) for code, (x, y) in zip(space.codes, flat, strict=True)}


def mean_distance(space: Space, languages: Sequence[str]) -> float:
    """Of all pairs of a set, English in it."""
    count = len({*space.anchors, *languages})
    return round(2 * objective(space, languages) / (count * (count - 1)), 4)


def curves(space: Space, pool: "Sequence[Language]", pivot: "Language") -> dict[str, list[list[int | float]]]:
    """Heuristic -> [n, mean distance of its set]; `random` is the mean over all sets."""
    found: dict[str, list[list[int | float]]] = {}
    for name, rule in registry.RULES.items():
        for n in [size for size in SIZES if size <= len(pool)]:
            try:
                choice = heuristics.computed(rule, space, pool, pivot, heuristics.Wish(n, effort=QUICK))
            except BadInput:  # the rule has fewer
                break
            found.setdefault(name, []).append([n, mean_distance(space, choice.languages)])
    rows, anchors = space.rows([one.code for one in pool]), space.rows(space.anchors)
    inner = space.distances[np.ix_(rows, rows)].sum() / max(1, len(rows) * (len(rows) - 1))
    outer = space.distances[np.ix_(rows, anchors)].mean() if anchors else 0.0
    found["random"] = [
        [
            n,
            round(
                float((n * (n - 1) / 2 * inner + n * len(anchors) * outer) / ((n + len(anchors)) * (n + len(anchors) - 1) / 2)), 4
            ),
        ]
        for n in SIZES
        if n <= len(pool)
    ]
    return found


def stays(vectors: "Vectors", choose: Callable[["Vectors"], Choice], draws: int, seed: int = 0) -> dict[str, float]:
    """Language -> share of `draws` in which it is chosen, each with every imputed value drawn again.

    An imputed value becomes the feature's value in a language of `vectors` in which it is known, drawn at random: what would be said
    of the language if nothing but the feature's frequency were known. A feature that is known nowhere stays as it is.
    """
    chance, counts = np.random.default_rng(seed), Counter()
    known = vectors.known.sum(axis=0)
    share = np.where(known, (vectors.values * vectors.known).sum(axis=0) / np.maximum(known, 1), np.nan)
    for _ in range(draws):
        drawn = chance.random(vectors.values.shape) < share
        values = np.where(vectors.known | np.isnan(share), vectors.values, drawn)
        counts.update(choose(replace(vectors, values=values)).languages)
    return {code: round(count / draws, 3) for code, count in sorted(counts.items())}
