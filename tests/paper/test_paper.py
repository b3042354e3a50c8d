"""The value that stands for the paper: files are read when they are asked for, and once."""

import shutil

import pytest
from paper_files import ROOT, THE_PAPER

from realignment.core.errors import BadInput
from realignment.paper.paper import FOLDER, Paper
from realignment.paper.runs import COMPARABLE


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


def test_a_comparable_study_lacks_the_sets_left_out_and_nothing_else():
    """By the scores themselves: what is gone are the languages that only the sets left out have."""
    for whole, comparable in zip(THE_PAPER.studies, THE_PAPER.comparable, strict=True):
        left_out = COMPARABLE[whole.encoder]
        mine = [one for one in THE_PAPER.scored if one.encoder == whole.encoder]
        held = {(one.task, one.language) for one in mine if one.set not in left_out}
        gone = {(one.task, one.language) for one in mine} - held
        assert bool(gone) == bool(left_out)
        assert set(comparable.runs.group[whole.encoder]) == held == set(whole.runs.group[whole.encoder]) - gone
