"""Regression by a Gaussian process, held against the conditional normal distribution, scikit-learn and the likelihood of contrasts."""

import numpy as np
import pytest
from scipy import linalg, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from realignment.statistics import kriging


@pytest.fixture
def made():
    random = np.random.default_rng(3)
    places = random.normal(size=(30, 2))
    other = random.normal(size=(7, 2))
    noise = random.choice([1.0, 0.25], 30)
    near = lambda a, b: np.exp(-((a[:, None] - b[None]) ** 2).sum(-1) / 2)  # noqa: E731
    linear = lambda a, b: a @ b.T  # noqa: E731
    kernels, cross, own = ([near(a, b), linear(a, b)] for a, b in ((places, places), (other, places), (other, other)))
    values = 3 + places[:, 0] + np.sin(3 * places[:, 1]) + random.normal(size=30) * np.sqrt(noise) / 3
    return places, other, noise, kernels, cross, own, values


def test_what_follows_is_the_conditional_normal_distribution_of_a_process_with_a_free_constant(made):
    _, _, noise, kernels, cross, own, values = made
    variances, far = np.array([0.7, 0.4, 0.1]), 1e7  # a constant of vast variance is a free one
    found = kriging.given(kernels, noise, values, np.ones((30, 1)), variances)
    means, covariance = found.at(cross, own, np.ones((7, 1)))
    whole = 0.7 * kernels[0] + 0.4 * kernels[1] + far + np.diag(0.1 * noise)
    across = 0.7 * cross[0] + 0.4 * cross[1] + far
    gain = linalg.solve(whole, across.T, assume_a="pos").T
    assert means == pytest.approx(gain @ values, abs=1e-4)
    assert covariance == pytest.approx(0.7 * own[0] + 0.4 * own[1] + far - gain @ across.T, abs=1e-3)


def test_without_fixed_effects_it_is_the_process_of_scikit_learn(made):
    places, other, _, kernels, cross, own, values = made
    shifted = values - values.mean()
    theirs = GaussianProcessRegressor(ConstantKernel(0.7) * RBF(1.0) + WhiteKernel(0.1), optimizer=None).fit(places, shifted)
    ours = kriging.given(kernels[:1], np.ones(30), shifted, np.zeros((30, 0)), np.array([0.7, 0.1]))
    means, covariance = ours.at(cross[:1], own[:1], np.zeros((7, 0)))
    told, spread = theirs.predict(other, return_cov=True)
    assert means == pytest.approx(told, abs=1e-5)
    assert covariance == pytest.approx(spread - 0.1 * np.eye(7), abs=1e-5)


def test_the_fitted_variances_are_the_most_likely_by_the_density_of_contrasts(made):
    *_, noise, kernels, _, _, values = made
    found = kriging.fit(kernels, noise, values, np.ones((30, 1)))
    contrasts = linalg.null_space(np.ones((1, 30))).T
    scale = values.var(ddof=1)

    def density(variances):
        total = contrasts @ (variances[0] * kernels[0] + variances[1] * kernels[1] + variances[2] * np.diag(noise)) @ contrasts.T
        prior = ((np.log(variances / scale) + np.log(3)) ** 2).sum() / (2 * kriging.TRUST)
        return stats.multivariate_normal(np.zeros(29), total).logpdf(contrasts @ values) - prior

    best = density(found.variances)
    for place in range(3):
        for factor in (0.8, 1.25):
            other = found.variances.copy()
            other[place] *= factor
            assert density(other) < best


def test_beginning_elsewhere_ends_at_the_same_variances(made):
    *_, noise, kernels, _, _, values = made
    first = kriging.fit(kernels, noise, values, np.ones((30, 1)))
    second = kriging.fit(kernels, noise, values, np.ones((30, 1)), start=np.array([5.0, 0.01, 2.0]))
    assert np.log(second.variances) == pytest.approx(np.log(first.variances), abs=1e-3)


def test_values_that_are_all_equal_have_no_variance(made):
    *_, noise, kernels, cross, own, _ = made
    found = kriging.fit(kernels, noise, np.full(30, 2.5), np.ones((30, 1)))
    means, covariance = found.at(cross, own, np.ones((7, 1)))
    assert means == pytest.approx(np.full(7, 2.5))
    assert np.diag(covariance).max() < 1e-6
