"""Whether what a stage wrote is still what it wrote. Two say so: DVC, in dvc.lock, and the stage itself, in .work; either is enough.

A stage by hand is in no dvc.lock, what `dvc pull` brought is in no .work, and an edit is in neither.
"""

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from realignment.core import digests, hashing
from realignment.core.errors import BadInput
from realignment.core.files import write_whole
from realignment.core.workspace import Workspace

# What of a stage's outputs is read without another hash at hand; bitexts and evaluation sets have theirs in the manifest.
OF = {
    "fetch": ("languages.csv", "manifest.json"), "check": ("excluded.parquet", "quality"), "select": ("subsets.json",),
    "align": ("alignments",), "pretrain": ("encoders",), "study": ("study.json",),
}  # fmt: skip
VERB = {name: verb for verb, names in OF.items() for name in names}


def wrote(workspace: Workspace, verb: str) -> None:
    """Keeps what a stage that has just ended left."""
    found = {name: sha256(workspace.data / name) for name in OF.get(verb, ()) if (workspace.data / name).exists()}
    if not found:
        return
    known = {**_read(workspace.outputs), **found}
    write_whole(workspace.outputs, json.dumps(known, indent=1, sort_keys=True) + "\n")


def unchanged(workspace: Workspace, name: str) -> bool:
    """Whether a file or folder of the data folder is what DVC or its stage says; True where neither says anything."""
    path = workspace.data / name
    own, lock = _read(workspace.outputs).get(name), listed(workspace)
    if own is None and name not in lock:
        return True
    return own == sha256(path) or (name in lock and lock[name] == md5(path))


def vouched(workspace: Workspace, name: str) -> bool:
    """Whether DVC or its stage says what a file or folder of the data folder must be."""
    return name in _read(workspace.outputs) or name in listed(workspace)


def require(workspace: Workspace, names: Iterable[str]) -> None:
    """BadInput names the first of `names` that was changed after its stage wrote it; what is not there is for others to miss."""
    for name in names:
        if (workspace.data / name).exists() and not unchanged(workspace, name):
            remedy = f"`dvc checkout data/{workspace.profile}/{name}` brings it back, `dvc repro {VERB[name]}` makes it again"
            raise BadInput(f"data/{workspace.profile}/{name} was changed after stage {VERB[name]} wrote it; {remedy}")


def sha256(path: Path) -> str:
    """Of a file; of a folder, over the paths and bytes of what is in it."""
    return hashing.digest(digests.of_folder(path)) if path.is_dir() else digests.of(path)


def md5(path: Path) -> str:
    """As dvc.lock has it: of a file's bytes; of a folder, over the JSON that lists its files, with `.dir` behind it."""
    return _md5(path) if not path.is_dir() else of_files(dict(_below(path)))


def of_files(files: Mapping[str, Path]) -> str:
    """What dvc.lock has of a folder that holds these files, by their paths in it."""
    rows = [{"md5": _md5(one), "relpath": name} for name, one in sorted(files.items())]
    return hashlib.md5(json.dumps(rows, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    return ((one.relative_to(folder).as_posix(), one) for one in folder.rglob("*") if one.is_file())


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if isinstance(content, dict) else {}
    except (OSError, ValueError):
        return {}


def listed(workspace: Workspace) -> dict[str, str]:
    """Path in the data folder -> md5, of what dvc.lock lists, here or not yet; nothing where it is not there or is not DVC's."""
    below, found = f"data/{workspace.profile}/", {}
    try:
        for stage in _locked(workspace).values():
            outs = [one for one in stage.get("outs", ()) if one["path"].startswith(below) and "md5" in one]
            found |= {one["path"].removeprefix(below): one["md5"] for one in outs}
    except (KeyError, TypeError, AttributeError):
        return {}
    return found


def settings(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Section -> settings that the outputs of dvc.lock were made with; nothing where it is not there or is not DVC's."""
    found = {}
    try:
        for stage in _locked(workspace).values():
            for file, given in stage.get("params", {}).items():
                if file == workspace.settings.relative_to(workspace.root).as_posix():
                    found |= {name: value for name, value in given.items() if isinstance(value, dict)}
    except (TypeError, AttributeError):
        return {}
    return found


def stages(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Verb -> what dvc.lock says of its stage of this profile: command, dependencies, outputs; nothing where it is not there."""
    mine = f"@{workspace.profile}"
    return {
        name.removesuffix(mine): one for name, one in _locked(workspace).items() if name.endswith(mine) and isinstance(one, dict)
    }


def _locked(workspace: Workspace) -> dict[str, dict]:
    """The stages of dvc.lock."""
    try:
        return _stages(workspace.lock.read_bytes())
    except OSError:
        return {}


@functools.lru_cache(maxsize=2)
def _stages(content: bytes) -> dict[str, dict]:
    import yaml

    try:
        return yaml.load(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader))["stages"]
    except (KeyError, TypeError, yaml.YAMLError):
        return {}
