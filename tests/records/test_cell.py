"""What names a cell of the grid: its seeds, its row, and whether its languages are drawn."""

import pytest

from realignment.records.cell import Cell, Seeds


def test_seeds_that_agree_are_called_by_one_number():
    assert Seeds.all(17).label == "s17"


def test_seeds_that_differ_are_called_by_all_four_in_the_order_subset_order_head_dropout():
    assert Seeds(subset=1, order=2, head=3, dropout=4).label == "s1.2.3.4"


def test_a_seed_of_its_own_takes_the_place_of_the_common_one_and_zero_is_one():
    assert Seeds.all(17, head=0, order=None) == Seeds(subset=17, order=17, head=0, dropout=17)


@pytest.mark.parametrize(("control", "row"), [("", "all"), ("shuffled", "all.shuffled"), ("self", "all.self")])
def test_a_row_is_a_subset_and_its_control(control, row):
    assert Cell("small", "all", Seeds.all(17), control).row == row


@pytest.mark.parametrize(
    ("subset", "drawn"),
    [
        ("random_5", True),
        ("joshi_3__random_10", True),
        ("latin_diverse_5", False),
        ("joshi_3__uriel_diverse_5", False),
        ("none", False),
    ],
)
def test_the_languages_of_random_subsets_alone_are_drawn(subset, drawn):
    assert Cell("small", subset, Seeds.all(17)).drawn is drawn
