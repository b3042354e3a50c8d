"""Marks and notes of what stands on a broken link."""

import pytest

from realignment.report import broken
from realignment.report.view import of_rows

FAULTS = {"small/all/pos/HRL": ["predictions changed"]}


@pytest.mark.parametrize(("encoder", "noted"), [("small", True), ("big", False)])
def test_a_table_of_another_encoder_has_no_note_of_a_row_of_the_same_name(encoder, noted):
    view = of_rows("verdicts", "a caption", [{"subset": "all", "column": "HRL", "verdict": "better"}], ())
    assert view is not None
    notes = broken.noted(view, encoder, FAULTS).notes
    assert any("predictions changed" in note for note in notes) is noted
