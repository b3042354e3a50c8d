"""A finished study whose scores follow from row and seed, and an executor that computes more of them: what fresh seeds say is known beforehand."""

import hashlib
import json
import random
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import shipped
import small_grid
from small_world import ROOT
from small_world import build as world

from realignment import tracking
from realignment.core.workspace import Workspace
from realignment.executors import faults
from realignment.executors.faults import Fault
from realignment.executors.queue import Queue
from realignment.executors.worker import answer
from realignment.records.job import Job
from realignment.study import grid
from realignment.study.progress import Progress

GAINS = {"none": -0.0045, "latin_diverse_2": 0.02, "uriel_diverse_2": 0.0, "random_2": 0.0}
SD = 0.003  # of a run, the same for all languages
SEEDS = [17, 23, 42, 66]


def noise(subset: str, seed: int) -> float:
    return random.Random(f"{subset} {seed}").gauss(0, SD)


def score(job: Job) -> float:
    return 0.5 + GAINS[job.cell.subset] + noise(job.cell.subset, job.cell.seeds.order)


def scores_of(job: Job) -> list[dict]:
    return [
        {"task": job.task, "set": "made", "language": code, "score": score(job), "n": 20, "cut": 0}
        for code in ("qaa", "qab", "qac", "qad")
    ]


@dataclass
class Made:
    """Computes nothing: weights are a hash, scores those of `score`. Raises KeyboardInterrupt before the job after `stop` others; trainings of
    the seed `broken` fail."""

    stop: int = -1
    broken: int = -1
    done: list[str] = field(default_factory=list)  # keys, as often as they were computed

    def run(self, queue: Queue) -> None:
        while job := queue.next(1):
            if len(self.done) == self.stop:
                raise KeyboardInterrupt
            if job.verb == "realign" and job.cell.seeds.order == self.broken:
                queue.fail(job, Fault(faults.WORK, "its loss is no number"))
                continue
            self.done.append(job.key)
            told = answer(queue.task(job), dict.fromkeys(("realign", "finetune", "evaluate"), SimpleNamespace(compute=outcome)))
            if "kind" in told:
                queue.fail(job, Fault(told["kind"], told["why"]))
            else:
                queue.done(job)


def outcome(workspace: Workspace, job: Job, parent: Path | None, out: Path) -> dict[str, Any]:
    weights = hashlib.sha256(job.key.encode()).hexdigest()
    if job.verb == "evaluate":
        (out / "predictions.parquet").write_text(weights)
        return {"scores": scores_of(job), "curves": {}, "counts": {}, "hashes": {"predictions": weights}, "seconds": 18.0}
    (out / "model").mkdir()
    (out / "model" / "weights").write_text(weights)
    return {"scores": [], "curves": {}, "counts": {}, "hashes": {"weights": weights}, "seconds": 360.0}


def finished(checkout: Path, encoder: Path) -> tuple[Workspace, Any]:
    """The workspace and settings of a study of POS, four rows and four seeds, in a checkout with a store."""
    found, settings = world(checkout, encoder)
    subsets = json.loads(found.subsets.read_text())
    drawn = {**subsets["subsets"]["all"], "pool": ["qab", "qac", "qad"], "languages": [], "n": 2}
    found.subsets.write_text(json.dumps({**subsets, "subsets": {**subsets["subsets"], "random_2": drawn}}))
    how = {
        "subsets": ["none", "latin_diverse", "uriel_diverse", "random"],
        "shuffled": [],
        "tasks": ["pos"],
        "seeds": SEEDS,
        "floors": False,
    }
    quiet = replace(settings.evaluate, retrieval_pairs=0)
    settings = replace(settings, study=replace(settings.study, **how, keep="none"), evaluate=quiet)
    shipped.settings(checkout)
    shutil.copytree(ROOT / "profiles", checkout / "profiles")
    progress = Progress(found, settings, grid.plan(found, settings))
    for job in progress.jobs:
        scores = {"scores": scores_of(job), "seconds": 18.0} if job.verb == "evaluate" else {"seconds": 360.0}
        progress.records[job.key] = small_grid.finished(job, **scores)
    progress.write()
    tracking.restore(checkout, "sample", progress.records.values())
    return found, settings
