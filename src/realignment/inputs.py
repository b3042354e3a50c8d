"""What a profile's data folder holds, with the content hashes that go into run keys."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from realignment import bases, digests, identity, vocabulary
from realignment.errors import BadInput, nearest
from realignment.languages import Language
from realignment.languages import read as read_languages
from realignment.workspace import Workspace


@dataclass(frozen=True)
class Inputs:
    """Files of the manifest, rows that `check` excluded, languages, subsets."""

    workspace: Workspace
    entries: dict[str, dict]  # path relative to the data folder -> manifest entry
    excluded: dict[str, tuple[int, ...]]  # path -> positions left out
    languages: dict[str, Language]

    @property
    def pivot(self) -> str:
        return next(code for code, language in self.languages.items() if language.is_pivot)

    def rows_out(self, path: str) -> tuple[int, ...]:
        """Positions of a file that `check` excluded."""
        return self.excluded.get(path, ())

    def digest(self, path: str) -> str:
        """Content of a file as it is used: its bytes and the excluded positions."""
        return identity.digest([self.entries[path]["sha256"], self.rows_out(path)])

    def bitexts(self) -> list[str]:
        """Languages with bitext, sorted."""
        return sorted(entry["language"] for entry in self.entries.values() if entry["kind"] == "bitext")

    def evalsets(self, task: str) -> list[str]:
        """Paths of a task's evaluation sets that have test rows, sorted."""
        return sorted(
            path
            for path, entry in self.entries.items()
            if entry["kind"] == "evalset" and entry["task"] == task and has_split(self.workspace.data / path, "test")
        )

    def train(self, task: str) -> str:
        """Path of the file with the task's English training rows."""
        mine = [
            path
            for path, one in self.entries.items()
            if one["kind"] == "evalset" and one["task"] == task and one["language"] == self.pivot
        ]
        found = [path for path in mine if has_split(self.workspace.data / path, "train")]
        if len(found) != 1:
            raise BadInput(
                f"task `{task}` requires one English evaluation set with training rows; found {', '.join(found) or 'none'}; see fetch.train"
            )
        return found[0]


@functools.lru_cache(maxsize=4096)
def has_split(path: Path, split: str) -> bool:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    return bool(pc.any(pc.equal(pq.read_table(path, columns=["split"])["split"], split)).as_py())


def load(workspace: Workspace) -> Inputs:
    """The inputs of a profile; BadInput with the command that makes what is missing."""
    for path, verb in ((workspace.manifest, "fetch"), (workspace.excluded, "check"), (workspace.subsets, "select")):
        if not path.is_file():
            where = path.relative_to(workspace.root) if path.is_relative_to(workspace.root) else path
            raise BadInput(f"{where} is required and does not exist; make it with `dvc repro {verb}`")
    stamps = tuple(path.stat().st_mtime_ns for path in (workspace.manifest, workspace.excluded, workspace.languages))
    return _load(workspace, stamps)


@functools.lru_cache(maxsize=4)
def _load(workspace: Workspace, stamps: tuple[int, ...]) -> Inputs:
    import pyarrow.parquet as pq

    content = json.loads(workspace.manifest.read_text(encoding="utf-8"))
    excluded: dict[str, list[int]] = {}
    for row in pq.read_table(workspace.excluded, columns=["path", "row"]).to_pylist():
        excluded.setdefault(row["path"], []).append(row["row"])
    entries = {entry["path"]: entry for entry in content["files"]}
    return Inputs(
        workspace,
        entries,
        {path: tuple(sorted(set(rows))) for path, rows in excluded.items()},
        read_languages(workspace.languages),
    )


def subsets(workspace: Workspace) -> dict:
    """The content of subsets.json."""
    load(workspace)
    return json.loads(workspace.subsets.read_text(encoding="utf-8"))


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


def encoder_digest(folder: Path) -> str:
    """sha256 over weights, configuration and tokenizer of an encoder folder."""
    return _digest(bases.files(folder))


def tokenizer_digest(folder: Path) -> str:
    """sha256 over all that the tokenizer of a folder can read."""
    return _digest(vocabulary.files(folder))


def _digest(paths: list[Path]) -> str:
    return identity.digest([(path.name, digests.of(path)) for path in paths])
