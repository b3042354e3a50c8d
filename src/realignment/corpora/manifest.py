"""What a profile's data folder holds, with the content hashes that go into run keys."""

import functools
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.core import digests, hashing, outputs
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages.table import Language
from realignment.languages.table import read as read_languages

if TYPE_CHECKING:
    pass

FETCHED = ("manifest.json", "languages.csv")
READ = (*FETCHED, "excluded.parquet", "subsets.json")


@dataclass(frozen=True)
class Inputs:
    """Files of the manifest, rows that `check` excluded, languages, subsets."""

    workspace: Workspace
    entries: dict[str, dict]  # path relative to the data folder -> manifest entry
    excluded: dict[str, tuple[int, ...]]  # path -> positions left out
    languages: dict[str, Language]
    # Thousands of jobs ask for the same few files: where they lie, and their content as used by (path, sha256 of the bytes).
    places: dict[str, Path] = field(default_factory=dict, compare=False)
    found: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)

    @property
    def pivot(self) -> str:
        return next(code for code, language in self.languages.items() if language.is_pivot)

    def rows_out(self, path: str) -> tuple[int, ...]:
        """Positions of a file that `check` excluded."""
        return self.excluded.get(path, ())

    def digest(self, path: str) -> str:
        """Content of a file as it is used: its bytes and the excluded positions. BadInput where the manifest has other bytes."""
        used, wanted = self.used(path), self.entries[path]["sha256"]
        if used == self.listed(path):
            return used
        where, remedy = f"data/{self.workspace.profile}/{path}", "make it again with `dvc repro fetch`"
        if not used:
            raise BadInput(f"{where} is in the manifest and does not exist; {remedy}")
        folder = f"data/{self.workspace.profile}/{path.partition('/')[0]}"
        raise BadInput(
            f"{where} was changed after `fetch` wrote it: its sha256 is {digests.of(self.workspace.data / path)[:12]}..., manifest.json has "
            f"{wanted[:12]}...; bring it back with `dvc checkout {folder}`, or {remedy}"
        )

    def used(self, path: str) -> str:
        """`digest` of the bytes that are there, whatever the manifest has; "" where none are."""
        try:
            return self._as_used(path, digests.of(self._place_of(path)))
        except OSError:
            return ""

    def _place_of(self, path: str) -> Path:
        if path not in self.places:
            self.places[path] = self.workspace.data / path
        return self.places[path]

    def listed(self, path: str) -> str:
        """`digest` of the bytes that the manifest has."""
        return self._as_used(path, self.entries[path]["sha256"])

    def _as_used(self, path: str, sha256: str) -> str:
        if (path, sha256) not in self.found:
            self.found[path, sha256] = hashing.digest([sha256, self.rows_out(path)])
        return self.found[path, sha256]

    def open(self, path: str) -> io.BytesIO:
        """A file to read: the bytes that the manifest has, and no others."""
        return digests.pinned(*self.file(path))

    def file(self, path: str) -> tuple[Path, str]:
        """Where a file lies, and the sha256 that the manifest has."""
        return self.workspace.data / path, self.entries[path]["sha256"]

    def path_of(self, role: str, task: str) -> str | None:
        """The file of an input's role, relative to the data folder; None for a model."""
        kind, _, rest = role.partition("/")
        of = {
            "bitext": f"bitext/{rest}.parquet",
            "alignment": f"alignments/{rest}.parquet",
            "evalset": f"evalsets/{task}/{rest}.parquet",
        }
        return self.train(task) if kind == "train" else of.get(kind)

    def rows(self, path: str) -> Mapping[str, int]:
        """Split -> rows of a file as `fetch` wrote them; {} where it is not at hand."""
        place = self.workspace.data / path
        return _splits(place, digests.of(place)) if place.is_file() else {}

    def bitexts(self) -> list[str]:
        """Languages with bitext, sorted."""
        return sorted(entry["language"] for entry in self.entries.values() if entry["kind"] == "bitext")

    def evalsets(self, task: str) -> list[str]:
        """Paths of a task's evaluation sets that have test rows, sorted."""
        return sorted(
            path
            for path, entry in self.entries.items()
            if entry["kind"] == "evalset" and entry["task"] == task and _has(self._place_of(path), "test")
        )

    def train(self, task: str) -> str:
        """Path of the file with the task's English training rows."""
        mine = [
            path
            for path, one in self.entries.items()
            if one["kind"] == "evalset" and one["task"] == task and one["language"] == self.pivot
        ]
        found = [path for path in mine if _has(self._place_of(path), "train")]
        if len(found) != 1:
            raise BadInput(
                f"task `{task}` requires one English evaluation set with training rows; found {', '.join(found) or 'none'}; see fetch.train"
            )
        return found[0]


