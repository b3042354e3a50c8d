"""XQuAD: what was run and not printed, by hand from the file; in no average of the paper."""

import csv
import gzip
import statistics
from collections import defaultdict

import pytest
from paper_files import MODELS, PUBLISHED, THE_PAPER, imported
from scipy import stats

from realignment.paper import xquad
from realignment.report import unprinted
from realignment.results import comparisons, headings
from realignment.results.scores import WITHOUT_ENGLISH, Row

TEN = {"ara", "deu", "ell", "hin", "rus", "spa", "tha", "tur", "vie", "zho"}
UNPRINTED = xquad.Unprinted(THE_PAPER)


@pytest.fixture(scope="module")
def stored() -> dict[tuple[str, str, str], dict[str, dict[str, float]]]:
    """(model, subset, metric) -> seed -> language -> points."""
    found = defaultdict(lambda: defaultdict(dict))
    with gzip.open(PUBLISHED / "scores.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["task"] == "xquad":
                found[row["model"], row["subset"], row["metric"]][row["seed"]][row["language"]] = 100 * float(row["score"])
    return found


def by_seed(held: dict[str, dict[str, float]]) -> list[float]:
    return [statistics.fmean(values[code] for code in TEN) for values in held.values()]


def test_it_is_in_no_average_of_the_paper_and_in_no_printed_table():
    assert {one.task for one in THE_PAPER.scored} == {"nli", "pos", "ner"}
    assert not any("xquad" in held for seeds in THE_PAPER.runs.rows.values() for held in seeds.values())
    assert not {"xquad"} & {cell.task for cell in THE_PAPER.printed}


def test_the_averages_are_over_ten_languages_and_neither_english_nor_the_set_without_a_name():
    assert set(UNPRINTED.averaged) == TEN
    assert set(UNPRINTED.sizes) - TEN == set(xquad.APART) == {"eng", "ind"}


def test_the_sizes_are_those_that_exact_matches_are_shares_of():
    """A share of 1,190 or 1,064 questions stored to four places is within half a place of a whole number of answers."""
    for row in THE_PAPER.raw:
        if row["metric"] == "exact_match" and row["language"] != "eng":
            answers = float(row["score"]) * UNPRINTED.sizes[row["language"]]
            assert abs(answers - round(answers)) <= 0.5e-4 * UNPRINTED.sizes[row["language"]] + 1e-9


@pytest.mark.parametrize("title", MODELS)
def test_what_is_said_beside_the_paper_is_what_the_file_gives(stored, title):
    """Mean and range over rows, and how many are lower, by hand."""
    _, model, label = MODELS[title]
    means = {
        subset: statistics.fmean(by_seed(held))
        for (one, subset, metric), held in stored.items()
        if (one, metric) == (model, "f1")
    }
    none = means.pop("none")
    for studies, pooled in ((UNPRINTED.studies, False), (UNPRINTED.pools, True)):
        (study,) = [one for one in studies if one.encoder == label]
        found = xquad.reading(study)
        mine = [mean for subset, mean in means.items() if ("__" in subset) == pooled]
        assert found.none.startswith(f"{none:.2f} ± {statistics.stdev(by_seed(stored[model, 'none', 'f1'])):.2f}")
        assert (found.least, found.most) == pytest.approx((min(mine), max(mine)))
        assert (found.rows, found.lower) == (len(mine), sum(mean < none for mean in mine))
        assert found.text in " ".join(unprinted.told(UNPRINTED))


def test_every_row_of_mbert_is_lower_by_welch_alone_too(stored):
    """Oracle: scipy, each comparison by itself."""
    model = MODELS["mBERT"][1]
    rows = [held for (one, subset, metric), held in stored.items() if (one, metric) == (model, "f1") and subset != "none"]
    base = by_seed(stored[model, "none", "f1"])
    tests = [stats.ttest_ind(by_seed(held), base, equal_var=False) for held in rows]
    assert len(tests) == 60 and all(one.statistic < 0 and one.pvalue < 0.05 for one in tests)


def test_the_least_diverse_sets_are_held_against_the_most_diverse_of_equal_size_rows_put_right(stored):
    rows = {(row["encoder"], row["Most diverse"]): row for row in xquad.diversity(UNPRINTED.studies, UNPRINTED.paper.put_right)}
    assert len(rows) == 2 * (4 + 3 + 3)
    assert rows["mBERT", "latin_similar_20"]["Least diverse"] == "latin_diverse_20"  # as in print: exchanged
    model = MODELS["mBERT"][1]
    gap = [statistics.fmean(by_seed(stored[model, name, "f1"])) for name in ("uriel_diverse_10", "uriel_similar_10")]
    assert rows["mBERT", "uriel_diverse_10"]["Difference"] == f"{gap[0] - gap[1]:.2f}".replace("-", "−")
    assert not any(row["Verdict"] == "better" for row in rows.values())


def test_a_p_is_never_nought_in_print():
    """Beside the numbers of the comparisons themselves."""
    rows = xquad.diversity(UNPRINTED.studies, UNPRINTED.paper.put_right)
    found = {
        (headings.encoder(study.encoder), one.row.subset, one.base.subset): one.p
        for study in UNPRINTED.studies
        for one in comparisons.compare(
            study,
            {xquad.F1: study.items(["F1"], WITHOUT_ENGLISH)},
            [
                (Row(study.encoder, row["Most diverse"]), Row(study.encoder, row["Least diverse"]))
                for row in rows
                if row["encoder"] == headings.encoder(study.encoder)
            ],
        )
    }
    wanted = {key: "< 0.001" if p < 0.001 else f"{p:.3f}" for key, p in found.items()}
    assert {(row["encoder"], row["Most diverse"], row["Least diverse"]): row["p"] for row in rows} == wanted
    assert "< 0.001" in wanted.values() and not any("0.000" in (row["p"], row["p Holm"]) for row in rows)


def test_the_tables_hold_both_metrics_of_every_stored_row(stored):
    tables = {one.name: one for one in UNPRINTED.tables()}
    for label, model in (("mbert", MODELS["mBERT"][1]), ("xlmr", MODELS["XLM-R"][1])):
        names = [line.head[1] for suffix in ("", "-pools") for line in tables[f"authors-{label}{suffix}-xquad"].lines]
        assert len(set(names)) == len({subset for one, subset, _ in stored if one == model})
        (line,) = [line for line in tables[f"authors-{label}-xquad-exact-match"].lines if line.head[1] == "all_65"]
        thai = [held["tha"] for held in stored[model, "all_65", "exact_match"].values()]
        assert 100 * line.values[UNPRINTED.averaged.index("tha")].mean == pytest.approx(statistics.fmean(thai))


def test_a_loss_of_nought_is_said_where_its_rows_stand():
    found = {study.encoder: xquad.odd(study) for study in UNPRINTED.pools}
    assert found["mbert"] == [] and found["xlmr"][0].count("__uriel_diverse_10") == 8
    tables = [one for one in UNPRINTED.tables() if one.name.startswith("authors-xlmr-pools-xquad") and not one.differs]
    assert len(tables) == 3 and all(found["xlmr"][0] in one.notes for one in tables)
    runs = [run["name"] for run in imported() if run["tags"].get("remark")]
    assert len(runs) == 8 and all(name.startswith("XLM-R ") and name.endswith(" xquad s42") for name in runs)


def test_an_imported_run_has_both_averages(stored):
    runs = {run["name"]: run["metrics"] for run in imported() if run["tags"]["task"] == "xquad"}
    model = MODELS["XLM-R"][1]
    for name, metric in (("average", "f1"), ("average_em", "exact_match")):
        held = stored[model, "none", metric]["42"]
        assert 100 * runs["XLM-R none xquad s42"][name] == pytest.approx(statistics.fmean(held[code] for code in TEN))
