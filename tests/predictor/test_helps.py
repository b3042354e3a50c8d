"""Which languages help which, held against predicting every set by itself."""

import gained
import numpy as np
import pytest

from realignment.predictor import calibrated, helps
from realignment.predictor.wish import Wish

POOL = gained.POOL


@pytest.fixture(scope="module")
def models():
    found = gained.experiment(tasks=("ner", "pos")).measured()
    return {key: calibrated.fit(one, gained.ground()) for key, one in found.items()}


@pytest.fixture(scope="module")
def changed(models):
    return helps.of_pool([Wish(models, ()), Wish(models, ("wol",))], POOL)


def test_a_language_stands_in_place_of_a_random_other_and_all_else_stays():
    drawn = helps.orders(POOL, 20)
    sets, mix = helps.exchanges("hau", drawn)
    assert len(sets) == 40
    for row, (held, without) in enumerate(zip(sets[::2], sets[1::2], strict=True)):
        assert len({*held}) == len({*without}) == helps.SIZE
        assert "hau" in held
        assert "hau" not in without
        assert len({*held} & {*without}) == helps.SIZE - 1
        assert (mix[0, 2 * row], mix[0, 2 * row + 1]) == (1 / 20, -1 / 20)
    assert drawn == helps.orders(POOL[::-1], 20)


def test_a_change_is_the_mean_difference_of_what_sets_are_predicted_to_gain(models, changed):
    drawn = helps.orders(POOL)
    for targets, place in (((), 0), (("wol",), 1)):
        wish, differences = Wish(models, targets), []
        for order in drawn:
            others = [one for one in order if one != "sna"][: helps.SIZE]
            differences.append(wish.values([[*others[:-1], "sna"]])[0] - wish.values([others])[0])
        assert changed["sna"][place].gain == pytest.approx(np.mean(differences))


def test_its_interval_is_that_of_the_difference_of_the_sets_together(models, changed):
    sets, mix = helps.exchanges("swa", helps.orders(POOL))
    for place, targets in enumerate(((), ("wol",))):
        wish = Wish(models, targets)
        covariance = wish.joint(sets)[1]
        by_hand = wish.factor * np.sqrt(
            sum(mix[0, i] * mix[0, j] * covariance[i, j] for i in range(len(sets)) for j in range(len(sets)))
        )
        assert changed["swa"][place].half == pytest.approx(by_hand)


def test_the_languages_of_a_planted_rule_are_told_and_come_first(changed):
    order = sorted(changed, key=lambda code: -changed[code][0].gain)
    assert set(order[:2]) == {"swa", "sna"}
    for code in order[:2]:
        assert changed[code][0].told
        assert changed[code][0].gain == pytest.approx(
            0.5, abs=0.25
        )  # 5 points times a tenth of the set, less what the other may bring


def test_each_level_family_and_language_is_asked_for_once(models):
    asked = helps.questions(models, gained.ground().languages)
    assert [name for kind, name in asked if kind == helps.TASK] == ["ner", "pos"]
    assert [name for kind, name in asked if kind == helps.LEVEL] == ["HRL", "LRL seen", "LRL unseen"]
    assert asked[helps.KIN, "Atlantic-Congo"].targets == ("sna", "swa", "wol", "yor")
    assert (helps.KIN, "Germanic") not in asked  # one evaluated language
    assert [name for kind, name in asked if kind == helps.ITSELF] == sorted(gained.EVALUATED)
