"""Which set is recommended, held against looking at every set."""

import itertools
from dataclasses import replace

import gained
import numpy as np
import pytest

from realignment.core.errors import BadInput
from realignment.predictor import calibrated, recommended, teaching
from realignment.predictor.experiment import together
from realignment.predictor.wish import Answer, Wish

POOL = ("eus", "fin", "hau", "hin", "sna", "swa", "tur", "yor", "zho")


@pytest.fixture(scope="module")
def wish():
    found = gained.experiment(tasks=("ner", "pos")).measured()
    return Wish({key: calibrated.fit(one, gained.ground()) for key, one in found.items()}, ())


@pytest.fixture(scope="module")
def found(wish):
    return recommended.best(wish, POOL, (2, 4, 9))


def test_the_best_set_is_the_best_of_all_sets_of_its_size(wish, found):
    for size in (2, 4):
        every = list(itertools.combinations(POOL, size))
        assert found[size].languages == every[int(wish.values(every).argmax())]


def test_a_planted_rule_is_what_is_recommended(found):
    assert set(found[2].languages) == {"sna", "swa"}
    assert recommended.first(found).size == 2
    assert found[2].lead.gain > 1.5
    assert found[2].lead.told


def test_a_wish_is_the_mean_over_encoders_and_tasks(wish, found):
    each = [one.model.mean([found[4].languages])[0][0] for one in wish.models.values()]
    assert found[4].gain.gain == pytest.approx(np.mean(each))


def test_a_wish_in_a_target_is_what_that_language_is_expected_to_gain(wish):
    aimed = Wish(wish.models, ("wol",))
    columns = [one.expected([("sna", "swa")]).means[0, one.left_out.columns.names.index("wol")] for one in wish.models.values()]
    assert aimed.values([("sna", "swa")])[0] == pytest.approx(np.mean(columns))


def test_a_lead_is_the_gain_less_the_mean_over_draws_and_its_interval_that_of_the_difference(wish, found):
    drawn = recommended.draws(POOL, 4)
    values = wish.values([found[4].languages, *drawn])
    assert found[4].lead.gain == pytest.approx(values[0] - values[1:].mean())
    mean, covariance = wish.joint([found[4].languages, *drawn])
    sampled = np.random.default_rng(0).multivariate_normal(mean, covariance, 40_000, check_valid="ignore")
    spread = (sampled[:, 0] - sampled[:, 1:].mean(1)).std()
    assert found[4].lead.half == pytest.approx(recommended.SEARCHED * wish.factor * spread, rel=0.03)


def test_a_language_carries_what_the_set_loses_on_average_with_each_other_in_its_place(wish, found):
    one = found[4]
    others = [code for code in POOL if code not in one.languages]
    for code in one.languages:
        rest = [kept for kept in one.languages if kept != code]
        lost = wish.values([one.languages])[0] - np.mean([wish.values([(*rest, other)])[0] for other in others])
        assert one.shares[code].gain == pytest.approx(lost)
    assert list(one.shares.values()) == sorted(one.shares.values(), key=lambda share: -share.gain)


def test_a_whole_pool_leads_over_nothing_and_that_is_not_told(found):
    assert found[9].lead.gain == pytest.approx(0)
    assert not found[9].lead.told
    assert found[9].shares == {}


def test_draws_are_the_same_each_time_and_whatever_the_order_of_the_pool():
    assert recommended.draws(POOL, 4) == recommended.draws(tuple(reversed(POOL)), 4)
    counts = np.mean([["swa" in one for one in recommended.draws(POOL, 4)]])
    assert counts == pytest.approx(4 / 9, abs=0.12)


def test_where_sets_make_no_difference_nothing_is_told():
    """In twelve worlds without any effect; each of two sizes was looked for, which is when a lead looks larger than it is."""
    told, ordered = 0, 0
    for seed in range(12):
        one = gained.measured(gained.nothing, noise=1.0, seed=seed)
        made = recommended.best(Wish({("xlmr", "pos"): calibrated.fit(one, gained.ground())}, ()), gained.POOL, (3, 5))
        told += recommended.first(made).lead.told
        ordered += made[3].wish.ordered
    assert (told, ordered <= 2) == (0, True)


def test_where_size_alone_makes_a_difference_no_set_is_told_from_another_of_its_size():
    told = 0
    for seed in range(6):
        one = gained.measured(lambda codes, language: 6 * np.log(len(codes)), noise=1.0, seed=seed)
        made = recommended.best(Wish({("xlmr", "pos"): calibrated.fit(one, gained.ground())}, ()), gained.POOL, (3, 5))
        told += any(one.lead.told for one in made.values())
    assert told == 0


def test_planted_sets_are_ordered_better_than_chance(wish):
    assert wish.ordered


def test_intervals_of_a_set_that_was_looked_for_are_wider_than_those_of_any_set(wish, found):
    (plain,) = wish.of([found[4].languages], np.ones((1, 1)))
    assert found[4].gain.half == pytest.approx(recommended.SEARCHED * plain.half)


def test_a_set_that_two_sources_ran_counts_once_for_each_in_the_width_of_intervals():
    one = gained.experiment()
    both = Wish(
        {key: calibrated.fit(made, gained.ground()) for key, made in together([one, replace(one, source="other")]).items()}, ()
    )
    assert len(both._left_out[0]) == 2 * len(one.measured()["xlmr", "pos"].sets)


def test_an_answer_is_told_where_its_interval_leaves_out_nothing():
    assert [Answer(*one).told for one in ((1, 0.5), (-1, 0.5), (1, 1.5), (0, 0.0), (1, 1.0))] == [True, True, False, False, False]


def test_targets_that_no_run_was_evaluated_in_are_refused_in_one_line(wish):
    with pytest.raises(BadInput, match="none of xho was; evaluated: deu, fra, sna, swa, wol, yor"):
        Wish(wish.models, ("xho",))


def test_the_first_lesson_is_the_run_that_lowers_the_variance_of_all_candidates_most(wish):
    candidates = [tuple(sorted(one)) for one in itertools.combinations(POOL, 2)][::3]
    found = teaching.lessons(wish, candidates, 2)
    after = []
    for place in range(len(candidates)):
        left = before = 0.0
        for made in wish.models.values():
            average = made.measured.average
            spread = made.model.joint(candidates, average)[1]
            noise = made.measured.noise_of(average[None])[0] ** 2
            inner = np.linalg.inv(spread[[place]][:, [place]] + noise)
            left += np.trace(spread - spread[:, [place]] @ inner @ spread[[place]])
            before += np.trace(spread)
        after.append(left / before)
    assert found[0].languages == candidates[int(np.argmin(after))]
    assert found[0].left == pytest.approx(min(after))
    assert found[1].left < found[0].left


def test_a_wish_counts_the_sets_that_all_of_its_tasks_have(wish):
    (key, one), *_ = wish.models.items()
    fewer = calibrated.fit(one.measured.only(np.arange(len(one.measured.sets)) > 2), gained.ground())
    assert replace(wish, models={**wish.models, key: fewer}).factor > 0
