"""One model over all runs, against the likelihood of all runs at once, analysis of variance by hand, and statsmodels."""

import itertools
import warnings

import numpy as np
import pytest
from scipy import optimize, stats

from realignment.statistics import mixed, nested
from realignment.statistics.design import Design

POOL, SIZES, SEEDS = 30, (3, 6, 12), tuple(range(5))


def chains(seeds=SEEDS) -> dict[tuple[int, int], nested.Draw]:
    """(size, seed) -> its draw; those of one seed lie within one another."""
    found = {}
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(POOL)
        found |= {(k, seed): nested.Draw(seed, frozenset(map(str, order[:k])), POOL) for k in SIZES}
    return found


def registry(lost: float = 0.0, key: int = 0, crossed: bool = False) -> tuple[list, list, list, np.ndarray]:
    """Rows (fixed ones `a` to `d`, random ones by size), seeds, draws and scores; a share of the runs is missing. The draw follows the seed, or is
    `crossed` with it."""
    chance, drawn = np.random.default_rng(key), chains()
    effects, common = chance.normal(0, 2, POOL), chance.normal(0, 0.5, len(SEEDS))
    rows, seeds, draws, scores = [], [], [], []
    for row, seed, number in itertools.product([*"abcd", *SIZES], SEEDS[: 3 if crossed else None], SEEDS):
        if chance.random() < lost or (number != seed and not (crossed and row in SIZES)):
            continue
        draw = drawn.get((row, number))
        rows.append(row)
        seeds.append(seed)
        draws.append(draw)
        scores.append((np.mean([effects[int(one)] for one in draw.languages]) if draw else 0.0) + common[seed] + chance.normal())
    return rows, seeds, draws, np.array(scores)


def whole(rows, seeds, draws, scores) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], list]:
    """Variances of greatest restricted likelihood over all runs at once, the means' design, the kernels, and the names of rows."""
    names = list(dict.fromkeys(rows))
    means = np.array([[row == name for name in names] for row in rows], float)
    same = np.array(seeds)[:, None] == np.array(seeds)
    kernels = [same.astype(float), nested.kernel(draws), np.eye(len(rows))]

    def minus(at: np.ndarray) -> float:
        v = sum(one * kernel for one, kernel in zip(at, kernels, strict=True))
        inverse = np.linalg.inv(v)
        inner = means.T @ inverse @ means
        p = inverse - inverse @ means @ np.linalg.solve(inner, means.T @ inverse)
        return np.linalg.slogdet(v)[1] + np.linalg.slogdet(inner)[1] + scores @ p @ scores

    starts, bounds = itertools.product((0.1, 1.0), (0.1, 3.0), (1.0,)), [(0, None), (0, None), (1e-6, None)]
    found = min(
        (optimize.minimize(minus, one, method="L-BFGS-B", bounds=bounds, tol=1e-14) for one in starts), key=lambda one: one.fun
    )
    return found.x, means, kernels, names


@pytest.mark.parametrize(
    ("lost", "key", "crossed"),
    [(0.0, 0, False), (0.0, 3, False), (0.15, 1, False), (0.3, 5, False), (0.0, 2, True), (0.1, 4, True)],
)
def test_small_matrices_have_the_likelihood_of_all_runs(lost, key, crossed):
    rows, seeds, draws, scores = registry(lost, key, crossed)
    best, means, kernels, names = whole(rows, seeds, draws, scores)
    fit = mixed.fit(Design(rows, seeds, nested.kernel(draws)), scores)
    assert fit.variance == pytest.approx(best, abs=2e-4)
    weights = {"a": 0.5, "b": 0.5, 3: -0.5, 12: -0.5}
    wanted, v = np.array([weights.get(one, 0.0) for one in names]), np.tensordot(fit.variance, kernels, 1)
    inverse = np.linalg.inv(v)
    load = inverse @ means @ np.linalg.solve(means.T @ inverse @ means, wanted)
    found = fit.contrast(weights)
    assert found.value == pytest.approx(load @ scores)
    assert found.error == pytest.approx((load @ v @ load) ** 0.5)
    p = inverse - inverse @ means @ np.linalg.solve(means.T @ inverse @ means, means.T @ inverse)
    known = np.array([[np.trace(p @ one @ p @ other) / 2 for other in kernels] for one in kernels])
    slope = np.array([load @ one @ load for one in kernels])
    assert found.freedom == pytest.approx(2 * (load @ v @ load) ** 2 / (slope @ np.linalg.solve(known, slope)), rel=1e-6)


def test_draws_of_the_whole_pool_are_runs_of_their_row_and_add_nothing():
    rows, seeds, draws, scores = registry(0.0, 2, True)
    extra = list(itertools.product(range(4), range(3)))  # draw, seed
    rows, seeds = rows + [POOL] * 12, seeds + [seed for _, seed in extra]
    draws += [nested.Draw(number, frozenset(map(str, range(POOL))), POOL) for number, _ in extra]
    scores = np.concatenate([scores, np.random.default_rng(9).normal(size=12)])
    names = [draw.chain if draw else "" for draw in draws]
    fit = mixed.fit(Design(rows, seeds, nested.kernel(draws), names), scores)
    assert fit.variance == pytest.approx(whole(rows, seeds, draws, scores)[0], abs=2e-4)


