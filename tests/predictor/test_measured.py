"""Gains of sets over fine-tuning only, from the scores of runs."""

import gained
import numpy as np
import pytest

from realignment.languages import table as languages
from realignment.predictor import experiment, measured
from realignment.predictor.experiment import Experiment
from realignment.results import averages
from realignment.results.scores import Row, Score


def _score(subset, seed, code, points, group="HRL", evalset="udpos"):
    return Score("xlmr", subset, "", seed, "pos", evalset, code, group, points / 100)


def _runs(*scores):
    return averages.collect(scores)


BASE = [
    _score("none", seed, code, points)
    for seed, code, points in (("1", "deu", 60), ("2", "deu", 62), ("1", "fra", 50), ("2", "fra", 50))
]
SETS = {("my_a", seed): frozenset({"swa", "yor"}) for seed in ("1", "2")}


def _of(runs, sets=SETS):
    return measured.of_runs(runs, sets, "xlmr", "pos", source="x", seen="xlmr")


def test_a_gain_is_the_mean_over_seeds_less_the_mean_of_fine_tuning_only_in_points():
    some = [
        _score("my_a", "1", "deu", 63),
        _score("my_a", "2", "deu", 67),
        _score("my_a", "1", "fra", 49),
        _score("my_a", "2", "fra", 51),
    ]
    found = _of(_runs(*BASE, *some))
    assert found.languages == ("deu", "fra")
    assert found.gains == pytest.approx(np.array([[65 - 61, 50 - 50]]))
    assert found.means == pytest.approx([2.0])
    assert found.base == pytest.approx([61, 50])


def test_a_seed_of_fine_tuning_only_that_has_retrieval_alone_hides_no_gain():
    retrieval = Score("xlmr", "none", "", "0", "retrieval", "heldout", "deu", "HRL", 0.3)
    some = [_score("my_a", seed, code, 62) for seed in ("1", "2") for code in ("deu", "fra")]
    assert _of(_runs(*BASE, retrieval, *some)).gains == pytest.approx(_of(_runs(*BASE, *some)).gains)


def test_english_and_out_of_distribution_languages_are_in_no_mean():
    more = [_score(subset, seed, code, points, group) for subset, points in (("none", 50), ("my_a", 59)) for seed in ("1", "2")
            for code, group in (("eng", "English"), ("aym", "OOD"))]  # fmt: skip
    some = [_score("my_a", seed, code, points) for seed in ("1", "2") for code, points in (("deu", 63), ("fra", 51))]
    found = _of(_runs(*BASE, *some, *more))
    assert found.languages == ("aym", "deu", "fra")
    assert found.means == pytest.approx([(2 + 1) / 2])
    assert found.gains[0, 0] == pytest.approx(9)


def test_an_african_set_counts_before_a_general_one():
    both = [_score(subset, "1", "swa", points, "LRL seen", name) for subset, name, points in
            (("none", "udpos", 10), ("none", "masakhapos", 40), ("my_a", "udpos", 90), ("my_a", "masakhapos", 43))]  # fmt: skip
    assert _of(_runs(*both), {("my_a", "1"): frozenset({"yor"})}).gains == pytest.approx(np.array([[3.0]]))


def test_a_run_without_a_language_that_the_others_have_is_left_out_and_counted():
    some = [_score("my_a", "1", "deu", 63), _score("my_a", "1", "fra", 51), _score("my_a", "2", "deu", 99)]
    found = _of(_runs(*BASE, *some))
    assert found.sets[0].seeds == ("1",)
    assert found.gains == pytest.approx(np.array([[2, 1]]))
    assert dict(found.left_out) == {"a language that the others have was not evaluated": 1}


def test_a_run_whose_languages_are_not_known_is_left_out_and_counted():
    some = [_score(subset, "1", code, 63) for subset in ("my_a", "my_b") for code in ("deu", "fra")]
    found = _of(_runs(*BASE, *some))
    assert [one.subset for one in found.sets] == ["my_a"]
    assert dict(found.left_out) == {"the languages it was realigned on are not known": 1}


