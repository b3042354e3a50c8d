"""Which languages help which: what a gain is expected to change by when a language stands in a set of ten in place of a random other."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from realignment.languages import grouping
from realignment.languages.table import Language
from realignment.predictor.calibrated import Calibrated
from realignment.predictor.experiment import Key
from realignment.predictor.wish import Answer, Wish

SIZE = 10
DRAWS = 100  # random orders of the pool that a change is the mean over
SEED = 0
FAMILY = 3  # evaluated languages that a family has, to be asked about
TASK, LEVEL, KIN, ITSELF = KINDS = ("task", "level", "family", "itself")


def orders(pool: Collection[str], draws: int = DRAWS) -> list[list[str]]:
    """Of a pool, the same for the same pool."""
    codes, random = sorted(pool), np.random.default_rng([SEED, len(pool)])
    return [[codes[place] for place in random.permutation(len(codes))] for _ in range(draws)]


def exchanges(
    code: str, drawn: Sequence[Sequence[str]], size: int = SIZE
) -> tuple[list[tuple[str, ...]], Float[np.ndarray, "1 sets"]]:
    """(sets, weights): of each order the first `size` languages without `code`, and the same with it in place of the last of them; what the second gain
    more than the first, on average."""
    sets = []
    for order in drawn:
        others = [one for one in order if one != code][:size]
        sets += [(*others[:-1], code), tuple(others)]
    return sets, np.tile([1.0, -1.0], len(drawn))[None] / len(drawn)


def questions(models: Mapping[Key, Calibrated], table: Mapping[str, Language]) -> dict[tuple[str, str], Wish]:
    """(kind, title) -> wish, of the models of one encoder: each task's mean; the levels and the families of languages that count in a task's mean,
    out-of-distribution ones beside them, over all tasks; and each evaluated language by itself."""
    held: dict[tuple[str, str], set[str]] = {}
    for one in models.values():
        given = one.measured
        for code, group, averaged in zip(given.languages, given.groups, given.averaged, strict=True):
            names = [(LEVEL, group)] if group else []
            names += [(KIN, table[code].top_family)] if averaged and table[code].top_family else []
            for name in (*names, (ITSELF, code)):
                held.setdefault(name, set()).add(code)
    groups = {(LEVEL, name): held[LEVEL, name] for name in grouping.GROUPS if (LEVEL, name) in held}
    large = sorted(name for name in held if name[0] == KIN and len(held[name]) >= FAMILY)
    groups |= {name: held[name] for name in (*large, *sorted(name for name in held if name[0] == ITSELF))}
    tasks = {(TASK, key[1]): Wish({key: one}, ()) for key, one in models.items()}
    return tasks | {name: Wish(models, tuple(sorted(codes))) for name, codes in groups.items()}


def of_pool(wishes: Sequence[Wish], pool: Collection[str]) -> dict[str, list[Answer]]:
    """Language of the pool -> what it changes of each wish."""
    drawn = orders(pool)
    return {code: _answers(wishes, *exchanges(code, drawn)) for code in sorted(pool)}


def _answers(wishes: Sequence[Wish], sets: Sequence[Collection[str]], mix: np.ndarray) -> list[Answer]:
    """What `Wish.of` says of each, from one look at the sets by each model."""
    means, variances = np.zeros(len(wishes)), np.zeros(len(wishes))
    for key, one in {key: one for wish in wishes for key, one in wish.models.items()}.items():
        asked = [place for place, wish in enumerate(wishes) if key in wish.weights]
        mean, variance = one.model.mixed(sets, mix, np.array([wishes[place].weights[key] for place in asked]))
        means[asked] += mean[0]
        variances[asked] += variance[0]
    counts = np.array([len(wish.keys) for wish in wishes])
    halves = np.array([wish.factor for wish in wishes]) * np.sqrt(variances) / counts
    return [Answer(float(gain), float(half)) for gain, half in zip(means / counts, halves, strict=True)]
