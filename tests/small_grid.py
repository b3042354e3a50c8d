"""A grid of jobs for the fake verbs: two encoders of a subset, each fine-tuned and evaluated."""

from dataclasses import replace

from realignment.cells import Cell, Seeds
from realignment.jobs import Job


def chain(seed: int, **params) -> list[Job]:
    """realign -> finetune -> evaluate of one seed."""
    cell = Cell("small", "latin_diverse_2", Seeds.all(seed))
    base = {"params": params, "inputs": {"bitext/qaa": "0" * 64}, "environment": {"device": "cpu", "threads": 1}}
    realign = Job("realign", cell, "", languages=("qaa",), model="test.small.latin_diverse_2", **base)
    name = f"{realign.model}.pos"
    tuned = Job("finetune", cell, "pos", parent=realign.key, parent_cell=realign.cell_key, model=name, **base)
    scored = Job("evaluate", cell, "pos", parent=tuned.key, parent_cell=tuned.cell_key, **base)
    return [realign, tuned, scored]


def retrieval(job: Job) -> Job:
    return Job("evaluate", job.cell, "", job.params, job.inputs, parent=job.key, environment=job.environment)


def changed(job: Job, **params) -> Job:
    return replace(job, params={**job.params, **params})
