"""A checkout whose study is finished: records made up, the store and study.json real."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import shipped
import small_grid
from encoders import build
from small_world import build as world

from realignment import tracking
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.records.job import Job
from realignment.study import grid
from realignment.study.progress import Progress

ROOT = Path(__file__).parents[2]


def outcome(job: Job, workspace: Workspace) -> dict:
    """What a job could have come to: scores that follow from its seed and language."""
    known = manifest.load(workspace)
    languages = known.languages if job.task else known.bitexts()
    seed = job.cell.seeds.order / 100
    scores = [
        {"task": job.task or "retrieval", "set": "made", "language": code, "score": (seed + place / 10) / 2, "n": 20, "cut": 0}
        for place, code in enumerate(languages)
    ]
    hashes = {"predictions" if job.verb == "evaluate" else "weights": job.key}
    return {
        "scores": scores if job.verb == "evaluate" else [],
        "hashes": hashes,
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store) -> Workspace:
    """A checkout whose study is finished: its records in study.json, its runs in MLflow."""
    checkout = tmp_path_factory.mktemp("checkout")
    shutil.copy(empty_store, checkout / "mlflow.db")
    found, settings = world(checkout, build(tmp_path_factory.mktemp("encoder"), "bert"))
    how = {"subsets": ["none", "latin_diverse", "all"], "shuffled": ["all"], "tasks": ["pos"], "seeds": [17, 23], "floors": False}
    settings = replace(settings, study=replace(settings.study, **how))
    jobs = grid.plan(found, settings)
    progress = Progress(found, settings, jobs)
    for job in jobs:
        progress.records[job.key] = small_grid.finished(job, **outcome(job, found))
    progress.write()
    tracking.restore(checkout, "sample", progress.records.values())
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    sample = checkout / "profiles" / "sample.yaml"
    sample.write_text(sample.read_text().replace("reading: computed, n: 5", "reading: computed, n: 2"))
    return found
