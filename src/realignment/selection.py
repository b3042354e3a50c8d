"""Which languages to realign on: the objective, the solvers, the rules of Table 6, random draws. Values in, values out."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from realignment import table6
from realignment.errors import BadInput
from realignment.languages import Language, codes, paper

if TYPE_CHECKING:  # numpy is imported where it is used: the command line reads `chosen` alone
    import numpy as np

    from realignment import uriel

ENUMERATED = 50_000  # sets of a size that are compared one by one, which proves the best
EPSILON = 1e-9  # distances are rounded to 1e-4: below this two sums are equal
LATIN = "Latin"


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


def space(languages: Sequence[Language], vectors: "uriel.Vectors", *, with_pivot: bool = True) -> Space:
    """Distances of the languages that have a vector, in URIEL+'s scale; the pivot is an anchor where `with_pivot`."""
    from realignment import uriel

    having = [one for one in languages if vector_of(one, vectors)]
    distances = uriel.angular(vectors.values[vectors.rows([vector_of(one, vectors) for one in having])])
    return Space(tuple(one.code for one in having), distances, tuple(one.code for one in having if with_pivot and one.is_pivot))


def vector_of(language: Language, vectors: "uriel.Vectors") -> str:
    """The code under which the vectors hold the language, "" where they do not."""
    return next((code for code in (language.vector, language.code) if code in vectors.codes), "")


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
    """Exchanges one language for another as long as that improves the sum, the best exchange first; keeps the spread over groups."""
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


# ---- the rules of Table 6 ----


@dataclass(frozen=True)
class Rule:
    """A heuristic: which languages it may choose, over which groups it spreads, and which way it goes."""

    may: Callable[[Language, Language], bool]  # (language, English) -> may it be chosen
    most: bool
    group: str = ""  # attribute of Language, "" for none
    fill: bool = False  # where too few may be chosen: take them all, and the rest from the others


RULES = {
    "uriel_diverse": Rule(lambda one, pivot: True, most=True),
    "uriel_similar": Rule(lambda one, pivot: True, most=False),
    "family_diverse": Rule(lambda one, pivot: one.top_family != pivot.top_family, most=True, group="top_family"),
    "family_indoeuropean": Rule(lambda one, pivot: one.indo_european, most=False),
    "script_diverse": Rule(lambda one, pivot: one.script != LATIN, most=True, group="script", fill=True),
    "latin_diverse": Rule(lambda one, pivot: one.script == LATIN, most=True),
    "latin_similar": Rule(lambda one, pivot: one.script == LATIN, most=False),
}
POOLS: dict[str, Callable[[Language], bool]] = {
    "joshi_012": lambda one: 0 <= one.joshi <= 2,
    "joshi_3": lambda one: one.joshi == 3,
    "joshi_345": lambda one: one.joshi >= 3,
    "joshi_45": lambda one: one.joshi >= 4,
    "seen_mbert": lambda one: "mbert" in one.seen,
    "seen_xlmr": lambda one: "xlmr" in one.seen,
    "unseen_mbert": lambda one: "mbert" not in one.seen,
    "unseen_xlmr": lambda one: "xlmr" not in one.seen,
}


def computed(rule: Rule, space: Space, pool: Sequence[Language], pivot: Language, n: int, *, starts: int | None = 20) -> Choice:
    """`n` of `pool` by `rule`. `starts` as in `solve`. BadInput where the rule finds fewer than n."""
    if n < 1:
        raise BadInput(f"at least one language is required, {n} asked for")
    may = [one for one in pool if rule.may(one, pivot)]
    others = [one.code for one in pool if one not in may] if rule.fill else []
    if len(may) + len(others) < n:
        raise BadInput(
            f"{n} languages are asked for; the pool holds {len(pool)}, of which the rule may choose {len(may) + len(others)}; ask for fewer"
        )
    if len(may) < n and others:
        fixed = [one.code for one in may]
        filled = Space(space.codes, space.distances, (*space.anchors, *fixed))
        rest = solve(filled, others, n - len(fixed), most=rule.most, starts=starts)
        languages = tuple(sorted((*fixed, *rest.languages)))
        return Choice(languages, objective(space, languages), rest.bound, rest.proven, rest.solver)
    groups = {one.code: getattr(one, rule.group) for one in may} if rule.group else None
    return solve(space, [one.code for one in may], n, most=rule.most, groups=groups, starts=starts)


# ---- random draws ----


def draw_order(pool: Collection[str]) -> list[str]:
    """The order in which the authors' code held its pool (OPUS-100 by code, then NLLB); languages it did not have follow, by code."""
    order = {code: int(row["draw_order"]) for code, row in codes().items() if row["draw_order"]}
    return sorted(pool, key=lambda code: (order.get(code, len(order)), code))


def random_draw(pool: Collection[str], n: int, seed: int) -> list[str]:
    """`n` of `pool` without replacement by the authors' rule: numpy's legacy `choice`, seeded with the draw, on their order of the pool.

    Draws of one seed are nested: the 5 are among the 10.
    """
    import numpy as np

    if not 1 <= n <= len(pool):
        raise BadInput(f"{n} languages are asked for; the pool holds {len(pool)}; ask for 1 to {len(pool)}")
    order = draw_order(pool)
    return sorted(order[place] for place in np.random.RandomState(seed).choice(len(order), n, replace=False))


def published_pool(name: str) -> list[str]:
    """What the paper drew from: its 65 languages, or the list of an ablation; by its rule where the printed list is not the whole pool."""
    if not name:
        return list(table6.rows()["all_65"].languages)
    by_rule = [code for code, one in paper().items() if one.pool and POOLS[name](one)]
    printed = table6.rows()[f"{name}__random_10"].languages
    return by_rule if set(printed) < set(by_rule) else list(printed)


# ---- subsets.json ----


def chosen(content: dict, name: str, draw: int) -> list[str]:
    """Languages of subset `name` in the content of subsets.json, sorted; `draw` is the subset seed, read for random subsets alone."""
    full = table6.canonical(name, content["n"])
    entry = content["subsets"].get(full)
    if entry is None:
        wanted = table6.parse(full)
        same = [
            one for one in map(table6.parse, content["subsets"]) if (one.pool, one.heuristic) == (wanted.pool, wanted.heuristic)
        ]
        sizes = ", ".join(str(one.n) for one in sorted(same, key=lambda one: one.n or 0))
        raise BadInput(
            f"subset `{full}` has not been chosen; sizes at hand: {sizes or 'none'}; set select.n to {wanted.n} and run `dvc repro select`"
        )
    if entry["unavailable"]:
        raise BadInput(f"subset `{full}` cannot be used here: {entry['unavailable']}")
    if not table6.parse(full).drawn:
        return list(entry["languages"])
    known = entry["draws"].get(str(draw))
    languages = known if known is not None else random_draw(entry["pool"], entry["n"], draw)
    if missing := [language for language in languages if language not in content["pool"]]:
        raise BadInput(
            f"subset `{full}`, draw {draw}: no bitext for {', '.join(missing)}; add it, or set select.reading to computed"
        )
    return list(languages)
