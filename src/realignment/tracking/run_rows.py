"""Runs as rows of MLflow's own tables, by MLflow's own definitions of them; a test compares them with what its client writes."""

import math
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from realignment.tracking.places import Place

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from realignment.tracking.whole import Whole

Rows = list[dict[str, Any]]
Placed = Mapping[str, tuple["Whole", Place]]  # run id -> the run, and where it lies


def of_runs(connection: "Connection", where: str, placed: Placed) -> Iterator[tuple["Table", Rows]]:
    """Whole runs, whose artifacts lie below `where`."""
    from mlflow.store.tracking.dbmodels import models

    def table(of: type) -> "Table":
        return of.__table__

    runs = {key: run for key, (run, _) in placed.items()}
    yield table(models.SqlRun), [_run(key, run, int(place.experiment), where) for key, (run, place) in placed.items()]
    tags = [(key, {**run.every_tag(place), "mlflow.runName": run.name}) for key, (run, place) in placed.items()]
    yield table(models.SqlTag), [{"run_uuid": key, "key": name, "value": text} for key, one in tags for name, text in one.items()]
    params = [(key, name, text) for key, run in runs.items() for name, text in run.params.items()]
    yield table(models.SqlParam), [{"run_uuid": key, "key": name, "value": text} for key, name, text in params]
    points = [_point(key, run, one) for key, run in runs.items() for one in dict.fromkeys(run.metrics)]
    yield table(models.SqlMetric), points
    latest: dict[tuple[str, str], dict] = {}
    for point in sorted(points, key=lambda one: (one["step"], one["value"])):
        latest[point["run_uuid"], point["key"]] = point
    yield table(models.SqlLatestMetric), [latest[one] for one in dict.fromkeys((one["run_uuid"], one["key"]) for one in points)]
    yield from of_lineage(connection, where, placed)


def of_lineage(connection: "Connection", where: str, placed: Placed) -> Iterator[tuple["Table", Rows]]:
    """What links runs with data sets and models; models before what refers to them."""
    yield from _models(where, placed)
    yield from _inputs(connection, placed)
    yield from _measured(placed)


def _run(key: str, run: "Whole", home: int, where: str) -> dict[str, Any]:
    return {
        "run_uuid": key, "name": run.name, "experiment_id": home, "user_id": run.tags.get("mlflow.user", "unknown"),
        "status": "RUNNING" if run.open else "FINISHED", "start_time": run.began, "end_time": None if run.open else run.ended,
        "lifecycle_stage": "active",
        "artifact_uri": _artifacts(where, key),
        "source_type": "UNKNOWN", "source_name": "", "entry_point_name": "", "source_version": "",
    }  # fmt: skip


def _artifacts(where: str, *below: str) -> str:
    from mlflow.utils.uri import append_to_uri_path

    run, *rest = below
    return append_to_uri_path(where, run, "artifacts", *rest)


def _point(key: str, run: "Whole", metric: tuple[str, float, int]) -> dict[str, Any]:
    name, value, step = metric
    if not math.isfinite(value):
        raise ValueError(f"{run.name}: the metric {name} is {value}")
    return {"run_uuid": key, "key": name, "value": value, "timestamp": run.ended, "step": step, "is_nan": False}


def _models(where: str, placed: Placed) -> Iterator[tuple["Table", Rows]]:
    """The files of a model lie with its run, where the run kept them: MLflow would have a folder of its own for a second copy."""
    from mlflow.entities import LoggedModelStatus
    from mlflow.store.tracking.dbmodels.models import SqlLoggedModel, SqlLoggedModelParam, SqlLoggedModelTag

    rows, params, tags = [], [], []
    for key, (run, place) in placed.items():
        if run.made is None:
            continue
        home = {"model_id": place.model, "experiment_id": int(place.experiment)}
        rows.append({
            **home, "name": run.made.name, "model_type": run.made.kind, "source_run_id": key, "artifact_location": _artifacts(where, key, "model"),
            "creation_timestamp_ms": run.ended, "last_updated_timestamp_ms": run.ended, "status": LoggedModelStatus.READY.to_int(),
            "lifecycle_stage": "active", "status_message": None,
        })  # fmt: skip
        params += [{**home, "param_key": name, "param_value": text} for name, text in run.made.params.items()]
        tags += [{**home, "tag_key": name, "tag_value": text} for name, text in run.tags_of_model(place).items()]
    yield SqlLoggedModel.__table__, rows
    yield SqlLoggedModelParam.__table__, params
    yield SqlLoggedModelTag.__table__, tags


def _inputs(connection: "Connection", placed: Placed) -> Iterator[tuple["Table", Rows]]:
    """A data set stands once in an experiment; runs refer to it, and to models they read and made."""
    from mlflow.store.tracking.dbmodels.models import SqlDataset, SqlInput, SqlInputTag
    from sqlalchemy import select

    homes = {int(place.experiment) for run, place in placed.values() if run.inputs}
    there = select(SqlDataset.experiment_id, SqlDataset.name, SqlDataset.digest, SqlDataset.dataset_uuid)
    rows = connection.execute(there.where(SqlDataset.experiment_id.in_(homes))) if homes else ()
    known: dict[tuple[int, str, str], str] = {(home, name, digest): key for home, name, digest, key in rows}
    sets, inputs, tags = [], [], []
    for key, (run, place) in placed.items():
        for one in run.inputs:
            data, home = one.dataset, int(place.experiment)
            if (home, data.name, data.digest) not in known:
                known[home, data.name, data.digest] = uuid.uuid4().hex
                sets.append({
                    "dataset_uuid": known[home, data.name, data.digest], "experiment_id": home, "name": data.name, "digest": data.digest,
                    "dataset_source_type": data.source_type, "dataset_source": data.source,
                    "dataset_schema": data.schema, "dataset_profile": data.profile,
                })  # fmt: skip
            inputs.append(_link("DATASET", known[home, data.name, data.digest], "RUN", key))
            tags += [{"input_uuid": inputs[-1]["input_uuid"], "name": tag.key, "value": tag.value} for tag in one.tags]
        if place.above and place.above.model:
            inputs.append(_link("RUN_INPUT", key, "MODEL_INPUT", place.above.model))
        if place.model:
            inputs.append(_link("RUN_OUTPUT", key, "MODEL_OUTPUT", place.model))
    yield SqlDataset.__table__, sets
    yield SqlInput.__table__, inputs
    yield SqlInputTag.__table__, tags


def _link(kind: str, source: str, to: str, target: str) -> dict[str, Any]:
    """A row of `inputs`, which holds every link of a run, outputs too."""
    ids = {"input_uuid": uuid.uuid4().hex, "source_type": kind, "source_id": source}
    return {**ids, "destination_type": to, "destination_id": target, "step": 0}


def _measured(placed: Placed) -> Iterator[tuple["Table", Rows]]:
    """The scores of an evaluation once more, as those of the model it measured."""
    from mlflow.store.tracking.dbmodels.models import SqlLoggedModelMetric

    rows = []
    for key, (run, place) in placed.items():
        if place.above is None or not place.above.model:
            continue
        for name, value, step in sorted(set(run.metrics)):  # the interface shows them in the order of the rows: means first
            if name in run.measured:
                data, digest = run.measured[name] or (None, None)
                rows.append({
                    "model_id": place.above.model, "metric_name": name, "metric_timestamp_ms": run.ended, "metric_step": step,
                    "metric_value": value, "experiment_id": int(place.experiment), "run_id": key, "dataset_uuid": None,
                    "dataset_name": data, "dataset_digest": digest,
                })  # fmt: skip
    yield SqlLoggedModelMetric.__table__, rows
