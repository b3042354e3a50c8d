"""The best set of languages, with a proof: branch and bound on the sum of distances. Values in, values out.

The sum of n languages is f(x) = x'Wx / 2 + c'x over x in {0, 1}, sum x = n (W the distances, c those to the anchors; both negated
where the least diverse set is looked for). Two bounds, one chosen
at the root:

quadratic   x'x = sum x for whole x, so a multiple of (x'x - sum x) may be added to f: with the largest one that keeps f concave on
            sum x = n (Hammer & Rubin 1970; Billionnet, Elloumi & Plateau 2009). Angular distance is of negative type, hence that
            multiple is positive and f is pressed down between the whole points. Any gradient of a concave f bounds it: Frank-Wolfe
            steps look for a good one, and the bound of each is exact to rounding, converged or not.
halves      the halves of a language's k - 1 best distances are the most that its pairs can bring (Gilmore 1962, Lawler 1963).

A language whose entry or absence would push the bound below the best set known is settled at once, which settles most of them.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from realignment.selection.space import Space, Task

STEPS = 60  # Frank-Wolfe steps per node at most
COST = 5  # so much tighter a quadratic bound has to be: it takes several times as long
NUDGE = 1e-6  # the multiple stays below the largest, for rounding's sake
GRID = 1e-4  # distances are rounded to it: a better set is better by this much


@dataclass(frozen=True)
class Proof:
    """What branch and bound found: the best set, and a bound that no set passes. `proven`: they are equal."""

    languages: tuple[str, ...]
    bound: float
    proven: bool
    method: str
    nodes: int


@dataclass
class Problem:
    """Maximise x'Wx / 2 + c'x over n of the places, `include` among them, hitting as many groups as n can."""

    weights: np.ndarray  # (places, places), zero diagonal
    linear: np.ndarray  # (places,)
    n: int
    include: np.ndarray  # places that are in
    groups: np.ndarray | None = None  # number of the group of each place
    shift: float = field(init=False)

    def __post_init__(self) -> None:
        places = len(self.linear)
        centre = np.eye(places) - 1 / places
        values = np.sort(np.linalg.eigvalsh(centre @ self.weights @ centre))
        largest = values[-2] if abs(values[-1]) < abs(values).max() * 1e-9 else values[-1]  # the centred one is always 0
        self.shift = float(-largest) - NUDGE
        self.curved = self.weights + self.shift * np.eye(places)
        self.single = False  # each further place of a group of its own (else: every group is hit)
        if self.groups is not None:
            left = set(self.groups.tolist()) - set(self.groups[self.include].tolist())
            self.single = self.n - len(self.include) <= len(left)

    def value(self, inside: np.ndarray) -> float:
        return float(self.linear[inside].sum() + self.weights[np.ix_(inside, inside)].sum() / 2)

    def top(self, gain: np.ndarray, free: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Positions in `free` of the best completion when every place brings its `gain`: greedy, as the sets form a matroid."""
        wanted = self.n - len(inside)
        order = np.argsort(-gain, kind="stable")
        if self.groups is None:
            return order[:wanted]
        if self.single:
            _, first = np.unique(self.groups[free][order], return_index=True)
            return order[np.sort(first)][:wanted]
        missing = set(self.groups.tolist()) - set(self.groups[inside].tolist())
        chosen = []
        for place in order:
            if (group := int(self.groups[free[place]])) in missing:
                missing.discard(group)
                chosen.append(place)
        rest = [place for place in order if place not in set(chosen)]
        return np.array([*chosen, *rest][:wanted], dtype=int)

    def possible(self, free: np.ndarray, inside: np.ndarray) -> bool:
        """Whether a completion exists."""
        wanted = self.n - len(inside)
        if self.groups is None:
            return len(free) >= wanted
        held = set(self.groups[inside].tolist())
        if self.single:
            return len(set(self.groups[free].tolist()) - held) >= wanted
        missing = set(self.groups.tolist()) - held
        return len(free) >= wanted >= len(missing) and missing <= set(self.groups[free].tolist())

    def after(self, free: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Places of `free` that may still enter once `inside` is in."""
        if not self.single:
            return free
        return free[~np.isin(self.groups[free], self.groups[inside])]


@dataclass
class Node:
    """Some places are in, some may enter; no completion is better than `bound`. `gain` is the slope the bound stands on."""

    inside: np.ndarray
    free: np.ndarray
    bound: float
    gain: np.ndarray
    point: np.ndarray  # where the slope was taken


def quadratic(problem: Problem, inside: np.ndarray, free: np.ndarray, start: np.ndarray, enough: float) -> Node:
    """Bound by slopes of the shifted, concave sum; stops below `enough`."""
    base = problem.value(inside)
    linear = problem.linear[free] + problem.weights[np.ix_(free, inside)].sum(axis=1) - problem.shift / 2
    curved = problem.curved[np.ix_(free, free)]
    point, pull = start, curved @ start
    best = Node(inside, free, np.inf, linear, start)
    for _ in range(STEPS):
        gain = pull + linear
        step = np.zeros(len(free))
        step[problem.top(gain, free, inside)] = 1
        step -= point
        slope = float(gain @ step)
        bound = base + float(point @ (pull / 2 + linear)) + slope
        if bound < best.bound:
            best = Node(inside, free, bound, gain, point)
        if best.bound <= enough or slope < NUDGE:
            break
        bent = curved @ step
        bow = float(step @ bent)
        length = 1.0 if bow >= 0 else min(1.0, -slope / bow)
        point, pull = point + length * step, pull + length * bent
    return best


def halves(problem: Problem, inside: np.ndarray, free: np.ndarray, start: np.ndarray, enough: float) -> Node:
    """Bound by the halves of each place's best distances."""
    wanted = problem.n - len(inside)
    linear = problem.linear[free] + problem.weights[np.ix_(free, inside)].sum(axis=1)
    pairs = problem.weights[np.ix_(free, free)].copy()
    np.fill_diagonal(pairs, -np.inf)
    gain = linear + (np.partition(pairs, -(wanted - 1), axis=1)[:, -(wanted - 1) :].sum(axis=1) / 2 if wanted > 1 else 0)
    return Node(inside, free, problem.value(inside) + float(gain[problem.top(gain, free, inside)].sum()), gain, start)


def prove(space: "Space", pool: Sequence[str], best: Sequence[str], task: "Task", nodes: int) -> Proof:
    """A proof that no set of the size of `best` is better, or a better set; after `nodes` nodes the bound reached so far."""
    sign, groups = 1 if task.most else -1, task.groups
    rows, anchors = space.rows(pool), space.rows(space.anchors)
    numbers = {group: number for number, group in enumerate(sorted(set(groups.values())))} if groups else {}
    fixed = float(sign * space.distances[np.ix_(anchors, anchors)].sum() / 2)
    place = {code: row for row, code in enumerate(pool)}
    problem = Problem(
        sign * space.distances[np.ix_(rows, rows)],
        sign * space.distances[np.ix_(rows, anchors)].sum(axis=1),
        len(best),
        np.array([place[code] for code in task.include], dtype=int),
        np.array([numbers[groups[code]] for code in pool]) if groups else None,
    )
    found, bound, seen, method = search(problem, np.array([place[code] for code in best]), nodes, margin(space.distances))
    languages = tuple(sorted(pool[row] for row in found))
    value = problem.value(found)
    limit = sign * (max(bound, value) + fixed)
    proven = bound <= value + 1e-9
    return Proof(languages, round(limit, 4), proven, method, seen)


def margin(distances: np.ndarray) -> float:
    """What a better set is better by at least, less rounding: the distances' grid, where they are rounded to one."""
    on_grid = np.allclose(distances / GRID, np.round(distances / GRID), atol=1e-6, rtol=0)
    return 0.9 * GRID if on_grid else 1e-9


def search(problem: Problem, found: np.ndarray, nodes: int, margin: float) -> tuple[np.ndarray, float, int, str]:
    """(best places, bound, nodes opened, name of the bound used), best node first."""
    value, inside = problem.value(found), problem.include
    free = problem.after(np.setdiff1d(np.arange(len(problem.linear)), inside), inside)
    wanted = problem.n - len(inside)
    if wanted in (0, len(free)):
        return found, value, 0, "only one set"
    start = np.full(len(free), wanted / len(free))
    gaps = [one(problem, inside, free, start, -np.inf).bound - value for one in (quadratic, halves)]
    name, bounder = ("quadratic", quadratic) if COST * gaps[0] < gaps[1] else ("halves", halves)
    ticket, seen = count(), 0
    root = bounder(problem, inside, free, start, value + margin)
    heap = [(-root.bound, next(ticket), root)]
    while heap and -heap[0][0] > value + margin and seen < nodes:
        node = heapq.heappop(heap)[2]
        seen += 1
        node = settled(problem, node, value + margin)
        if not problem.possible(node.free, node.inside):
            continue
        for inside, free, point in branches(problem, node):
            wanted = problem.n - len(inside)
            if wanted in (0, len(free)):
                whole = np.concatenate([inside, free[:wanted]])
                if problem.value(whole) > value + 1e-9:
                    found, value = whole, problem.value(whole)
                continue
            opened = bounder(problem, inside, free, point, value + margin)
            opened.bound = min(opened.bound, node.bound)
            if opened.bound > value + margin:
                heapq.heappush(heap, (-opened.bound, next(ticket), opened))
    bound = max(-heap[0][0], value) if heap and -heap[0][0] > value + margin else value
    return found, bound, seen, name


def settled(problem: Problem, node: Node, enough: float) -> Node:
    """The node with every place in that must be in, and without those that cannot be, for a set better than `enough`."""
    chosen = np.zeros(len(node.free), dtype=bool)
    chosen[problem.top(node.gain, node.free, node.inside)] = True
    least, next_best = node.gain[chosen].min(), node.gain[~chosen].max(initial=-np.inf)
    out = ~chosen & (node.bound - (least - node.gain) <= enough)
    must = chosen & (node.bound - (node.gain - next_best) <= enough)
    if not (out.any() or must.any()):
        return node
    inside = np.concatenate([node.inside, node.free[must]])
    keep = ~(out | must)
    free = problem.after(node.free[keep], inside)
    stays = np.isin(node.free, free)
    return Node(inside, free, node.bound, node.gain[stays], node.point[stays])


def branches(problem: Problem, node: Node):
    """The node with its least settled place in, and with it out: (inside, free, a point to start from); itself where nothing is open."""
    if problem.n - len(node.inside) in (0, len(node.free)):
        yield node.inside, node.free, node.point
        return
    place = int(np.argmin(np.abs(node.point - 0.5))) if np.ptp(node.point) > NUDGE else int(np.argmax(node.gain))
    rest = np.delete(node.free, place)
    for inside, free in ((np.append(node.inside, node.free[place]), rest), (node.inside, rest)):
        free = problem.after(free, inside)  # noqa: PLW2901
        if problem.possible(free, inside) and len(inside) <= problem.n:
            point = node.point[np.isin(node.free, free)]
            yield inside, free, spread(point, problem.n - len(inside))


def spread(point: np.ndarray, wanted: int) -> np.ndarray:
    """The nearest point, by one shift of all, whose parts lie in [0, 1] and sum to `wanted`."""
    low, high = -1.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(point + middle, 0, 1).sum() < wanted else (low, middle)
    return np.clip(point + high, 0, 1)
