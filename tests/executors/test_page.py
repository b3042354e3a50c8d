"""The page that grows while a study runs: a process of its own, at most one at once, none left, no fault of it counts."""

import json
import os
import sys
from pathlib import Path

import pytest
import small_study
from waiting import until

from realignment.core.workspace import Workspace
from realignment.executors import page

COUNTS = "import sys, pathlib; path = pathlib.Path(sys.argv[2]).with_name('pages'); path.open('a').write('.')"
SLEEPS = "import time; time.sleep(600)"


@pytest.fixture
def workspace(checkout, monkeypatch) -> Workspace:
    found = Workspace(checkout, "sample")
    found.data.mkdir(parents=True)
    found.settings.write_text("")
    encoder = checkout / "encoder"  # of `small_study`
    encoder.mkdir()
    (encoder / "config.json").write_text("{}")
    (encoder / "model.safetensors").write_text("weights")
    monkeypatch.setenv("PYTHONPATH", str(Path(small_study.__file__).parent))
    return found


def makes(monkeypatch, script: str) -> None:
    monkeypatch.setattr(page, "PROGRAM", (sys.executable, "-c", script))


def ends(made: page.Page) -> bool:
    return made.process is not None and made.process.poll() is not None


def pages(workspace: Workspace) -> int:
    path = workspace.data / "pages"
    return len(path.read_text()) if path.exists() else 0


def test_a_page_is_made_at_once_and_again_only_where_the_study_wrote_something(workspace, monkeypatch):
    makes(monkeypatch, COUNTS)
    monkeypatch.setattr(page, "EVERY", 0.0)
    with page.growing(workspace) as made:
        until(lambda: ends(made))
        made.look()
        assert pages(workspace) == 1, "nothing new"
        workspace.study.write_text("{}")
        made.look()
        until(lambda: ends(made))
    assert pages(workspace) == 2


def test_a_second_page_waits_for_its_time(workspace, monkeypatch):
    makes(monkeypatch, COUNTS)
    with page.growing(workspace) as made:
        until(lambda: ends(made))
        workspace.study.write_text("{}")
        made.look()
        assert pages(workspace) == 1


def test_no_process_is_left_when_the_study_ends(workspace, monkeypatch):
    makes(monkeypatch, SLEEPS)
    with pytest.raises(KeyboardInterrupt), page.growing(workspace) as made:
        pid = made.process.pid
        raise KeyboardInterrupt
    assert made.process.poll() is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_run_of_mlflow_is_not_handed_to_the_page(workspace, monkeypatch):
    monkeypatch.setenv("MLFLOW_RUN_ID", "1")
    makes(monkeypatch, "import os, sys; sys.exit('MLFLOW_RUN_ID' in os.environ)")
    with page.growing(workspace) as made:
        until(lambda: ends(made))
        assert made.process.returncode == 0


@pytest.mark.parametrize("program", [(sys.executable, "-c", "raise SystemExit(3)"), ("/no/such/program",)])
def test_a_study_whose_page_fails_is_finished_like_any_other(workspace, monkeypatch, program):
    monkeypatch.setattr(page, "PROGRAM", program)
    monkeypatch.setattr(page, "EVERY", 0.0)
    jobs = [job.key for job in small_study.planned(workspace, small_study.settings_of())]
    small_study.run(workspace)
    assert {one["key"] for one in json.loads(workspace.study.read_text())["records"]} == set(jobs)


def test_what_the_study_planned_is_beside_its_page(workspace, monkeypatch):
    makes(monkeypatch, COUNTS)
    small_study.run(workspace)
    plan = json.loads(workspace.planned.read_text())
    jobs = small_study.planned(workspace, small_study.settings_of())
    assert plan["runs"] == {job.key: [job.verb, job.cell.encoder, job.cell.subset, job.cell.control, job.task] for job in jobs}
    assert pages(workspace) == 1
