"""Which jobs of a grid are finished and how that is known; where their models lie; study.json."""

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realignment import tracking
from realignment.config.schema import CEILING, Settings
from realignment.core.console import note
from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.engine.bases import locate
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import mending, study_file
from realignment.study.modes import Forced
from realignment.study.study_file import read

__all__ = ["Progress", "about", "read"]
WRITTEN_EVERY = 30  # seconds; what is not in study.json after a kill is found in MLflow and in finished folders


class Progress:
    """Records of the jobs of a grid, and where the models of finished ones lie. Only what can be believed counts as finished.

    `origin` says how a finished job is known: finished (in study.json, its run in MLflow), restored (in study.json, its run was
    gone and is back), adopted (in MLflow alone: run by hand, or before a kill), mended (changed in study.json, taken from its run),
    computed again (files of its run are not those that its record says, `unfit` has the reason).
    """

    def __init__(self, workspace: Workspace, settings: Settings, jobs: list[Job]) -> None:
        self.workspace, self.settings, self.jobs = workspace, settings, jobs
        self.planned = {job.key: job for job in jobs}
        self.run: str | None = None  # the MLflow run of this execution
        self.written = time.monotonic()
        self.records: dict[str, Record] = {}
        self.origin: dict[str, str] = {}
        self.remade: set[str] = set()  # computed again for their models, with other weights than their runs have
        root, profile = workspace.root, workspace.profile
        self.runs = tracking.finished(root, profile)
        old, wrong = study_file.believed(workspace)
        lost = [old[key] for key in self.planned if key in old and key not in self.runs]
        self.runs |= dict(zip([record.key for record in lost], tracking.restore(root, profile, lost), strict=True))
        self._say(wrong)
        for key, job in self.planned.items():
            if key in old:
                self._take(job, old[key], "restored" if old[key] in lost else "finished")
            elif key in self.runs:
                self._adopt(job, "mended" if key in wrong else "adopted")
        self.unfit = mending.unfit(workspace, self.records, self.runs)
        self.origin |= dict.fromkeys(self.unfit, "computed again")
        self.models: dict[str, Path] = {}  # of finished jobs, where one that is not reads it
        self.lacking: set[str] = set()  # finished jobs whose model nobody has
        self.forced = Forced(workspace)

    def force(self) -> None:
        """Everything is computed again, but for what an earlier call of this kind has."""
        self.unfit |= dict.fromkeys(self.forced.left(self.records), "as asked") | self.unfit
        self.origin |= dict.fromkeys(self.unfit, "computed again")

    def _say(self, wrong: dict[str, str]) -> None:
        """Which records of study.json are not believed, and what becomes of them."""
        where, lines = f"data/{self.workspace.profile}/study.json", [key for key in self.planned if key in wrong]
        for key in lines[:3]:
            note(f"{where}: {wrong[key]}; {'taken from its run' if key in self.runs else 'computed again'}")
        if len(lines) > 3:
            again = sum(key not in self.runs for key in lines)
            hint = f"; stop and run `dvc checkout {where}` where that is not meant" if again > 3 else ""
            note(f"{where}: and {len(lines) - 3} more; {again} of {len(lines)} have no run and are computed again{hint}")

    def _take(self, job: Job, record: Record, how: str) -> None:
        """An encoder's label may be another one now, which decides no number; its run is called as it is called here."""
        if (record.cell, record.name) != (job.cell, job.name):
            own = {name: value for name, value in job.to_json().items() if name in ("cell", "name")}
            record = Record.of(sealing.sealed(record.to_json() | own), job.name)
            tracking.write_record(self.workspace.root, self.runs[job.key], record)
        self.records[job.key], self.origin[job.key] = record, how

    def _adopt(self, job: Job, how: str) -> None:
        try:
            record = tracking.load_record(self.workspace.root, self.runs[job.key])
            self._require_parent(job, record)
            self._take(job, record, how)
            tracking.adopt(self.workspace.root, self.runs[job.key])
        except FailedWork as fault:
            note(f"study {self.workspace.profile}: {fault}; computed again")
            tracking.retire(self.workspace.root, self.runs.pop(job.key), str(fault))

    def known(self, job: Job) -> Path | None:
        """Where the model of a job lies that somebody finished by hand while this study ran; its record is taken."""
        root = self.workspace.root
        run = None if job.key in self.records else tracking.finished_one(root, self.workspace.profile, job.key)
        if run is None:
            return None
        self.runs[job.key] = run
        self._adopt(job, "adopted")
        if job.key not in self.records:
            return None
        folder, wrong = tracking.model_at_hand(root, run, self.records[job.key]) if job.model else (self.workspace.work, "")
        if wrong:
            return None  # the record stays, the model is made again
        note(f"{job.name}: finished by hand meanwhile; taken")
        return folder

    def _has_model(self, job: Job) -> bool:
        """Whether the model of a finished job is at hand, and is what its record says; looked at before anybody reads it."""
        if job.key in self.models or job.key in self.lacking:
            return job.key in self.models
        folder, wrong = tracking.model_at_hand(self.workspace.root, self.runs[job.key], self.records[job.key])
        if folder and not wrong:
            self.models[job.key] = folder
            return True
        if folder:
            note(f"{job.name}: its model is not the one its run made, {wrong}; computed again")
        self.lacking.add(job.key)
        return False

    def to_compute(self) -> list[Job]:
        """Jobs without a record, or with files that are not the record's, and those whose model one of them reads and nobody has any more;
        parents first."""
        needed = {job.key for job in self.jobs if job.key not in self.records or job.key in self.unfit}
        for job in reversed(self.jobs):  # those that read stand behind what they read
            parent = self.planned.get(job.parent)
            if job.key in needed and parent and parent.key not in needed and not self._has_model(parent):
                needed.add(parent.key)
        return [job for job in self.jobs if job.key in needed]

    def finish(self, job: Job, record: Record, folder: Path) -> Path:
        """Saves a computed job; the folder its model is read from."""
        root, profile, keep = self.workspace.root, self.workspace.profile, self.keeps(job)
        self._require_parent(job, record)
        if job.key in self.records:
            self._again(job, record, folder, keep)
            return folder / "model"
        self.runs[job.key] = tracking.save(root, profile, record, folder, keep=keep, parent_run=self.run)
        self.records[job.key] = record
        if self.settings.study.keep == "best" and job.verb == "evaluate" and job.parent in self.planned:
            self._keep_if_best(self.planned[job.parent], record)
        if time.monotonic() - self.written > WRITTEN_EVERY:
            self.write()
        here = tracking.local(root, self.runs[job.key]) if keep and job.model else None
        return (here or folder) / "model"  # what a server keeps need not be brought back from it

    def _again(self, job: Job, record: Record, folder: Path, keep: bool) -> None:
        """A finished job was computed again. Its run gets what it lacks where the same came out; of predictions that are others there is a
        run of its own, and the old one loses the key."""
        root, before, run = self.workspace.root, self.records[job.key], self.runs[job.key]
        lacked = self.unfit.pop(job.key, "")
        self.forced.done(job.key)
        if mending.same(before, record):
            mending.put_back(root, run, before, folder, model=keep or bool(lacked))
        elif job.model:
            self.remade.add(job.key)
            note(
                f"{job.name}: computed again for its model, which differs from that of its run ({mending.unlike(before, record)})"
            )
        else:
            note(f"{job.name}: computed again, with other predictions than its run had ({mending.unlike(before, record)})")
            tracking.retire(root, run, lacked or "computing it again gave other predictions")
            self.runs[job.key] = tracking.save(root, self.workspace.profile, record, folder, keep=False, parent_run=self.run)
            self.records[job.key] = record

    def _require_parent(self, job: Job, record: Record) -> None:
        """FailedWork where a job read another model than the record of its parent names, and nobody has said so yet."""
        parent = self.records.get(job.parent)
        if parent and job.parent not in self.remade and record.read != sealing.model_digest(parent):
            raise FailedWork(f"{job.name}: the model it read is not the one that the run of {parent.name} made")

    def keeps(self, job: Job) -> bool:
        """Whether the model of a job goes into the registry."""
        keep = self.settings.study.keep
        return bool(job.model) and (keep == "all" or (keep == "encoders" and job.verb == "realign"))

    def _keep_if_best(self, model: Job, record: Record) -> None:
        """Puts a fine-tuned model aside where no finished one of its encoder and task is better; `keep_best` registers it. No ceiling."""
        if (
            not model.task
            or model.cell.base != model.cell.encoder
            or self.rank(model) != min(map(self.rank, self._rivals(model)))
        ):
            return
        aside = self.workspace.work / "best" / f"{model.cell.encoder}.{model.task}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(parents=True, exist_ok=True)
        made = [place / model.key for place in (self.workspace.work / "jobs", self.workspace.spool)]
        shutil.copytree(next(folder for folder in made if folder.is_dir()), aside)

    def _rivals(self, model: Job) -> list[Job]:
        scored = {record.parent for record in self.records.values() if record.verb == "evaluate"}
        kind = (model.verb, model.cell.encoder, model.cell.base, model.task)
        return [job for job in self.jobs if (job.verb, job.cell.encoder, job.cell.base, job.task) == kind and job.key in scored]

    def rank(self, model: Job) -> tuple[float, str]:
        """Sorts fine-tuned models of a task: best mean score first, ties by name."""
        scores = [
            score.score
            for record in self.records.values()
            if record.verb == "evaluate" and record.parent == model.key
            for score in record.scores
            if score.score is not None
        ]
        return (-sum(scores) / len(scores) if scores else 0.0, model.name)

    def put_aside(self) -> list[Path]:
        """The best models so far; a stop may have left them unregistered."""
        return sorted((self.workspace.work / "best").glob("*"))

    def keep_best(self) -> None:
        """Registers the models put aside, one an encoder and task."""
        for aside in self.put_aside():
            record = self.records.get(_key_in(aside))
            if record is None or (wrong := sealing.differs(aside, record.files)):
                note(f"{aside} is not registered: {'no job of this study made it' if record is None else wrong}")
            else:
                tracking.keep_model(self.workspace.root, self.runs[record.key], record, aside / "model")
            shutil.rmtree(aside)

    def write(self) -> None:
        """study.json: the records of the plan that are there, sorted, sealed; it appears whole or not at all."""
        found = sorted(self.records.values(), key=lambda record: (record.verb, record.name, record.key))
        content = about(self.workspace, self.settings, self.jobs) | {"records": [record.to_json() for record in found]}
        study_file.write(self.workspace, content)
        self.written = time.monotonic()

    def point_aliases(self) -> None:
        """In the registry the alias of a seed leads to this study's version."""
        made = {self.runs[key]: record for key, record in self.records.items() if self.planned[key].model}
        tracking.point_aliases(self.workspace.root, made)


def _key_in(folder: Path) -> str:
    try:
        return json.loads((folder / "record.json").read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def about(workspace: Workspace, settings: Settings, jobs: list[Job]) -> dict:
    """What study.json says beside its records."""
    encoders = {}
    for label, spec in settings.study.encoders.items():
        encoders[label] = _base(workspace, spec)
    return {
        **_ceiling(workspace, settings),
        "profile": settings.profile,
        "reading": settings.select.reading,
        "preset": settings.realign.preset,
        "encoders": encoders,
        "device": jobs[0].environment.get("device", "") if jobs else "",
    }


def _base(workspace: Workspace, spec: Mapping[str, Any]) -> dict:
    folder = locate.at_hand(spec["name"], workspace.root) or locate.resolve(spec["name"], workspace.root)
    return {"name": spec["name"], "seen": spec["seen"], "sha256": locate.encoder_digest(folder)}


def _ceiling(workspace: Workspace, settings: Settings) -> dict:
    return {CEILING: _base(workspace, settings.study.ceiling)} if settings.study.ceiling else {}
