"""Runs of other settings beside a finished study: planned as by hand, their outcome made up, saved in the real store."""

from dataclasses import replace

import small_grid

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core.workspace import Workspace
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.study import evaluate, finetune, realign

LANGUAGES = ("qaa", "qab", "qac", "qad")
SEEDS = (17, 23)


def score(seed: int, place: int) -> float:
    """As `finished_study.outcome` has it."""
    return (seed / 100 + place / 10) / 2


def jobs(workspace: Workspace, settings: Settings, subset: str, seed: int) -> list[Job]:
    cell = Cell("small", subset, Seeds.all(seed))
    above = realign.plan(workspace, settings, cell)
    cell = above.cell  # of the canonical name
    tuned = finetune.plan(workspace, settings, cell, "pos", above)
    return [above, tuned, evaluate.plan(workspace, settings, cell, "pos", tuned)]


def save(workspace: Workspace, chain: list[Job], gain: float, trial: dict | None = None, *, kernels: str = "AVX2") -> list[str]:
    """Ids of the runs of a chain whose scores are `gain` above those of the finished study."""
    seed = chain[0].cell.seeds.order
    scores = [
        {"task": "pos", "set": "made", "language": code, "score": score(seed, place) + gain, "n": 20, "cut": 0}
        for place, code in enumerate(LANGUAGES)
    ]
    runs = []
    for job in chain:
        about = {"scores": scores if job.verb == "evaluate" else [], "hashes": {"weights": job.key}, "kernels": kernels}
        made = small_grid.finished(replace(job, trial=trial or {}), **about)
        runs.append(tracking.save(workspace.root, workspace.profile, made, None, keep=False))
    return runs


def with_(settings: Settings, **sections: dict) -> Settings:
    return replace(settings, **{name: replace(getattr(settings, name), **values) for name, values in sections.items()})


def other_data(chain: list[Job], role: str, verb: str) -> list[Job]:
    """The chain with another file as an input of a verb; the keys of what reads it follow."""
    found: list[Job] = []
    for job in chain:
        inputs = {**job.inputs, role: "f" * 64} if job.verb == verb else job.inputs
        above = found[-1] if found else None
        parent = {"parent": above.key, "parent_cell": above.cell_key} if above else {}
        found.append(replace(job, inputs=inputs, **parent))
    return found
