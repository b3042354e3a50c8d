"""A study of verbs that compute nothing: planned, run and read in a second."""

import json
from dataclasses import replace
from pathlib import Path

import fake_verbs
import pytest

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.executors.base import Executor
from realignment.executors.local import Local
from realignment.records.cell import Cell
from realignment.records.job import Job
from realignment.stages import study
from realignment.study import grid

ROOT = Path(__file__).parents[2]
BASE = {"params": {}, "inputs": {"bitext/qaa": "0" * 64}, "environment": {"device": "cpu", "threads": 1}}
LANGUAGES = {"all": ("qaa", "qab"), "latin_diverse_2": ("qaa",)}


def realign(workspace, settings, cell: Cell) -> Job:
    if cell.subset not in LANGUAGES:
        raise BadInput(f"subset `{cell.subset}` cannot be used here: no bitext for qac")
    model = f"{settings.profile}.small.{cell.row}"
    return Job("realign", cell, "", languages=LANGUAGES[cell.subset], model=model, **BASE)


def finetune(workspace, settings, cell: Cell, task: str, parent: Job | None) -> Job:
    model = f"{settings.profile}.small.{cell.row}.{task}"
    return Job("finetune", cell, task, parent=parent.key if parent else "", model=model, **BASE)


def evaluate(workspace, settings, cell: Cell, task: str, parent: Job | None) -> Job:
    if parent is None and not task:
        cell = replace(cell, seeds=replace(cell.seeds, subset=0, order=0, head=0, dropout=0))
    return Job("evaluate", cell, task, parent=parent.key if parent else "", **BASE)


def planned(workspace: Workspace, settings) -> list[Job]:
    """The grid of verbs that read no data."""
    with pytest.MonkeyPatch.context() as patch:
        for verb in (realign, finetune, evaluate):
            patch.setattr(f"realignment.study.{verb.__name__}.plan", verb)
        return grid.plan(workspace, settings)


def otherwise(jobs: list[Job], params) -> list[Job]:
    """The jobs with the parameters that `params` gives each; those that read the model of one whose key is another now read it by that key."""
    found, keys = [], {"": ""}
    for job in jobs:
        found.append(replace(job, params=params(job), parent=keys[job.parent]))
        keys[job.key] = found[-1].key
    return found


def settings_of(**given):
    found = params.load(Workspace(ROOT, "sample"))
    small = {
        "encoders": {"small": {"name": "path:encoder", "seen": "mbert"}}, "subsets": ["none", "latin_diverse_2"], "shuffled": [],
        "itself": [], "tasks": ["pos"], "seeds": [1, 2], "floors": False, "workers": 2, "threads": 1, "keep": "none",
    }  # fmt: skip
    return replace(found, study=replace(found.study, **{**small, **given}))


def run(workspace: Workspace, settings=None, fail=None, executor: Executor | None = None, watch=None, params=None) -> dict:
    """Runs the study; how many jobs came to be finished how. `fail` picks jobs that fail, `params` gives each its own; without an executor it has
    worker processes."""
    settings = settings or settings_of()
    jobs = planned(workspace, settings)
    if params:
        jobs = otherwise(jobs, params)
    if fail:
        jobs = otherwise(jobs, lambda job: {"fail": "crash"} if fail(job) else job.params)
    with study.locked(workspace):
        rows = study.finish(workspace, settings, jobs, executor or Local(settings, fake_verbs.WORKERS), watch=watch)
    counts: dict = {}
    for row in rows:
        for name, value in row.items():
            if name not in ("verb", "planned") and value:
                counts[name] = counts.get(name, 0) + value
    return counts


def records(workspace: Workspace) -> list[dict]:
    return json.loads(workspace.study.read_text())["records"]
