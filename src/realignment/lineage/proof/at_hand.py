"""What the chain of a study is proven from, each part as it lies there, whoever changed it. What cannot be read is named, and is no guess."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from realignment import tracking
from realignment.config.schema import Settings
from realignment.core import outputs
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.corpora.manifest import Inputs
from realignment.lineage.proof.verdict import Link, away, judged
from realignment.records.record import Record
from realignment.tracking import asked

NO_STORE = "there is no tracking store here"
RESTORED = "its run was restored from study.json, without files"
NO_RUN = "its run is not in the tracking store"
NOT_KEPT = "the study kept no model of it"


@dataclass(frozen=True)
class Store:
    """What the tracking store says where the files of runs lie. `unread` says why nothing is known of a store that is there."""

    runs: dict[str, str] = field(default_factory=dict)  # run key -> run id
    held: dict[str, Any] = field(default_factory=dict)  # run id -> run, see `tracking.held`
    versions: dict[str, str] = field(default_factory=dict)  # run id -> registered model
    folders: dict[str, Path] = field(default_factory=dict)  # run id -> its files, where they lie on this machine
    there: bool = False
    unread: str = ""

    def restored(self, run: str) -> bool:
        """Whether a run was put back from study.json."""
        return run in self.held and "restored_from" in self.held[run].tags


@dataclass(frozen=True)
class AtHand:
    """`content` is study.json as it stands; `unread`: file of the data folder -> why it cannot be read; `quality`: what is in that folder,
    by the names of its files without suffix."""

    workspace: Workspace
    settings: Settings
    content: dict[str, Any]
    records: list[Record]
    spoilt: dict[str, str]  # name of a record that is none -> why
    inputs: Inputs | None
    subsets: dict[str, Any]
    unread: dict[str, str]
    store: Store
    quality: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> dict[str, Record]:
        return {record.key: record for record in self.records}

    def artifact(self, record: Record, name: str) -> tuple[Path | None, str, bool]:
        """(a file or folder of the record's run, "", False); or (None, why it is not here, whether it should be)."""
        run = self.store.runs.get(record.key)
        if not self.store.there:
            return None, NO_STORE, False
        if run is None:
            return None, NO_RUN, False
        if found := self._found(run, name):
            return found, "", False
        if self.store.restored(run) and run not in self.store.versions:
            return None, RESTORED, False
        if name == "model" and run not in self.store.versions:
            return None, NOT_KEPT, False
        return None, f"{name} of run {run} is gone", True

    def _found(self, run: str, name: str) -> Path | None:
        if folder := self.store.folders.get(run):
            return folder / name if (folder / name).exists() else None
        return tracking.part(self.workspace.root, run, name)


def of_study(workspace: Workspace, settings: Settings, study: dict[str, Any], inputs: Inputs, subsets: dict[str, Any]) -> AtHand:
    """Of a study that was read and believed."""
    return AtHand(workspace, settings, study, study["records"], {}, inputs, subsets, {}, _store(workspace))


def gather(workspace: Workspace, settings: Settings) -> AtHand:
    """BadInput where there is no study to prove."""
    if not workspace.study.is_file():
        where = workspace.study.relative_to(workspace.root)
        raise BadInput(f"{where} is required and does not exist; bring it with `dvc pull`, or make it with `dvc repro study`")
    unread: dict[str, str] = {}

    def read(name: str, how: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return how()
        except Exception as fault:  # whatever a changed byte makes of a file: it is named, and nothing is read from it
            unread[name] = f"cannot be read ({type(fault).__name__}: {' '.join(str(fault).split())[:120]})"
            return otherwise

    content = read("study.json", lambda: _object(workspace.study), {})
    found = content.get("records", [])
    records, spoilt = _records(found if isinstance(found, list) else [])
    inputs = read("manifest.json", lambda: manifest.parsed(workspace), None)
    subsets = read("subsets.json", lambda: _object(workspace.subsets), {})
    reports = sorted(workspace.quality.glob("*.json"))
    files = {path.stem: read(f"{workspace.quality.name}/{path.name}", partial(_json, path), None) for path in reports}
    quality = {name: one for name, one in files.items() if one is not None}
    return AtHand(workspace, settings, content, records, spoilt, inputs, subsets, unread, _store(workspace), quality)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _object(path: Path) -> dict[str, Any]:
    content = _json(path)
    if not isinstance(content, dict):
        raise ValueError("an object is required")
    return content


def _records(found: list) -> tuple[list[Record], dict[str, str]]:
    records, spoilt = [], {}
    for place, one in enumerate(found):
        try:
            records.append(Record.of(one, "study.json"))
        except Exception as fault:
            spoilt[f"record {place + 1} of study.json"] = str(fault).removeprefix("study.json: ")
    return records, spoilt


def _store(workspace: Workspace) -> Store:
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # a damaged store is a broken link, without a traceback
    root, file = workspace.root, tracking.database(workspace.root)
    if file is not None and not file.exists():
        return Store()
    try:
        held = tracking.held(root, workspace.profile)
        places = asked.runs(root, workspace.profile) or {}
        folders = {one.run: folder for one in places.values() if one.folder and (folder := asked.folder_of(root, one.folder))}
        return Store(tracking.finished(root, workspace.profile), held, tracking.versions(root), folders, there=bool(held))
    except Exception as fault:  # a changed byte can make anything of a database
        return Store(unread=" ".join(str(fault).split())[:200])


def written(here: AtHand, group: str, name: str) -> Link:
    """Whether a file or folder that a stage wrote is the one that dvc.lock, or the stage itself, says it wrote."""
    path, shown = here.workspace.data / name, f"data/{here.workspace.profile}/{name}"
    if not path.exists():
        return away(group, shown, "not here; `dvc pull` brings what was pushed")
    if not outputs.vouched(here.workspace, name):
        return away(group, shown, "neither dvc.lock nor its stage says what it was")
    if outputs.unchanged(here.workspace, name):
        return judged(group, shown, "")
    verb = outputs.VERB[name]
    return judged(group, shown, f"is neither the file of dvc.lock nor what stage {verb} wrote here")
