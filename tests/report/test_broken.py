"""Marks and notes of what stands on a broken link."""

import pytest

from realignment.report import broken
from realignment.report.view import of_rows
from realignment.results.tables import Line, Stated, Table

FAULTS = {"small/all/pos/HRL": ["predictions changed"]}


@pytest.mark.parametrize(("encoder", "noted"), [("small", True), ("big", False)])
def test_a_table_of_another_encoder_has_no_note_of_a_row_of_the_same_name(encoder, noted):
    view = of_rows("verdicts", "a caption", [{"subset": "all", "column": "HRL", "verdict": "better"}], ())
    assert view is not None
    notes = broken.noted(view, encoder, FAULTS).notes
    assert any("predictions changed" in note for note in notes) is noted


@pytest.mark.parametrize(("kind", "row", "noted"), [
    ("paper-2", "all_65 words", True), ("paper-2", "none", False), ("paper-3", "all", True), ("paper-4", "none", True), ("paper-4", "all_65", False),
    ("paper-8", "all_65", False),
])  # fmt: skip
def test_a_table_of_several_encoders_says_which_rows_of_theirs_are_broken_though_it_names_none(kind, row, noted):
    table = Table("", kind, "", ("Task",), ("xlmr",), (Line("", ("POS",), (Stated("1", 1.0),)),), encoders=("mbert", "xlmr"))
    for encoder, here in (("xlmr", noted), ("gemma", False)):
        notes = broken.marked(table, {f"{encoder}/{row}/pos/Average": ["predictions changed"]}).notes
        assert any("predictions changed" in note and row in note for note in notes) is here
