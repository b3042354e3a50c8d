"""Spearman's coefficient, against scipy's."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from realignment.statistics import ranks

PAIRS = st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=3, max_size=30)  # few values, so that many are tied


@given(PAIRS)
def test_it_is_scipys_ties_and_all(pairs):
    first, second = ([float(pair[side]) for pair in pairs] for side in (0, 1))
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert ranks.spearman(first, second) is None
    else:
        assert ranks.spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-12)


def test_order_alone_counts():
    values = [0.1, 0.5, 0.2, 3.0]
    assert ranks.spearman(values, [math.exp(one) for one in values]) == pytest.approx(1)
    assert ranks.spearman(values, [-one for one in values]) == pytest.approx(-1)


def test_two_pairs_say_nothing():
    assert ranks.spearman([1.0, 2.0], [1.0, 2.0]) is None and ranks.spearman([], []) is None


@given(PAIRS, st.lists(st.floats(-1e-9, 1e-9), min_size=60, max_size=60))
def test_values_that_are_equal_but_for_noise_are_ties(pairs, noise):
    first, second = ([pair[side] + noise[number + 30 * side] for number, pair in enumerate(pairs)] for side in (0, 1))
    exact = ranks.spearman(*([float(pair[side]) for pair in pairs] for side in (0, 1)))
    assert ranks.spearman(first, second, (1e-8, 1e-8)) == (None if exact is None else pytest.approx(exact))
