"""Intervals of sums hold what they say; what is shared does not average out."""

import math
import random

import pytest
from scipy import stats

from realignment.statistics import sums
from realignment.statistics.sums import Part


def test_one_quantity_has_the_quantiles_of_its_lognormal():
    found = sums.total([Part(5.0, 25.0, 0.4)])
    exact = stats.lognorm(0.4, scale=5.0)
    assert (found.mean, found.low, found.high) == pytest.approx((exact.mean(), exact.ppf(0.05), exact.ppf(0.95)))


def test_an_error_of_its_own_averages_out_and_a_shared_one_does_not():
    own, shared = (
        [sums.total([Part(many * 2.0, many * 4.0, *errors)]) for many in (1, 400)] for errors in ((0.3,), (0.0, {"speed": 0.3}))
    )
    widths = [[one.high / one.low for one in found] for found in (own, shared)]
    assert widths[1][0] == pytest.approx(widths[1][1])
    assert math.log(widths[0][1]) == pytest.approx(math.log(widths[0][0]) / 20, rel=0.05)


def test_an_error_that_two_parts_name_is_one_error():
    whole = sums.total([Part(10.0, 10.0, 0.0, {"speed": 0.3})])
    halves = sums.total([Part(5.0, 5.0, 0.0, {"speed": 0.3})] * 2)
    apart = sums.total([Part(5.0, 5.0, 0.0, {"a": 0.3}), Part(5.0, 5.0, 0.0, {"b": 0.3})])
    assert (halves.low, halves.high) == pytest.approx((whole.low, whole.high))
    assert apart.high / apart.low < whole.high / whole.low


def test_what_has_no_error_is_its_sum():
    assert sums.total([Part(3.0, 9.0, 0.0), Part(4.0, 16.0, 0.0)]) == sums.Interval(7.0, 7.0, 7.0)
    assert sums.total([]) == sums.Interval(0.0, 0.0, 0.0)


def test_a_range_holds_nine_cases_of_ten():
    middle, deviation = sums.of_range(0.1, 0.5)
    held = stats.lognorm(deviation, scale=middle)
    assert (held.ppf(0.05), held.ppf(0.95)) == pytest.approx((0.1, 0.5))


@pytest.mark.parametrize("kinds", [((200, 0.1, 0.6),), ((30, 0.3, 0.2), (5, 0.1, 0.5), (100, 0.2, 0.0))])
def test_an_interval_of_a_sum_holds_it_in_nine_cases_of_ten(kinds):
    """Quantities drawn as the model says, of several kinds: many and few, with errors of their own and shared."""
    chance, held, cases = random.Random(3), 0, 2000
    parts = [Part(float(many * number), float(many * number**2), own, {f"speed {number}": shared})
             for number, (many, own, shared) in enumerate(kinds, 1)]  # fmt: skip
    found = sums.total(parts)
    for _ in range(cases):
        drawn = 0.0
        for number, (many, own, shared) in enumerate(kinds, 1):
            speed = chance.gauss(0, shared)
            drawn += sum(number * math.exp(speed + chance.gauss(0, own)) for _ in range(many))
        held += found.low <= drawn <= found.high
    assert 0.88 < held / cases < 0.92
