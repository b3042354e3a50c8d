"""Maps, curves, and how much a choice hangs on imputed values."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from realignment.languages import uriel
from realignment.languages.table import paper
from realignment.selection import heuristics, robustness
from realignment.selection.space import Effort, Space
from realignment.subsets import registry

VECTORS = Path(__file__).parents[2] / "data" / "uriel" / "uriel_plus_66.tsv.gz"


@pytest.fixture(scope="module")
def vectors():
    return uriel.read(VECTORS)


def question(vectors, n=4, nodes=0):
    known = [one for one in paper().values() if one.vector]
    space = heuristics.space(known, vectors)
    pool = [one for one in known if one.pool]
    wish = heuristics.Wish(n, effort=Effort(starts=2, nodes=nodes))
    return heuristics.computed(registry.RULES["uriel_diverse"], space, pool, paper()["eng"], wish)


def test_distances_in_a_plane_are_kept_by_the_map():
    points = np.array([[0.0, 0], [3, 0], [0, 4], [3, 4], [1, 1]])
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    places = robustness.places(Space(tuple("abcde"), distances, ("a",)))
    for one in range(5):
        for other in range(5):
            drawn = np.hypot(*np.subtract(places["abcde"[one]], places["abcde"[other]]))
            assert drawn == pytest.approx(distances[one, other], abs=1e-3)


def test_the_mean_distance_of_all_sets_is_that_of_many_draws(vectors):
    known = [one for one in paper().values() if one.vector]
    space = heuristics.space(known, vectors)
    pool = [one for one in known if one.pool]
    found = dict(robustness.curves(space, pool, paper()["eng"])["random"])
    codes = [one.code for one in pool]
    drawn = [robustness.mean_distance(space, heuristics.random_draw(codes, 10, seed)) for seed in range(400)]
    assert found[10] == pytest.approx(np.mean(drawn), abs=3 * np.std(drawn) / 20)


def test_curves_lie_in_order_and_a_larger_diverse_set_is_denser(vectors):
    known = [one for one in paper().values() if one.vector]
    space = heuristics.space(known, vectors)
    found = {
        name: dict(points)
        for name, points in robustness.curves(space, [one for one in known if one.pool], paper()["eng"]).items()
    }
    for n in (5, 10, 20, 40):
        assert found["uriel_similar"][n] < found["random"][n] < found["uriel_diverse"][n]
    diverse = [value for _, value in sorted(found["uriel_diverse"].items())]
    assert diverse == sorted(diverse, reverse=True)


def test_known_values_are_never_drawn_again(vectors):
    sure = replace(vectors, known=np.ones_like(vectors.known))
    choice = question(sure)
    assert robustness.stays(sure, question, 3) == dict.fromkeys(choice.languages, 1.0)


def test_a_language_of_imputed_values_does_not_stay(vectors):
    """Oromo and Kazakh are in the most diverse ten of the paper with 13 and 15 known features of 800."""
    chosen = question(vectors, 10).languages
    stays = robustness.stays(vectors, lambda drawn: question(drawn, 10), 10)
    assert {"orm", "kaz"} <= set(chosen) and max(stays.get("orm", 0), stays.get("kaz", 0)) < 0.5 < stays["kat"]
    assert sum(stays.values()) == pytest.approx(10)


def test_the_same_seed_gives_the_same_shares(vectors):
    assert robustness.stays(vectors, question, 4, seed=1) == robustness.stays(vectors, question, 4, seed=1)
    assert Effort(starts=2, nodes=0) == robustness.QUICK
