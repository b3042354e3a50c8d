"""The value that stands for the paper: files are read when they are asked for, and once."""

import shutil

import pytest
from paper_files import ROOT, TASKS, THE_PAPER

from realignment.core.errors import BadInput
from realignment.paper.paper import FOLDER, Paper


def test_nothing_is_read_until_it_is_asked_for(tmp_path):
    paper = Paper(tmp_path)
    with pytest.raises(BadInput, match=r"printed\.tsv is required and does not exist; `git checkout"):
        _ = paper.printed


def test_a_file_is_read_once(tmp_path):
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    paper = Paper(tmp_path)
    known, cells = paper.rows("printed.tsv"), paper.printed
    shutil.rmtree(tmp_path / FOLDER)
    assert paper.rows("printed.tsv") is known and paper.printed is cells
    assert cells == THE_PAPER.printed


def test_rows_of_the_pools_are_judged_apart_from_those_of_tables_8_and_10():
    printed = {
        number: {cell.row.subset for cell in THE_PAPER.printed if cell.table == number} for number in ("8", "9", "10", "11")
    }
    for main, pools, (first, second) in zip(THE_PAPER.studies, THE_PAPER.pools, (("8", "9"), ("10", "11")), strict=True):
        assert {row.subset for row in main.rows(TASKS)} == printed[first]
        assert {row.subset for row in pools.rows(TASKS)} == printed[second] | {"none", "all_65"}
