"""The statistics of an encoder as plain rows and as tables of the page."""

import csv
from dataclasses import replace

import pytest
from paper_files import TASKS, THE_PAPER

from realignment.report import comparison_tables
from realignment.results import comparisons, formatting, tables
from realignment.statistics import inference


@pytest.fixture(scope="module")
def authors() -> tables.Study:
    """mBERT as if nothing but scores by seed were known: its fine-tuning only is not whole."""
    study = next(one for one in THE_PAPER.studies if one.encoder == "mbert")
    return replace(study, runs=replace(study.runs, partly={}))


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


def test_csv_holds_what_is_not_known_as_empty(authors):
    """Of fine-tuning only without the scores of a task."""
    kept = {
        row: {
            seed: {item: one for item, one in held.items() if row.subset != "none" or item[0] != "pos"}
            for seed, held in seeds.items()
        }
        for row, seeds in authors.runs.rows.items()
    }
    study = replace(authors, runs=replace(authors.runs, rows=kept, partly={}))
    judged = comparisons.against_references(study, comparisons.task_columns(study, TASKS))
    rows = list(csv.DictReader(formatting.plain(judged).splitlines()))
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
