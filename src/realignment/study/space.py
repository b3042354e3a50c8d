"""What a study needs on the disk: at the same time, while it runs, and for what it keeps; by models that are there, or by their configs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core import full
from realignment.core.errors import Away, BadInput
from realignment.core.full import shown
from realignment.core.workspace import Workspace
from realignment.engine.bases import sizes
from realignment.records.job import Job
from realignment.study.configs import config_of
from realignment.study.progress import Progress

WEIGHT = 4  # bytes of a parameter: weights are saved as float32
CHECKPOINTS = 3 * 3  # models: weights and two moments, of two checkpoints that are kept and one that is written


@dataclass(frozen=True)
class Space:
    """Bytes, of models and checkpoints; `unknown`: encoders whose size nobody knows yet."""

    at_once: int
    kept: int
    free: int
    keep: str
    unknown: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return self.at_once + self.kept <= self.free

    def __str__(self) -> str:
        unknown = f", without {', '.join(self.unknown)}, whose size is not known yet" if self.unknown else ""
        if self.unknown and not self.at_once:
            return f"disk: what is needed is not known, since the size of {', '.join(self.unknown)} is not; {shown(self.free)} are free"
        text = (
            f"disk: up to {shown(self.at_once)} at the same time and {shown(self.kept)} kept in the end (study.keep: {self.keep}){unknown}; "
            f"{shown(self.free)} are free"
        )
        return text if self.fits else f"{text}: that may not do, and the study pauses where it does not; make room, or keep less"


def of_models(workspace: Workspace, settings: Settings, progress: Progress) -> dict[str, int | None]:
    """Bytes of a model by what its base encoder goes by: of one that is there, else by its config; None where neither is."""
    found: dict[str, int | None] = {}
    for key in [*progress.records]:  # jobs are being saved meanwhile
        base = progress.planned[key].cell.base
        if progress.planned[key].model and not found.get(base):
            found[base] = _there(workspace, progress.runs.get(key))
    for base, spec in settings.study.bases.items():
        if not found.get(base):
            found[base] = _by_config(workspace, settings, spec["name"])
    return found


def _there(workspace: Workspace, run: str | None) -> int | None:
    try:
        here = tracking.local(workspace.root, run) if run else None
    except Away:
        return None
    return full.size(here / "model") or None if here else None


def _by_config(workspace: Workspace, settings: Settings, name: str) -> int | None:
    try:
        config = config_of(workspace, settings, name)
        return WEIGHT * sizes.parameters(config) if config else None
    except (BadInput, KeyError, TypeError, ValueError, OSError):
        return None


def of(todo: Iterable[Job], settings: Settings, models: Mapping[str, int | None], crowd: int, place: Path) -> Space:
    """Of jobs that are to be computed; `crowd`: finished models that may wait for those that read them, beside one a worker."""
    made = [job for job in todo if job.model]
    known = sorted((size for job in made if (size := models.get(job.cell.base)) is not None), reverse=True)
    workers = settings.study.workers
    at_once = sum(known[: workers + crowd]) + CHECKPOINTS * sum(known[:workers])
    kept = {"all": made, "encoders": [job for job in made if job.verb == "realign"], "best": _best(made)}.get(
        settings.study.keep, []
    )
    unknown = {job.cell.base for job in made if models.get(job.cell.base) is None}
    return Space(
        at_once,
        sum(models.get(job.cell.base) or 0 for job in kept),
        full.free(place),
        settings.study.keep,
        tuple(sorted(unknown)),
    )


def _best(made: list[Job]) -> list[Job]:
    """One of each encoder and task; a ceiling is none of them."""
    return list({(job.cell.encoder, job.task): job for job in made if job.task and job.cell.base == job.cell.encoder}.values())
