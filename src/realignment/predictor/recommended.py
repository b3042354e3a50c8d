"""Which languages of a pool to realign on, and how many: the set that is expected to gain most, what carries it, and whether that can be told from
chance."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from realignment.predictor.wish import Answer, Wish

DRAWS = 200  # random sets of a size that a lead is over
SEED = 0
ROUNDS = 40  # of exchanges, at most
SEARCHED = 1.6  # by what intervals of the best of many sets are wider than those of any set (benchmarks/searched.py)


@dataclass(frozen=True)
class Recommended:
    """A set of one size, among all of `pool`."""

    wish: Wish
    pool: tuple[str, ...]
    languages: tuple[str, ...]  # sorted

    @property
    def size(self) -> int:
        return len(self.languages)

    @cached_property
    def gain(self) -> Answer:
        """Over fine-tuning only."""
        return self._answers([self.languages], np.ones((1, 1)))[0]

    @cached_property
    def lead(self) -> Answer:
        """Over the mean of random draws of as many languages."""
        drawn = draws(self.pool, self.size)
        return self.over(drawn)

    def over(self, others: Sequence[Collection[str]]) -> Answer:
        """What it is expected to gain more than the mean of other sets."""
        mix = np.concatenate([[1.0], np.full(len(others), -1 / len(others))])
        return self._answers([self.languages, *others], mix[None])[0]

    @cached_property
    def shares(self) -> dict[str, Answer]:
        """Language -> what the set is expected to lose where each other language of the pool takes its place, on average; the largest first."""
        others = [code for code in self.pool if code not in self.languages]
        if not others:
            return {}
        sets: list[Collection[str]] = [self.languages]
        rows = []
        for code in self.languages:
            rest = [one for one in self.languages if one != code]
            rows.append(range(len(sets), len(sets) + len(others)))
            sets += [tuple(sorted([*rest, other])) for other in others]
        mix = np.zeros((self.size, len(sets)))
        mix[:, 0] = 1.0
        for place, row in enumerate(rows):
            mix[place, row] = -1 / len(others)
        answers = dict(zip(self.languages, self._answers(sets, mix), strict=True))
        return dict(sorted(answers.items(), key=lambda one: -one[1].gain))

    def _answers(self, sets: Sequence[Collection[str]], mix: np.ndarray) -> list[Answer]:
        """The set was looked for by what is expected, so chance had a hand in it: the winner's curse."""
        return [replace(one, half=SEARCHED * one.half) for one in self.wish.of(sets, mix)]


def draws(pool: Collection[str], size: int, count: int = DRAWS) -> list[tuple[str, ...]]:
    """Random sets, the same for the same pool, without the languages that a whole pool leaves no choice of."""
    order, random = sorted(pool), np.random.default_rng([SEED, size, len(pool)])
    return [tuple(sorted(order[place] for place in random.choice(len(order), size, replace=False))) for _ in range(count)]


def best(
    wish: Wish, pool: Collection[str], sizes: Collection[int], told: Callable[[int], None] = lambda size: None
) -> dict[int, Recommended]:
    """Size -> the set that is expected to gain most, as far as exchanges find it: from the set of the size before and one more, and from the best
    of random draws. `told` is called after each size."""
    order, found = tuple(sorted(pool)), {}
    last: tuple[str, ...] = ()
    for size in range(1, max(sizes) + 1):
        last = _grown(wish, order, last)
        if size not in sizes:
            continue
        random = draws(order, size)
        starts = [last, random[int(wish.values(random).argmax())]]
        ends = [_exchanged(wish, order, start) for start in starts]
        values = wish.values(ends)
        last = ends[int(values.argmax())]
        found[size] = Recommended(wish, order, last)
        told(size)
    return found


def _grown(wish: Wish, pool: Sequence[str], start: Sequence[str]) -> tuple[str, ...]:
    """With the one more language that is expected to help most."""
    sets = [tuple(sorted([*start, code])) for code in pool if code not in start]
    return sets[int(wish.values(sets).argmax())]


def _exchanged(wish: Wish, pool: Sequence[str], start: Sequence[str]) -> tuple[str, ...]:
    """One language for another as long as that helps."""
    now, value = tuple(start), float(wish.values([start])[0])
    for _ in range(ROUNDS):
        outside = [code for code in pool if code not in now]
        sets = [tuple(sorted([*(one for one in now if one != out), code])) for out in now for code in outside]
        if not sets:
            break
        values = wish.values(sets)
        place = int(values.argmax())
        if values[place] <= value + 1e-9:
            break
        now, value = sets[place], float(values[place])
    return now


def first(found: Mapping[int, Recommended]) -> Recommended:
    """Of several sizes the one that is expected to gain most; of equal ones the smallest."""
    return max((found[size] for size in sorted(found)), key=lambda one: one.gain.gain)


def smallest(found: Mapping[int, Recommended], chosen: Recommended) -> Recommended:
    """The smallest size whose set cannot be told from the chosen one."""
    return next(one for _, one in sorted(found.items()) if one is chosen or not chosen.over([one.languages]).told)
