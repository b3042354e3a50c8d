"""One job by hand: the finished run where its key is known, else computed in this process, tracked and registered."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core.console import note
from realignment.core.errors import Away, FailedWork
from realignment.core.leases import Lease, held
from realignment.core.locks import writing
from realignment.core.workspace import Workspace
from realignment.engine import hardware
from realignment.executors import worker
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import faster, mending
from realignment.study.turns import computing, withdraw_ticket
from realignment.tasks import TASKS


def one(
    workspace: Workspace,
    settings: Settings,
    job: Job,
    parent: Path | None,
    *,
    twice: bool = False,
    trial: Callable[[], dict] = dict,
) -> list[dict] | dict:
    """By hand: the finished run's outcome where the key is known (and its model is there), else computed, tracked, registered.

    What it returns is for printing: scores of an evaluation, else what came out and the command that goes on. `twice`: computed
    once more beside the run that is there; FailedWork where a hash is another. `trial` says in what the job is not the profile's.
    """

    def busy(owner: str) -> None:
        note(f"{job.name}: {owner} has its turn; waiting for that one")

    what, by_hand = f"{job.name} of profile `{workspace.profile}`", workspace.work / "hand"
    with held(workspace.turn(job.key), what, busy) as turn, writing(workspace.root, what):
        for part in by_hand.glob(f"{job.key}.*.part"):  # of one that was stopped
            shutil.rmtree(part, ignore_errors=True)
        done = _once(workspace, settings, job, parent, trial, turn)
        return {**done, **_compared(workspace, job, parent)} if twice else done


def _compared(workspace: Workspace, job: Job, parent: Path | None) -> dict:
    """Computes a finished job once more; FailedWork where a hash is another."""
    record = tracking.load_record(workspace.root, str(tracking.finished_one(workspace.root, workspace.profile, job.key)))
    folder = workspace.work / "hand" / f"{job.key}.again"
    shutil.rmtree(folder, ignore_errors=True)
    note(f"{job.name}: computed once more, to compare")
    again = worker.compute(workspace, job, parent, folder)
    shutil.rmtree(folder)
    if wrong := sorted(name for name, value in record.hashes.items() if again.hashes.get(name) != value):
        raise FailedWork(
            f"{job.name}: computed twice, {', '.join(wrong)} differ; other hardware, or a kernel that is not deterministic"
        )
    return {**{f"{name}_sha256": value for name, value in again.hashes.items()}, "twice": "the same"}


def _once(
    workspace: Workspace, settings: Settings, job: Job, parent: Path | None, trial: Callable[[], dict], turn: Lease
) -> list[dict] | dict:
    root, profile = workspace.root, workspace.profile
    known = tracking.finished_one(root, profile, job.key)
    record, wrong = _found(root, profile, job, known) if known else (None, "")
    if record is not None and not wrong:
        tracking.reuse(root, record, known)
        if job.model and not tracking.leads(root, known, record) and not trial():
            tracking.point_aliases(root, {known: record})  # a trial once, and the profile has its settings now
        return summary(workspace, settings, record, known, reused=True)
    os.environ.update(worker.environment(settings.study.threads) | {hardware.CHECKPOINT_SECONDS: str(settings.study.checkpoint)})
    for line in faster.lines([job]):
        note(line)
    folder, job = workspace.work / "hand" / job.key, replace(job, trial=trial())
    made = _computed(workspace, job, parent, folder)
    if turn.lost():
        raise FailedWork(
            f"{job.name}: this process stood still, and another host computes the job; run the same command again, it takes what comes out"
        )
    try:
        if record is not None and mending.same(record, made):  # the run is there, its model or its predictions were not
            mending.put_back(root, known, record, folder, model=True)
            tracking.reuse(root, record, known)
            run = known
        else:
            if record is not None:
                what = "model" if job.model else "outcome"
                tracking.retire(root, known, f"its {what} is lost, and computing it again gave another")
                note(f"{job.name}: computing it again gave another {what}; run {known} no longer stands for this key")
            run = tracking.save(root, profile, made, folder, keep=True)
    except Away as fault:
        raise Away(f"{fault}; what was computed waits in {folder}: run the same command again, it is saved then") from None
    shutil.rmtree(folder)
    return summary(workspace, settings, made, run, reused=False)


def _computed(workspace: Workspace, job: Job, parent: Path | None, folder: Path) -> Record:
    """Computes a job into `folder`, or takes what a study that was killed has left of it; a process that outlived it is waited for."""

    def busy(owner: str) -> None:
        note(f"{job.name}: {owner} computes it; waiting for that one")

    withdraw_ticket(workspace, job.key)
    with computing(workspace, job, busy):
        for home in (workspace.work / "jobs", workspace.spool):
            if not folder.exists() and sealing.of_job(job.key, home / job.key)[0]:
                with suppress(OSError, shutil.Error):  # its study may be there, and remove it
                    shutil.copytree(home / job.key, folder)
        if not folder.exists():
            worker.require_same(job)
        return worker.compute(workspace, job, parent, folder)


def _found(root: Path, profile: str, job: Job, run: str) -> tuple[Record | None, str]:
    """(the record of a finished run, what is wrong with its model or predictions); no record where that cannot be believed, and the run
    loses its key."""
    try:
        record = tracking.load_record(root, run)
    except FailedWork as fault:
        note(f"{fault}; computed again")
        tracking.retire(root, run, str(fault))
        return None, ""
    if not job.model:
        wrong = tracking.unfit(root, profile, {run: record}).get(run, "")
        if wrong:
            note(f"{job.name}: {wrong}; computed again")
        return record, wrong
    folder, wrong = tracking.model_at_hand(root, run, record)
    if wrong and folder:
        note(f"{job.name}: its model is not the one its run made, {wrong}; computed again")
    return record, wrong


def summary(workspace: Workspace, settings: Settings, record: Record, run: str, *, reused: bool) -> list[dict] | dict:
    """Rows to print, and a line on what was done. `next` goes on with this very model, however many versions there are."""
    model = tracking.registered(workspace.root, record, run) if record.model else ""
    how = "finished before, nothing was computed" if reused else f"done in {record.seconds:.0f} s"
    note(f"{record.name}: {how}")
    if record.verb == "evaluate":
        return [asdict(one) for one in record.scores]
    task = f"-P task={(settings.study.tasks or TASKS)[0]} " if record.verb == "realign" else ""
    verb = "finetune" if record.verb == "realign" else "evaluate"
    loss = record.curves.get("loss") or [[0, None]]
    row = {"run": record.name, "model": model, "languages": list(record.languages), "loss": loss[-1][1]}
    return {**row, "seconds": record.seconds, "next": f"mlflow run . -e {verb} {task}-P model={model}"}
