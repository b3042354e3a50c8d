"""Interquartile means, how often a run is above another, and gains by language, against scipy and by hand."""

import itertools
import random
from statistics import fmean

import numpy as np
import pytest
from scipy import stats

from realignment.report import robust_views
from realignment.results import averages, robust, tables
from realignment.results.scores import Row, Score

LANGUAGES = [f"l{number}" for number in range(9)]
SEEDS = ("17", "23", "42", "66")


def study(gains: dict[str, float], key: int = 1, n: int = 0) -> tables.Study:
    chance = random.Random(key)
    found = [
        Score("small", subset, "", seed, task, task, code, "HRL", min(0.3 + 0.05 * place + gain + chance.gauss(0, 0.02), 1.0), n)
        for subset, gain in gains.items()
        for seed in SEEDS
        for task in ("nli", "ner")
        for place, code in enumerate(LANGUAGES)
    ]
    return tables.Study(averages.collect(found), "small")


def held(one: tables.Study, subset: str) -> robust.Held:
    return robust.held(one, Row("small", subset), {"nli": LANGUAGES, "ner": LANGUAGES})


def test_the_interquartile_mean_is_scipys_trimmed_mean_of_each_task():
    one = held(study({"none": 0.0}), "none")
    assert [scores.shape for scores in one.scores] == [(4, 9), (4, 9)]
    assert robust.middle(one.scores) == pytest.approx(fmean(stats.trim_mean(scores.ravel(), 0.25) for scores in one.scores))


def test_one_language_near_zero_turns_the_mean_and_hardly_the_interquartile_mean():
    one = held(study({"none": 0.0}), "none")
    before = [robust.middle(one.scores), float(np.mean(one.scores))]
    one.scores[1][:, 4] = 0.5
    after = [robust.middle(one.scores), float(np.mean(one.scores))]
    turned = [one - other for one, other in zip(before, after, strict=True)]
    assert turned[0] < 1.5 and turned[1] > 2.5


def test_how_often_a_run_is_above_another_is_counted_over_all_pairs_of_runs():
    one = study({"none": 0.0, "all": 0.01})
    ours, base = held(one, "all"), held(one, "none")
    counted = [
        (x[code] > y[code]) + (x[code] == y[code]) / 2
        for mine, theirs in zip(ours.scores, base.scores, strict=True)
        for x, y in itertools.product(mine, theirs)
        for code in range(9)
    ]
    share, low, high = robust.above(ours, base)
    assert share == pytest.approx(fmean(counted))
    assert low < share < high
    task, (u, _) = 0, stats.mannwhitneyu(ours.scores[0][:, 3], base.scores[0][:, 3])
    single = [robust.Held([scores[task][:, 3:4]], list(SEEDS)) for scores in (ours.scores, base.scores)]
    assert robust.above(*single)[0] == pytest.approx(u / 16)
    assert robust.above(base, ours)[0] == pytest.approx(1 - share)


def test_intervals_of_four_seeds_cover_what_they_say():
    """Where two rows do not differ a run is above another in half of the cases."""
    chance, inside, count = np.random.default_rng(3), 0, 400
    for _ in range(count):
        rows = [robust.Held([chance.normal(0, 1, (4, 1)) / 2 + chance.normal(0, 1, (4, 20))], list(SEEDS)) for _ in range(2)]
        _, low, high = robust.above(*rows)
        inside += low <= 0.5 <= high
    assert inside / count > 0.95 - 3 * (0.95 * 0.05 / count) ** 0.5


def test_the_error_of_seeds_is_that_of_a_mean_where_nothing_is_trimmed(monkeypatch):
    monkeypatch.setattr(robust, "TRIMMED", 0.0)
    one = held(study({"none": 0.0}), "none")
    by_seed = np.mean([scores.mean(1) for scores in one.scores], 0)
    assert robust.error(one) == pytest.approx(by_seed.std(ddof=1) / 2)


def test_a_draw_of_several_seeds_is_one_observation():
    labels = ["1.17.17.17", "1.23.23.23", "2.17.17.17", "2.23.23.23"]
    scores = [Score("small", "random_5", "", label, "nli", "nli", "l0", "HRL", 0.1 * place) for place, label in enumerate(labels)]
    one = tables.Study(averages.collect(scores), "small")
    found = robust.held(one, Row("small", "random_5"), {"nli": ["l0"]})
    assert found.draw == ["1", "1", "2", "2"]
    assert robust.middles(one, ["nli"])[0]["seed error of the mean"] == pytest.approx(np.std([5.0, 25.0], ddof=1) / 2**0.5)


def test_errors_of_items_and_of_seeds_stand_apart_and_the_first_needs_the_number_of_pairs():
    known, unknown = (robust.middles(study({"none": 0.0}, n=n), ["nli", "ner"])[0] for n in (400, 0))
    shares = held(study({"none": 0.0}), "none").scores[0].mean(0) / 100
    assert known[robust.ITEMS] == pytest.approx(100 * fmean(shares * (1 - shares)) ** 0.5 / (400 * 9) ** 0.5)
    assert unknown[robust.ITEMS] is None
    (view, _) = robust_views.of_study(study({"none": 0.0, "all": 0.1}), ["nli", "ner"])
    assert robust_views.NO_ITEMS in view.notes


def test_a_profile_counts_languages_that_gain_more():
    one = study({"none": 0.0, "all": 0.03})
    (row,) = robust.profiles(one, ["nli", "ner"])
    base, ours = held(one, "none"), held(one, "all")
    gains = np.concatenate([x - y.mean(0) for x, y in zip(ours.scores, base.scores, strict=True)])
    assert row["more than +2"] == pytest.approx((gains > 2).mean())
    shares = [row[f"more than {step:+g}"] for step in robust.STEPS]
    assert shares == sorted(shares, reverse=True)
