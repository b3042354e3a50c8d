"""Mean, spread and doubt over a few seeds."""

import math
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


def test_the_error_of_a_difference_adds_the_variances_of_the_two_means():
    ours, base = Summary((0.6, 0.7, 0.8)), Summary((0.4, 0.6))
    difference = Difference(ours, base)
    assert difference.mean == pytest.approx(0.2)
    assert difference.error == pytest.approx(math.sqrt(0.01 / 3 + 0.02 / 2))


@pytest.mark.parametrize(("errors", "uncertain"), [(1.9, False), (2.1, True)])
def test_a_difference_is_uncertain_below_so_many_standard_errors(errors, uncertain):
    difference = Difference(Summary((0.2, 0.4)), Summary((0.1, 0.1)))  # 0.2, error 0.1
    assert difference.uncertain(errors) is uncertain


def test_a_difference_without_spread_is_uncertain():
    assert Difference(Summary((0.9,)), Summary((0.1, 0.2))).uncertain(0.0)
    assert Difference(Summary(()), Summary((0.1, 0.2))).uncertain(0.0)
