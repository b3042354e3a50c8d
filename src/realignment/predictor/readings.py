"""What the models of some encoders say of another, by what it has seen.

What an encoder has seen decides more than the set: unseen languages gain, seen ones hardly do. A language that this encoder has seen and one at hand
has not, or the other way round, has two readings: it gains what it gained there, or what those languages gained there on average that are seen as it
is here. The mean of the two is expected, and an interval holds both.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from realignment.predictor.ground import Seen
from realignment.predictor.model import Expected, Model

Sets = Sequence[Collection[str]]
Weights = Float[np.ndarray, "columns languages"]


@dataclass(frozen=True)
class Foretold(Expected):
    """With half of what the two readings of each column are apart, points."""

    margin: Float[np.ndarray, "sets columns"]


def together(models: Sequence[Model], sets: Sets, weights: Weights, asked: tuple[Sequence[str], Seen]) -> Foretold:
    """Mean over models, which count alike; their spreads and noises are averaged as variances. `asked`: the languages of the weights, and what
    the encoder that is asked about has seen."""
    found, apart = [], []
    for one in models:
        same, other = of_groups(one, weights, *asked)
        found.append(one.grouped(sets, (same + other) / 2))
        apart.append(found[-1].means - one.grouped(sets, same).means)
    means, spreads, noise = (np.array([getattr(one, name) for one in found]) for name in ("means", "spreads", "noise"))
    return Foretold(means.mean(0), np.sqrt((spreads**2).mean(0)), np.sqrt((noise**2).mean(0)), np.abs(np.mean(apart, axis=0)))


def of_groups(one: Model, weights: Weights, languages: Sequence[str], seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    """Weights over the model's languages that say of groups of `languages` what they gained there, and what those gained that are seen alike."""
    same = np.zeros((len(weights), len(one.measured.languages)))
    same[:, [one.measured.languages.index(code) for code in languages]] = weights
    return same, same @ _standing_in(one, seen)


def otherwise(one: Model, seen: Seen, languages: Sequence[str]) -> Bool[np.ndarray, " languages"]:
    """Which languages an encoder of that `seen` has seen and the model's has not, or the other way round."""
    ground = one.likeness.ground
    return ground.seen(languages, seen) != ground.seen(languages, one.measured.seen)


def _standing_in(one: Model, seen: Seen) -> Float[np.ndarray, "languages languages"]:
    """For a language that is seen otherwise, the mean of those averaged ones that the model's encoder has seen as the other has this one; each
    other language, and each where there is none such, for itself."""
    languages, ground = one.measured.languages, one.likeness.ground
    here, there = ground.seen(languages, one.measured.seen), ground.seen(languages, seen)
    found = np.eye(len(languages))
    for place in np.flatnonzero(here != there):
        like = (here == there[place]) & one.measured.averaged
        if like.any():
            found[place] = like / like.sum()
    return found
