"""Jobs that need not be computed because a finished run of another row, of the same languages, came to the same."""

import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from realignment import tracking
from realignment.core import full
from realignment.core.workspace import Workspace
from realignment.records import predictions, sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import twins
from realignment.study.progress import Progress, Strayed

Finish = Callable[[Job, Record, Path], Path]


def take(workspace: Workspace, progress: Progress, finish: Finish, work: Mapping[str, str]) -> list[Job]:
    """Finishes what another row's runs hold, parents first; which. What must have its model and finds none at hand is left to be computed."""
    finished = progress.records.keys() & progress.runs.keys() - progress.unfit.keys()
    known = {work[key]: key for key in [*progress.waiting, *finished]}
    lacking = {job.key for job in progress.jobs if job.key not in progress.records} | progress.unfit.keys()
    missing = [job for job in progress.jobs if job.key in lacking and job.key not in progress.waiting]
    source = {job.key: known[work[job.key]] for job in missing if work[job.key] in known}
    read = {job.parent for job in missing if job.key not in source}
    taken = []
    for job in missing:
        if job.key not in source:
            continue
        record = progress.waiting.get(source[job.key]) or progress.records[source[job.key]]
        of = (
            partial(_waiting, workspace)
            if record.key in progress.waiting
            else partial(_saved, workspace, progress.runs[record.key])
        )
        model = job.key in read or progress.keeps(job)
        made = full.patiently(
            partial(_made, workspace, job, record, of if model or not job.model else None), workspace.work, job.name
        )
        if made is not None:
            folder = workspace.work / "jobs" / job.key
            shared = full.patiently(partial(twins.share, record, made, job, folder), workspace.work, job.name)
            shutil.rmtree(made)
            try:
                finish(job, shared, folder)
            except Strayed:  # what it reads was computed apart, and came to other weights: it is computed too
                shutil.rmtree(folder)
                continue
            taken.append(job)
    return taken


def _made(workspace: Workspace, job: Job, record: Record, of: Callable[[Record], Path | None] | None) -> Path | None:
    """A folder with the files of a finished run that a run of its own needs; None where `of` has them not at hand."""
    made = workspace.work / "shared" / job.key
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    if of is None:
        return made
    if (found := of(record)) is None:
        return None
    name = sealing.MODEL.rstrip("/") if job.model else predictions.FILE
    (shutil.copytree if job.model else shutil.copy2)(found, made / name)
    return made


def _saved(workspace: Workspace, run: str, record: Record) -> Path | None:
    """The model or the predictions of a run, where they lie here and are what its record says."""
    if not record.model:
        return tracking.part(workspace.root, run, predictions.FILE)
    found, wrong = tracking.model_at_hand(workspace.root, run, record)
    return None if wrong else found


def _waiting(workspace: Workspace, record: Record) -> Path | None:
    """Of a job that is computed and not saved yet."""
    for home in (workspace.spool, workspace.work / "jobs"):
        model, predicted = home / record.key / sealing.MODEL.rstrip("/"), home / record.key / predictions.FILE
        if record.model and model.is_dir() and not sealing.model_fault(record, model):
            return model
        if not record.model and predicted.is_file():
            return predicted
    return None
