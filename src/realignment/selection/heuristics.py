"""Which languages to realign on: the rules of Table 6, random draws, the languages of a chosen subset. Values in, values out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realignment.core.errors import BadInput
from realignment.languages.table import Language, codes, paper
from realignment.selection.search import solve
from realignment.selection.space import Choice, Effort, Space, Task
from realignment.subsets import naming, table6
from realignment.subsets.registry import POOLS, Rule

if TYPE_CHECKING:
    from realignment.languages import uriel


def space(languages: Sequence[Language], vectors: "uriel.Vectors", *, with_pivot: bool = True) -> Space:
    """Distances of the languages that have a vector, in URIEL+'s scale; the pivot is an anchor where `with_pivot`."""
    from realignment.languages import uriel

    having = [one for one in languages if vector_of(one, vectors)]
    distances = uriel.angular(vectors.values[vectors.rows([vector_of(one, vectors) for one in having])])
    return Space(tuple(one.code for one in having), distances, tuple(one.code for one in having if with_pivot and one.is_pivot))


def vector_of(language: Language, vectors: "uriel.Vectors") -> str:
    """The code under which the vectors hold the language, "" where they do not."""
    return next((code for code in (language.vector, language.code) if code in vectors.codes), "")


@dataclass(frozen=True)
class Wish:
    """What is asked of a rule: `n` languages, `include` among them whatever the rule says of those."""

    n: int
    include: tuple[str, ...] = ()
    effort: Effort = field(default_factory=Effort)


def computed(rule: Rule, space: Space, pool: Sequence[Language], pivot: Language, wish: Wish) -> Choice:
    """What `rule` takes of `pool`. BadInput where it finds fewer than asked for."""
    n, include, effort = wish.n, wish.include, wish.effort
    if n < 1:
        raise BadInput(f"at least one language is required, {n} asked for")
    if len(include) > n:
        raise BadInput(f"{len(include)} languages must be in the set and {n} are asked for; ask for more, or drop one")
    may = [one for one in pool if rule.may(one, pivot) or one.code in include]
    others = [one for one in pool if one not in may] if rule.fill else []
    if len(may) + len(others) < n:
        raise BadInput(
            f"{n} languages are asked for; of the pool of {len(pool)} the rule may choose {len(may) + len(others)}: "
            f"{', '.join(sorted(one.code for one in may))}; ask for fewer"
        )
    if len(may) < n and others:  # all that the rule names, and the rest by distance alone
        fixed = tuple(sorted({*include, *(one.code for one in may)}))
        return solve(space, [one.code for one in (*may, *others)], n, Task(rule.most, None, fixed), effort)
    groups = {one.code: getattr(one, rule.group) for one in may} if rule.group else None
    return solve(space, [one.code for one in may], n, Task(rule.most, groups, tuple(sorted(include))), effort)


def draw_order(pool: Collection[str]) -> list[str]:
    """The order in which the authors' code held its pool (OPUS-100 by code, then NLLB); other languages follow, by code."""
    order = {code: int(row["draw_order"]) for code, row in codes().items() if row["draw_order"]}
    return sorted(pool, key=lambda code: (order.get(code, len(order)), code))


def random_draw(pool: Collection[str], n: int, seed: int) -> list[str]:
    """`n` of `pool` without replacement, sorted, by the authors' rule: numpy's legacy `choice` on their order of the pool.

    Draws of one seed are nested: the 5 are among the 10.
    """
    import numpy as np

    from realignment.config.schema import SEED

    if not 0 <= seed <= SEED:
        raise BadInput(f"a draw is a number from 0 to {SEED:,}; got {seed}")
    if not 1 <= n <= len(pool):
        raise BadInput(f"{n} languages are asked for; the pool holds {len(pool)}; ask for 1 to {len(pool)}")
    order = draw_order(pool)
    return sorted(order[place] for place in np.random.RandomState(seed).choice(len(order), n, replace=False))


def published_pool(name: str) -> list[str]:
    """What the paper drew from: its 65, or the list of an ablation; where the list is cut short, all that its rule takes."""
    if not name:
        return list(table6.rows()["all_65"].languages)
    by_rule = [code for code, one in paper().items() if one.pool and POOLS[name].holds(one)]
    printed = table6.rows()[f"{name}__random_10"].languages
    return by_rule if set(printed) < set(by_rule) else list(printed)


def chosen(content: dict, name: str, draw: int) -> list[str]:
    """Languages of subset `name` in the content of subsets.json, sorted; `draw` is the subset seed of a random one."""
    full = naming.canonical(name, content["n"])
    entry = content["subsets"].get(full)
    if entry is None:
        wanted = naming.parse(full)
        if wanted.heuristic.startswith(naming.OWN):
            own = [one for one in content["subsets"] if one.startswith(naming.OWN)]
            raise BadInput(
                f"unknown subset `{full}`; select.own lists {', '.join(own) or 'none'}; add it to the profile, then `dvc repro select`"
            )
        same = [
            one for one in map(naming.parse, content["subsets"]) if (one.pool, one.heuristic) == (wanted.pool, wanted.heuristic)
        ]
        sizes = ", ".join(str(one.n) for one in sorted(same, key=lambda one: one.n or 0))
        raise BadInput(
            f"subset `{full}` was not chosen; sizes at hand: {sizes or 'none'}; set select.n to {wanted.n}, `dvc repro select`"
        )
    if entry["unavailable"]:
        raise BadInput(f"subset `{full}` cannot be used here: {entry['unavailable']}")
    if not naming.parse(full).drawn:
        return list(entry["languages"])
    known = entry["draws"].get(str(draw))
    languages = known if known is not None else random_draw(entry["pool"], entry["n"], draw)
    if missing := [language for language in languages if language not in content["pool"]]:
        raise BadInput(
            f"subset `{full}`, draw {draw}: no bitext for {', '.join(missing)}; add it, or set select.reading to computed"
        )
    return list(languages)
