"""The draw of a random subset as a source of chance, against variances that are planted."""

import random
from statistics import fmean, variance

import pytest

from realignment.results import averages, draws, tables
from realignment.results.scores import Row, Score


def values(drawn: int, seeds: int, sd: tuple[float, float], same: bool, key: int = 0) -> dict[str, float]:
    """Seed labels of `drawn` draws; `sd` of draws and of training seeds; the `same` seeds for all
    draws, which then carry half of the seeds' variance in common, or others each time."""
    chance = random.Random(key)
    effects = [chance.gauss(0, sd[1]) for _ in range(seeds)]
    found = {}
    for draw in range(drawn):
        of_draw = chance.gauss(0, sd[0])
        for seed in range(seeds):
            effect = effects[seed] / 2**0.5 + chance.gauss(0, sd[1] / 2**0.5) if same else chance.gauss(0, sd[1])
            name = seed if same else draw * seeds + seed
            found[f"{draw}.{name}.{name}.{name}"] = of_draw + effect
    return found


@pytest.mark.parametrize("same", [True, False])
def test_draws_and_training_seeds_are_told_apart(same):
    """Mean of many estimates of the variances: those that were planted, 1 and 4."""
    found = [draws.parts(values(30, 4, (1.0, 2.0), same, key)) for key in range(500)]
    assert {one.how for one in found} == {draws.CROSSED if same else draws.NESTED}
    assert fmean(one.seed**2 for one in found) == pytest.approx(4.0, rel=0.1)
    assert fmean(one.draw**2 for one in found) == pytest.approx(1.0, rel=0.1)


def test_draws_that_differ_no_more_than_their_seeds_have_no_spread_of_their_own():
    found = {"1.1.1.1": 0.0, "1.2.2.2": 1.0, "2.3.3.3": 0.0, "2.4.4.4": 1.0}
    assert draws.parts(found).draw == 0.0
    assert draws.parts(found).seed == pytest.approx(0.5**0.5)


def test_draws_of_one_training_seed_are_said_to_share_it():
    one = draws.parts({"1.17.17.17": 0.1, "2.17.17.17": 0.3})
    assert (one.draw, one.seed, one.how) == (None, None, draws.SHARED)


def test_a_draw_of_the_same_number_as_its_training_seed_is_one_of_the_crossed():
    """A run whose four seeds agree is labelled by one number."""
    found = {"17": 0.0, "17.23.23.23": 1.0, "23.17.17.17": 0.0, "23": 1.0}
    one = draws.parts(found)
    assert (one.draws, one.runs, one.how) == (2, 4, draws.CROSSED)
    assert one.draw == 0.0


def test_a_seed_that_changes_both_does_not_tell_them_apart():
    """As in the authors' runs."""
    one = draws.parts({"17": 0.1, "23": 0.2, "42": 0.4})
    assert (one.draw, one.seed, one.how) == (None, None, draws.ONE)
    assert one.total == pytest.approx(variance([0.1, 0.2, 0.4]) ** 0.5)


def test_one_draw_says_nothing_of_draws():
    assert draws.parts({"17.1.1.1": 0.1, "17.2.2.2": 0.2}).how == draws.SINGLE


def test_seeds_that_only_some_draws_share_are_not_told_apart():
    assert draws.parts({"1.1.1.1": 0.1, "1.2.2.2": 0.2, "2.2.2.2": 0.3}).how == draws.UNEVEN


def test_the_unit_of_a_random_subset_is_the_draw_and_of_another_the_run():
    held = {"1.1.1.1": 0.1, "1.2.2.2": 0.3, "2.1.1.1": 0.5}
    assert draws.units(Row("xlmr", "random_10"), held).values == pytest.approx((0.2, 0.5))
    assert draws.units(Row("xlmr", "uriel_diverse_10"), held).n == 3


def study(found: dict[str, list[float]]) -> tables.Study:
    listed = [
        Score("xlmr", subset, "", str(seed), "pos", "udpos", "deu", "HRL", value)
        for subset, held in found.items()
        for seed, value in enumerate(held)
    ]
    return tables.Study(averages.collect(listed), "xlmr")


def test_a_subset_stands_above_the_draws_of_its_own_size_and_pool_that_score_less():
    found = study(
        {
            "random_10": [0.1, 0.2, 0.3, 0.4],
            "uriel_diverse_10": [0.3, 0.3],
            "uriel_diverse_5": [0.9],
            "joshi_3__uriel_diverse_10": [0.9],
        }
    )
    (row,) = draws.standings(found, {"POS": {"pos": ["deu"]}})
    assert (row["subset"], row["draws"], row["above"], row["percentile"]) == ("uriel_diverse_10", 4, 2.5, 62.5)


def test_a_pool_has_random_draws_of_its_own():
    found = study({"joshi_3__random_10": [0.1, 0.2], "joshi_3__uriel_diverse_10": [0.9], "random_10": [1.0]})
    assert [row["percentile"] for row in draws.standings(found, {"POS": {"pos": ["deu"]}})] == [100.0]


def test_spreads_are_in_points():
    (row,) = draws.spreads(study({"random_10": [0.1, 0.2], "none": [0.3]}), {"POS": {"pos": ["deu"]}})
    assert row["sd of total"] == pytest.approx(100 * 0.005**0.5)
