"""The data a run read, as MLflow shows it: one data set per set of files, its languages inside, under our digest and DVC's.

One per language would be fifty inputs a run, and MLflow's search does not come back near 50,000 inputs an experiment. What a data set is
follows from the record alone; what manifest.json and dvc.lock say of it is added where they list the very bytes that were read.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.core import digests, hashing, outputs
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.records.record import Record
from realignment.tracking import fields as shown

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

DIGEST = 36  # characters that MLflow takes of a digest
LONGEST = 500  # characters that it takes of an input's tag
ALIGNMENTS = "alignments"
HELD_OUT = "heldout"  # the pairs that no realignment reads, of every language


@dataclass(frozen=True)
class Files:
    """Files of one kind that a run read together."""

    name: str  # `evalsets/pos/udpos`, `bitext/latin_diverse_5`, `train/pos`
    folder: str  # below the data folder
    used: Mapping[str, str]  # language -> sha256 of its file as used; the file of training rows has no language

    @property
    def sha256(self) -> str:
        """Of the whole set: every language with what was read of it; of a single file that of the file."""
        return self.used[""] if set(self.used) == {""} else hashing.digest(dict(self.used))

    @property
    def digest(self) -> str:
        """What MLflow's search finds the set by."""
        return self.sha256[:DIGEST]

    @property
    def languages(self) -> list[str]:
        return sorted(filter(None, self.used))


@dataclass(frozen=True)
class Source:
    """What manifest.json and dvc.lock say of a set; all of it empty where they list other bytes than those that were read."""

    licences: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()  # with their revisions
    path: str = ""  # DVC's output that holds the files
    md5: str = ""  # of that output; of a folder it ends in `.dir`


def of_record(record: Record) -> list[Files]:
    """The sets a job read, by name."""
    return of_inputs(record.inputs, record.verb, record.task, record.cell.subset)


def of_inputs(inputs: Mapping[str, str], verb: str, task: str, subset: str) -> list[Files]:
    """As `of_record`, of role -> sha256 of what was read."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for role, sha256 in inputs.items():
        if shown.is_data(role):
            name, folder, language = _place(role, task, subset if verb == "realign" else HELD_OUT)
            found.setdefault((name, folder), {})[language] = sha256
    return [Files(name, folder, dict(sorted(used.items()))) for (name, folder), used in sorted(found.items())]


def _place(role: str, task: str, pairs: str) -> tuple[str, str, str]:
    """(name of the set, its folder, language) of an input; `pairs`: what a set of bitexts is called."""
    kind, _, rest = role.partition("/")
    if kind == "evalset":
        folder, _, language = f"evalsets/{task}/{rest}".rpartition("/")
        return folder, folder, language
    if kind == "train":
        return f"train/{task}", f"evalsets/{task}", ""
    folder = {"alignment": ALIGNMENTS}.get(kind, kind)
    return f"{folder}/{pairs}", folder, rest


@dataclass(frozen=True)
class Shelf:
    """A profile's manifest, and the md5 of the outputs that DVC made it with; both empty where they are not at hand.

    `aligned`: language -> sha256 of its word alignments, which no manifest lists; empty where they are not those of dvc.lock.
    """

    profile: str
    given: manifest.Inputs | None = None
    locked: Mapping[str, str] = field(default_factory=dict)
    aligned: Mapping[str, str] = field(default_factory=dict)

    def source(self, files: Files, task: str) -> Source:
        """What is known of a set, provided that every file of it is listed with the bytes that were read."""
        if files.folder == ALIGNMENTS and files.used.items() <= self.aligned.items():
            return Source(path=f"data/{self.profile}/{ALIGNMENTS}", md5=self.locked[ALIGNMENTS])
        entries = [self._entry(files, language, task) for language in files.used]
        if not entries or not all(entries):
            return Source()
        top = files.folder.partition("/")[0]
        licences = sorted({one["licence"] or "unknown" for one in entries})
        origins = sorted({" ".join(filter(None, (one["origin"], one["revision"]))) for one in entries} - {""})
        md5 = self.locked.get(top, "")
        return Source(tuple(licences), tuple(origins), f"data/{self.profile}/{top}" if md5 else "", md5)

    def _entry(self, files: Files, language: str, task: str) -> dict:
        if self.given is None:
            return {}
        listed = self.given.entries
        mine = [f"{files.folder}/{language}.parquet"]
        if not language:
            mine = [path for path, one in listed.items() if one["kind"] == "evalset" and one["task"] == task]
        return next((listed[path] for path in mine if path in listed and self.given.listed(path) == files.used[language]), {})


def shelf(root: Path, profile: str) -> Shelf:
    """What is at hand now; read again where a file of it changed."""
    workspace = Workspace(root, profile)
    try:
        given = manifest.load(workspace)
    except BadInput:
        return Shelf(profile)
    lock = digests.of(workspace.lock) if workspace.lock.is_file() else ""
    locked = _locked(workspace, digests.of(workspace.manifest), lock)
    aligned = {path.stem: digests.of(path) for path in sorted(workspace.alignments.glob("*.parquet"))}
    same = aligned and _md5(workspace.alignments, tuple(aligned.items())) == locked.get(ALIGNMENTS)
    return Shelf(profile, given, locked, aligned if same else {})


@functools.lru_cache(maxsize=8)
def _md5(folder: Path, of_files: tuple[tuple[str, str], ...]) -> str:
    """As dvc.lock has it; computed again where a file of the folder changed."""
    return outputs.md5(folder)


@functools.lru_cache(maxsize=8)
def _locked(workspace: Workspace, of_manifest: str, of_lock: str) -> dict[str, str]:
    """Output -> md5, as dvc.lock has it; nothing where its manifest is another one, because its data are others then too."""
    listed = outputs.listed(workspace)
    return listed if listed.get("manifest.json") == outputs.md5(workspace.manifest) else {}


def inputs(record: Record, sets: list[tuple[Files, Source]], profile: str) -> list["DatasetInput"]:
    """The sets a job read, as MLflow takes them."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    found = []
    for files, source in sets:
        about = {"sha256": files.sha256, "languages": len(files.languages), "sha256 by language": dict(files.used)}
        dataset = Dataset(
            name=files.name, digest=files.digest, source_type="local",
            source=json.dumps({"uri": f"data/{profile}/{files.folder}"}), profile=json.dumps(about, sort_keys=True),
        )  # fmt: skip
        tags = _tags(record, files, source)
        found.append(DatasetInput(dataset, [InputTag(name, value) for name, value in tags.items()]))
    return found


def _tags(record: Record, files: Files, source: Source) -> dict[str, str]:
    """What a run says of a set it read; a list that MLflow would cut is counted."""
    lists = {"languages": (" ", files.languages), "licences": ("; ", source.licences), "sources": ("; ", source.origins)}
    tags = {"mlflow.data.context": record.verb, "sha256": files.sha256, "trial": shown.trial(record)[:LONGEST]}
    for name, (between, values) in lists.items():
        text = between.join(values)
        tags[name] = text if len(text) <= LONGEST else f"{len(values)} {name}"
    tags |= {"dvc.path": source.path, "dvc.md5": source.md5}
    return {name: value for name, value in tags.items() if value}