def test_without_fine_tuning_only_there_is_no_gain():
    assert _of(_runs(*[_score("my_a", "1", code, 63) for code in ("deu", "fra")])) is None


def test_draws_of_a_random_subset_are_sets_of_their_own():
    some = [_score("random_2", seed, code, 60 + int(seed)) for seed in ("1", "2") for code in ("deu", "fra")]
    found = _of(_runs(*BASE, *some), {("random_2", "1"): frozenset({"swa", "yor"}), ("random_2", "2"): frozenset({"hau", "yor"})})
    assert [(sorted(one.languages), one.seeds) for one in found.sets] == [(["hau", "yor"], ("2",)), (["swa", "yor"], ("1",))]


def test_noise_is_the_pooled_deviation_of_single_runs_from_their_sets():
    found = gained.measured(gained.nothing, noise=0.5, per_heuristic=6)
    runs = gained.experiment(gained.nothing, noise=0.5, per_heuristic=6).runs
    squares, freedom = 0.0, 0
    for row, by_seed in runs.rows.items():
        if row.subset != "none" and len(by_seed) > 1:
            means = [100 * np.mean([held["pos", code] for code in found.languages]) for held in by_seed.values()]
            squares += ((means - np.mean(means)) ** 2).sum()
            freedom += len(means) - 1
    assert found.noise_of(found.average[None])[0] == pytest.approx(np.sqrt(squares / freedom))


def test_a_heuristic_is_held_together_over_sizes_and_pools_and_fixed_lists_are_alone():
    names = ("uriel_diverse_10", "joshi_3__uriel_diverse_10", "all_65", "my_own", "xtreme_r_47", "labs_idea_7")
    found = [measured.Realigned("x", name, frozenset({"swa"}), ("1",)).heuristic for name in names]
    assert found == ["uriel_diverse", "uriel_diverse", "all_65", "my_own", "xtreme_r_47", "labs_idea"]


def test_two_sources_are_fitted_on_the_languages_that_both_evaluated_and_keep_their_levels():
    one, other = (
        gained.experiment(source="one"),
        gained.experiment(lambda codes, code: 7 + gained.planted(codes, code), source="other"),
    )
    found = experiment.together([one, other])["xlmr", "pos"]
    assert found.sources == ("one", "other")
    assert len(found.sets) == 2 * len(gained.measured().sets)
    assert found.languages == gained.measured().languages


def test_two_sources_without_enough_languages_in_common_are_refused_in_one_line():
    def of(codes, source):
        scores = [_score(subset, "1", code, 60) for subset in ("none", "my_a") for code in codes]
        return Experiment(source, _runs(*scores), {("xlmr", "my_a", "1", "pos"): ("swa",)}, {"xlmr": "xlmr"}, languages.paper())

    with pytest.raises(Exception, match="one and other have 1; give one of them as --source"):
        experiment.together([of(("deu", "fra"), "one"), of(("deu", "swa"), "other")])


def test_a_language_that_a_run_of_fine_tuning_only_lacks_is_named_as_in_no_number():
    given = gained.experiment()
    held = given.runs.rows[Row("xlmr", "none")]["1"]
    try:
        gone = held.pop(("pos", "deu"))
        one = given.measured()["xlmr", "pos"]
    finally:
        held["pos", "deu"] = gone
    assert "deu" not in one.languages
    assert one.missing == ("deu",)


def test_languages_that_one_of_two_sources_lacks_are_named_as_in_no_number():
    given = gained.experiment()
    one = given.measured()["xlmr", "pos"]
    fewer = one.within([code for code in one.languages if code != "deu"])
    assert experiment._joined(one, fewer, ("xlmr", "pos")).missing == ("deu",)
