"""The profiles of the paper plan the rows of its tables, and no others."""

from collections.abc import Iterable

import pytest
from paper_files import ROOT, THE_PAPER

from realignment.config import params
from realignment.core.workspace import Workspace
from realignment.study import grid


def planned(name: str) -> dict[str, set[str]]:
    """Encoder -> rows of the grid."""
    settings = params.load(Workspace(ROOT, name))
    rows = {subset + (f".{control}" if control else "") for subset, control in grid.rows(settings)}
    return dict.fromkeys(settings.study.encoders, rows)


def printed(numbers: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cell in THE_PAPER.printed:
        if cell.table in numbers:
            found.setdefault(cell.model, set()).add(cell.row.subset)
    return found


@pytest.mark.parametrize(("name", "numbers"), [("paper", ("8", "10")), ("paper-pools", ("1", "9", "11"))])
def test_a_profile_has_the_rows_of_its_tables(name, numbers):
    controls = {f"{subset}.shuffled" for subset in params.load(Workspace(ROOT, name)).study.shuffled}
    assert {label: rows - controls for label, rows in planned(name).items()} == printed(numbers)
