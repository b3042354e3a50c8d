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
from realignment.study.progress import Progress

Finish = Callable[[Job, Record, Path], Path]


def take(workspace: Workspace, progress: Progress, finish: Finish, work: Mapping[str, str]) -> list[Job]:
    """Finishes what another row's runs hold, parents first; which. What must have its model and finds none at hand is left to be computed."""
    finished = progress.records.keys() & progress.runs.keys() - progress.unfit.keys()
    known = {work[key]: key for key in progress.records if key in finished}
    missing = [job for job in progress.jobs if job.key not in progress.records and job.key not in progress.waiting]
    source = {job.key: known[work[job.key]] for job in missing if work[job.key] in known}
    read = {job.parent for job in missing if job.key not in source}
    taken = []
    for job in missing:
        if job.key not in source:
            continue
        record, run = progress.records[source[job.key]], progress.runs[source[job.key]]
        model = job.key in read or progress.keeps(job)
        made = full.patiently(partial(_made, workspace, job, record, run, model=model), workspace.work, job.name)
        if made is not None:
            folder = workspace.work / "jobs" / job.key
            shared = full.patiently(partial(twins.share, record, made, job, folder), workspace.work, job.name)
            finish(job, shared, folder)
            taken.append(job)
            shutil.rmtree(made)
    return taken


def _made(workspace: Workspace, job: Job, record: Record, run: str, *, model: bool) -> Path | None:
    """A folder with the files of a finished run that a run of its own needs; None where they are not at hand."""
    made = workspace.work / "shared" / job.key
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    if not job.model:
        found = tracking.part(workspace.root, run, predictions.FILE)
        if found is None:
            return None
        shutil.copy2(found, made / predictions.FILE)
    elif model:
        found, wrong = tracking.model_at_hand(workspace.root, run, record)
        if found is None or wrong:
            return None
        shutil.copytree(found, made / sealing.MODEL.rstrip("/"))
    return made
