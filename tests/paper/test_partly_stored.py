"""A row known by means, deviations and averages: what is said of it is right for scores that were drawn and then forgotten."""

from dataclasses import replace

import numpy as np
import pytest
from paper_files import PUBLISHED, TASKS, THE_PAPER, lines

from realignment.paper.partly_stored import PartlyStored
from realignment.results import noise, study_tables, verdicts
from realignment.results.scores import AVERAGED, Row
from realignment.statistics.summary import Bounded, Summary

SEEDS, LANGUAGES, GONE = ("17", "23", "42", "66"), tuple("abcdefgh"), ("f", "g", "h")
NONE = Row("mbert", "none")


@pytest.fixture(params=range(6))
def drawn(request) -> tuple[dict, PartlyStored]:
    """Scores of every language by seed, in two tasks; and the row that has lost three of them. Languages of a seed rise and fall together."""
    chance = np.random.default_rng(request.param)
    common = chance.normal(0, 0.02, len(SEEDS))
    truth = {
        seed: {
            (task, code): 0.5 + shift * chance.uniform(-1, 2) + chance.normal(0, 0.01)
            for task in ("pos", "ner")
            for code in LANGUAGES
        }
        for seed, shift in zip(SEEDS, common, strict=True)
    }
    held = {
        seed: {item: one for item, one in scores.items() if item[0] != "pos" or item[1] not in GONE}
        for seed, scores in truth.items()
    }
    by_language = {code: Summary(tuple(truth[seed]["pos", code] for seed in SEEDS)) for code in LANGUAGES}
    known = {code: (one.mean, one.std) for code, one in by_language.items()}
    averages = {seed: float(np.mean([truth[seed]["pos", code] for code in LANGUAGES])) for seed in SEEDS}
    return truth, PartlyStored("pos", held, known, averages)


def by_hand(truth: dict, items: dict[str, str]) -> list[float]:
    return [
        float(np.mean([np.mean([truth[seed][task, code] for code in codes]) for task, codes in items.items()])) for seed in SEEDS
    ]


@pytest.mark.parametrize(
    "items", [{"pos": "abcdefgh"}, {"pos": "afgh"}, {"pos": "fgh", "ner": "ab"}, {"pos": "ab", "ner": "fgh"}]
)
def test_a_mean_over_all_that_is_missing_or_over_none_of_it_is_known_by_seed(drawn, items):
    truth, row = drawn
    assert list(row.by_seed(items).values()) == pytest.approx(by_hand(truth, items))


@pytest.mark.parametrize(
    "items", [{"pos": "f"}, {"pos": "fg"}, {"pos": "abfg"}, {"pos": "gh", "ner": "abc"}, {"pos": "bcdeh", "ner": "h"}]
)
def test_the_mean_over_some_is_right_and_the_deviation_lies_between_its_ends(drawn, items):
    truth, row = drawn
    values, found = by_hand(truth, items), row.cell(items)
    assert row.by_seed(items) == {}
    assert (found.mean, found.n) == (pytest.approx(np.mean(values)), len(SEEDS))
    assert found.least - 1e-12 <= np.std(values, ddof=1) <= found.most + 1e-12


def test_a_language_alone_has_its_own_deviation(drawn):
    truth, row = drawn
    found = row.cell({"pos": "g"})
    assert found.std == pytest.approx(np.std(by_hand(truth, {"pos": "g"}), ddof=1))


def test_another_score_that_is_missing_leaves_nothing(drawn):
    _, row = drawn
    assert row.cell({"pos": "f", "ner": "z"}) == Summary(()) and row.by_seed({"ner": "z"}) == {}


def test_the_stored_means_agree_with_the_stored_scores_and_averages():
    """The two files were made apart: means and deviations of languages that have scores by seed, and the mean of all."""
    rows = [row for row in lines(PUBLISHED / "mbert_none_pos.tsv") if row["evalset"] == "udpos"]
    seeds = THE_PAPER.runs.rows[NONE].values()
    for row in rows:
        values = [100 * held["pos", row["language"]] for held in seeds]
        assert (np.mean(values), np.std(values, ddof=1)) == pytest.approx((float(row["mean"]), float(row["std"])), abs=0.0051)
    means = [float(row["mean"]) for row in lines(PUBLISHED / "mbert_none_pos.tsv")]
    stored = [100 * float(row["score"]) for row in lines(PUBLISHED / "averages.tsv")]
    assert (len(rows), len(means)) == (36, 54) and np.mean(means) == pytest.approx(np.mean(stored), abs=0.005)


def test_the_gain_on_unseen_languages_is_that_of_all_of_them_and_not_of_wolof_alone():
    """By hand: POS of all 65 languages less the stored means, over the languages of the level."""
    study = next(one for one in THE_PAPER.studies if one.encoder == "mbert")
    items = study.items(["pos"], {"LRL unseen"})
    means = {row["language"]: float(row["mean"]) / 100 for row in lines(PUBLISHED / "mbert_none_pos.tsv")}
    found = study.runs.cell(NONE, items)
    assert isinstance(found, Bounded) and len(items["pos"]) == 16
    assert found.mean == pytest.approx(np.mean([means[code] for code in items["pos"]]))
    assert 0.6 * found.most < found.least < found.most  # the ends lie near: the sum over all African languages is known by seed
    assert study.runs.cell(NONE, study.items(TASKS, AVERAGED)).n == len(SEEDS)


def test_an_error_holds_the_stored_deviation_and_of_two_ends_the_larger():
    """A language alone: the variance that is judged by is the stored one; a level: at the smaller end no error is larger."""
    study = next(one for one in THE_PAPER.studies if one.encoder == "mbert")
    stored = {row["language"]: float(row["std"]) / 100 for row in lines(PUBLISHED / "mbert_none_pos.tsv")}
    cells = noise.of_column(study, {"pos": ["bam"]}, study.rows(["pos"])).cells
    assert (cells[NONE].widest, cells[NONE].n) == (pytest.approx(stored["bam"]), 4)
    items = study.items(["pos"], {"LRL unseen"})
    less = replace(study, runs=replace(study.runs, partly={NONE: replace(study.runs.partly[NONE], smaller=True)}))
    both = [verdicts.of_study(one, ["pos"]) for one in (study, less)]
    errors = [[one.gain(row, items).error for row in study_tables.realigned(study, ["pos"])] for one in both]
    assert all(large > small > 0 for large, small in zip(*errors, strict=True))