def test_without_draws_it_is_the_analysis_of_variance_of_rows_and_seeds():
    scores = np.random.default_rng(1).normal(size=(6, 4)) + np.arange(4)
    rows, seeds = zip(*itertools.product(range(6), range(4)), strict=True)
    fit = mixed.fit(Design(rows, seeds, np.zeros((24, 24))), scores.ravel())
    left = scores - scores.mean(0) - scores.mean(1, keepdims=True) + scores.mean()
    residual = (left**2).sum() / 15
    assert fit.variance == pytest.approx([scores.mean(0).var(ddof=1) - residual / 6, 0.0, residual])
    found = fit.contrast({0: 1.0, 1: -1.0})
    assert found.value == pytest.approx(scores[0].mean() - scores[1].mean())
    assert found.error == pytest.approx((2 * residual / 4) ** 0.5)
    assert found.freedom == pytest.approx(15)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.value / found.error), 15))
    low, high = found.interval()
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 15, found.value, found.error))


def test_registries_at_once_are_fitted_as_each_by_itself():
    held = [registry(0.0, key) for key in range(40)]
    design = Design(held[0][0], held[0][1], nested.kernel(held[0][2]))
    together = mixed.fit(design, np.array([scores for *_, scores in held]))
    assert (together.variance == 0).any()  # some lie on the edge
    found = together.contrast({"a": 1.0, 6: -1.0})
    for number, (*_, scores) in enumerate(held):
        alone = mixed.fit(design, scores)
        assert together.variance[number] == pytest.approx(alone.variance, abs=1e-6)
        assert found.freedom[number] == pytest.approx(alone.contrast({"a": 1.0, 6: -1.0}).freedom, rel=1e-4)


def test_intervals_cover_nested_draws_and_those_of_sizes_taken_as_independent_do_not():
    """Languages drawn for real, large effects; three standard errors of 600 registries."""
    chance, seeds, count = np.random.default_rng(7), 6, 600
    effects, order = chance.normal(0, 2, (count, POOL)), chance.permuted(np.tile(np.arange(POOL), (count, seeds, 1)), axis=-1)
    taken = np.take_along_axis(effects[:, None], order, -1).cumsum(-1)
    drawn = [taken[..., k - 1] / k - effects.mean(-1, keepdims=True) for k in SIZES]
    fixed = [np.zeros((count, seeds))] * 5
    scores = np.stack([*fixed, *drawn], 1) + chance.normal(0, 0.4, (count, 1, seeds)) + chance.normal(0, 0.3, (count, 8, seeds))
    rows, labels = zip(*itertools.product([*"abcde", *SIZES], range(seeds)), strict=True)
    draws = [
        nested.Draw(seed, frozenset(map(str, range(row))), POOL) if row in SIZES else None
        for row, seed in zip(rows, labels, strict=True)
    ]
    wanted = {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3} | dict.fromkeys(SIZES, -1 / 3)
    found = mixed.fit(Design(rows, labels, nested.kernel(draws)), scores.reshape(count, -1)).contrast(wanted)
    low, high = found.interval()
    covered, least = ((low <= 0) & (high >= 0)).mean(), 0.95 - 3 * (0.95 * 0.05 / count) ** 0.5
    assert least < covered < 0.985
    apart = np.sqrt(sum(one.var(-1, ddof=1) / seeds for one in scores[:, [0, 1, 2, 5, 6, 7]].transpose(1, 0, 2)) / 9)
    assert (np.abs(found.value) < stats.t.ppf(0.975, 6 * (seeds - 1)) * apart).mean() < least


def apart(chance: np.random.Generator, residual: float) -> tuple[Design, np.ndarray, np.ndarray]:
    """Three fixed rows and nine draws that share no language, each with the same four seeds; their scores, and those of a row less the draws' means."""
    rows, seeds = zip(*itertools.product([*"abc", *("drawn",) * 9], range(4)), strict=True)
    draws = [nested.Draw(number, frozenset({"x"}), 10**6) if number > 2 else None for number in range(12) for _ in range(4)]
    effects = np.array([0.0, 0.0, 0.0, *chance.normal(0, 2, 9)])
    scores = effects[:, None] + chance.normal(0, residual, (12, 4)) if residual else np.repeat(effects[:, None], 4, 1)
    return Design(rows, seeds, nested.kernel(draws)), scores.ravel(), scores[0].mean() - scores[3:].mean(1)


@pytest.mark.parametrize("residual", [1e-2, 1e-4, 0.0])
def test_beside_a_tiny_residual_it_is_the_t_test_of_draws(residual):
    design, scores, gaps = apart(np.random.default_rng(5), residual)
    found, wanted = mixed.fit(design, scores).contrast({"a": 1.0, "drawn": -1.0}), stats.ttest_1samp(gaps, 0.0)
    assert found.value == pytest.approx(gaps.mean())
    assert (found.freedom, found.p) == (pytest.approx(8.0, rel=1e-3), pytest.approx(wanted.pvalue, rel=1e-3))


