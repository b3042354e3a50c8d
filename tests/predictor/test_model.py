"""What a set is expected to gain, held against dense arithmetic."""

from dataclasses import replace

import gained
import numpy as np
import pytest

from realignment.predictor import departures, model
from realignment.predictor.likeness import Likeness


@pytest.fixture(scope="module")
def fitted():
    return model.fit(gained.measured(), gained.ground())


SETS = [("sna", "swa"), ("fin", "rus", "tur"), ("ara", "eus", "hau", "sna", "zho")]


def test_distance_to_a_set_is_the_mean_of_the_three_nearest_of_it():
    ground = gained.ground()
    rows = ground.rows(["ara", "eus", "hau", "sna", "zho"])
    by_hand = np.sort(ground.distances[ground.rows(["swa"])[0], rows])[:3].mean()
    assert ground.nearest(["swa"], SETS)[2, 0] == pytest.approx(by_hand)
    assert ground.nearest(["swa"], [("swa",)])[0, 0] == 0


def test_kernels_are_those_of_their_definitions():
    ground, measured = gained.ground(), gained.measured()
    sets = [one.languages for one in measured.sets]
    likeness = Likeness(ground, sets, measured.languages, ~ground.seen(measured.languages, "xlmr"))
    composition, size, coverage, nearness = likeness.kernels(SETS, sets)
    logs = np.log([len(one) for one in sets])
    assert size[1, 0] == pytest.approx((np.log(3) - logs.mean()) / logs.std() * (logs[0] - logs.mean()) / logs.std())
    shares = ground.shares([SETS[1], sets[0]])
    inner = shares @ ground.kin @ shares.T
    every = ground.shares(sets)
    gram = every @ ground.kin @ every.T
    squares = np.diag(gram)[:, None] + np.diag(gram) - 2 * gram
    spread = np.diag(gram - gram.mean(0) - gram.mean(1)[:, None] + gram.mean()).mean()
    assert composition[1, 0] == pytest.approx(inner[0, 1] / spread)
    reach = 0.5 * np.median(squares[np.triu_indices(len(sets), 1)])
    assert nearness[1, 0] == pytest.approx(np.exp(-(inner[0, 0] + inner[1, 1] - 2 * inner[0, 1]) / reach))
    unseen = [code for code in measured.languages if not ground.seen([code], "xlmr")[0]]
    far = ground.nearest(unseen, sets).mean(1)
    asked = ground.nearest(unseen, SETS).mean(1)
    assert coverage[1, 0] == pytest.approx((asked[1] - far.mean()) / far.std() * (far[0] - far.mean()) / far.std())


def test_departures_of_languages_are_those_of_the_whole_process_over_sets_and_languages(fitted):
    """The Kronecker arithmetic against one dense covariance of every set and language."""
    measured, found = fitted.measured, fitted.departures
    ground, sets = gained.ground(), [one.languages for one in measured.sets]
    over = lambda a, b: departures.OWN + sum(fitted.likeness.kernels(a, b)) / 4  # noqa: E731
    far = ground.nearest(measured.languages, sets)
    left = measured.gains - measured.means[:, None] - found.slopes * (far - far.mean(0))
    noise = np.kron(np.diag(1 / measured.runs), np.eye(len(measured.languages)))
    whole = found.scale * (np.kron(over(sets, sets), found.alike) + found.ratio * noise)
    across = found.scale * np.kron(over(SETS, sets), found.alike)
    solved = np.linalg.solve(whole, across.T).T
    slope = found.slopes * (ground.nearest(measured.languages, SETS) - far.mean(0))
    weights = np.vstack([measured.average, np.eye(len(measured.languages))])
    dense = (solved @ left.ravel()).reshape(len(SETS), -1) + slope
    assert found.means(SETS, weights) == pytest.approx(dense @ weights.T, abs=1e-8)
    spread = found.scale * np.kron(over(SETS, SETS), found.alike) - solved @ across.T
    turned = np.kron(np.eye(len(SETS)), weights[:1])
    assert found.covariance(SETS, weights[0]) == pytest.approx(turned @ spread @ turned.T, abs=1e-8)
    several = np.kron(np.eye(len(SETS)), weights)
    assert found.variances(SETS, weights).ravel() == pytest.approx(np.diag(several @ spread @ several.T), abs=1e-8)


def test_expected_gains_of_languages_average_to_that_of_the_task(fitted):
    found = fitted.expected(SETS)
    assert found.means[:, 1:] @ fitted.measured.average == pytest.approx(found.means[:, 0])


def test_many_sets_at_once_are_expected_what_each_is_alone(fitted):
    weights = np.eye(len(fitted.measured.languages))[2]
    means, covariance = fitted.joint(SETS, weights)
    grouped = fitted.grouped(SETS, weights[None])
    assert fitted.values(SETS, weights) == pytest.approx(means)
    assert grouped.means[:, 0] == pytest.approx(means)
    assert grouped.spreads[:, 0] == pytest.approx(np.sqrt(np.diag(covariance)))


def test_a_planted_rule_is_found_again(fitted):
    random = np.random.default_rng(1)
    sets = [tuple(sorted(random.choice(gained.POOL, 4, replace=False))) for _ in range(40)]
    truth = [np.mean([gained.planted(one, code) for code in gained.EVALUATED]) for one in sets]
    expected, _ = fitted.mean(sets)
    assert np.abs(expected - truth).mean() < 0.35
    assert np.corrcoef(expected, truth)[0, 1] > 0.9


def test_a_source_keeps_its_level_and_a_new_set_is_expected_as_the_last_would_run_it():
    from realignment.predictor import experiment

    one, other = (
        gained.experiment(source="one"),
        gained.experiment(lambda codes, code: 7 + gained.planted(codes, code), source="other"),
    )
    apart = [
        model.fit(experiment.together(both)["xlmr", "pos"], gained.ground()).mean(SETS)[0]
        for both in ([one, other], [other, one])
    ]
    assert apart[0] - apart[1] == pytest.approx(np.full(3, 7.0), abs=0.15)


def test_a_language_of_no_known_distance_is_told_the_same_whatever_sets_are_asked_beside():
    one = gained.measured()
    named = replace(one, languages=("sot", *one.languages[1:]))
    assert np.isnan(gained.ground().distances[gained.ground().rows(["sot"])]).all()
    made, asked = model.fit(named, gained.ground()), frozenset({"sna", "swa"})
    alone, beside = made.expected([asked]), made.expected([asked, frozenset({"fin"}), frozenset({"ita", "por"})])
    assert alone.means[0] == pytest.approx(beside.means[0], abs=1e-9)


def test_a_set_of_no_known_distance_is_told_the_same_whatever_sets_are_asked_beside():
    made = model.fit(gained.measured(), gained.ground())
    asked = [frozenset({"sot"}), frozenset({"fin"})]
    assert made.expected(asked[:1]).means[0] == pytest.approx(made.expected(asked).means[0], abs=1e-9)
