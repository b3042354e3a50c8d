"""`realignment published figure`: each figure of the paper by its number."""

import json
import xml.etree.ElementTree as xml

import pytest
from click.testing import CliRunner
from paper_files import TASKS, THE_PAPER

from realignment.commands.published import command
from realignment.core.errors import BadInput
from realignment.paper import trees
from realignment.results.scores import Row


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


def shown(*words: str) -> list[dict]:
    return json.loads(CliRunner().invoke(command, ["show", *words, "--json"], catch_exceptions=False).stdout)


def test_a_table_of_the_pools_is_shown_by_resource_level_with_the_number_of_the_runs():
    study = next(one for one in THE_PAPER.pools if one.encoder == "xlmr")
    row, items = Row("xlmr", "joshi_3__random_10"), study.items(TASKS, {"MRL"})
    wanted = study.runs.cell(row, items)
    (found,) = [
        one
        for one in shown("--table", "11", "--by", "level")
        if (one["Name"], one["column"], one["table"]) == (row.subset, "MRL", "xlmr-levels")
    ]
    assert (found["mean"], found["std"], found["n"]) == (wanted.mean, wanted.std, 4)


def test_what_is_not_printed_is_shown_by_its_name_and_other_tables_have_no_levels():
    found = shown("--table", "xquad")
    assert {one["column"] for one in found} >= {"F1", "Exact match"} and all(
        "source=authors" in one["signature"] for one in found
    )
    with pytest.raises(BadInput, match="one of Tables 8, 9, 10, 11 is required for --by level; got 1"):
        shown("--table", "1", "--by", "level")
