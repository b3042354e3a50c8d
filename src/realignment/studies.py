"""Which jobs of a grid are finished and how that is known; where their models lie; study.json."""

import json
import os
import shutil
import time
from pathlib import Path

from realignment import bases, inputs, tracking
from realignment.console import note
from realignment.jobs import Job
from realignment.schema import Settings
from realignment.workspace import Workspace

WRITTEN_EVERY = 30  # seconds; what is not in study.json after a kill is found in MLflow and in finished folders


def read(path: Path) -> dict:
    """The content of study.json; an empty study where there is none, or where it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if isinstance(content.get("records"), list) else {"records": []}
    except (OSError, ValueError, AttributeError):
        return {"records": []}


class Progress:
    """Records of the jobs of a grid, and where the models of finished ones lie.

    `origin` says how a finished job is known: finished (in study.json, its run in MLflow), restored (in study.json, its run was
    gone and is back), adopted (in MLflow alone: run by hand, or before a kill).
    """

    def __init__(self, workspace: Workspace, settings: Settings, jobs: list[Job]) -> None:
        self.workspace, self.settings, self.jobs = workspace, settings, jobs
        self.planned = {job.key: job for job in jobs}
        self.run: str | None = None  # the MLflow run of this execution
        self.written = time.monotonic()
        self.records: dict[str, dict] = {}
        self.origin: dict[str, str] = {}
        root, profile = workspace.root, workspace.profile
        self.runs = tracking.finished(root, profile)
        old = {record["key"]: record for record in read(workspace.study)["records"]}
        lost = [old[key] for key in self.planned if key in old and key not in self.runs]
        self.runs |= dict(zip([record["key"] for record in lost], tracking.restore(root, profile, lost), strict=True))
        for key in self.planned:
            record = old.get(key)
            how = "restored" if record in lost else "finished"
            if record is None and key in self.runs:
                record, how = tracking.load_record(root, self.runs[key]), "adopted"
            if record is not None:
                own = self.planned[key].to_json()  # an encoder's label may be another one now: it decides no number
                self.records[key], self.origin[key] = {**record, "cell": own["cell"], "name": own["name"]}, how
        self.models = self._models_at_hand()

    def _models_at_hand(self) -> dict[str, Path]:
        """Key -> folder, for the finished jobs whose model is stored."""
        stored = {}
        for key in self.records:
            if self.planned[key].model:
                model = tracking.folder(self.workspace.root, self.runs[key]) / "model"
                if model.is_dir():
                    stored[key] = model
        return stored

    def to_compute(self) -> list[Job]:
        """Jobs without a record, and those whose model one of them reads and nobody has any more; parents first."""
        needed = {job.key for job in self.jobs if job.key not in self.records}
        for job in reversed(self.jobs):  # those that read stand behind what they read
            if job.key in needed and job.parent and job.parent not in self.models:
                needed.add(job.parent)
        return [job for job in self.jobs if job.key in needed]

    def finish(self, job: Job, record: dict, folder: Path) -> Path:
        """Saves a computed job; the folder its model is read from."""
        root, profile, keep = self.workspace.root, self.workspace.profile, self._keeps(job)
        if job.key in self.records:
            same = record["hashes"].get("weights") == self.records[job.key]["hashes"].get("weights")
            if not same:
                note(f"{job.name}: computed again for its model, the weights differ from those of its run (another machine?)")
            elif keep:
                tracking.keep_model(root, self.runs[job.key], record, folder / "model")
            return folder / "model"
        self.runs[job.key] = tracking.save(root, profile, record, folder, keep=keep, parent_run=self.run)
        self.records[job.key] = record
        if self.settings.study.keep == "best" and job.verb == "evaluate" and job.parent in self.planned:
            self._keep_if_best(self.planned[job.parent], record)
        if time.monotonic() - self.written > WRITTEN_EVERY:
            self.write()
        return tracking.folder(root, self.runs[job.key]) / "model" if keep and job.model else folder / "model"

    def _keeps(self, job: Job) -> bool:
        keep = self.settings.study.keep
        return bool(job.model) and (keep == "all" or (keep == "encoders" and job.verb == "realign"))

    def _keep_if_best(self, model: Job, record: dict) -> None:
        """Puts a fine-tuned model aside where no finished one of its encoder and task is better; `keep_best` registers it."""
        if not model.task or self.rank(model) != min(map(self.rank, self._rivals(model))):
            return
        aside = self.workspace.work / "best" / f"{model.cell.encoder}.{model.task}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.workspace.work / "jobs" / model.key, aside)

    def _rivals(self, model: Job) -> list[Job]:
        scored = {record["parent"] for record in self.records.values() if record["verb"] == "evaluate"}
        kind = (model.verb, model.cell.encoder, model.task)
        return [job for job in self.jobs if (job.verb, job.cell.encoder, job.task) == kind and job.key in scored]

    def rank(self, model: Job) -> tuple[float, str]:
        """Sorts fine-tuned models of a task: best mean score first, ties by name."""
        scores = [
            score["score"]
            for record in self.records.values()
            if record["verb"] == "evaluate" and record["parent"] == model.key
            for score in record["scores"]
        ]
        return (-sum(scores) / len(scores) if scores else 0.0, model.name)

    def keep_best(self) -> None:
        """Registers the models put aside, one an encoder and task."""
        for aside in sorted((self.workspace.work / "best").glob("*")):
            record = json.loads((aside / "record.json").read_text(encoding="utf-8"))
            if record["key"] in self.runs:
                tracking.keep_model(self.workspace.root, self.runs[record["key"]], record, aside / "model")
            shutil.rmtree(aside)

    def write(self) -> None:
        """study.json: the records of the plan that are there, sorted; it appears whole or not at all."""
        content = {
            **about(self.workspace, self.settings, self.jobs),
            "records": sorted(self.records.values(), key=lambda record: (record["verb"], record["name"], record["key"])),
        }
        path = self.workspace.study
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        with part.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        self.written = time.monotonic()


def about(workspace: Workspace, settings: Settings, jobs: list[Job]) -> dict:
    """What study.json says beside its records."""
    encoders = {}
    for label, spec in settings.study.encoders.items():
        folder = bases.at_hand(spec["name"], workspace.root) or bases.resolve(spec["name"], workspace.root)
        encoders[label] = {"name": spec["name"], "seen": spec["seen"], "sha256": inputs.encoder_digest(folder)}
    return {
        "profile": settings.profile,
        "reading": settings.select.reading,
        "preset": settings.realign.preset,
        "encoders": encoders,
        "device": jobs[0].environment.get("device", "") if jobs else "",
    }
