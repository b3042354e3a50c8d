"""Tests, corrections and power against scipy, brute force and simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from realignment.statistics import inference

RANDOM = np.random.default_rng(17)


def groups(*sizes: int, sd: float = 1.0) -> list[np.ndarray]:
    return [RANDOM.normal(0, sd, size) for size in sizes]


def of(samples: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Variances and degrees of freedom of samples."""
    variances = [sample.var(ddof=1) if len(sample) > 1 else 0.0 for sample in samples]
    return np.array(variances), np.array([len(sample) - 1.0 for sample in samples])


def test_dunnett_is_that_of_scipy():
    base, *others = groups(4, 4, 5, 3, 4)
    variances, freedom = of([base, *others])
    pooled = inference.spread(variances, freedom, weight=np.inf).pooled
    parts = [(len(other), other.mean() - base.mean()) for other in others]
    loadings = np.array([np.sqrt((1 / len(base)) / (1 / len(base) + 1 / n)) for n, _ in parts])
    found = [inference.dunnett(d / np.sqrt(pooled * (1 / n + 1 / len(base))), freedom.sum(), loadings) for n, d in parts]
    oracle = stats.dunnett(*others, control=base, rng=np.random.default_rng(1)).pvalue
    assert found == pytest.approx(oracle, abs=2e-3)  # scipy integrates with random numbers


def test_dunnett_of_uneven_variances_is_what_sampling_gives():
    shares, freedom, limit = np.array([0.2, 0.5, 0.9, 0.5]), 6.0, 2.5
    shared, own = RANDOM.standard_normal((400_000, 1)), RANDOM.standard_normal((400_000, 4))
    scale = np.sqrt(RANDOM.chisquare(freedom, (400_000, 1)) / freedom)
    largest = np.abs((np.sqrt(shares) * shared + np.sqrt(1 - shares) * own) / scale).max(1)
    assert inference.dunnett(limit, freedom, np.sqrt(shares)) == pytest.approx((largest >= limit).mean(), abs=0.003)


@pytest.mark.parametrize("freedom", [2.0, 6.0, 90.0])
def test_dunnett_of_one_comparison_is_students_test(freedom):
    assert inference.dunnett(2.2, freedom, np.array([0.5**0.5])) == pytest.approx(2 * stats.t.sf(2.2, freedom), rel=2e-3)


def by_definition(p: list[float]) -> list[float]:
    """Holm's adjusted p as the closure of Bonferroni's test: the largest over all sets of hypotheses that hold one."""
    places = range(len(p))
    sets = [chosen for size in range(1, len(p) + 1) for chosen in itertools.combinations(places, size)]
    return [max(min(1.0, len(chosen) * min(p[i] for i in chosen)) for chosen in sets if place in chosen) for place in places]


@given(some.lists(some.floats(0, 1), min_size=1, max_size=7))
def test_holm_is_the_closure_of_bonferronis_test(p):
    assert inference.holm(np.array(p)) == pytest.approx(np.array(by_definition(p)))


@given(some.lists(some.floats(0, 1), min_size=1, max_size=12))
def test_benjamini_hochberg_is_that_of_scipy(p):
    assert inference.benjamini_hochberg(np.array(p)) == pytest.approx(stats.false_discovery_control(p))


@pytest.mark.parametrize("adjust", [inference.holm, inference.benjamini_hochberg])
def test_what_was_not_tested_does_not_count(adjust):
    p = np.array([0.03, np.nan, 0.001, 0.4])
    found = adjust(p)
    assert np.isnan(found[1])
    assert found[[0, 2, 3]] == pytest.approx(adjust(p[[0, 2, 3]]))


def test_even_variances_are_tested_as_scipy_does():
    samples = [*groups(4, 4, 3), *groups(5, sd=3.0)]
    assert inference.even(*of(samples)) == pytest.approx(stats.bartlett(*samples).pvalue)


def test_variances_that_chance_explains_are_pooled_and_uneven_ones_are_not():
    alike = inference.spread(*of(groups(*[4] * 40)))
    apart = inference.spread(*of([sample for sd in (0.2, 1.0, 5.0, 25.0) for sample in groups(*[4] * 10, sd=sd)]))
    assert (alike.weight > 5, apart.weight < 1) == (True, True)


def test_a_given_weight_pools_or_leaves_alone():
    variances, freedom = of(groups(4, 6, 3))
    pooled, alone = (inference.spread(variances, freedom, weight) for weight in (np.inf, 0.0))
    assert pooled.variance == pytest.approx(np.full(3, np.average(variances, weights=freedom)))
    assert pooled.freedom.tolist() == [10.0, 10.0, 10.0]
    assert alone.variance == pytest.approx(variances)
    assert alone.freedom.tolist() == freedom.tolist()


def test_a_row_of_one_seed_takes_the_variance_of_the_others():
    found = inference.spread(np.array([1.0, 2.0, 0.0]), np.array([3.0, 3.0, 0.0]), weight=4.0)
    assert (found.variance[2], found.freedom[2]) == (1.5, 4.0)


def test_one_seed_everywhere_tells_nothing():
    found = inference.spread(np.zeros(3), np.zeros(3))
    assert np.isnan(found.variance).all()
    assert not found.freedom.any()


def test_registries_of_one_shape_are_judged_at_once_as_one_by_one():
    variances, freedom = RANDOM.chisquare(3, (5, 2, 9)), np.full(9, 3.0)
    together = inference.spread(variances, freedom)
    for place in np.ndindex(5, 2):
        assert together.variance[place] == pytest.approx(inference.spread(variances[place], freedom).variance)


def test_degrees_of_freedom_of_a_difference_are_welchs():
    first, second = groups(4, 7)
    oracle = stats.ttest_ind(first, second, equal_var=False)
    parts = [np.array(sample.var(ddof=1) / len(sample)) for sample in (first, second)]
    free = inference.satterthwaite((parts[0], np.array(3.0)), (parts[1], np.array(6.0)), np.array(np.inf))
    assert free == pytest.approx(oracle.df)
    assert inference.two_sided((first.mean() - second.mean()) / np.sqrt(sum(parts)), free) == pytest.approx(oracle.pvalue)


@pytest.mark.parametrize(("freedom", "level"), [(3.0, 0.05), (6.0, 0.001), (87.0, 0.05 / 189)])
def test_the_least_detectable_difference_is_found_in_four_of_five_tries(freedom, level):
    """Monte Carlo: 100,000 tries of a test with that error."""
    (difference,) = inference.detectable(np.array([0.7]), np.array([freedom]), level)
    tries = (RANDOM.standard_normal(100_000) + difference / 0.7) / np.sqrt(RANDOM.chisquare(freedom, 100_000) / freedom)
    assert (tries > stats.t.isf(level / 2, freedom)).mean() == pytest.approx(0.8, abs=0.006)


def test_nothing_is_detectable_without_an_error():
    assert np.isnan(inference.detectable(np.array([np.nan, 1.0]), np.array([5.0, 0.0]))).all()
