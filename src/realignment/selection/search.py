"""How the best set of languages is found: the objective, greedy, swaps, and a proof. Values in, values out."""

import math
import time
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from realignment.selection.space import EPSILON, Choice, Effort, Space, Task, objective

if TYPE_CHECKING:  # numpy is imported where it is used: reading a chosen subset needs none
    import numpy as np


def spread(groups: dict[str, str], languages: Collection[str]) -> int:
    """How many groups the languages stand for."""
    return len({groups[language] for language in languages})


def greedy(space: Space, pool: Sequence[str], n: int, task: Task) -> tuple[str, ...]:
    """From the anchors on, always the language farthest from (or nearest to) all chosen so far; ties by order of the pool."""
    sign, chosen = (1 if task.most else -1), list(task.include)
    gain = sign * space.distances[:, space.rows([*space.anchors, *chosen])].sum(axis=1)
    while len(chosen) < n:
        free = [language for language in pool if language not in chosen]
        if task.groups:
            taken = {task.groups[language] for language in chosen}
            free = [language for language in free if task.groups[language] not in taken] or free
        rows = space.rows(free)
        best = free[int(gain[rows].argmax())]
        chosen.append(best)
        gain = gain + sign * space.distances[:, space.rows([best])[0]]
    return tuple(chosen)


def swaps(space: Space, pool: Sequence[str], start: Sequence[str], task: Task) -> tuple[str, ...]:
    """Exchanges one language for another as long as that improves the sum, the best exchange first; keeps the spread."""
    import numpy as np

    sign, inside = (1 if task.most else -1), [language for language in start if language not in task.include]
    fixed = space.rows([*space.anchors, *task.include])
    while inside and (outside := [language for language in pool if language not in inside and language not in task.include]):
        ins, outs = space.rows(inside), space.rows(outside)
        pull = sign * space.distances[:, ins + fixed].sum(axis=1)
        gain = pull[outs][None, :] - pull[ins][:, None] - sign * space.distances[np.ix_(ins, outs)]
        if task.groups:
            gain = np.where(_allowed(inside, outside, task), gain, -np.inf)
        leaving, entering = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[leaving, entering] <= EPSILON:
            break
        inside[leaving] = outside[entering]
    return (*task.include, *inside)


def _allowed(inside: list[str], outside: list[str], task: Task) -> "np.ndarray":
    """(inside, outside): whether the exchange leaves the number of groups at least as it is."""
    import numpy as np

    groups = task.groups or {}
    counts = Counter(groups[language] for language in (*inside, *task.include))
    lost = np.array([counts[groups[language]] == 1 for language in inside])[:, None]
    new = np.array([groups[language] not in counts for language in outside])[None, :]
    same = np.array([[groups[a] == groups[b] for b in outside] for a in inside])
    return ~lost | new | same


def solve(space: Space, pool: Sequence[str], n: int, task: Task, effort: Effort = Effort()) -> Choice:
    """The best set found: greedy, swaps from it and from random sets, then a proof that none is better, or the better one it meets."""
    import numpy as np

    began, pool = time.perf_counter(), sorted(pool)
    first = greedy(space, pool, n, task)
    if effort.greedy:
        return Choice(tuple(sorted(first)), objective(space, first), solver="greedy", seconds=time.perf_counter() - began)
    tries = [("greedy", first), ("swaps", swaps(space, pool, first, task))]
    for start in range(effort.starts):
        order = [pool[place] for place in np.random.RandomState(start).permutation(len(pool))]
        tries.append(("swaps", swaps(space, pool, _spread_first(order, n, task), task)))
    ranked = [((1 if task.most else -1) * objective(space, one), solver, one) for solver, one in tries]
    top = max(value for value, _, _ in ranked)
    value, solver, best = next(one for one in ranked if one[0] >= top - EPSILON)
    if not effort.nodes:
        return Choice(tuple(sorted(best)), abs(value), solver=solver, seconds=time.perf_counter() - began)
    from realignment.selection import branch_and_bound

    proof = branch_and_bound.prove(space, pool, best, task, effort.nodes)
    found = objective(space, proof.languages)
    better = math.fabs(found - abs(value)) > EPSILON
    method = f"{'branch and bound' if better else solver}; bound: {proof.method}, {proof.nodes} nodes"
    return Choice(proof.languages, found, proof.bound, proof.proven, method, time.perf_counter() - began)


def _spread_first(order: list[str], n: int, task: Task) -> list[str]:
    """`include`, then the first of `order`, a second of a group only after one of each, to n in all."""
    rest = [language for language in order if language not in task.include]
    if task.groups:
        held = {task.groups[language] for language in task.include}
        firsts = list({task.groups[language]: language for language in reversed(rest)}.values())
        firsts = [language for language in firsts if task.groups[language] not in held]
        rest = firsts + [language for language in rest if language not in firsts]
    return [*task.include, *rest][:n]
