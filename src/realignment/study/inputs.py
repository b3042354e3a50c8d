"""What a job reads: the encoder of its label, and whether all of it is what the job was planned with."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.core import digests
from realignment.core.errors import BadInput, FailedWork, nearest
from realignment.core.workspace import Workspace
from realignment.corpora.manifest import load
from realignment.engine import hardware
from realignment.engine.bases.locate import encoder_digest
from realignment.records.cell import ALIGNED

if TYPE_CHECKING:
    from realignment.config.schema import Settings
    from realignment.records.cell import Cell
    from realignment.records.job import Job


def device(settings: "Settings") -> str:
    """`cpu` or `cuda`, where jobs are computed: on the machines of a cluster, where the settings name one, which may have a GPU where this one has none."""
    if settings.study.device == "cuda" and settings.study.executor != "local":
        return "cuda"
    return hardware.device(settings.study.device)


def as_planned(compute: Callable[..., dict]) -> Callable[..., dict]:
    """A verb's `compute` that reads the bytes its job was planned with, when it begins and when it ends; FailedWork names what is another."""

    @functools.wraps(compute)
    def checked(workspace: Workspace, job: "Job", parent: Path | None, out: Path) -> dict:
        _require(workspace, job, parent, "is not what the job was planned with")
        outcome = compute(workspace, job, parent, out)
        _require(workspace, job, parent, "was changed while the job read it")
        return outcome

    return checked


def _require(workspace: Workspace, job: "Job", parent: Path | None, otherwise: str) -> None:
    known = load(workspace)
    for role, wanted in job.inputs.items():
        path = known.path_of(role, job.task)
        if role == "encoder":
            folder = workspace.root / job.base if job.parent else parent  # with a parent: the base that its adapters are put over
            now = encoder_digest(folder) if folder else ""
        elif role.startswith("alignment/"):
            now = digests.of(workspace.data / str(path))
        else:
            now = known.digest(str(path))
        if now != wanted:
            raise FailedWork(f"{job.name}: {path or parent} {otherwise}; run again")


def spec_of(settings, cell: "Cell") -> tuple[str, dict]:
    """(label, specification) of the base encoder of a cell: of its encoder, or of the ceiling beside it."""
    label, spec = encoder_spec(settings, cell.encoder)
    return label, (settings.study.ceiling if cell.control == ALIGNED else spec)


def encoder_spec(settings, label: str | None) -> tuple[str, dict]:
    """(label, specification) of an encoder of the profile; None takes the first."""
    known = settings.study.encoders
    if not known:
        raise BadInput(f"profile `{settings.profile}`: study.encoders names no encoder; one is required")
    label = label or next(iter(known))
    if label not in known:
        raise BadInput(
            f"unknown encoder `{label}`; {nearest(label, known)}; study.encoders of profile `{settings.profile}` lists them"
        )
    return label, known[label]
