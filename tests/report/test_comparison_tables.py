"""The statistics of an encoder as plain rows and as tables of the page."""

import csv

import pytest
from paper_files import TASKS, THE_PAPER

from realignment.report import comparison_tables
from realignment.results import comparisons, formatting, tables
from realignment.statistics import inference


@pytest.fixture(scope="module")
def authors() -> tables.Study:
    """All but fine-tuning only, whose stored scores of mBERT are not whole."""
    return next(one for one in THE_PAPER.studies if one.encoder == "mbert")


@pytest.fixture(scope="module")
def found(authors) -> comparison_tables.Rows:
    return comparison_tables.of_study(authors, TASKS)


def test_every_statistic_of_the_authors_runs_is_there(found):
    assert set(found) == {
        *(f"{name}-{kind}" for name in ("verdicts", "random", "detectable") for kind in ("tasks", "levels")),
        "verdicts-english",
        "draws",
        "standings",
    }


def test_csv_holds_what_is_not_known_as_empty(found):
    rows = list(csv.DictReader(formatting.plain(found["verdicts-tasks"]).splitlines()))
    missing = [row for row in rows if row["verdict"] == comparisons.MISSING]
    assert {(row["against"], row["column"]) for row in missing} == {("none", "POS")}
    assert {row["p"] + row["difference"] for row in missing} == {""}
    assert all(float(row["p"]) <= float(row["p Holm"]) for row in rows if row["p"])


def test_a_reader_sees_how_many_pass_under_each_reading(authors, found):
    view = next(view for view in comparison_tables.views(authors, found) if view.id == "mbert-verdicts-tasks-all_65")
    rows = [row for row in found["verdicts-tasks"] if row["against"] == "all_65"]
    raw, family = (sum(row[name] < inference.LEVEL for row in rows) for name in ("p", "p Holm"))
    assert f"{raw} each alone" in view.notes[0]
    assert f"{family} by the whole table (Holm)" in view.notes[0]
    told = [cell.text for _, lines in view.parts for line in lines for cell in line if cell.text.endswith(("better", "worse"))]
    assert len(told) == family < raw


def test_the_authors_draws_are_not_told_apart_from_their_seeds(found):
    assert {row["sd of draw"] for row in found["draws"]} == {None}


def test_that_most_diverse_beats_random_cannot_be_told_from_the_authors_runs():
    """Four sizes, three tasks, two encoders; some pass alone, as among 24 they may."""
    rows = [row for _, row in comparison_tables.diverse_against_random(THE_PAPER)]
    assert len(rows) == 2 * 4 * 3
    assert {row["verdict"] for row in rows} == {comparisons.UNDECIDED}
    assert 0 < sum(row["p"] < inference.LEVEL for row in rows) < 4
    assert "0 of 24" in comparison_tables.headline(THE_PAPER).caption


def test_the_page_says_how_many_languages_the_list_of_20_has():
    """The runs had 20, the print 22: the scores are those of 20."""
    (note,) = comparison_tables.headline(THE_PAPER).notes
    runs = {len(codes.split()) for (_, subset, _, _), codes in THE_PAPER.subset_languages.items() if subset == "uriel_diverse_20"}
    printed = [
        row for row in THE_PAPER.rows("table6.tsv") if row["method"].startswith("Most diverse from English") and row["n"] == "20"
    ]
    assert (runs, len(printed[0]["languages"].split())) == ({20}, 22)
    assert "the runs had 20 languages, the print has 22" in note
