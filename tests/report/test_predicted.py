"""Predicted beside measured, and which languages help which: the figures hold the numbers, hatches what cannot be told."""

import json
import math
from dataclasses import replace
from pathlib import Path

import gained
import numpy as np
import pytest

from realignment.predictor import calibrated, helps
from realignment.predictor.calibrated import LEAST
from realignment.report import predicted_sections, predicted_study, protocol_views
from realignment.report.figures.predicted import Mark, predicted

ROOT = Path(__file__).parents[2]
FOUND = json.loads((ROOT / protocol_views.RESULTS).read_text(encoding="utf-8"))


def axis(marks):
    (found,) = predicted([("mBERT", "POS", {"pools": marks[2:], "tables": marks[:2]})]).axes
    return found


def test_a_mark_stands_where_its_numbers_are_and_its_bar_reaches_the_line_when_it_was_inside():
    marks = [Mark("a_5", 1.0, 2.0, 0.5), Mark("b_5", 0.0, 0.2, 0.4), Mark("c_5", 3.0, 3.0, 1.0)]
    equal, *lines = axis(marks).lines
    assert (equal.get_xdata() == equal.get_ydata()).all()
    places = {line.get_label(): list(zip(*line.get_data(), strict=True)) for line in lines if line.get_marker() != "None"}
    assert places == {"pools": [(3.0, 3.0)], "tables": [(1.0, 2.0), (0.0, 0.2)]}
    bars = [line.get_ydata() for line in lines if line.get_marker() == "None"]
    assert [list(np.reshape(one, (-1, 3))[0][:2]) for one in bars] == [[2.0, 4.0], [1.5, 2.5]]


def test_the_largest_misses_of_the_tables_are_named():
    texts = [
        one.get_text()
        for one in axis([Mark("a_5", 1.0, 2.0, 0.5), Mark("b_5", 0.0, -0.2, 0.4), Mark("c_5", 3.0, 9.0, 1.0)]).texts
    ]
    assert sorted(texts) == ["1", "1 a_5", "2", "2 b_5"]


def test_a_half_width_that_is_not_known_has_no_bar():
    drawn = axis([Mark("a_5", 1.0, 2.0, math.inf), Mark("b_5", 0.0, 0.2, 0.4), Mark("c_5", 3.0, 3.0, 1.0)])
    assert all(math.isfinite(limit) for limit in drawn.get_ylim())


def test_the_matrix_hatches_what_cannot_be_told_and_counts_the_rest():
    one = FOUND["helps"][0]
    panel = predicted_sections.panels([one])[0]
    names = [column["name"] for column in one["columns"]]
    for row, code in zip(panel.values, predicted_sections.ordered([one]), strict=True):
        for place in range(len(names)):
            change, half = one["changes"][code][place]
            assert row[place].mean == pytest.approx(change / 100)
            assert row[place].certain is (change - half > 0 or change + half < 0)
        assert (row[-1].mean is None) is (code not in one["itself"])
    told = sum(value.certain for row in panel.values for value in row[:-1])
    assert f"mBERT: {told} of {len(names) * 65} cells" in predicted_sections.figures(FOUND)[1].caption


def test_the_table_of_changes_says_the_same_as_the_matrix():
    one = FOUND["helps"][1]
    view = predicted_sections.changes(one)
    cells = [cell for _, rows in view.parts for row in rows for cell in row[1:]]
    held = [pair for code in predicted_sections.ordered([one]) for pair in (*one["changes"][code], one["itself"].get(code))]
    assert [cell.uncertain for cell in cells if cell.text != "—"] == [abs(pair[0]) <= pair[1] for pair in held if pair]
    written = dict(predicted_sections.files(FOUND))[predicted_sections.HELPS]
    assert {row["kind"] for row in written} == {*helps.KINDS}
    assert len(written) == sum(len(one["columns"]) * 65 + len(one["itself"]) for one in FOUND["helps"])


def test_a_page_without_the_benchmark_has_no_such_section():
    assert predicted_sections.figures({}) == []
    assert predicted_sections.section({}, []) is None
    assert list(predicted_sections.files({})) == []


def vectors():
    return gained.ground().vectors


def test_a_study_of_enough_sets_shows_its_own_predictions():
    section = predicted_study.of_study(gained.experiment(), vectors)
    (figure,), (view,) = section.figures, section.tables
    assert figure.svg == predicted_study.of_study(gained.experiment(), vectors).figures[0].svg
    made = calibrated.fit(gained.measured(), gained.ground())
    off = np.abs(made.left_out.measured - made.left_out.expected)[:, 0]
    shown = dict(zip(view.columns, [cell.text for cell in view.parts[0][1][0]], strict=True))
    assert shown["Of"] == "XLM-R, POS"
    assert shown["Sets"] == str(len(made.measured.sets))
    assert shown["Error of a task mean"] == f"{off.mean():.2f}"
    assert shown["Inside"] == f"{np.mean(made.left_out.inside()[:, 0]):.0%}"


def test_a_study_of_few_sets_says_how_many_it_has_and_how_many_are_required():
    whole = gained.experiment(per_heuristic=2, tasks=("ner", "pos"))
    count = len({frozenset(codes) for codes in whole.lists.values()})
    section = predicted_study.of_study(whole, lambda: pytest.fail("no vectors are required"))
    assert section.text == [
        f"XLM-R, POS, NER: {count} distinct sets of languages beside fine-tuning only; a prediction from this study's own runs requires {LEAST}."
    ]
    assert not section.figures
    assert not section.tables


def test_a_study_without_fine_tuning_only_has_no_such_section():
    whole = gained.experiment(per_heuristic=1)
    rows = {row: held for row, held in whole.runs.rows.items() if row.subset != "none"}
    assert predicted_study.of_study(replace(whole, runs=replace(whole.runs, rows=rows)), vectors) is None
