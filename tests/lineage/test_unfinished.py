"""Questions about a study that runs, or was stopped: what is not there yet is said to be that."""

import json

import pytest
from click.testing import CliRunner
from told_study import told

from realignment import cli
from realignment.core.errors import BadInput
from realignment.study import plan_file, study_file

__all__ = ["told"]  # a fixture


@pytest.fixture
def workspace(told, monkeypatch):
    """The plan of the whole study, and study.json before its first evaluation."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(told.root)
    content = json.loads(told.study.read_text())
    records = study_file.of_json(content, "study.json")["records"]
    plan_file.write(told, {name: value for name, value in content.items() if name != "records"}, records)
    begun = [one for one in content["records"] if one["verb"] != "evaluate"]
    study_file.write(told, content | {"records": begun})
    yield told, f"{len(begun)} of {len(records)} jobs are"
    study_file.write(told, content)
    told.planned.unlink()


@pytest.mark.parametrize("words", [("lineage", "small/all/pos"), ("lineage", "diff", "small/all/pos", "small/none/pos")])
def test_a_cell_that_is_not_computed_yet_is_told_from_one_that_nobody_planned(workspace, words):
    with pytest.raises(BadInput) as fault:
        CliRunner().invoke(cli.group, list(words), catch_exceptions=False)
    told = str(fault.value)
    assert "it holds no evaluation at all; the study is not finished, " + workspace[1] in told
    assert told.endswith("wait for it, or go on with `dvc repro study`") and "\n" not in told


def test_what_falls_in_a_study_that_is_not_finished_is_said_to_be_what_falls_so_far(workspace):
    done = CliRunner().invoke(cli.group, ["impact", "bitext/qab.parquet"], catch_exceptions=False)
    assert "0 cells" in done.stdout and f"the study is not finished, {workspace[1]}" in done.stderr


def test_of_a_finished_study_nothing_is_said(workspace):
    plan = json.loads(workspace[0].planned.read_text())
    assert plan_file.left(workspace[0], plan["runs"]) == ""
