"""`study.keep: best`: of the fine-tuned models of an encoder and task the best is put aside, and registered when all are known."""

import json
import shutil
from functools import partial
from pathlib import Path

from realignment import tracking
from realignment.core import console, full
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study.progress import Progress


class Best:
    """The best models of a grid so far, in `.work/<profile>/best`."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def note(self, job: Job, record: Record) -> None:
        """Puts the fine-tuned model that an evaluation read aside where no finished one of its encoder and task is better; `keep`
        registers it. No ceiling."""
        model = self.progress.planned.get(job.parent)
        if (
            self.progress.settings.study.keep != "best"
            or job.verb != "evaluate"
            or model is None
            or not model.task
            or model.cell.base != model.cell.encoder
            or self.rank(model) != min(map(self.rank, self._rivals(model)))
        ):
            return
        aside = self.progress.workspace.work / "best" / f"{model.cell.encoder}.{model.task}"
        made = [place / model.key for place in (self.progress.workspace.spool, self.progress.workspace.work / "jobs")]
        if folder := next((one for one in made if (one / "model").is_dir()), None):
            full.patiently(lambda: _copied(folder, aside), aside, job.name)

    def _rivals(self, model: Job) -> list[Job]:
        scored = {record.parent for record in self.progress.every() if record.verb == "evaluate"}
        kind = (model.verb, model.cell.encoder, model.cell.base, model.task)
        return [
            job
            for job in self.progress.jobs
            if (job.verb, job.cell.encoder, job.cell.base, job.task) == kind and job.key in scored
        ]

    def rank(self, model: Job) -> tuple[float, str]:
        """Sorts fine-tuned models of a task: best mean score first, ties by name."""
        scores = [
            score.score
            for record in self.progress.every()
            if record.verb == "evaluate" and record.parent == model.key
            for score in record.scores
            if score.score is not None
        ]
        return (-sum(scores) / len(scores) if scores else 0.0, model.name)

    def aside(self) -> list[Path]:
        """The best models so far; a stop may have left them unregistered."""
        return sorted((self.progress.workspace.work / "best").glob("*"))

    def keep(self) -> None:
        """Registers the models put aside, one an encoder and task."""
        for aside in self.aside():
            record = self.progress.records.get(_key_in(aside))
            if record is None or (wrong := sealing.differs(aside, record.files)):
                console.note(f"{aside} is not registered: {'no job of this study made it' if record is None else wrong}")
            else:
                root, run = self.progress.workspace.root, self.progress.runs[record.key]
                full.patiently(partial(tracking.keep_model, root, run, record, aside / "model"), aside, record.name)
            shutil.rmtree(aside)


def _copied(folder: Path, aside: Path) -> None:
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(folder, aside)


def _key_in(folder: Path) -> str:
    try:
        return json.loads((folder / "record.json").read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
