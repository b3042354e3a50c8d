"""Baselines and the measures they are compared by, held against libraries and hand calculation."""

from dataclasses import replace

import gained
import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge

from realignment.predictor import baselines, folds, pairs, protocol

SETS = [("sna", "swa"), ("fin", "rus", "tur")]


@pytest.fixture(scope="module")
def measured():
    return gained.measured()


def test_no_gain_and_the_mean_of_each_language(measured):
    assert not baselines.no_gain(measured, SETS).any()
    assert baselines.language_mean(measured, SETS)[:, 1:] == pytest.approx(np.tile(measured.gains.mean(0), (2, 1)))


def test_the_nearest_set_is_the_one_with_the_largest_share_in_common(measured):
    codes = sorted(measured.sets[4].languages)[:-1]
    shares = [len(set(codes) & one.languages) / len(set(codes) | one.languages) for one in measured.sets]
    best = [place for place, share in enumerate(shares) if share == max(shares)]
    assert baselines.nearest_set(measured, [codes])[0, 1:] == pytest.approx(measured.gains[best].mean(0))


def test_the_bar_is_ridge_regression(measured):
    ground = gained.ground()
    features = lambda sets: np.column_stack([3 * ground.shares(sets), np.log([len(one) for one in sets])])  # noqa: E731
    weights = measured.runs / measured.runs.mean()
    theirs = Ridge(alpha=baselines.PENALTY).fit(features([one.languages for one in measured.sets]), measured.gains, weights)
    found = baselines.Composition(ground)(measured, SETS)
    assert found[:, 1:] == pytest.approx(theirs.predict(features(SETS)), abs=1e-6)
    assert found[:, 0] == pytest.approx(found[:, 1:] @ measured.average)


def test_the_diversity_objective_is_least_squares_on_the_mean_distance_with_english(measured):
    ground = gained.ground()

    def features(sets):
        rows = [ground.rows(["eng", *one]) for one in sets]
        between = [ground.distances[np.ix_(row, row)][np.triu_indices(len(row), 1)].mean() for row in rows]
        return np.column_stack([np.ones(len(sets)), np.log([len(one) for one in sets]), between])

    slopes, *_ = np.linalg.lstsq(features([one.languages for one in measured.sets]), measured.gains, rcond=None)
    assert baselines.Diversity(ground)(measured, SETS)[:, 1:] == pytest.approx(features(SETS) @ slopes)


def test_pairs_learn_that_a_language_in_the_set_gains(measured):
    rule = lambda codes, code: 5.0 * (code in codes)  # noqa: E731
    found = pairs.Pairs(gained.ground())(gained.measured(rule, per_heuristic=12), [("sna", "fin", "tur"), ("wol", "fin", "tur")])
    place = measured.languages.index("sna") + 1
    assert found[0, place] - found[1, place] > 2.5


def test_a_proxy_is_what_another_encoder_gained_on_the_same_set(measured):
    proxy = pairs.proxy_of(measured, ("wol", "xho", "deu"))
    place = {code: column for column, code in enumerate(measured.languages)}
    told = proxy(measured.sets[3].languages)
    assert told[[0, 2]] == pytest.approx(measured.gains[3, [place["wol"], place["deu"]]])
    assert np.isnan(told[1])
    assert np.isnan(proxy(("zho",))).all()


def test_errors_ranks_and_regret_are_those_of_hand_calculation(measured):
    said = np.column_stack([measured.means, measured.gains]) + 0.0
    said[:, 0] += np.linspace(-1, 1, len(said))
    said[0, 0] = 99.0
    kept = np.ones(len(said), bool)
    found = protocol.judged(measured, said, kept)
    assert found["error"] == pytest.approx(np.abs(said[:, 0] - measured.means).mean())
    assert found["error_language"] == 0
    assert found["rank"] == pytest.approx(stats.spearmanr(said[:, 0], measured.means)[0])
    assert found["regret"] == pytest.approx(measured.means.max() - measured.means[0])


def test_regret_is_of_small_sets_alone(measured):
    large = replace(measured.sets[1], languages=frozenset(f"q{letter}{other}" for letter in "abcdefghij" for other in "ab"))
    found = replace(measured, sets=(measured.sets[0], large), gains=measured.gains[:2] + np.array([[0], [50]]))
    assert protocol.regret(found, np.array([[0.0], [9.0]]), np.ones(2, bool)) == 0


def test_what_noise_allows_is_the_error_of_knowing_the_truth():
    truth = gained.measured(noise=0.0)
    errors, allowed = [], []
    for seed in range(30):
        found = gained.measured(noise=1.0, seed=seed)
        base = found.base - truth.base  # of fine-tuning only, which all sets share
        errors.append(np.abs(found.means - truth.means + base @ found.average).mean())
        allowed.append(protocol.noise(found, np.ones(len(found.sets), bool))["error"])
    assert np.mean(allowed) == pytest.approx(np.mean(errors), rel=0.05)


def test_ours_beats_the_mean_where_sets_matter_and_does_no_worse_than_it_where_they_do_not():
    for rule, least in ((gained.planted, 0.5), (gained.nothing, 1.25)):
        measured = gained.measured(rule, noise=0.5)
        kept = np.ones(len(measured.sets), bool)
        ours, mean = (
            protocol.judged(measured, folds.left_out(measured, one), kept)["error"]
            for one in (protocol.of_model(gained.ground()), baselines.language_mean)
        )
        assert ours < least * mean


def test_without_noise_nobody_who_knows_the_truth_regrets_a_choice():
    kept = np.ones(30, bool)
    quiet, loud = (
        protocol.regret_of_noise(gained.measured(noise=noise), gained.ground(), kept)["regret"] for noise in (0.001, 2.0)
    )
    assert quiet < 0.01 < loud
