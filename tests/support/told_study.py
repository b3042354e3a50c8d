"""A finished study whose data say where they come from: two evaluation sets, a licence, a revision, raw files, and what `check` found."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import made_up
import pytest
import shipped
import small_grid
from encoders import build
from small_world import ROOT
from small_world import build as world

from realignment import tracking
from realignment.core.workspace import Workspace
from realignment.results.scores import RETRIEVAL
from realignment.study import grid
from realignment.study.progress import Progress

STUDY = {
    "subsets": ["none", "latin_diverse", "uriel_diverse", "all"],
    "shuffled": ["all"],
    "equal_pairs": ["all"],
    "tasks": ["pos", "ner"],
    "seeds": [17, 23],
    "floors": False,
}
LANGUAGES = ("qaa", "qab", "qac", "qad")
READ = {"all": {"qab", "qac", "qad"}, "latin_diverse_2": {"qab", "qac"}, "uriel_diverse_2": {"qac", "qad"}}
OUTCOME = {"suite": "made", "expectation": "ExpectColumnValuesToNotBeNull", "column": "source", "bounds": {}, "success": True}


@pytest.fixture(scope="module")
def told(tmp_path_factory, empty_store) -> Workspace:
    """Its runs are in the tracking store; no file of a run lies there."""
    checkout = tmp_path_factory.mktemp("checkout")
    shutil.copy(empty_store, checkout / "mlflow.db")
    found, settings = world(checkout, build(tmp_path_factory.mktemp("encoder"), "bert"))
    say_where_from(found)
    settings = replace(settings, study=replace(settings.study, **STUDY))
    jobs = grid.plan(found, settings)
    progress = Progress(found, settings, jobs)
    digests: dict[str, str] = {}
    for job in jobs:
        trained = job.verb != "evaluate"
        files = {"model/model.safetensors": hashlib.sha256(job.key.encode()).hexdigest()} if trained else {}
        about = {
            "hashes": {"predictions" if not trained else "weights": hashlib.sha256(job.key.encode()).hexdigest()},
            "files": files,
        }
        about |= {"read": digests.get(job.parent, ""), "scores": [] if trained else scores(job)}
        progress.records[job.key] = record = small_grid.finished(job, **about)
        digests[job.key] = _digest(record)
    progress.write()
    tracking.restore(checkout, "sample", progress.records.values())
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    sample = checkout / "profiles" / "sample.yaml"
    sample.write_text(sample.read_text().replace("reading: computed, n: 5", "reading: computed, n: 2"))
    return found


def _digest(record) -> str:
    from realignment.records import sealing

    return sealing.model_digest(record)


def scores(job) -> list[dict]:
    """Noise that follows from what the run is; realignment on a language helps it, so that verdicts are of all kinds."""
    places = [
        (name, code) for name in (("made",) if job.task else ("heldout",)) for code in LANGUAGES if job.task or code != "qaa"
    ]
    return [
        {
            "task": job.task or RETRIEVAL, "set": name, "language": code, "n": 20, "cut": 0,
            "score": 0.4 + 0.02 * made_up.noise(job.name, name, code) + (0.2 if code in job.languages and not job.cell.control else 0.0),
        }
        for name, code in places
    ]  # fmt: skip


def say_where_from(workspace: Workspace) -> None:
    """Revision, licence and raw files in the manifest; outcomes of checks."""
    content = json.loads(workspace.manifest.read_text())
    for one in content["files"]:
        raw = {
            "path": f"raw/{one['path']}.txt",
            "sha256": hashlib.sha256(one["path"].encode()).hexdigest(),
            "bytes": 9,
            "rows": 3,
        }
        one |= {"origin": f"corpus of {one['kind']}s", "revision": "r1", "licence": "CC0-1.0", "inputs": [raw]}
    workspace.manifest.write_text(json.dumps(content))
    workspace.quality.mkdir(exist_ok=True)
    for name in ("bitext", "evalsets"):
        (workspace.quality / f"{name}.json").write_text(json.dumps({"outcomes": [OUTCOME], "files": []}))


def copied(workspace: Workspace, root: Path) -> Workspace:
    """The study in a checkout of its own, that a test may change."""
    shutil.copytree(workspace.root, root, dirs_exist_ok=True)
    return Workspace(root, workspace.profile)


@pytest.fixture
def mine(told, tmp_path, monkeypatch) -> Workspace:
    """A copy of the study that a test may spoil, and stands in."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    found = copied(told, tmp_path / "mine")
    monkeypatch.chdir(found.root)
    return found
