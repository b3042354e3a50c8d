"""Verb `evaluate`: model -> scores and predictions, zero-shot in every language with data; encoder -> retrieval.

reads   evalsets/<task>/ (test rows), or the held-out rows of bitext/; a fine-tuned model, or an encoder
writes  predictions.parquet; its MLflow run holds one score per language
"""

from pathlib import Path

from realignment.config.schema import Settings
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.records.cell import Cell, Seeds
from realignment.study import inputs
from realignment.study.evaluate import plan


def run(
    workspace: Workspace, settings: Settings, *, model: str | None = None, encoder: str | None = None, task: str | None = None
) -> dict | list[dict]:
    """By hand: a registered model is evaluated on its task, a registered or base encoder by retrieval."""
    if bool(model) == bool(encoder):
        raise BadInput("one of `model` (models:/NAME/VERSION) and `encoder` (a label of study.encoders) is required")
    from realignment import tracking
    from realignment.executors import by_hand

    if encoder:
        label, _ = inputs.encoder_spec(settings, encoder)
        job = plan(workspace, settings, Cell(label, "none", Seeds.all(0)), "", None)
        return _told(by_hand.one(workspace, settings, job, Path(job.base)))
    folder, record = tracking.model_folder(workspace.root, model)
    parent = record.job
    if task and task != parent.task:
        raise BadInput(
            f"{model} was {'fine-tuned for ' + parent.task if parent.task else 'realigned, not fine-tuned'}; task `{task}` cannot be evaluated with it"
        )
    job = plan(workspace, settings, parent.cell, parent.task, parent)
    return _told(by_hand.one(workspace, settings, job, folder))


def _told(rows: list[dict]) -> list[dict]:
    """The rows as they are; says which have no score."""
    if none := [f"{row['set']} {row['language']}" for row in rows if row["score"] is None]:
        note(f"undefined by the gold, and in no mean: {', '.join(none)}")
    return rows