def _has(path: Path, split: str) -> bool:
    try:
        return split in _splits(path, digests.of(path))
    except OSError:
        return False  # whoever asks for its digest says so


@functools.lru_cache(maxsize=4096)
def _splits(path: Path, sha256: str) -> Mapping[str, int]:
    import pyarrow.parquet as pq

    return Counter(pq.read_table(path, columns=["split"])["split"].to_pylist())


def fetched(workspace: Workspace) -> Inputs:
    """What stage `fetch` left, whether it was checked or not."""
    _there(workspace, FETCHED)
    outputs.require(workspace, FETCHED)
    entries = {entry["path"]: entry for entry in json.loads(workspace.manifest.read_text(encoding="utf-8"))["files"]}
    return Inputs(workspace, entries, {}, read_languages(workspace.languages))


def load(workspace: Workspace) -> Inputs:
    """The inputs of a profile; BadInput with the command that makes what is missing, or what was changed after its stage wrote it."""
    _there(workspace, READ)
    return _load(workspace, tuple(digests.of(workspace.data / name) for name in READ))


def _there(workspace: Workspace, names: Iterable[str]) -> None:
    for name in names:
        path, verb = workspace.data / name, outputs.VERB[name]
        if not path.is_file():
            where = path.relative_to(workspace.root) if path.is_relative_to(workspace.root) else path
            raise BadInput(f"{where} is required and does not exist; make it with `dvc repro {verb}`")


@functools.lru_cache(maxsize=4)
def _load(workspace: Workspace, bytes_of: tuple[str, ...]) -> Inputs:
    outputs.require(workspace, READ)
    return parsed(workspace)


def parsed(workspace: Workspace) -> Inputs:
    """The inputs of a profile as its files say, whoever wrote them."""
    import pyarrow.parquet as pq

    content = json.loads(workspace.manifest.read_text(encoding="utf-8"))
    excluded: dict[str, list[int]] = {}
    for row in pq.read_table(workspace.excluded, columns=["path", "row"]).to_pylist():
        excluded.setdefault(row["path"], []).append(row["row"])
    entries = {entry["path"]: entry for entry in content["files"]}
    if moved := [path for path, entry in entries.items() if path != _place(entry)]:
        raise BadInput(
            f"{workspace.manifest}: {moved[0]} is listed as {_place(entries[moved[0]])}; make it again with `dvc repro fetch`"
        )
    return Inputs(
        workspace,
        entries,
        {path: tuple(sorted(set(rows))) for path, rows in excluded.items()},
        read_languages(workspace.languages),
    )


def _place(entry: dict) -> str:
    """Where a file of this kind, task, set and language lies."""
    parts = ("bitext",) if entry["kind"] == "bitext" else ("evalsets", entry["task"], entry["set"])
    return "/".join((*parts, f"{entry['language']}.parquet"))


def subsets(workspace: Workspace) -> dict:
    """The content of subsets.json."""
    load(workspace)
    return _subsets(workspace.subsets, digests.of(workspace.subsets))


@functools.lru_cache(maxsize=4)
def _subsets(path: Path, sha256: str) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
