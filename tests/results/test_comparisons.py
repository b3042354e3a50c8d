"""Verdicts on made-up studies whose truth is known, and on the authors' runs."""

import math
import random

import numpy as np
import pytest
import random_studies
from paper_files import TASKS, THE_PAPER
from scipy import stats

from realignment.results import averages, comparisons, power, tables
from realignment.results.scores import Row, Score
from realignment.statistics import inference

GROUP = {"eng": "English", "deu": "HRL", "swa": "LRL seen", "fon": "LRL unseen", "quy": "OOD"}
SEEDS = ("17", "23", "42", "66")


def study(gains: dict[str, float], seeds=SEEDS, sd: float = 0.01, tasks=("pos", "ner"), key: int = 1) -> tables.Study:
    """Subset -> gain over 0.5 in every language; noise of `sd` a run, the same for all languages of a task."""
    draw = random.Random(key)
    found = [
        Score("xlmr", subset, "", seed, task, task, language, GROUP[language], 0.5 + gain + noise)
        for subset, gain in gains.items()
        for seed in seeds
        for task in tasks
        for noise in [draw.gauss(0, sd)]
        for language in GROUP
    ]
    return tables.Study(averages.collect(found), "xlmr")


def judged(found: tables.Study, tasks=("pos", "ner")) -> dict[tuple[str, str, str], str]:
    listed = comparisons.against_references(found, comparisons.task_columns(found, tasks))
    return {(one["subset"], one["against"], one["column"]): one["verdict"] for one in listed}


GAINS = {"none": 0.0, "all_65": 0.1, "uriel_diverse_10": 0.1, "latin_diverse_10": 0.0, "script_diverse_10": -0.1}


def test_differences_of_ten_standard_deviations_are_told_and_none_is_not():
    found = judged(study(GAINS))
    assert found["uriel_diverse_10", "none", "POS"] == comparisons.BETTER
    assert found["script_diverse_10", "none", "NER"] == comparisons.WORSE
    assert found["latin_diverse_10", "none", "POS"] == comparisons.UNDECIDED
    assert found["uriel_diverse_10", "all_65", "POS"] == comparisons.UNDECIDED
    assert found["latin_diverse_10", "all_65", "NER"] == comparisons.WORSE


def test_two_seeds_tell_what_is_large_enough():
    assert judged(study(GAINS, SEEDS[:2], sd=0.0005))["uriel_diverse_10", "none", "POS"] == comparisons.BETTER


def test_one_seed_cannot_tell():
    assert set(judged(study(GAINS, SEEDS[:1])).values()) == {comparisons.UNDECIDED}


def test_seeds_that_all_agree_leave_no_error_to_judge_by():
    assert set(judged(study(GAINS, sd=0.0)).values()) == {comparisons.UNDECIDED}


def test_a_row_without_a_whole_run_is_missing_and_takes_no_part():
    found = study(GAINS)
    for held in found.runs.rows[Row("xlmr", "uriel_diverse_10")].values():
        del held["pos", "fon"]
    listed = comparisons.against_references(found, comparisons.task_columns(found, ("pos", "ner")))
    (row,) = [one for one in listed if (one["subset"], one["against"], one["column"]) == ("uriel_diverse_10", "none", "POS")]
    assert (row["verdict"], row["n"], row["difference"], row["p Holm"]) == (comparisons.MISSING, 0, None, None)
    assert comparisons.wide(found, [one for one in listed if one["against"] == "none"])[1]["POS"] == "—"


def test_a_reference_that_is_missing_makes_every_row_missing():
    found = study({"all_65": 0.1, "none": 0.0})
    for held in found.runs.rows[Row("xlmr", "none")].values():
        del held["pos", "fon"]
    assert judged(found)["all_65", "none", "POS"] == comparisons.MISSING


def test_english_is_in_no_column():
    found = study(GAINS)
    columns = [*comparisons.task_columns(found, ("pos",)).values(), *comparisons.level_columns(found, ("pos", "ner")).values()]
    assert not any("eng" in codes for items in columns for codes in items.values())


def test_no_pair_is_compared_twice():
    found = study(GAINS)
    pairs = comparisons.pairs(found, comparisons.task_columns(found, ("pos",)))
    assert len({frozenset(pair) for pair in pairs}) == len(pairs) == 4 + 3


