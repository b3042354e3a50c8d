"""Tokenised text kept on disk and mapped into memory: a bitext is tokenised once, whatever is trained on it and however often."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from realignment.core.console import note
from realignment.core.hashing import file_digest
from realignment.engine.batches import Encoded

ABOUT = "about.json"  # sha256 of each array; written last


def kept(folder: Path, make: Callable[[], Sequence[Encoded]]) -> tuple[Encoded, ...]:
    """What `make` gives, from `folder` where it is there and whole; else made and put there. Without room on the disk it is only made."""
    if (found := _read(folder)) is not None:
        return found
    made = tuple(make())
    part = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        part.mkdir(parents=True)
        digests = {}
        for number, one in enumerate(made):
            for name in _names():
                path = part / f"{number}-{name}.npy"
                np.save(path, getattr(one, name))
                digests[path.name] = file_digest(path)
        (part / ABOUT).write_text(json.dumps(digests), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    except OSError as fault:
        shutil.rmtree(part, ignore_errors=True)
        if not folder.is_dir():  # another process may have been quicker
            note(f"tokens are not kept in {folder}: {fault.strerror or fault}")
        return made
    return made


def _names() -> list[str]:
    return [one.name for one in fields(Encoded)]


def _read(folder: Path) -> tuple[Encoded, ...] | None:
    """None where it is not there or not what was written."""
    try:
        digests = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if any(file_digest(folder / name) != value for name, value in digests.items()):
            note(f"{folder} is damaged and made again")
            return None
        parts = range(len(digests) // len(_names()))
        return tuple(Encoded(*(np.load(folder / f"{number}-{name}.npy", mmap_mode="r") for name in _names())) for number in parts)
    except (OSError, ValueError):
        return None
