"""A study as it is read for its graph and for its exports: what the stages wrote, believed or refused, and where its runs lie now."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from realignment import tracking
from realignment.core.console import note
from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.corpora.manifest import Inputs
from realignment.records import sealing
from realignment.records.record import Record
from realignment.results import tables
from realignment.results.scores import Score
from realignment.results.tables import Study
from realignment.study import study_file
from realignment.tracking import asked
from realignment.tracking.asked import Kept

NOWHERE = Kept("", "", "", "")  # of a run that is in no store here


@dataclass(frozen=True)
class Content:
    """What a graph and an export are made of."""

    study: dict  # study.json, its records read
    subsets: dict
    inputs: Inputs
    quality: Mapping[str, Any]  # file name without suffix -> content
    places: Mapping[str, Kept]  # by run key
    pretrained: Mapping[str, list[str]]  # base encoder made here -> languages whose text it read

    @cached_property
    def tables(self) -> tuple[list[Score], list[Study]]:
        """What the report's tables are made of."""
        return tables.studies(self.study, self.inputs.languages, self.subsets)

    @cached_property
    def others(self) -> list[Record]:
        """Finished runs that are none of the study's, from their own files; those that cannot be believed are left out."""
        mine, root = {record.key for record in self.study["records"]}, self.inputs.workspace.root
        found, wrong = [], 0
        for key in sorted(self.places.keys() - mine):
            kept = self.places[key]
            folder = asked.folder_of(root, kept.folder) if kept.folder else None
            content = sealing.read(folder) if folder else None
            if content is None or content.get("key") != key or sealing.fault(content, kept.seal):
                wrong += 1
                continue
            with suppress(FailedWork):
                found.append(Record.of(content, f"{sealing.FILE} of run {kept.run}"))
        if wrong:
            note(
                f"{wrong} finished runs that are none of the study's have no record here that can be believed; they are left out"
            )
        return found


def read(workspace: Workspace, kept: Mapping[str, Kept] | None = None) -> Content:
    """From the files of the active profile; FailedWork where they cannot be believed. `kept` is what `places` gives, where that is known."""
    if kept is None:
        kept = places(workspace)
    if kept is None:
        kept = _of_server(workspace)
    study = study_file.trusted(workspace, {key: one.seal for key, one in kept.items()})
    if not study["records"]:
        raise BadInput(f"data/{workspace.profile}/study.json is required and holds no record; make it with `dvc repro study`")
    quality = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(workspace.quality.glob("*.json"))}
    return Content(study, manifest.subsets(workspace), manifest.load(workspace), quality, kept, pretrained(workspace))


def places(workspace: Workspace) -> dict[str, Kept] | None:
    """Where the finished runs lie, by run key; None where a server has to be asked."""
    return asked.runs(workspace.root, workspace.profile)


def _of_server(workspace: Workspace) -> dict[str, Kept]:
    """As `asked.runs`, through MLflow."""
    with tracking.reading():
        known, seals = tracking.finished(workspace.root, workspace.profile), tracking.seals(workspace.root, workspace.profile)
        models = tracking.versions(workspace.root)
    return {key: Kept(run, seals.get(key, ""), "", models.get(run, "")) for key, run in known.items()}


def pretrained(workspace: Workspace) -> dict[str, list[str]]:
    """Encoder that stage `pretrain` made -> the languages whose text it was trained on, by its own encoder.json."""
    found = {}
    for path in sorted(workspace.encoders.glob("*/encoder.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            found[path.parent.name] = sorted(json.loads(path.read_text(encoding="utf-8"))["sentences"])
    return found
