"""What a profile reads from outside its data folder, with digests. DVC cannot watch a package or a cache; it watches the settings that hold them."""

import os
from collections.abc import Iterator
from pathlib import Path

from realignment.config.schema import Settings
from realignment.core import digests, hashing
from realignment.core.console import note
from realignment.core.workspace import Workspace
from realignment.engine.bases import locate

Digests = dict[str, str | None]  # by name of an encoder, or path of a linked folder


def encoders(workspace: Workspace, settings: Settings) -> dict[str, list[str]]:
    """Section -> names of the encoders it asks for, sorted, without those of the profile's own `pretrain`: DVC knows them."""
    aligner = settings.align.encoder if settings.align.aligner == "encoder" else None
    asked = {"align": [aligner] if aligner else [], "study": sorted({spec["name"] for spec in settings.study.bases.values()})}
    return {section: [name for name in names if not _own(workspace, name)] for section, names in asked.items()}


def _own(workspace: Workspace, name: str) -> bool:
    return name.startswith("path:") and locate.resolved(name, workspace.root).is_relative_to(workspace.data.resolve())


def apart(workspace: Workspace, settings: Settings) -> list[str]:
    """The same names, each once."""
    return sorted({name for names in encoders(workspace, settings).values() for name in names})


def known(workspace: Workspace, settings: Settings, before: dict[str, Digests]) -> dict[str, Digests]:
    """Section -> name -> digest: of encoders, checked from their files, and of folders that the data folder links to, which DVC passes
    over. Of what is not at hand, what was known `before`.

    A hub's revision says what its files are, so of a cache that holds just that no digest is needed, whether it has been downloaded
    or not.
    """
    found: dict[str, Digests] = {}
    raw = workspace.root / Path(settings.fetch.folder or "").expanduser()
    with digests.kept(workspace.root / ".work" / "digests.json"):
        for section, names in encoders(workspace, settings).items():
            found[section] = {}
            for name in names:
                folder = locate.at_hand(name, workspace.root)
                if folder is None:
                    note(f"encoder `{name}` is not at hand yet; it is checked before anything is trained")
                found[section][name] = digest(folder, name) if folder else before.get(section, {}).get(name)
        if settings.fetch.source == "folder" and settings.fetch.folder:
            found["fetch"] = linked(raw) if raw.is_dir() else before.get("fetch", {})
    return found


def linked(folder: Path) -> Digests:
    """Path of every folder below `folder` that is a link -> digest of all files behind it."""
    found: Digests = {}
    for here, folders, _ in os.walk(folder):
        for path in (Path(here) / name for name in sorted(folders)):
            if path.is_symlink():
                files = {file.relative_to(path).as_posix(): digests.of(file) for file in _behind(path, {folder.resolve()})}
                found[path.relative_to(folder).as_posix()] = hashing.digest(files)
    return found


def _behind(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """Files below a folder, those of linked folders too, each folder once."""
    if folder.resolve() in seen:
        return
    seen.add(folder.resolve())
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _behind(path, seen)
        elif path.is_file():
            yield path


def digest(folder: Path, name: str) -> str | None:
    """sha256 over an encoder's files; None where its revision says what they are."""
    locate.checked(folder, name)
    return None if name.startswith("hub:") and locate.pinned(folder) else locate.encoder_digest(folder)