def test_a_comparison_of_pooled_variances_is_students_test(monkeypatch):
    """Two rows alone: with everything pooled, the two-sample test of scipy."""
    spread = inference.spread
    monkeypatch.setattr(inference, "spread", lambda own, free: spread(own, free, weight=np.inf))
    found = study({"none": 0.0, "all_65": 0.01})
    items = comparisons.task_columns(found, ("pos",))
    (one,) = comparisons.compare(found, items, comparisons.pairs(found, items))
    oracle = stats.ttest_ind(*(found.runs.cell(Row("xlmr", subset), items["POS"]).values for subset in ("all_65", "none")))
    assert one.p == pytest.approx(oracle.pvalue)
    assert one.freedom == 6


def test_rows_that_share_seeds_are_judged_by_what_rows_and_seeds_leave(monkeypatch):
    """With everything pooled: the F test of two rows in the analysis of variance of six rows and four seeds, by hand."""
    spread = inference.spread
    monkeypatch.setattr(inference, "spread", lambda own, free: spread(own, free, weight=np.inf))
    found = study({**GAINS, "family_diverse_10": 0.0})
    luck = dict(zip(SEEDS, (0.03, -0.02, 0.01, -0.02), strict=True))
    for held in found.runs.rows.values():
        for seed, values in held.items():
            values.update({item: value + luck[seed] for item, value in values.items()})
    columns = comparisons.task_columns(found, ("pos",))
    table = np.array([found.runs.cell(row, columns["POS"]).values for row in found.runs.rows])
    left = table - table.mean(0) - table.mean(1, keepdims=True) + table.mean()
    rest = (left**2).sum() / 15
    for one in comparisons.compare(found, columns, comparisons.pairs(found, columns)):
        assert one.error == pytest.approx((2 * rest / 4) ** 0.5)
        assert one.freedom == pytest.approx(15)
        statistic = 4 * one.difference**2 / 2 / rest
        assert one.p == pytest.approx(stats.f.sf(statistic, 1, 15))


def test_what_seeds_add_is_taken_out_of_rows_with_the_same_seeds_alone():
    """A row that lacks a seed is compared as if seeds were independent, and so is every row of a small table."""
    gains = {**GAINS, "family_diverse_10": 0.0, "random_10": 0.0, "uriel_similar_10": 0.0}
    found, columns = study(gains), {"POS": {"pos": ["deu"]}}
    del found.runs.rows[Row("xlmr", "uriel_similar_10")]["66"]
    known = comparisons.measured(found, columns)["POS"]
    assert {row.subset for row in known.shared.variance} == set(gains) - {"uriel_similar_10"}
    none, similar, random = (Row("xlmr", name) for name in ("none", "uriel_similar_10", "random_10"))
    assert known.of(none, random) is known.shared and known.of(similar, none) is known.apart
    assert comparisons.measured(study(GAINS), columns)["POS"].shared is None


def test_random_rows_do_not_widen_the_noise_of_the_others():
    """Their spread holds the draw of languages."""
    quiet = study({"none": 0.0, "all_65": 0.1, "uriel_diverse_10": 0.1})
    loud = study({"none": 0.0, "all_65": 0.1, "uriel_diverse_10": 0.1, "random_10": 0.0})
    for number, held in enumerate(loud.runs.rows[Row("xlmr", "random_10")].values()):
        held.update({item: value + 0.2 * number for item, value in held.items()})
    errors = [
        {(one.row, one.base): one.error for one in comparisons.compare(found, columns, comparisons.pairs(found, columns))}
        for found in (quiet, loud)
        for columns in [comparisons.task_columns(found, ("pos",))]
    ]
    assert errors[0].items() <= errors[1].items()


def test_the_family_is_the_whole_table():
    """Holm's smallest p is the smallest p times every comparison made."""
    found = study(GAINS)
    listed = comparisons.against_references(found, comparisons.task_columns(found, ("pos", "ner")))
    smallest = min(listed, key=lambda one: one["p"])
    assert smallest["p Holm"] == pytest.approx(min(1.0, smallest["p"] * len(listed)), abs=0)
    assert len(listed) == 7 * 2


def test_what_only_its_own_p_would_tell_is_not_told():
    found = study({**GAINS, "uriel_diverse_10": 0.02, "script_diverse_10": -0.02})
    listed = comparisons.against_references(found, comparisons.task_columns(found, ("pos", "ner")))
    alone = [one for one in listed if one["p"] < inference.LEVEL <= one["p Holm"]]
    assert alone and {one["verdict"] for one in alone} == {comparisons.UNDECIDED}


