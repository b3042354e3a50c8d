"""S* of Equation 2, and scores by evaluation set."""

import random
from statistics import fmean

import pytest

from realignment.results import averages, by_set, oracle, tables
from realignment.results.scores import Row, Score


def study(found: dict[str, list[float]]) -> tables.Study:
    """Subset -> scores of its seeds, of one language and task."""
    seeds = ("17", "23", "42", "66")
    rows = [
        Score("xlmr", subset, "", seed, "pos", "udpos", "deu", "HRL", value)
        for subset, values in found.items() for seed, value in zip(seeds, values, strict=False)
    ]  # fmt: skip
    return tables.Study(averages.collect(rows), "xlmr")


def row(found: dict[str, list[float]]) -> dict:
    return next(one for one in oracle.subsets(study(found), ["pos"]) if one["average over"] == "HRL")


def test_the_best_subset_is_that_of_the_highest_mean():
    found = row({"none": [0.5, 0.5], "all_65": [0.6, 0.8], "random_5": [0.7, 0.6]})
    assert (found["S*"], found["score"], found["next"]) == ("all_65", "70.00 ± 14.14", "random_5")
    assert found["gain over fine-tuning only"].startswith("+20.00")
    assert found["lead"] == "+5.00"


def test_a_subset_with_fewer_runs_is_no_candidate_and_is_named():
    found = row({"none": [0.5, 0.5], "all_65": [0.99], "random_5": [0.7, 0.6]})
    assert (found["S*"], found["not complete"], found["candidates"]) == ("random_5", "all_65", 2)


def test_a_random_subset_of_several_draws_is_one_value_per_training_seed():
    """Two draws of random_5 by the two seeds that chosen rows have: by hand its seeds are .4 and .5, and the chosen row is best."""
    planted = {("none", "17"): 0.3, ("none", "23"): 0.3, ("uriel_diverse_5", "17"): 0.6, ("uriel_diverse_5", "23"): 0.7}
    planted |= {("random_5", f"{draw}.{seed}.{seed}.{seed}"): value for draw, seed, value in
                ((1, 17, 0.3), (2, 17, 0.5), (1, 23, 0.4), (2, 23, 0.6))}  # fmt: skip
    rows = [Score("xlmr", *place[:1], "", place[1], "pos", "udpos", "deu", "HRL", value) for place, value in planted.items()]
    one = tables.Study(averages.collect(rows), "xlmr")
    found = next(row for row in oracle.subsets(one, ["pos"]) if row["average over"] == "HRL")
    assert (found["S*"], found["n"], found["candidates"], found["not complete"]) == ("uriel_diverse_5", 2, 3, "")
    assert (found["next"], found["lead"], found["gain over fine-tuning only"][:6]) == ("random_5", "+20.00", "+35.00")


def test_nothing_is_gained_over_itself():
    assert row({"none": [0.9, 0.9], "all_65": [0.5, 0.6]})["gain over fine-tuning only"] == "—"


def test_a_seed_apart_is_scored_by_the_choice_of_the_others():
    """Brute force over random studies."""
    numbers = random.Random(0)
    for _ in range(50):
        names = ["none", "all_65", "random_5", "uriel_diverse_5"]
        found = {name: [numbers.random() for _ in range(4)] for name in names}
        by_hand = []
        for left in range(4):
            means = {name: fmean(value for seed, value in enumerate(values) if seed != left) for name, values in found.items()}
            by_hand.append(found[max(means, key=means.get)][left])
        full = {Row("xlmr", name): dict(zip("abcd", values, strict=True)) for name, values in found.items()}
        assert oracle.apart(full) == pytest.approx(by_hand)


def test_choosing_on_the_scores_themselves_flatters_where_rows_differ_by_chance_alone():
    """Thirty rows of equal merit: the chosen one looks better than it is, a seed apart does not."""
    numbers = random.Random(1)
    chosen, apart = [], []
    for _ in range(200):
        full = {Row("xlmr", f"random_{n}"): {seed: numbers.gauss(0.6, 0.01) for seed in "abcd"} for n in range(30)}
        chosen.append(max(fmean(values.values()) for values in full.values()))
        apart.append(fmean(oracle.apart(full)))
    assert fmean(chosen) > 0.608  # the expected largest of thirty means of four: .6 + 2.04 * .005
    assert fmean(apart) == pytest.approx(0.6, abs=0.002)


def test_one_seed_leaves_nothing_apart():
    assert row({"none": [0.5], "all_65": [0.6]})["a seed apart"] == "—"


def test_a_language_in_two_sets_stands_in_both():
    """In averages the African set alone counts."""
    found = [
        Score("xlmr", "none", "", "17", "pos", name, language, group, value)
        for name, language, group, value in [
            ("udpos", "wol", "LRL unseen", 0.2), ("udpos", "eng", "English", 0.9), ("masakhapos", "wol", "LRL unseen", 0.8),
            ("masakhapos", "sot", "", 0.6),
        ]
    ]  # fmt: skip
    (table,) = by_set.of_study(tables.Study(averages.collect(found), "xlmr"), found, ["pos"])
    values = dict(zip(table.columns, (one.mean for one in table.lines[0].values), strict=True))
    assert values == pytest.approx({
        "masakhapos LRL unseen": 0.8, "masakhapos all": 0.7, "udpos LRL unseen": 0.2, "udpos English": 0.9, "udpos all": 0.55,
    })  # fmt: skip
