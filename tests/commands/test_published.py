"""`realignment published figure`: each figure of the paper by its number."""

import xml.etree.ElementTree as xml

import pytest
from click.testing import CliRunner
from paper_files import THE_PAPER

from realignment.commands.published import command
from realignment.paper import trees


@pytest.mark.parametrize("number", ["1", "4", "7"])
def test_a_figure_is_written_by_its_number_and_says_which_it_is(number, tmp_path):
    path = tmp_path / "figure.svg"
    assert CliRunner().invoke(command, ["figure", number, str(path)], catch_exceptions=False).exit_code == 0
    root = xml.parse(path).getroot()
    assert root.get("aria-label").startswith(f"Figure {number}")
    if number == "7":
        told = set(root.itertext())
        assert {one.name for tree in trees.by_figure(THE_PAPER)["7"] for one in tree.all} <= told


def test_the_paper_has_eight_figures(tmp_path):
    done = CliRunner().invoke(command, ["figure", "9", str(tmp_path / "figure.svg")])
    assert done.exit_code == 2 and "'9' is not one of" in done.output