def test_two_runs_of_one_seed_are_refused():
    with pytest.raises(ValueError, match="two of seed"):
        Design("aab", [1, 1, 1], np.zeros((3, 3)))


def test_rows_that_all_agree_have_no_error_and_no_freedom():
    fit = mixed.fit(Design("aabb", [1, 2, 1, 2], np.zeros((4, 4))), np.array([1.0, 1.0, 3.0, 3.0]))
    found = fit.contrast({"b": 1.0, "a": -1.0})
    assert (found.value, found.error) == (2.0, 0.0)
    assert np.isnan(found.p)


@pytest.mark.parametrize("crossed", [False, True])
def test_rows_all_alike_within_each_seed_have_no_residual_and_no_freedom(crossed):
    """As of a task at its floor."""
    rows, seeds, draws, _ = registry(0.0, 2, crossed)
    common = np.array([0.3, -0.2, 0.9, 0.1, -0.7])[seeds]
    fit = mixed.fit(Design(rows, seeds, nested.kernel(draws)), common)
    assert fit.variance == pytest.approx([np.unique(common).var(ddof=1), 0.0, 0.0], rel=1e-5)
    found = fit.contrast({"a": 1.0, 3: -1.0})
    assert found.value == pytest.approx(0.0, abs=1e-12) and (found.error, found.freedom) == (0.0, 0.0)


def test_draws_of_one_chain_covary_as_all_orders_of_a_pool_do():
    """Means of the first two and the first four of six languages, over all 720 orders."""
    effects = np.array([0.3, -1.0, 2.2, 0.1, 0.9, -0.4])
    orders = effects[np.array(list(itertools.permutations(range(6))))]
    two, four = orders[:, :2].mean(1), orders[:, :4].mean(1)
    drawn = [nested.Draw("s", frozenset("abcdef"[:k]), 6) for k in (2, 4, 6)]
    covariance = nested.kernel(drawn) * effects.var(ddof=1)
    assert covariance[:2, :2] == pytest.approx(np.cov(two, four, ddof=0))
    assert covariance[2] == pytest.approx([0, 0, 0])  # the whole pool is no draw
    chain = nested.chain((2, 4), 6) * effects.var(ddof=1)
    assert chain == pytest.approx(((two + four) / 2).var())


def test_a_set_that_does_not_lie_within_the_other_is_not_taken_for_nested():
    one, other = (nested.Draw("s", frozenset(names), 26) for names in ("abc", "xyzuvw"))
    assert one.shares(other) == pytest.approx(-1 / 26)  # they share nothing, less than chance would have it
    assert not one.within(other)
    assert one.shares(nested.Draw("t", frozenset("abc"), 26)) == 0  # of another chain


def test_more_chains_reach_what_more_seeds_on_the_same_draws_never_do():
    plan = nested.Plan(draws=0.2, residual=0.1, sizes=4)
    limit = 1.959964 * (0.2 / 4) ** 0.5  # four chains and seeds without end
    assert plan.half_width(4, 10**9) == pytest.approx(limit, rel=1e-4)
    assert plan.seeds(0.99 * limit, 4) is None
    assert plan.half_width(4, plan.seeds(1.05 * limit, 4)) <= 1.05 * limit
    assert plan.half_width(plan.chains(0.2), 1) <= 0.2 < plan.half_width(plan.chains(0.2) - 1, 1)


def test_statsmodels_finds_the_same_variances_and_errors():
    """A chain is a sum of independent steps from its largest draw to its smallest."""
    linear = pytest.importorskip("statsmodels.regression.mixed_linear_model", reason="`make validators` installs statsmodels")
    rows, seeds, draws, scores = registry(0.0, 8)
    names = list(dict.fromkeys(rows))
    means = np.array([[row == name for name in names] for row in rows], float)
    steps = dict(zip(SIZES, np.diff([1 / POOL, *(1 / k for k in SIZES[::-1])])[::-1], strict=True))
    by_step = [
        [
            np.sqrt(step) * (draw is not None and seed == of and len(draw.languages) <= k)
            for seed in SEEDS
            for k, step in steps.items()
        ]
        for of, draw in zip(seeds, draws, strict=True)
    ]
    by_seed = [[of == seed for seed in SEEDS] for of in seeds]
    mats = [[np.array(by_seed, float)], [np.array(by_step, float)]]
    names_of = [[[str(place) for place in range(one[0].shape[1])]] for one in mats]
    spec = linear.VCSpec(["seed", "draw"], names_of, mats)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = linear.MixedLM(scores, means, np.zeros(len(rows)), exog_vc=spec).fit(reml=True)
    fit = mixed.fit(Design(rows, seeds, nested.kernel(draws)), scores)
    assert fit.variance == pytest.approx([*other.vcomp, other.scale], rel=2e-3)
    weights = np.array([{"a": 1.0, 3: -1.0}.get(name, 0.0) for name in names])
    found = fit.contrast({"a": 1.0, 3: -1.0})
    assert found.error == pytest.approx((weights @ other.cov_params()[: len(names), : len(names)] @ weights) ** 0.5, rel=2e-3)
