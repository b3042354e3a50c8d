"""A checkout whose study is finished and reported: predictions drawn at random, scores that follow from them, the store and the tables real."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import shipped
import small_grid
from encoders import build
from small_world import build as world

from realignment import tracking
from realignment.core import outputs
from realignment.core.hashing import file_digest
from realignment.core.workspace import Workspace
from realignment.corpora import bitext, manifest
from realignment.engine import examples, retrieval
from realignment.records import predictions
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.stages import report
from realignment.study import grid
from realignment.study.progress import Progress
from realignment.tasks import LABELS, MODULES, PAIRS

ROOT = Path(__file__).parents[2]


def evaluation(workspace: Workspace, job: Job, folder: Path) -> Record:
    """The record of an evaluation whose answers are right more often than not; they lie in `folder`."""
    known, chance = manifest.load(workspace), random.Random(job.name)
    scores, rows = [], []
    for path in known.evalsets(job.task) if job.task else [f"bitext/{code}.parquet" for code in known.bitexts()]:
        language = Path(path).stem
        if job.task:
            found = examples.read(workspace.data / path, job.task, "test", known.rows_out(path))
            ids, guesses = found.ids, guessed(job.task, found.gold, chance)
            place, score = "made", MODULES[job.task].score(found.gold, guesses)
        else:
            ids = range(len(bitext.read_heldout(workspace.data / path, known.rows_out(path))))
            nearest = [one if chance.random() < 0.6 else chance.choice(ids) for one in ids]
            guesses, place, score = list(map(str, nearest)), "heldout", retrieval.share(nearest)
        about = {"task": job.task or "retrieval", "set": place, "language": language}
        scores.append({**about, "score": score, "n": len(ids), "cut": 0})
        rows += predictions.rows(place, language, ids, guesses)
    folder.mkdir(parents=True)
    predictions.write(rows, folder / predictions.FILE)
    value = file_digest(folder / predictions.FILE)
    more = {"gradients": cosines(chance)} if "gradients" in job.params else {}
    return small_grid.finished(job, scores=scores, hashes={"predictions": value}, files={predictions.FILE: value}, **more)


def cosines(chance: random.Random) -> dict[str, dict[str, float | None]]:
    """As of an encoder of two blocks; no loss reaches the second."""
    made = {name: dict.fromkeys(("cosine", "mean", "error")) for name in ("embedding", "layer_01", "layer_02")}
    for name in ("embedding", "layer_01"):
        made[name] = {"cosine": chance.uniform(-0.2, 0.2), "mean": chance.uniform(-0.2, 0.2), "error": chance.uniform(0, 0.1)}
    return made


def guessed(task: str, gold: list, chance: random.Random) -> list:
    def one(label: str) -> str:
        return label if chance.random() < 0.6 else chance.choice([*LABELS[task], *([""] if task == "pos" else [])])

    return [one(label) if task in PAIRS else [one(tag) for tag in label] for label in gold]


def write(checkout: Path, encoder: Path, gradients: int = 0, **study) -> Workspace:
    """Plans a small grid, answers it at random, saves the runs, and makes the report; `gradients` as the setting, `study` other settings of
    the study."""
    workspace, settings = world(checkout, encoder)
    how = {
        "subsets": ["none", "all"],
        "shuffled": [],
        "tasks": ["pos", "ner", "nli"],
        "seeds": [17, 23],
        "floors": False,
        **study,
    }
    settings = replace(settings, study=replace(settings.study, **how), report=replace(settings.report, published=False))
    settings = replace(settings, evaluate=replace(settings.evaluate, gradients=gradients))
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    jobs = grid.plan(workspace, settings)
    progress = Progress(workspace, settings, jobs)
    trained = {job.key: small_grid.finished(job, hashes={"weights": job.key}) for job in jobs if job.verb != "evaluate"}
    tracking.restore(checkout, "sample", trained.values())
    progress.records.update(trained)
    for job in jobs:
        if job.verb == "evaluate":
            made = checkout / ".work" / "made" / job.key
            progress.records[job.key] = evaluation(workspace, job, made)
            tracking.save(checkout, "sample", progress.records[job.key], made, keep=False, parent_run="a study")
    progress.write()
    workspace.quality.mkdir(exist_ok=True)
    for verb in ("fetch", "check", "select"):
        outputs.wrote(workspace, verb)
    report.run(workspace, settings)
    return workspace


@pytest.fixture(scope="module")
def predicted(tmp_path_factory, empty_store) -> Workspace:
    """As `write` leaves it. Copy it before a change."""
    checkout = tmp_path_factory.mktemp("checkout")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        shutil.copy(empty_store, checkout / "mlflow.db")
        return write(checkout, build(tmp_path_factory.mktemp("encoder"), "bert"))
