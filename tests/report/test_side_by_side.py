"""`report.compare`: comparisons as a section of the page, from a finished study and runs by hand in a real store."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import small_world
from finished_study import finished
from runs_by_hand import SEEDS, jobs, save, with_

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.report import html, side_by_side
from realignment.study import study_file

__all__ = ["finished"]  # a fixture


@pytest.fixture(scope="module")
def place(tmp_path_factory, finished) -> Workspace:
    """The finished study, of six steps of realignment, and runs by hand of three."""
    root = tmp_path_factory.mktemp("by_hand") / "checkout"
    shutil.copytree(finished.root, root)
    (spec,) = study_file.read(finished.study)["encoders"].values()
    settings = small_world.build(tmp_path_factory.mktemp("again"), Path(spec["name"].removeprefix("path:")))[1]
    workspace = Workspace(root, "sample")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        for seed in SEEDS:
            save(workspace, jobs(workspace, with_(settings, realign={"steps": 3}), "all", seed), -0.05, {"realign.steps": 3})
    return workspace


def sections(place: Workspace, monkeypatch, *compare: list[str]):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    settings = params.load(place)
    return side_by_side.sections(place.root, replace(settings, report=replace(settings.report, compare=list(compare))))


def test_a_comparison_is_a_table_of_the_page_with_differences_and_verdicts(place, monkeypatch):
    (section,) = sections(place, monkeypatch, ["steps=3", "steps=6"])
    (view,) = section.tables
    assert section.title == "Two settings side by side"
    assert view.caption == "small: steps=6 against steps=3, POS by resource level"
    ((row, lines),) = view.parts
    assert row == "all" and [line[0].text for line in lines] == ["steps=3", "steps=6", "difference"]
    place_of = view.columns.index("HRL")
    assert lines[2][place_of].text.startswith("+5.00 ± ") and lines[2][place_of].text.endswith(" cannot tell")
    assert "steps=3 holds runs by hand: 2 with realign.steps=3." in view.notes
    page = html.render(html.Page("A study", "", {}, "", [section]))
    assert "steps=6 alone has rows: all shuffled, latin_diverse_2 (2)." in page and "+5.00" in page


def test_each_comparison_is_a_table_of_its_own_and_none_is_no_section(place, monkeypatch):
    (section,) = sections(place, monkeypatch, ["steps=3", "steps=6"], ["steps=6", "steps=3"])
    assert len({view.id for view in section.tables}) == 2
    assert sections(place, monkeypatch) == []


def test_a_comparison_that_cannot_be_made_says_why_in_its_place(place, monkeypatch, capsys):
    """The runs are in the store, which a clone does not have: the report is made all the same."""
    (section,) = sections(place, monkeypatch, ["steps=3", "steps=99"], ["steps=3", "steps=6"])
    assert len(section.tables) == 1
    why = "steps=3 and steps=99 cannot be compared: no run of profile `sample` has steps=99; realign.steps is 3 (2 runs), 6 (12 runs)."
    assert why in section.text and "report.compare: no run of profile" in capsys.readouterr().err


def test_one_side_alone_is_refused_with_the_settings(place):
    merged = params.merge("sample", place.root, {"report": {"compare": [["steps=3"]]}})
    with pytest.raises(BadInput, match=r"`report\.compare` must list two sides or more each time"):
        params.validate(merged, "a profile")
