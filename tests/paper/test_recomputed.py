"""The paper's averaging rule gives the paper's tables out of the authors' runs."""

import pytest
from paper_files import THE_PAPER

from realignment.core.errors import BadInput
from realignment.paper import recomputed
from realignment.paper.printed import POOLS, TABLES
from realignment.results.scores import Row


def test_every_printed_cell_of_tables_8_and_10_comes_out_to_a_hundredth_one_of_them_of_averages():
    cells = [cell for number in TABLES for cell in recomputed.table(THE_PAPER, number)]
    assert len(cells) == sum(cell.agrees for cell in cells) == 198
    of_averages = [cell.printed.row for cell in cells if cell.of == recomputed.AVERAGES]
    assert of_averages == [Row("mbert", "none")]  # its African POS is not stored by seed


def test_of_the_cells_of_tables_9_and_11_all_but_six_come_out():
    cells = [cell for number in POOLS.values() for cell in recomputed.table(THE_PAPER, number)]
    assert len(cells) == 174 and sum(cell.agrees for cell in cells) == 168


def test_an_unknown_table_is_refused_by_name():
    with pytest.raises(BadInput, match="one of 1, 2, 3, 4, 8, 9, 10, 11; got 7"):
        recomputed.table(THE_PAPER, "7")


def test_a_mean_printed_to_one_place_agrees_within_half_of_that_place():
    """Table 1 prints 69.1 where Table 10 prints 69.14."""
    one, ten = (
        next(
            cell
            for cell in recomputed.table(THE_PAPER, number)
            if (cell.printed.row, cell.printed.task) == (Row("xlmr", "all_65"), "pos")
        )
        for number in ("1", "10")
    )
    assert one.recomputed == ten.recomputed
    assert one.agrees and ten.agrees
    assert one.printed.tolerance > abs(ten.printed.mean - one.printed.mean) > ten.printed.tolerance
