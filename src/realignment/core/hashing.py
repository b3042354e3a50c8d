"""Hashes: of content by sha256, of structures by that of their canonical JSON."""

import hashlib
import json
from pathlib import Path
from typing import Any


def canonical(value: Any) -> str:
    """JSON with sorted keys and no white space: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """sha256 (hex) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 (hex) of the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path, names: tuple[str, ...] = ("*",)) -> str:
    """sha256 over (relative path, sha256) of the files in `folder` that match one of the patterns, sorted."""
    found = {path for name in names for path in folder.rglob(name) if path.is_file()}
    return digest(sorted((path.relative_to(folder).as_posix(), file_digest(path)) for path in found))
