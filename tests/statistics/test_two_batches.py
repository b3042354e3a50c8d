"""Two batches against printed constants, scipy, and simulation."""

import numpy as np
import pytest
from scipy import stats

from realignment.statistics import two_batches
from realignment.statistics.two_batches import HIGHER, LOWER, OPEN, SMALL, Batch, Rule

REPEATS = 40_000


def most(rate: float) -> float:
    """Of as many repetitions, what a true rate is above once in 30,000 times."""
    return rate + 4 * (rate * (1 - rate) / REPEATS) ** 0.5


def test_critical_values_are_those_that_pocock_prints():
    assert two_batches.critical(0.025, 2) == pytest.approx(2.178, abs=5e-4)  # 5 % two-sided, two looks
    assert two_batches.critical(0.05, 2) == pytest.approx(1.875, abs=5e-4)
    assert two_batches.critical(0.025, 1) == pytest.approx(stats.norm.ppf(0.975))


def test_a_batch_has_the_p_of_students_test():
    values = [0.3, -0.1, 0.8, 0.5, 0.2]
    p = stats.ttest_1samp(values, 0.1, alternative="greater").pvalue
    assert stats.norm.sf(two_batches.quantile(Batch.of(values), 0.1)) == pytest.approx(p)
    assert two_batches.quantile(Batch.of([0.2, 0.2, 0.2])) == 0  # no spread to judge by


def simulated(truth: float, rule: Rule, seed: int = 1) -> np.ndarray:
    """Answers of questions whose second size, 4 or 12, follows from mean and spread of the first batch of 5."""
    chance = np.random.default_rng(seed)
    one = chance.normal(truth, 1.0, (REPEATS, 5))
    first = Batch(5, one.mean(1), one.std(1, ddof=1))
    said = rule.answers([first])
    later = [said]
    for n in (4, 12):
        two = chance.normal(truth, 1.0, (REPEATS, n))
        later.append(rule.answers([first, Batch(n, two.mean(1), two.std(1, ddof=1))]))
    small = (first.sd < 0.8) | (np.abs(first.mean) > 0.5)
    return np.where(said != OPEN, said, np.where(small, later[1], later[2]))


def test_sizes_that_follow_from_what_was_seen_leave_the_error_rates_as_they_are():
    rule = Rule(1.0, 2, 0.05)
    none = simulated(0.0, rule)
    assert 0.02 < (none == HIGHER).mean() < most(0.025)
    assert 0.02 < (none == LOWER).mean() < most(0.025)
    for truth in (1.0, -1.0):
        assert (simulated(truth, rule) == SMALL).mean() < most(0.05)
    assert (simulated(1.0, rule) == LOWER).mean() < 0.001


def test_what_is_near_zero_is_said_to_be_small_and_what_is_not_has_its_sign():
    rule = Rule(1.0, 1, 0.05)
    assert rule.answers([Batch(20, 0.02, 0.5)]) == SMALL
    assert rule.answers([Batch(20, 0.9, 0.5)]) == HIGHER
    assert rule.answers([Batch(20, -0.9, 0.5)]) == LOWER
    assert rule.answers([Batch(20, 0.5, 2.0)]) == OPEN
    assert rule.answers([Batch(20, 0.4, 0.5)]) == HIGHER  # and smaller than delta: its sign is said


def test_the_interval_of_one_look_is_students_and_leaves_zero_out_where_a_sign_is_said():
    values = [0.3, -0.1, 0.8, 0.5, 0.2]
    own = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert Rule(1.0, 1, 0.05).interval([Batch.of(values)]) == pytest.approx((own.low, own.high), abs=1e-6)
    rule = Rule(0.5, 2, 0.05)
    for mean in np.linspace(-1, 1, 21):
        batches = [Batch(6, mean, 0.8), Batch(9, mean + 0.1, 0.9)]
        low, high = rule.interval(batches)
        assert low < high
        assert (rule.answers(batches) == HIGHER) == (low >= 0)
        assert (rule.answers(batches) == LOWER) == (high <= 0)


def test_the_power_of_a_batch_is_that_of_simulated_ones():
    chance = np.random.default_rng(2)
    values = chance.normal(0.5, 0.6, (REPEATS, 9))
    limit = two_batches.critical(0.025, 2)
    seen = two_batches.quantile(Batch(9, values.mean(1), values.std(1, ddof=1))) >= limit
    assert two_batches.power(9, 0.6, 0.5, limit) == pytest.approx(seen.mean(), abs=4 * 0.5 / REPEATS**0.5)


@pytest.mark.parametrize(("sd", "delta", "wanted"), [(0.5, 0.5, 0.8), (0.2, 0.5, 0.9), (3.0, 0.5, 0.8), (0.1, 2.0, 0.99)])
def test_needed_is_the_first_size_with_the_power(sd, delta, wanted):
    limit = two_batches.critical(0.025, 2)
    sizes = range(two_batches.LEAST, 2000)
    assert two_batches.needed(sd, delta, wanted, limit) == next(
        n for n in sizes if two_batches.power(n, sd, delta, limit) >= wanted
    )


def test_no_size_is_named_above_the_most():
    assert two_batches.needed(5.0, 0.1, 0.8, 2.0, 100) is None
    looks, plan = two_batches.first(5.0, 0.1, 0.8, 0.05, 40)
    assert (looks, plan.n, plan.whole) == (1, 40, False)
    looks, plan = two_batches.first(0.5, 0.5, 0.8, 0.05, 40)
    assert looks == 2 and plan.whole and plan.n < 37
    looks, plan = two_batches.first(0.5, 0.5, 0.8, 0.05, plan.n + 2)  # no room for a second batch: one look, which takes fewer
    assert looks == 1 and plan.whole and plan.chance >= 0.8


def test_a_second_batch_takes_the_shorter_way_to_an_answer_and_no_more_than_there_is():
    rule = Rule(0.5, 2, 0.05)
    near, far = Batch(12, 0.02, 1.0), Batch(12, 0.4, 1.0)
    assert rule.answers([near]) == rule.answers([far]) == OPEN
    for batch in (near, far):
        plan = two_batches.second(rule, batch, 1.0, 0.8, 28)
        assert two_batches.LEAST <= plan.n <= 28
        assert plan.whole == (plan.chance >= 0.8)
    assert two_batches.second(rule, Batch(12, 0.2, 3.0), 3.0, 0.8, 5).n == 5


def test_limits_of_a_spread_hold_it_as_often_as_they_say():
    chance = np.random.default_rng(3)
    held = [
        low < 1 < high
        for sd in chance.normal(0, 1, (4000, 7)).std(1, ddof=1)
        for low, high in [two_batches.limits(float(sd), 6.0, 0.05)]
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 4000) ** 0.5)
