"""How a record gets into an MLflow run: created, tagged, its numbers in batches, its inputs under our digests, its files."""

import functools
import getpass
import json
import os
import shutil
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.records import sealing
from realignment.records.record import Record
from realignment.tracking import datasets, described, logged, notes, owner
from realignment.tracking import fields as shown
from realignment.tracking.files import local
from realignment.tracking.places import Place
from realignment.tracking.store import NOTE, parameters, prepare
from realignment.tracking.whole import Whole, insert, now

STUDY, BY_HAND = "study", "by hand"  # the tag `origin`: who made a run, or took it over


def saving(root: Path) -> Path:
    """The lock held while a run is written, so that `sweep` takes no live one for a left-over."""
    return root.resolve() / "mlflow.db.save"


def create(root: Path, home: str, name: str, tags: dict[str, str], began: int | None = None) -> str:
    """A RUNNING run, called `name` and found by `tags`, that began now or at `began` (milliseconds)."""
    return insert(root, home, [Whole(name, about(root, tags), began=began or now(), open=True)])[0]


def about(root: Path, tags: Mapping[str, str]) -> dict[str, str]:
    """`tags`, with those that say who writes the run, where and at which commit."""
    every = {**_source(root), **owner.tag(root), "mlflow.source.name": f"realignment {tags['verb']}", **tags}
    return {name: value for name, value in every.items() if value}


def set_tags(root: Path, run: str, tags: dict[str, str]) -> None:
    from mlflow.entities import RunTag

    prepare(root).log_batch(run, tags=[RunTag(name, value) for name, value in tags.items() if value])


@functools.cache
def _source(root: Path) -> dict[str, str]:
    """Who and which commit, as MLflow's own tags."""

    def git(*words: str) -> str:
        try:
            done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=10, check=False)
            return done.stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            return ""

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = ""
    return {
        "mlflow.user": user,
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": git("rev-parse", "HEAD"),
        "git.changed": "yes" if git("status", "--porcelain", "--untracked-files=no") else "no",
    }


def isolation() -> dict[str, str]:
    return {"isolated": "false"} if os.environ.get("REALIGNMENT_NOT_ISOLATED") else {}


def ended(made: Path | None) -> int:
    """When the job that left a folder was done, in milliseconds: its record was written last. Now where there is none."""
    try:
        return min(now(), (made / sealing.FILE).stat().st_mtime_ns // 1_000_000) if made else now()
    except OSError:
        return now()


def whole(
    root: Path, record: Record, profile: str, tags: Mapping[str, str], upstream: Mapping[str, str], given: Collection[str] = ()
) -> Whole:
    """A record as the run that shows it, ended now; `upstream` as the function of that name says.

    A parameter that MLflow logged itself (`given`) goes under `resolved.*`.
    """
    texts, long = shown.params(record)
    params = {f"resolved.{name}" if name in given else name: value for name, value in {**texts, **upstream}.items()}
    files = {sealing.FILE: _text(record.to_json())} | ({"params.json": _text(long)} if long else {})
    metrics = shown.metrics(record, pivot(root, profile))
    run = at(Whole(record.name, about(root, tags), params, metrics, (), files), now(), record)
    return linked(root, record, profile, run)


def at(run: Whole, end: int, record: Record) -> Whole:
    """A run that ended when its job did, and began the seconds before that the job took."""
    return replace(run, began=end - int(1000 * record.seconds), ended=end)


def linked(root: Path, record: Record, profile: str, run: Whole) -> Whole:
    """A run with what ties it to others: the sets it read, the model it read and the one it made, and the note on both."""
    sets = _sets(root, record, profile)
    return replace(
        run,
        inputs=datasets.inputs(record, sets, profile),
        made=logged.made(record, run.tags.get("origin", "")),
        reads=record.parent,
        measured=logged.measured(record, [files for files, _ in sets], run.metrics),
        note=functools.partial(notes.text, record, sets, described.encoder(root, record, profile)),
    )


def _sets(root: Path, record: Record, profile: str) -> list[tuple[datasets.Files, datasets.Source]]:
    shelf = datasets.shelf(root, profile)
    return [(files, shelf.source(files, record.task)) for files in datasets.of_record(record)]


def note(root: Path, record: Record, profile: str, place: Place) -> None:
    """Writes the note of a run, and of the model it made, anew: that was registered since."""
    text = notes.text(record, _sets(root, record, profile), described.encoder(root, record, profile), place)
    set_tags(root, place.run, {NOTE: text})
    if place.model:
        prepare(root).set_logged_model_tags(place.model, {NOTE: text})


def upstream(root: Path, profile: str, key: str) -> dict[str, str]:
    """The parameters that a run shows of the one with run key `key`, whose model it read; none where the store has none."""
    verb, params = parameters(root, profile, key) if key else ("", {})
    return shown.inherited(params, verb)


@functools.cache
def pivot(root: Path, profile: str) -> str:
    """The language that is kept apart from means."""
    try:
        known = languages.read(Workspace(root, profile).languages)
    except BadInput:
        known = {}
    return next((code for code, one in known.items() if one.is_pivot), languages.ENGLISH)


def log_artifacts(root: Path, run: str, made: Path | None) -> None:
    """What was made: a folder, or one file of it where it is there; its record is with the run already."""
    if made is None or not made.exists():
        return
    store, here = prepare(root), local(root, run)
    for path in sorted(made.iterdir()) if made.is_dir() else [made]:
        if path.is_dir():
            shutil.copytree(path, here / path.name) if here else store.log_artifacts(run, str(path), path.name)
        elif path.name != sealing.FILE:
            shutil.copy2(path, here / path.name) if here else store.log_artifact(run, str(path))


def log_record(root: Path, run: str, record: Record) -> None:
    """Puts record.json of a run back."""
    prepare(root).log_text(run, _text(record.to_json()), sealing.FILE)


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
