"""Verb `finetune`: encoder + task + seed -> model, trained on English alone.

reads   the English training rows of evalsets/<task>/, an encoder (realigned, or the base)
writes  a registered model; its MLflow run holds the loss
"""

from pathlib import Path

from realignment.config.schema import Settings
from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import Workspace
from realignment.records.cell import Cell, Seeds
from realignment.records.job import differing
from realignment.study import inputs
from realignment.study.finetune import plan
from realignment.tasks import TASKS


def checked_task(task: str | None, settings: Settings) -> str:
    if task is None:
        raise BadInput(f"a task is required: -P task=NAME or --task NAME, one of {', '.join(settings.study.tasks)}")
    if task not in TASKS:
        raise BadInput(f"unknown task `{task}`; {nearest(task, TASKS)}")
    return task


def run(
    workspace: Workspace,
    settings: Settings,
    *,
    task: str | None,
    model: str | None = None,
    seed: int | None = None,
    **options,
) -> dict:
    """By hand: on a registered encoder (`model`) or the base encoder; reuse a finished run, else train, track and register."""
    task = checked_task(task, settings)
    label = options.get("encoder")
    if model and label:
        raise BadInput("`model` names a registered encoder and `encoder` a base encoder; give one")
    from realignment import tracking
    from realignment.executors import by_hand

    parent, folder = None, None
    if model:
        folder, record = tracking.model_folder(workspace.root, model)
        parent = record.job
        if parent.verb != "realign":
            raise BadInput(f"{model} was made by `{parent.verb}`; fine-tuning requires an encoder made by `realign`")
    seed = seed if seed is not None else parent.cell.seeds.order if parent else settings.study.seeds[0]
    seeds = Seeds.all(
        seed,
        subset=parent.cell.seeds.subset if parent else None,
        head=options.get("seed_head"),
        order=options.get("seed_order"),
        dropout=options.get("seed_dropout"),
    )
    label, _ = inputs.encoder_spec(settings, parent.cell.encoder if parent else label)
    cell = Cell(label, parent.cell.subset if parent else "none", seeds, parent.cell.control if parent else "")
    job = plan(workspace, settings, cell, task, parent)
    twice, planned = bool(options.get("deterministic")), options.get("planned", lambda: [job])
    return by_hand.one(
        workspace, settings, job, folder or Path(job.base), twice=twice, trial=lambda: differing(job, parent, planned())
    )
