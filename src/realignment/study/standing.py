"""Which jobs of a plan are finished, which another row's computation gives, which were set aside, which are left. Reads, writes nothing.

A tracking store that is a file is asked in SQL, since MLflow takes seconds to open it. Whether files are there is looked at; their bytes, which may be
hundreds of gigabytes, are hashed by the study when it begins.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from realignment import tracking
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.records import predictions, sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import study_file, twins
from realignment.tracking import asked
from realignment.tracking.asked import Kept
from realignment.tracking.history import RESTORED

STATES = FINISHED, SHARED, ASIDE, LEFT = "finished", "shared", "set aside", "left"


@dataclass(frozen=True)
class Standing:
    """`how`: run key -> one of STATES; `why`: the reason of what is set aside, or computed again; `records`: every run that can be believed, of
    whatever plan; `work`: what `twins.works` says."""

    jobs: list[Job]
    how: Mapping[str, str]
    why: Mapping[str, str]
    records: Mapping[str, Record]
    runs: Mapping[str, Kept]
    work: Mapping[str, str]

    @property
    def left(self) -> list[Job]:
        return [job for job in self.jobs if self.how[job.key] == LEFT]


def of(workspace: Workspace, jobs: list[Job]) -> Standing:
    """Of jobs with parents before those that read them."""
    runs, records = finished(workspace)
    work, aside = twins.works(jobs), set_aside(workspace)
    lost = missing(workspace, runs, records)
    here = {job.key for job in jobs if waiting(workspace, job.key)}
    done = {job.key for job in jobs if (job.key in records and job.key not in lost) or job.key in here}
    unread = {
        key: "the record of its run is gone, or is not the one that it was saved with" for key in runs if key not in records
    }
    why = {key: text for key, text in {**unread, **lost, **aside}.items() if key not in done}
    by_work = {work[key]: key for key in done}
    how: dict[str, str] = {}
    for job in jobs:
        if job.key in done:
            how[job.key] = FINISHED
        elif by_work.setdefault(work[job.key], job.key) != job.key:
            how[job.key] = SHARED
        else:
            how[job.key] = ASIDE if job.key in aside else LEFT
    for key, text in _again(workspace, jobs, how, runs).items():
        how[key], why[key] = LEFT, text
    return Standing(jobs, how, why, records, runs, work)


def finished(workspace: Workspace) -> tuple[dict[str, Kept], dict[str, Record]]:
    """(runs of the store by run key, records that can be believed: those of study.json, then those of runs alone)."""
    root, profile = workspace.root, workspace.profile
    runs = asked.runs(root, profile)
    if runs is None:
        with tracking.reading():
            runs = {key: Kept("", seal, "", "") for key, seal in tracking.seals(root, profile).items()}
    records, _ = study_file.believed(workspace, {key: one.seal for key, one in runs.items()})
    for key, kept in runs.items():
        if key not in records and (found := _record(root, kept)):
            records[key] = found
    return runs, records


def _record(root: Path, kept: Kept) -> Record | None:
    """Of a run's own file, where it is here and is what the run was saved with."""
    folder = asked.folder_of(root, kept.folder) if kept.folder else None
    content = sealing.read(folder) if folder else None
    if content is None or sealing.fault(content, kept.seal):
        return None
    try:
        return Record.of(content, str(folder))
    except FailedWork:
        return None


def set_aside(workspace: Workspace) -> dict[str, str]:
    """Run key -> why the last study could not compute it."""
    try:
        content = json.loads(workspace.aside.read_text(encoding="utf-8"))
        return {key: str(one["why"]) for key, one in content.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def missing(workspace: Workspace, runs: Mapping[str, Kept], records: Mapping[str, Record]) -> dict[str, str]:
    """Run key -> which file of a finished run is gone, of runs that have files here."""
    root = workspace.root
    without = asked.tagged(root, workspace.profile, RESTORED)
    places = {key: asked.folder_of(root, kept.folder) for key, kept in runs.items() if kept.folder and key not in without}
    if not any(place and place.is_dir() for place in places.values()):
        return {}  # an archive: the folders of all lie elsewhere
    found = {}
    for key, place in places.items():
        record = records.get(key)
        if record is None or place is None:
            continue
        if predictions.FILE in record.files and not (place / predictions.FILE).exists():
            found[key] = f"{predictions.FILE} of its run is gone"
        elif record.model and runs[key].model and not (place / "model").is_dir():
            found[key] = "the model of its run is gone"
    return found


def waiting(workspace: Workspace, key: str) -> Path | None:
    """The folder of a job that was computed and is not saved yet."""
    places = (workspace.spool / key, workspace.work / "jobs" / key)
    return next((place for place in places if (place / sealing.FILE).is_file()), None)


def _again(workspace: Workspace, jobs: list[Job], how: Mapping[str, str], runs: Mapping[str, Kept]) -> dict[str, str]:
    """Finished trainings whose model is not at hand and is read by a job that is left -> why they are computed again."""
    found: dict[str, str] = {}
    planned = {job.key: job for job in jobs}
    for job in reversed(jobs):
        parent = planned.get(job.parent)
        if parent is None or parent.key in found or how[parent.key] != FINISHED:
            continue
        if (how[job.key] == LEFT or job.key in found) and not _has_model(workspace, parent.key, runs.get(parent.key)):
            found[parent.key] = f"its model is not at hand, and {job.name} reads it"
    return found


def _has_model(workspace: Workspace, key: str, kept: Kept | None) -> bool:
    if waiting(workspace, key):
        return True
    folder = asked.folder_of(workspace.root, kept.folder) if kept and kept.folder else None
    return (folder / "model").is_dir() if folder else bool(kept and (kept.model or not kept.folder))
