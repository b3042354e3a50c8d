"""How the best set of languages is found: the objective, greedy, swaps, enumeration. Values in, values out."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy is imported where it is used: reading a chosen subset needs none
    import numpy as np

ENUMERATED = 50_000  # sets of a size that are compared one by one, which proves the best
EPSILON = 1e-9  # distances are rounded to 1e-4: below this two sums are equal


@dataclass(frozen=True)
class Space:
    """Distances between languages. `anchors` are always in the set while distances are summed, and never chosen."""

    codes: tuple[str, ...]
    distances: "np.ndarray"  # (languages, languages), symmetric
    anchors: tuple[str, ...] = ()  # English, mostly

    def rows(self, names: Collection[str]) -> list[int]:
        place = {code: row for row, code in enumerate(self.codes)}
        return [place[name] for name in names]


@dataclass(frozen=True)
class Choice:
    """A chosen set, sorted by code, and how good it is."""

    languages: tuple[str, ...]
    objective: float
    bound: float | None = None  # no set of the rule does better; None where nothing is known
    proven: bool = False
    solver: str = ""


def objective(space: Space, languages: Collection[str]) -> float:
    """Sum of the distances of all pairs in `languages` and the space's anchors, each pair once."""
    rows = space.rows([*dict.fromkeys([*space.anchors, *languages])])
    return round(float(space.distances[rows][:, rows].sum()) / 2, 4)


def spread(groups: dict[str, str], languages: Collection[str]) -> int:
    """How many groups the languages stand for."""
    return len({groups[language] for language in languages})


def greedy(space: Space, pool: Sequence[str], n: int, *, most: bool, groups: dict[str, str] | None = None) -> tuple[str, ...]:
    """From the anchors on, always the language farthest from (or nearest to) all chosen so far; ties by order of the pool.

    With `groups` (language -> family, script, ...), a group is taken twice only when every group has been taken.
    """
    sign, chosen = (1 if most else -1), []
    gain = sign * space.distances[:, space.rows(space.anchors)].sum(axis=1)
    while len(chosen) < n:
        free = [language for language in pool if language not in chosen]
        if groups:
            taken = {groups[language] for language in chosen}
            free = [language for language in free if groups[language] not in taken] or free
        rows = space.rows(free)
        best = free[int(gain[rows].argmax())]
        chosen.append(best)
        gain = gain + sign * space.distances[:, space.rows([best])[0]]
    return tuple(chosen)


def swaps(
    space: Space, pool: Sequence[str], start: Sequence[str], *, most: bool, groups: dict[str, str] | None = None
) -> tuple[str, ...]:
    """Exchanges one language for another as long as that improves the sum, the best exchange first; keeps the spread."""
    import numpy as np

    sign, inside = (1 if most else -1), list(start)
    anchors = space.rows(space.anchors)
    while outside := [language for language in pool if language not in inside]:
        ins, outs = space.rows(inside), space.rows(outside)
        pull = sign * space.distances[:, ins + anchors].sum(axis=1)
        gain = pull[outs][None, :] - pull[ins][:, None] - sign * space.distances[np.ix_(ins, outs)]
        if groups:
            gain = np.where(_allowed(inside, outside, groups), gain, -np.inf)
        leaving, entering = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[leaving, entering] <= EPSILON:
            break
        inside[leaving] = outside[entering]
    return tuple(inside)


def _allowed(inside: list[str], outside: list[str], groups: dict[str, str]) -> "np.ndarray":
    """(inside, outside): whether the exchange leaves the number of groups at least as it is."""
    import numpy as np

    counts = Counter(groups[language] for language in inside)
    lost = np.array([counts[groups[language]] == 1 for language in inside])[:, None]
    new = np.array([groups[language] not in counts for language in outside])[None, :]
    same = np.array([[groups[a] == groups[b] for b in outside] for a in inside])
    return ~lost | new | same


def enumerated(space: Space, pool: Sequence[str], n: int, *, most: bool, groups: dict[str, str] | None = None) -> tuple[str, ...]:
    """The best of all sets of the size; the first in lexical order of the pool among equals."""
    import numpy as np

    target = min(n, spread(groups, pool)) if groups else 0
    sets = [one for one in combinations(pool, n) if not groups or spread(groups, one) == target]
    place = {code: row for row, code in enumerate(space.codes)}
    rows = np.array([[place[language] for language in one] for one in sets])
    pull = space.distances[:, space.rows(space.anchors)].sum(axis=1)
    sums = pull[rows].sum(axis=1)
    for a, b in combinations(range(n), 2):
        sums += space.distances[rows[:, a], rows[:, b]]
    sums = np.round(sums if most else -sums, 9)
    return sets[int(sums.argmax())]


def solve(
    space: Space, pool: Sequence[str], n: int, *, most: bool, groups: dict[str, str] | None = None, starts: int | None = 20
) -> Choice:
    """The best set found: every set compared where they are few, else greedy, and swaps from it and from `starts` random sets.

    `starts` None is greedy alone.
    """
    import numpy as np

    pool = sorted(pool)
    if starts is None:
        languages = tuple(sorted(greedy(space, pool, n, most=most, groups=groups)))
        return Choice(languages, objective(space, languages), solver="greedy")
    if math.comb(len(pool), n) <= ENUMERATED:
        best = enumerated(space, pool, n, most=most, groups=groups)
        value = objective(space, best)
        return Choice(tuple(sorted(best)), value, bound=value, proven=True, solver="enumeration")
    first = greedy(space, pool, n, most=most, groups=groups)
    tries = [("greedy", first), ("swaps", swaps(space, pool, first, most=most, groups=groups))]
    for start in range(starts):
        order = [pool[place] for place in np.random.RandomState(start).permutation(len(pool))]
        tries.append(("swaps", swaps(space, pool, _spread_first(order, n, groups), most=most, groups=groups)))
    ranked = [((1 if most else -1) * objective(space, one), solver, one) for solver, one in tries]
    top = max(value for value, _, _ in ranked)
    value, solver, best = next(one for one in ranked if one[0] >= top - EPSILON)
    return Choice(tuple(sorted(best)), abs(value), solver=solver)


def _spread_first(order: list[str], n: int, groups: dict[str, str] | None) -> list[str]:
    """The first n of `order`, a second of a group only after one of each."""
    if not groups:
        return order[:n]
    firsts = list({groups[language]: language for language in reversed(order)}.values())
    return (firsts + [language for language in order if language not in firsts])[:n]
