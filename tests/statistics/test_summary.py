"""Mean, spread and difference over a few seeds."""

import statistics as standard

import pytest
from hypothesis import given
from hypothesis import strategies as some

from realignment.statistics.summary import Difference, Summary

scores = some.lists(some.floats(0, 1), min_size=2, max_size=8)


@given(scores)
def test_std_is_the_sample_one_of_the_standard_library(values):
    summary = Summary(tuple(values))
    assert summary.mean == pytest.approx(standard.fmean(values))
    assert summary.std == pytest.approx(standard.stdev(values), abs=1e-9)


def test_one_seed_has_a_mean_and_no_spread():
    assert (Summary((0.5,)).mean, Summary((0.5,)).std) == (0.5, None)


def test_no_seed_has_nothing():
    assert (Summary(()).n, Summary(()).mean, Summary(()).std) == (0, None, None)


def test_a_difference_is_that_of_the_means_and_not_certain_until_it_is_judged():
    difference = Difference(Summary((0.6, 0.7, 0.8)), Summary((0.4, 0.6)))
    assert difference.mean == pytest.approx(0.2)
    assert (difference.n, difference.error, difference.certain) == (2, None, False)


def test_what_lacks_a_side_has_no_difference():
    assert Difference(Summary(()), Summary((0.1, 0.2))).mean is None


@given(some.lists(some.tuples(some.floats(0, 1), some.floats(0, 1)), min_size=1, max_size=6))
def test_the_gains_of_seeds_have_the_gain_of_the_means_as_their_mean(pairs):
    seeds = tuple(map(str, range(len(pairs))))
    ours, base = (Summary(values, seeds) for values in zip(*pairs, strict=True))
    difference = Difference(ours, base)
    assert standard.fmean(difference.by_seed.values()) == pytest.approx(difference.mean, abs=1e-12)


def test_sides_of_other_seeds_have_no_gain_by_seed_and_a_base_of_one_run_is_every_seed_s():
    ours = Summary((0.5, 0.6), ("17", "23"))
    assert Difference(ours, Summary((0.4, 0.3), ("17", "42"))).by_seed == {}
    assert Difference(ours, Summary((0.4,))).by_seed == pytest.approx({"17": 0.1, "23": 0.2})
