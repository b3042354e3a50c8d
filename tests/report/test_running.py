"""The page of a study that is running: counts what is finished, marks what is missing, judges nothing."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import made_up
import pytest

from realignment import tracking
from realignment.config import params
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.records.record import Record
from realignment.stages import report
from realignment.study import plan_file, study_file

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    """A study of which the POS of one seed is finished, and NER of the subset `none`; the store is not asked."""
    for name in ("prepare", "finished", "seals", "interface"):
        monkeypatch.setattr(tracking, name, lambda *given: pytest.fail("the store is opened"))
    monkeypatch.setattr(report.os, "nice", lambda by: 0)
    return made_up.write(tmp_path)


def running(workspace: Workspace, finished) -> list[Record]:
    """Plans the made-up study, and finishes the runs that `finished` picks."""
    records = made_up.records()
    about = {name: value for name, value in made_up.study().items() if name not in ("records", "sha256")}
    plan_file.write(workspace, about, records)
    done = [one for one in records if finished(one)]
    workspace.study.write_text(json.dumps(study_file.sealed({**about, "records": [one.to_json() for one in done]})))
    return done


def page(workspace: Workspace, settings) -> str:
    assert report.run(workspace, settings, so_far=True) == []
    return unescape(workspace.page.read_text())


@pytest.fixture(scope="module")
def settings():
    return params.load(Workspace(ROOT, "sample"))


def first_of_pos(one: Record) -> bool:
    return one.task == "pos" and one.cell.seeds.order == 17


def test_the_page_says_how_many_of_the_planned_runs_are_finished(workspace, settings):
    done = running(workspace, first_of_pos)
    text = page(workspace, settings)
    assert f"The study is running: {len(done)} of {len(made_up.records())} runs are finished" in text
    assert '<meta http-equiv="refresh"' in text


def test_a_row_without_a_finished_run_is_counted_as_planned(workspace, settings):
    running(workspace, lambda one: first_of_pos(one) and one.cell.subset == "none")
    rows = page(workspace, settings).partition('id="t-progress"')[2].partition("</table>")[0]
    planned = sum(one.cell.subset == "all" for one in made_up.records())
    assert re.search(rf'<td class="txt">all</td>\s*<td>{planned}</td>\s*<td>0</td>', rows)


def test_a_mean_over_the_tasks_that_happen_to_be_finished_is_not_shown(workspace, settings):
    """It would be another number in the next page, under the same heading."""
    running(workspace, lambda one: first_of_pos(one) or (one.task == "ner" and one.cell.subset == "none"))
    text = page(workspace, settings)
    heads = re.findall(
        r'<th scope="col"[^>]*><button type="button">([^<]*)</button>',
        text.partition('id="t-small-tasks"')[2].partition("</thead>")[0],
    )
    assert heads == ["Subset", "Name", "Languages", "POS", "NER", "POS without English", "NER without English"]
    assert "t-small-levels-pos" in text and 'id="t-small-levels"' not in text
    rows = text.partition('id="t-small-tasks"')[2].partition("</table>")[0]
    assert rows.count('class="missing"') > 5, "NER of the other rows"


def test_no_verdict_and_no_difference_is_on_the_page(workspace, settings):
    running(workspace, lambda one: True)
    text = page(workspace, settings)
    assert not re.search(r"t-small-(verdicts|random|gains|best)", text) and "better" not in text.partition("<main")[2]


def test_without_any_finished_run_the_page_shows_the_plan(workspace, settings):
    running(workspace, lambda one: False)
    text = page(workspace, settings)
    assert f"0 of {len(made_up.records())} runs are finished" in text and "No evaluation is finished yet." in text


def test_a_run_of_another_plan_is_not_counted(workspace, settings):
    """study.json of the settings before."""
    running(workspace, first_of_pos)
    plan = json.loads(workspace.planned.read_text())
    plan["runs"] = dict(list(plan["runs"].items())[:3])
    workspace.planned.write_text(json.dumps(plan))
    mine = sum(one.key in plan["runs"] and first_of_pos(one) for one in made_up.records())
    assert f"{mine} of 3 runs are finished" in page(workspace, settings)


def test_an_edited_score_is_on_no_page(workspace, settings):
    running(workspace, first_of_pos)
    content = json.loads(workspace.study.read_text())
    next(one for one in content["records"] if one["scores"])["scores"][0]["score"] = 0.9999
    workspace.study.write_text(json.dumps(content))
    with pytest.raises(FailedWork, match="was changed after"):
        report.run(workspace, settings, so_far=True)
    assert not workspace.page.exists()


def test_without_a_plan_there_is_no_page(workspace, settings):
    with pytest.raises(BadInput, match=r"planned\.json: the plan of a running study is required"):
        report.run(workspace, settings, so_far=True)


def test_the_report_of_the_finished_study_takes_the_place_of_that_page(workspace, settings, monkeypatch):
    running(workspace, lambda one: True)
    page(workspace, settings)
    monkeypatch.undo()
    monkeypatch.setattr(report, "restore_runs", lambda *given: None)
    monkeypatch.setattr(report, "check", lambda *given: None)
    monkeypatch.setattr(tracking, "seals", lambda *given: {})
    monkeypatch.setattr(tracking, "interface", lambda root, name: {"where": "http://x", "experiment": "1", "runs": {}})
    report.run(workspace, replace(settings, report=replace(settings.report, published=False)))
    assert "The study is running" not in workspace.page.read_text() and "refresh" not in workspace.page.read_text()[:2000]
