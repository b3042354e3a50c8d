"""Finished runs written at once: where the store is an SQLite file, as rows of its tables; on a server, call by call.

MLflow's client spends some forty statements and six commits on a run.
"""

import functools
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realignment.tracking import moves, places, run_rows
from realignment.tracking import sqlite as databases
from realignment.tracking.places import Place
from realignment.tracking.store import NOTE, database, prepare

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput
    from sqlalchemy import Connection, Engine

METRICS = 1000  # a call of log_batch takes no more
PARAMS = 100
TOGETHER = 100  # runs a transaction: a kill leaves whole ones


def now() -> int:
    return int(time.time() * 1000)


@dataclass(frozen=True)
class Made:
    """The model a run made, as MLflow's own object."""

    name: str
    kind: str
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Whole:
    """A run with all it holds. `metrics` are (name, value, step), `files` texts by name, times milliseconds.

    `reads` is the key of the run whose model it read; those `metrics` whose names are in `measured` are scores of that model on a data
    set, (name, digest), or on several (None). What its `note` says follows from where the run lies. One that is `open` stays RUNNING,
    because files or a model of it follow.
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
    made: Made | None = None
    reads: str = ""
    measured: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)
    note: Callable[[Place], str] | None = None

    def every_tag(self, place: Place) -> dict[str, str]:
        return {**self.tags, **self._note(place)}

    def tags_of_model(self, place: Place) -> dict[str, str]:
        """Of the model it made: its own, who made it, and the note of the run."""
        who = {name: text for name, text in self.tags.items() if name.startswith(("mlflow.user", "mlflow.source."))}
        return {**who, **(self.made.tags if self.made else {}), **self._note(place)}

    def _note(self, place: Place) -> dict[str, str]:
        return {NOTE: self.note(place)} if self.note else {}


def insert(root: Path, home: str, runs: Iterable[Whole]) -> list[str]:
    """Their run ids in the experiment of id `home`; a run stands behind those whose models it reads. In a file each appears with all it
    holds, or not at all."""
    store, file = prepare(root), database(root)
    where, found, known, runs = store.get_experiment(home).artifact_location, [], {}, iter(runs)
    in_file = file is not None and moves.place(where) is not None
    while some := list(islice(runs, TOGETHER)):
        known |= places.known(root, home, {run.reads for run in some} - known.keys())
        if in_file:
            placed = {place.run: (run, place) for run, place in ((run, _placed(run, home, known)) for run in some)}
            try:
                change(file, functools.partial(_write, where=where, placed=placed))
            except BaseException:
                for key in placed:
                    shutil.rmtree(moves.place(where) / key, ignore_errors=True)
                raise
            found += list(placed)
        else:
            found += [_call_by_call(store, home, run, known) for run in some]
    return found


def _placed(run: Whole, home: str, known: dict[str, Place]) -> Place:
    """Where a run is to lie; those that read its model find it in `known`."""
    place = Place(home, uuid.uuid4().hex, run.name, f"m-{uuid.uuid4().hex}" if run.made else "", above=known.get(run.reads))
    return _kept(run, place, known)


def _kept(run: Whole, place: Place, known: dict[str, Place]) -> Place:
    if key := run.tags.get("run_key"):
        known[key] = place
    return place


def change(file: Path, what: Callable[["Connection"], Any]) -> None:
    """Does `what` to the SQLite file of a store, whole or not at all."""
    from realignment.tracking import client

    def told() -> None:
        with _engine(file).begin() as connection:
            what(connection)

    client.guarded(told, f"{file}", is_file=True)()


@functools.cache
def _engine(file: Path) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    return create_engine(databases.address(file), poolclass=NullPool, connect_args={"timeout": 30})


def _write(connection: "Connection", where: str, placed: run_rows.Placed) -> None:
    for key, (run, _) in placed.items():
        if run.files:
            folder = moves.place(where) / key / "artifacts"
            folder.mkdir(parents=True)
            for name, text in run.files.items():
                (folder / name).write_text(text, encoding="utf-8")
    for table, some in run_rows.of_runs(connection, where, placed):
        if some:
            connection.execute(table.insert(), some)


def _call_by_call(store: Any, home: str, run: Whole, known: dict[str, Place]) -> str:
    made = store.create_run(home, start_time=run.began, run_name=run.name, tags=dict(run.tags)).info.run_id
    place = fill(store, Place(home, made, run.name, above=known.get(run.reads)), run)
    _kept(run, place, known)
    if not run.open:
        store.set_terminated(made, "FINISHED", end_time=run.ended)
    return made


def fill(store: Any, place: Place, run: Whole) -> Place:
    """Puts what a run holds into one that MLflow made, its tags left out; its place, with the model it made."""
    from mlflow.entities import LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag

    made, above = place.run, place.above.model if place.above else ""
    if run.made:
        one = store.create_logged_model(
            place.experiment, run.made.name, made, params=dict(run.made.params), model_type=run.made.kind
        )
        store.finalize_logged_model(one.model_id, "READY")
        store.log_outputs(made, [LoggedModelOutput(one.model_id, 0)])
        place = replace(place, model=one.model_id)
        store.set_logged_model_tags(one.model_id, run.tags_of_model(place))

    def metric(name: str, value: float, step: int) -> Metric:
        if not above or name not in run.measured:
            return Metric(name, value, run.ended, step)
        data, digest = run.measured[name] or (None, None)
        return Metric(name, value, run.ended, step, above, data, digest, made)

    metrics = [metric(*one) for one in run.metrics]
    params = [Param(name, text) for name, text in run.params.items()]
    for start in range(0, len(metrics), METRICS):
        store.log_batch(made, metrics=metrics[start : start + METRICS])
    for start in range(0, len(params), PARAMS):
        store.log_batch(made, params=params[start : start + PARAMS])
    if run.inputs or above:
        store.log_inputs(made, list(run.inputs), [LoggedModelInput(above)] if above else None)
    for name, text in run.files.items():
        store.log_text(made, text, name)
    if run.note:
        store.log_batch(made, tags=[RunTag(NOTE, run.note(place))])
    return place
