"""Finished runs written at once: where the store is an SQLite file, as rows of its tables; on a server, call by call.

MLflow's client spends some forty statements and six commits on a run. What it would have written is written here through MLflow's
own definitions of the tables; a test compares the two.
"""

import functools
import math
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realignment.tracking import moves
from realignment.tracking import sqlite as databases
from realignment.tracking.store import database, prepare

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput
    from sqlalchemy import Connection, Engine, Table

METRICS = 1000  # a call of log_batch takes no more
PARAMS = 100
TOGETHER = 100  # runs a transaction: a kill leaves whole ones
Rows = list[dict[str, Any]]


def now() -> int:
    return int(time.time() * 1000)


@dataclass(frozen=True)
class Whole:
    """A run with all it holds. `metrics` are (name, value, step), `files` texts by name, times milliseconds.

    One that is `open` stays RUNNING, because files or a model of it follow.
    """

    name: str
    tags: Mapping[str, str]
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[tuple[str, float, int]] = ()
    inputs: Sequence["DatasetInput"] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    began: int = field(default_factory=now)
    ended: int = field(default_factory=now)
    open: bool = False


def insert(root: Path, home: str, runs: Iterable[Whole]) -> list[str]:
    """Their run ids in the experiment of id `home`. In a file each appears with all it holds, or not at all."""
    store, file = prepare(root), database(root)
    where = store.get_experiment(home).artifact_location
    if file is None or moves.place(where) is None:
        return [_call_by_call(store, home, run) for run in runs]
    from realignment.tracking import client

    write, found, runs = client.guarded(_write, f"{file}", is_file=True), [], iter(runs)
    while some := list(islice(runs, TOGETHER)):
        found += write(_engine(file), home, where, some)
    return found


@functools.cache
def _engine(file: Path) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    return create_engine(databases.address(file), poolclass=NullPool, connect_args={"timeout": 30})


def _write(engine: "Engine", home: str, where: str, runs: list[Whole]) -> list[str]:
    named = {uuid.uuid4().hex: run for run in runs}
    for key, run in named.items():
        if run.files:
            folder = moves.place(where) / key / "artifacts"
            folder.mkdir(parents=True)
            for name, text in run.files.items():
                (folder / name).write_text(text, encoding="utf-8")
    with engine.begin() as connection:
        for table, rows in _tables(connection, int(home), where, named):
            if rows:
                connection.execute(table.insert(), rows)
    return list(named)


def _tables(connection: "Connection", home: int, where: str, named: Mapping[str, Whole]) -> Iterator[tuple["Table", Rows]]:
    from mlflow.store.tracking.dbmodels import models

    def table(of: type) -> "Table":
        return of.__table__

    yield table(models.SqlRun), [_run(key, run, home, where) for key, run in named.items()]
    tags = [(key, {**run.tags, "mlflow.runName": run.name}) for key, run in named.items()]
    yield table(models.SqlTag), [{"run_uuid": key, "key": name, "value": text} for key, one in tags for name, text in one.items()]
    params = [(key, name, text) for key, run in named.items() for name, text in run.params.items()]
    yield table(models.SqlParam), [{"run_uuid": key, "key": name, "value": text} for key, name, text in params]
    points = [_point(key, run, one) for key, run in named.items() for one in dict.fromkeys(run.metrics)]
    yield table(models.SqlMetric), points
    latest: dict[tuple[str, str], dict] = {}
    for point in sorted(points, key=lambda one: (one["step"], one["value"])):
        latest[point["run_uuid"], point["key"]] = point
    yield table(models.SqlLatestMetric), [latest[one] for one in dict.fromkeys((one["run_uuid"], one["key"]) for one in points)]
    yield from _inputs(connection, home, named)


def _run(key: str, run: Whole, home: int, where: str) -> dict[str, Any]:
    from mlflow.utils.uri import append_to_uri_path

    return {
        "run_uuid": key, "name": run.name, "experiment_id": home, "user_id": run.tags.get("mlflow.user", "unknown"),
        "status": "RUNNING" if run.open else "FINISHED", "start_time": run.began, "end_time": None if run.open else run.ended,
        "lifecycle_stage": "active",
        "artifact_uri": append_to_uri_path(where, key, "artifacts"),
        "source_type": "UNKNOWN", "source_name": "", "entry_point_name": "", "source_version": "",
    }  # fmt: skip


def _point(key: str, run: Whole, metric: tuple[str, float, int]) -> dict[str, Any]:
    name, value, step = metric
    if not math.isfinite(value):
        raise ValueError(f"{run.name}: the metric {name} is {value}")
    return {"run_uuid": key, "key": name, "value": value, "timestamp": run.ended, "step": step, "is_nan": False}


def _inputs(connection: "Connection", home: int, named: Mapping[str, Whole]) -> Iterator[tuple["Table", Rows]]:
    """A data set stands once in an experiment; runs refer to it."""
    from mlflow.store.tracking.dbmodels.models import SqlDataset, SqlInput, SqlInputTag
    from sqlalchemy import select

    known: dict[tuple[str, str], str] = {}
    if any(run.inputs for run in named.values()):
        there = select(SqlDataset.name, SqlDataset.digest, SqlDataset.dataset_uuid).where(SqlDataset.experiment_id == home)
        known = {(name, digest): key for name, digest, key in connection.execute(there)}
    sets, inputs, tags = [], [], []
    for key, run in named.items():
        for one in run.inputs:
            data = one.dataset
            if (data.name, data.digest) not in known:
                known[data.name, data.digest] = uuid.uuid4().hex
                sets.append({
                    "dataset_uuid": known[data.name, data.digest], "experiment_id": home, "name": data.name, "digest": data.digest,
                    "dataset_source_type": data.source_type, "dataset_source": data.source,
                    "dataset_schema": data.schema, "dataset_profile": data.profile,
                })  # fmt: skip
            link = {"source_type": "DATASET", "source_id": known[data.name, data.digest]}
            inputs.append({"input_uuid": uuid.uuid4().hex, **link, "destination_type": "RUN", "destination_id": key})
            tags += [{"input_uuid": inputs[-1]["input_uuid"], "name": tag.key, "value": tag.value} for tag in one.tags]
    yield SqlDataset.__table__, sets
    yield SqlInput.__table__, inputs
    yield SqlInputTag.__table__, tags


def _call_by_call(store: Any, home: str, run: Whole) -> str:
    made = store.create_run(home, start_time=run.began, run_name=run.name, tags=dict(run.tags)).info.run_id
    fill(store, made, run)
    if not run.open:
        store.set_terminated(made, "FINISHED", end_time=run.ended)
    return made


def fill(store: Any, made: str, run: Whole) -> None:
    """Puts what a run holds into one that MLflow made, its tags left out."""
    from mlflow.entities import Metric, Param

    metrics = [Metric(name, value, run.ended, step) for name, value, step in run.metrics]
    params = [Param(name, text) for name, text in run.params.items()]
    for start in range(0, len(metrics), METRICS):
        store.log_batch(made, metrics=metrics[start : start + METRICS])
    for start in range(0, len(params), PARAMS):
        store.log_batch(made, params=params[start : start + PARAMS])
    if run.inputs:
        store.log_inputs(made, list(run.inputs))
    for name, text in run.files.items():
        store.log_text(made, text, name)
