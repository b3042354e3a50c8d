"""Which runs would teach most: sets, by encoder, after which the gains of all candidates would be known best (greedy, by the variance that is left)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from realignment.predictor.wish import Wish

Sets = Sequence[Collection[str]]


@dataclass(frozen=True)
class Lesson:
    """A set to run once with an encoder, in every task of the wish. `left`: share of the candidates' variance that is left after it and those before it."""

    encoder: str
    tasks: tuple[str, ...]
    languages: tuple[str, ...]
    left: float


def lessons(wish: Wish, candidates: Sets, count: int) -> list[Lesson]:
    """In the order in which they teach most. A candidate may come again with another encoder."""
    weights = wish.weights
    spreads = {key: made.model.joint(candidates, weights[key])[1] for key, made in wish.models.items() if key in weights}
    noise = {
        key: float(np.nan_to_num(made.measured.noise_of(weights[key][None])[0])) ** 2
        for key, made in wish.models.items()
        if key in weights
    }
    encoders = list(dict.fromkeys(encoder for encoder, _ in spreads))
    start = _total(spreads)
    found: list[Lesson] = []
    taken: set[tuple[str, int]] = set()
    while len(found) < count and len(taken) < len(encoders) * len(candidates) and start > 0:
        gains = {
            (encoder, place): sum(_taught(spread, place, noise[key]) for key, spread in spreads.items() if key[0] == encoder)
            for encoder in encoders
            for place in range(len(candidates))
            if (encoder, place) not in taken
        }
        encoder, place = max(gains, key=lambda one: gains[one])
        taken.add((encoder, place))
        for key, spread in spreads.items():
            if key[0] == encoder:
                column = spread[:, place]
                spreads[key] = spread - np.outer(column, column) / max(spread[place, place] + noise[key], 1e-12)
        tasks = tuple(task for name, task in spreads if name == encoder)
        found.append(Lesson(encoder, tasks, tuple(sorted(candidates[place])), _total(spreads) / start))
    return found


def _taught(spread: np.ndarray, place: int, noise: float) -> float:
    """By how much one run of a candidate lowers the variance of all, summed."""
    return float((spread[:, place] ** 2).sum() / max(spread[place, place] + noise, 1e-12))


def _total(spreads: dict) -> float:
    return float(sum(np.trace(spread) for spread in spreads.values()))
