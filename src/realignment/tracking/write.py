"""How a record gets into an MLflow run: created, tagged, its numbers in batches, its inputs under our digests, its files."""

import functools
import getpass
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.records.record import Record
from realignment.tracking import fields as shown
from realignment.tracking import owner
from realignment.tracking.store import prepare, search

METRICS = 1000  # a call of log_batch takes no more
PARAMS = 100


def saving(root: Path) -> Path:
    """The lock held while a run is written, so that `sweep` takes no live one for a left-over."""
    return root.resolve() / "mlflow.db.save"


def create(root: Path, home: str, name: str, tags: dict[str, str], seconds: float = 0.0) -> str:
    """A RUNNING run, called `name` and found by `tags`; dated back by the seconds its job took."""
    began = int((time.time() - seconds) * 1000)
    tags = {**_source(root), **owner.tag(root), "mlflow.source.name": f"realignment {tags['verb']}", **tags}
    given = {name: value for name, value in tags.items() if value}
    return prepare(root).create_run(home, start_time=began, run_name=name, tags=given).info.run_id


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


def log(root: Path, run: str, record: Record, profile: str, given: dict[str, str]) -> dict[str, Any]:
    """Parameters, metrics and inputs; a parameter MLflow logged itself (`given`) goes under `resolved.*`. The long parameters."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    texts, long = shown.params(record)
    if record.parent:
        above = next(search(root, profile, f"tags.run_key = '{record.parent}'"), None)
        texts |= shown.inherited(above.data.params, above.data.tags["verb"]) if above else {}
    params = [Param(f"resolved.{name}" if name in given else name, value) for name, value in texts.items()]
    metrics = [Metric(name, value, now, step) for name, value, step in shown.metrics(record, pivot(root, profile))]
    for start in range(0, max(len(metrics), len(params), 1), METRICS):
        prepare(root).log_batch(run, metrics=metrics[start : start + METRICS], params=params[:PARAMS] if start == 0 else ())
    for start in range(PARAMS, len(params), PARAMS):
        prepare(root).log_batch(run, params=params[start : start + PARAMS])
    if inputs := datasets(record, profile):
        prepare(root).log_inputs(run, inputs)
    return long


@functools.cache
def pivot(root: Path, profile: str) -> str:
    """The language that is kept apart from means."""
    try:
        known = languages.read(Workspace(root, profile).languages)
    except BadInput:
        known = {}
    return next((code for code, one in known.items() if one.is_pivot), languages.ENGLISH)


def datasets(record: Record, profile: str) -> list[Any]:
    """The data a job read, as MLflow inputs under OUR digest: the first 36 characters of the sha256, the whole of it in a tag."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    found = []
    for role, sha256 in sorted(record.inputs.items()):
        if shown.is_data(role):
            name = shown.dataset(role, record.task)
            source = json.dumps({"uri": f"data/{profile}/{name}"})
            dataset = Dataset(name=name, digest=sha256[:36], source_type="local", source=source)
            found.append(DatasetInput(dataset, [InputTag("mlflow.data.context", record.verb), InputTag("sha256", sha256)]))
    return found


def log_artifacts(root: Path, run: str, record: Record, long: dict, made: Path | None) -> None:
    """record.json, params.json where a parameter is long, and what was made: a folder, or one file of it where it is there."""
    store = prepare(root)
    log_record(root, run, record, long)
    if made is None or not made.exists():
        return
    for path in sorted(made.iterdir()) if made.is_dir() else [made]:
        if path.is_dir():
            store.log_artifacts(run, str(path), path.name)
        elif path.name != "record.json":
            store.log_artifact(run, str(path))


def log_record(root: Path, run: str, record: Record, long: dict | None = None) -> None:
    """record.json, and params.json where a parameter is long; what was there under these names is replaced."""
    with tempfile.TemporaryDirectory() as scratch:
        files = {"record.json": record.to_json()} | ({"params.json": long} if long else {})
        for name, content in files.items():
            Path(scratch, name).write_text(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1), encoding="utf-8")
        prepare(root).log_artifacts(run, scratch)
