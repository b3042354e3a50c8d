"""Proofs that a set of languages is the best one: against all sets, on random and on real distances."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realignment.core.errors import BadInput
from realignment.languages import uriel
from realignment.languages.table import paper
from realignment.selection import branch_and_bound, heuristics, search
from realignment.selection.space import Effort, Space, Task, objective
from realignment.subsets import registry

VECTORS = Path(__file__).parents[2] / "data" / "uriel" / "uriel_plus_66.tsv.gz"
KINDS = ("angular", "uniform", "ties", "negative")


@st.composite
def instances(draw, most: bool | None = None):
    """(space, pool, n, task) of up to 14 languages: angular distances, any symmetric matrix, many ties; with groups and demands or not."""
    size = draw(st.integers(2, 14))
    chance = np.random.default_rng(draw(st.integers(0, 10**6)))
    kind = draw(st.sampled_from(KINDS))
    if kind == "angular":
        features = chance.integers(0, 2, (size + 1, 20))
        features[:, 0] = 1
        distances = uriel.angular(features)
    else:
        low, high = {"uniform": (0, 1), "ties": (0, 3), "negative": (-1, 1)}[kind]
        drawn = (
            chance.integers(low, high, (size + 1, size + 1))
            if kind == "ties"
            else chance.uniform(low, high, (size + 1, size + 1))
        )
        distances = np.round((drawn + drawn.T) / 2, 4)
        np.fill_diagonal(distances, 0)
    codes = tuple(f"l{place:02}" for place in range(size + 1))
    pool = list(codes[1:])
    n = draw(st.integers(1, size))
    groups = {code: str(chance.integers(draw(st.integers(1, size)))) for code in pool} if draw(st.booleans()) else None
    include = tuple(draw(st.lists(st.sampled_from(pool), max_size=min(n, 5), unique=True)))
    space = Space(codes, distances, codes[:1] if draw(st.booleans()) else ())
    return space, pool, n, Task(draw(st.booleans()) if most is None else most, groups, include)


def every(pool, n, task):
    """All sets the task allows."""
    sets = [one for one in combinations(pool, n) if set(task.include) <= set(one)]
    if task.groups:
        widest = max(search.spread(task.groups, one) for one in sets)
        sets = [one for one in sets if search.spread(task.groups, one) == widest]
    return sets


@settings(max_examples=150, deadline=None)
@given(instances())
def test_the_proven_set_is_the_best_of_all_sets(instance):
    space, pool, n, task = instance
    best = (max if task.most else min)(objective(space, one) for one in every(pool, n, task))
    found = search.solve(space, pool, n, task)
    assert found.proven and found.objective == pytest.approx(best, abs=1e-6) and found.bound == pytest.approx(best, abs=2e-4)
    assert found.languages in {tuple(sorted(one)) for one in every(pool, n, task)}


@settings(max_examples=100, deadline=None)
@given(instances(), st.integers(1, 4))
def test_a_bound_is_never_crossed_however_early_it_is_taken(instance, nodes):
    space, pool, n, task = instance
    worst = search.greedy(space, pool, n, Task(not task.most, task.groups, task.include))
    if task.groups and search.spread(task.groups, worst) < max(search.spread(task.groups, one) for one in every(pool, n, task)):
        return
    bound = branch_and_bound.prove(space, pool, worst, task, nodes).bound
    values = [objective(space, one) for one in every(pool, n, task)]
    assert max(values) <= bound + 1e-4 if task.most else min(values) >= bound - 1e-4


@settings(max_examples=60, deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_the_order_of_the_pool_changes_nothing(instance, shuffler):
    space, pool, n, task = instance
    other = list(pool)
    shuffler.shuffle(other)
    first, second = search.solve(space, pool, n, task), search.solve(space, other, n, task)
    assert (first.languages, first.objective, first.bound) == (second.languages, second.objective, second.bound)


@settings(max_examples=60, deadline=None)
@given(instances(most=False))
def test_the_least_of_a_distance_is_the_most_of_its_negative(instance):
    space, pool, n, task = instance
    least = search.solve(space, pool, n, task)
    negative = Space(space.codes, -space.distances, space.anchors)
    most = search.solve(negative, pool, n, Task(True, task.groups, task.include))
    assert least.objective == pytest.approx(-most.objective, abs=1e-6)


@pytest.fixture(scope="module")
def real():
    space = heuristics.space(list(paper().values()), uriel.read(VECTORS))
    return space, [code for code in space.codes if code != "eng"]


def test_five_of_sixty_five_is_proven_and_no_neighbour_of_it_is_better(real):
    space, pool = real
    found = search.solve(space, pool, 5, Task(True))
    assert found.proven and found.gap == 0
    for leaving in found.languages:
        for entering in set(pool) - set(found.languages):
            other = [*(one for one in found.languages if one != leaving), entering]
            assert objective(space, other) <= found.objective


def test_without_proof_there_is_a_gap_and_with_few_nodes_a_bound(real):
    space, pool = real
    few = search.solve(space, pool, 10, Task(True), Effort(nodes=1))
    assert not few.proven and 0 < few.gap < 0.01 and few.bound > few.objective


def test_what_must_be_in_is_in_and_too_much_of_it_is_refused(real):
    space, _ = real
    known = [one for one in paper().values() if one.pool]
    rule, english = registry.RULES["family_diverse"], paper()["eng"]
    choice = heuristics.computed(rule, space, known, english, heuristics.Wish(5, ("deu", "nld")))
    assert {"deu", "nld"} <= set(choice.languages) and choice.proven
    with pytest.raises(BadInput, match="2 languages must be in the set and 1 are asked for"):
        heuristics.computed(rule, space, known, english, heuristics.Wish(1, ("deu", "nld")))


def test_languages_of_one_group_that_must_be_in_leave_no_way_to_hit_every_group():
    """Three of one group and two of four others: the best two are still looked for among the groups that are left."""
    chance = np.random.default_rng(3)
    drawn = np.round(chance.uniform(0, 1, (12, 12)), 4)
    distances = np.round((drawn + drawn.T) / 2, 4)
    np.fill_diagonal(distances, 0)
    pool = [f"l{place:02}" for place in range(12)]
    groups = {code: str(max(0, place - 3) % 4) if place > 3 else "0" for place, code in enumerate(pool)}
    task, space = Task(True, groups, ("l00", "l01", "l02")), Space(tuple(pool), distances)
    values = {one: objective(space, one) for one in every(pool, 5, task)}
    worst = min(values, key=values.get)
    proof = branch_and_bound.prove(space, pool, worst, task, 10_000)
    assert proof.proven and objective(space, proof.languages) == max(values.values())