def test_more_seeds_see_smaller_differences_and_more_comparisons_only_larger_ones():
    found = study(GAINS)
    for row in power.detectable(found, comparisons.task_columns(found, ("pos", "ner"))):
        assert row["alone, n = 10"] < row["alone, now"] < row["in the table, now"]
        assert row["in the table, n = 10"] < row["in the table, now"]


def test_what_could_be_seen_now_is_what_the_comparisons_could_see(monkeypatch):
    """With everything pooled all comparisons of fixed rows have one error."""
    spread = inference.spread
    monkeypatch.setattr(inference, "spread", lambda own, free: spread(own, free, weight=np.inf))
    found = study(GAINS)
    columns = comparisons.task_columns(found, ("pos", "ner"))
    listed = comparisons.against_references(found, columns)
    for row in power.detectable(found, columns):
        seen = [one["detectable"] for one in listed if one["column"] == row["column"]]
        assert seen == pytest.approx([row["in the table, now"]] * len(seen))


def test_a_random_row_never_counts_as_quieter_than_fixed_ones():
    found = study({"none": 0.0, "all_65": 0.1, "random_10": 0.1})
    for held in found.runs.rows[Row("xlmr", "random_10")].values():
        held.update(dict.fromkeys(held, 0.6))
    columns = comparisons.task_columns(found, ("pos",))
    errors = {one.row.subset: one.error for one in comparisons.compare(found, columns, comparisons.pairs(found, columns))[:2]}
    assert errors["random_10"] > 0.9 * errors["all_65"]


def test_a_study_without_references_has_no_verdicts():
    found = study({"uriel_diverse_10": 0.1, "latin_diverse_10": 0.0})
    assert judged(found) == {}


def test_nothing_is_detectable_with_one_seed():
    found = study(GAINS, SEEDS[:1])
    (row, _) = power.detectable(found, comparisons.task_columns(found, ("pos", "ner")))
    assert row["n"] == 1
    assert row["alone, now"] is row["in the table, n = 10"] is None


def test_the_authors_rows_vary_evenly_when_seeds_are_taken_out_but_for_mberts_part_of_speech():
    p = {}
    for given in THE_PAPER.studies:
        for row in power.detectable(given, comparisons.task_columns(given, TASKS)):
            p[given.encoder, row["column"]] = row["p even variances"]
    assert p.pop(("mbert", "POS")) < 0.05
    assert min(p.values()) > 0.1


@pytest.mark.parametrize("number", range(0, 25, 3))
def test_every_difference_has_the_error_and_p_of_welch_and_satterthwaite_one_by_one(number):
    """By the textbook formulas, pair by pair; p by scipy's own t. Retrieval before realignment has no error."""
    found = random_studies.study(number)
    columns = {
        f"{tasks[0]} {title}": items
        for tasks in (random_studies.tasks(found), ["retrieval"])
        for title, items in comparisons.level_columns(found, tasks).items()
    }
    wanted = [*comparisons.pairs(found, columns), *comparisons.random_pairs(found, columns)]
    measured = comparisons.measured(found, columns)
    for one in comparisons.compare(found, columns, wanted):
        cells, noise = measured[one.column].cells, measured[one.column].of(one.row, one.base)
        constant = one.base.subset == "none" and set(columns[one.column]) == {"retrieval"}
        sides = [(row, cells[row]) for row in (one.row, one.base)]
        if not all(cell.n for _, cell in sides):
            assert math.isnan(one.error) and math.isnan(one.p)
            continue
        parts = [(noise.variance[row] / cell.n, noise.freedom[row]) for row, cell in sides[: 1 if constant else 2]]
        variance = sum(part for part, _ in parts)
        if not variance > 0:
            assert math.isnan(one.error) and one.freedom == 0
            continue
        most = sum(noise.total[random] for random in {"random" in row.subset for row, _ in sides[: len(parts)]})
        freedom = min(most, variance**2 / sum(part**2 / free for part, free in parts))
        assert one.error == pytest.approx(math.sqrt(variance)) and one.freedom == pytest.approx(freedom)
        assert one.p == pytest.approx(2 * stats.t.sf(abs(one.difference) / math.sqrt(variance), freedom))
