"""What a job makes of a decoder: the base that its adapters are put over, and the adapters that it leaves."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realignment.core.workspace import Workspace
from realignment.engine import adapters, encoder, recipes
from realignment.engine.bases import locate, weights
from realignment.records.job import Job

if TYPE_CHECKING:
    from realignment.config.schema import Encoder

SNAPSHOT = re.compile(r"models--(.+)/snapshots/([0-9a-f]{40})")  # of the hub's cache


def base(workspace: Workspace, job: Job) -> adapters.Base | None:
    """The decoder that a job reads, None where it reads an encoder."""
    how = recipes.decoder(job.params, job.name)
    if how is None:
        return None
    return adapters.Base(workspace.root / job.base, how, job.environment["device"], job.params["dtype"])


def called(workspace: Workspace, job: Job) -> tuple[str, str | None] | None:
    """What adapter_config.json calls the base of a job's adapters, and its revision: a repository, or a path that no library takes for one.

    None of an encoder.
    """
    if recipes.decoder(job.params, job.name) is None:
        return None
    folder = workspace.root / job.base
    if found := SNAPSHOT.search(folder.as_posix()):
        return found[1].replace("--", "/"), found[2]
    if folder.is_relative_to(workspace.root):
        return f"./{folder.relative_to(workspace.root).as_posix()}", None
    return str(folder), None


def of_parent(parent: Job) -> dict[str, Any]:
    """What is said of a decoder in the job before: its adapters are read as they were trained."""
    return {name: value for name, value in parent.params.items() if name in recipes.OF_DECODERS}


def folder(workspace: Workspace, parent: Job, spec: "Encoder") -> Path:
    """Where the base of the job before lies; of adapters that were made on another machine, where it lies on this one."""
    found = workspace.root / parent.base
    return found if found.is_dir() or not of_parent(parent) else encoder.resolve(spec["name"], workspace.root)


def read(folder: Path, parent: Job | None, of_decoder: Mapping[str, Any]) -> dict[str, str]:
    """The input of a job that its base is: of adapters too, which are put over it."""
    if parent is None:
        return {"encoder": locate.encoder_digest(folder)}
    return {"encoder": parent.inputs["encoder"]} if of_decoder else {}


def save(workspace: Workspace, job: Job, model, tokenizer, folder: Path, card: str) -> Path:
    """A model, or the adapters of a decoder, as a job leaves it; the file of its weights."""
    if adapters.within(model):
        adapters.save(model, tokenizer, folder, card, called(workspace, job))
        return folder / adapters.WEIGHTS
    encoder.save(model, tokenizer, folder, card)
    return folder / weights.ONE
