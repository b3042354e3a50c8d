"""Which jobs are finished, shared, set aside, left: by the store's file and the files of runs, without MLflow."""

import json
import shutil
import subprocess
import sys

import pytest
import small_grid
import small_study

from realignment import tracking
from realignment.core.workspace import Workspace
from realignment.study import standing
from realignment.tracking import asked


@pytest.fixture
def workspace(checkout):
    return Workspace(checkout, "sample")


@pytest.fixture
def jobs(workspace):
    return small_study.planned(workspace, small_study.settings_of(subsets=["none", "latin_diverse_2", "all"]))


def save(workspace, job, folder=None, keep=False, **outcome):
    record = small_grid.finished(job, **outcome)
    tracking.save(workspace.root, "sample", record, folder, keep=keep)
    return record


def counts(found):
    return {state: list(found.how.values()).count(state) for state in standing.STATES}


def test_every_job_is_in_one_state(workspace, jobs):
    assert counts(standing.of(workspace, jobs)) == {"finished": 0, "shared": 0, "set aside": 0, "left": len(jobs)}
    save(workspace, jobs[0])
    found = standing.of(workspace, jobs)
    assert (found.how[jobs[0].key], sum(counts(found).values())) == ("finished", len(jobs))


def test_what_is_computed_and_not_saved_is_finished(workspace, jobs):
    folder = workspace.work / "jobs" / jobs[0].key
    folder.mkdir(parents=True)
    (folder / "record.json").write_text("{}")
    assert standing.of(workspace, jobs).how[jobs[0].key] == "finished"


def test_the_same_languages_under_two_names_are_computed_once(workspace, jobs, monkeypatch):
    monkeypatch.setitem(small_study.LANGUAGES, "all", small_study.LANGUAGES["latin_diverse_2"])
    twins = small_study.planned(workspace, small_study.settings_of(subsets=["none", "latin_diverse_2", "all"]))
    found = standing.of(workspace, twins)
    of_all = [job for job in twins if job.cell.subset == "all"]
    assert len(of_all) == counts(found)["shared"] == 2 * 4
    assert {found.how[job.key] for job in of_all} == {"shared"}
    assert counts(standing.of(workspace, jobs))["shared"] == 0


def test_what_the_last_study_set_aside_has_its_reason(workspace, jobs):
    workspace.work.mkdir(parents=True)
    workspace.aside.write_text(
        json.dumps({jobs[1].key: {"name": jobs[1].name, "kind": "memory", "why": "no memory left", "tries": 3}})
    )
    found = standing.of(workspace, jobs)
    assert (found.how[jobs[1].key], found.why[jobs[1].key]) == ("set aside", "no memory left")


def test_a_run_whose_predictions_are_gone_is_left(workspace, jobs, tmp_path):
    (job, *_) = [one for one in jobs if one.verb == "evaluate"]
    folder = small_grid.made(tmp_path / "made")
    save(workspace, job, folder, files={"predictions.parquet": "a" * 64})
    assert standing.of(workspace, jobs).how[job.key] == "finished"
    place = asked.folder_of(workspace.root, asked.runs(workspace.root, "sample")[job.key].folder)
    (place / "predictions.parquet").unlink()
    found = standing.of(workspace, jobs)
    assert (found.how[job.key], found.why[job.key]) == ("left", "predictions.parquet of its run is gone")


def test_a_changed_record_is_not_believed(workspace, jobs):
    save(workspace, jobs[0])
    place = asked.folder_of(workspace.root, asked.runs(workspace.root, "sample")[jobs[0].key].folder)
    content = json.loads((place / "record.json").read_text())
    (place / "record.json").write_text(json.dumps(content | {"seconds": 5.0}))
    found = standing.of(workspace, jobs)
    assert found.how[jobs[0].key] == "left"
    assert "is not the one that it was saved with" in found.why[jobs[0].key]


def test_a_finished_training_is_computed_again_where_a_job_that_is_left_reads_its_model(workspace, jobs, tmp_path):
    realigned = next(job for job in jobs if job.verb == "realign")
    save(workspace, realigned, small_grid.made(tmp_path / "a"), files=small_grid.files_of("weights"))
    found = standing.of(workspace, jobs)
    assert found.how[realigned.key] == "left"
    assert found.why[realigned.key].startswith("its model is not at hand, and ")
    shutil.rmtree(tmp_path / "a")
    for job in jobs:
        if job is not realigned:
            save(workspace, job)
    assert standing.of(workspace, jobs).how[realigned.key] == "finished", "nobody reads it any more"


def test_planning_imports_neither_torch_nor_mlflow():
    told = "import sys, realignment.commands.study_plan, realignment.commands.study_explain\nprint({'torch', 'mlflow', 'transformers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
