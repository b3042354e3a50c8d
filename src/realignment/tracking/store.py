"""The store behind tracking: where it is, opened for writing (made once, under a lock) or for reading alone (a copy)."""

import functools
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import realignment.core.hardening  # noqa: F401  telemetry off, before mlflow is imported
from realignment.core import full, network
from realignment.core.errors import BadInput
from realignment.core.locks import held
from realignment.core.secrets import shown
from realignment.tracking import moves
from realignment.tracking import sqlite as databases

if TYPE_CHECKING:
    from mlflow import MlflowClient

NOTE = "mlflow.note.content"
KIND = {
    "mlflow.experimentKind": "custom_model_development"
}  # MLflow's word for runs of trainings, as against traces of an application
BEGINS = "The study of profile"
STUDY = (
    BEGINS
    + " `{name}`. [Rows](#/experiments/{made}/runs?{rows}): a run per row of the report's tables, with means over seeds by "
    "resource level and task, `sd/...` their standard deviations, `seeds/...` how many. [Runs](#/experiments/{made}/runs?{runs}): a run per "
    "job, with the score of every language. [By hand](#/experiments/{made}/runs?{hand}): runs that are in no table. "
    "[Models](#/experiments/{made}/models?{models}): what the runs made, with the scores that evaluations gave them. "
    "The report: `reports/index.html` in the checkout."
)
COLUMNS = ("Average without English", "HRL", "MRL", "LRL seen", "LRL unseen", "Out of distribution")
ROWS = {  # what MLflow's table of runs shows at the address network.ROWS_VIEW
    "searchFilter": "tags.kind = 'summary'",
    "orderByKey": "attributes.start_time",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "datasetsFilter": [],
    "modelVersionFilter": "All Runs",
    "selectedColumns": ["params.`language_count`", *(f"metrics.`all/{column}`" for column in COLUMNS)],
}
PAGE = 1000  # runs a page of a search


def uri(root: Path) -> str:
    """MLFLOW_TRACKING_URI, or the SQLite file of the checkout by its absolute path."""
    return os.environ.get("MLFLOW_TRACKING_URI") or databases.address((root / "mlflow.db").resolve())


def called(root: Path) -> str:
    """The store's address as it may be shown: without user and password."""
    return shown(uri(root))


def database(root: Path) -> Path | None:
    """The SQLite file of the store; None where it is a server or another database."""
    return databases.file_of(uri(root))


def artifacts(root: Path) -> Path:
    return root.resolve() / "mlruns"


READING: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Within, stores are opened for reading alone: nothing in the checkout is made, changed, locked or mended."""
    token = READING.set(True)
    try:
        yield
    finally:
        READING.reset(token)


def prepare(root: Path) -> "MlflowClient":
    """The client of a store that is there, current, whole, and points at this checkout; writable unless `reading`."""
    root, where, file = root.resolve(), uri(root), database(root)
    if file is None:
        return _server(where)
    if not READING.get():
        return _prepare(root, where)
    if not file.exists() and file != root / "mlflow.db":
        raise BadInput(f"{file}: MLFLOW_TRACKING_URI names this file, which does not exist; correct or unset it")
    state = file.stat() if file.exists() else None
    return _copy(root, where, (state.st_mtime_ns, state.st_size, state.st_ino) if state else ())


@functools.cache
def _prepare(root: Path, where: str) -> "MlflowClient":
    _quiet()
    file = database(root)
    with lock(file.with_name(file.name + ".lock")):
        if file.exists():
            databases.check_writable(file)
            databases.check_whole(file)
        databases.settle(file)
        store = _client(where, f"{file}")
        if file == root / "mlflow.db":
            moves.mend(file, artifacts(root))
    return store


@functools.cache
def _copy(root: Path, where: str, state: tuple[int, ...]) -> "MlflowClient":
    """The client of a copy of the store's file as it is in `state` (of an empty one where there is none)."""
    _quiet()
    file = database(root)
    copy = databases.snapshot(file if state else None)
    if file == root / "mlflow.db":
        moves.mend(copy, artifacts(root), strict=False)
    return _client(databases.address(copy), f"{file}", reading=True)


@functools.cache
def _server(where: str) -> "MlflowClient":
    _quiet()
    return _client(where, shown(where))


def _client(where: str, name: str, **how: bool) -> "MlflowClient":
    from realignment.tracking import client

    with databases.tidy(where) if where.startswith("sqlite") else nullcontext():
        return client.opened(where, name, **how)


def _quiet() -> None:
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # it logs tracebacks of what `client` says in a line


@contextmanager
def lock(file: Path) -> Iterator[None]:
    """Held by one process at a time; released when it dies."""
    try:
        file.open("a").close()
    except OSError as fault:
        if full.is_full(fault):
            raise
        remedy = "make the folder writable or set MLFLOW_TRACKING_URI"
        raise BadInput(f"{file.parent}: the tracking store cannot be written ({fault.strerror}); {remedy}") from None
    with held(file):
        yield


def experiment(root: Path, name: str, about: str = "") -> str:
    """Id of the experiment, made if missing; its artifacts lie in mlruns/<name>, or where a server puts them.

    `about` describes one that is no study of ours.
    """
    store = prepare(root)
    found = store.get_experiment_by_name(name)
    if found is not None:
        if found.lifecycle_stage != "active":
            raise BadInput(
                f"experiment `{name}` was deleted in the tracking store; bring it back with "
                f"`mlflow experiments restore --experiment-id {found.experiment_id}`"
            )
        return found.experiment_id
    from mlflow.exceptions import MlflowException

    try:
        where = None if uri(root).startswith("http") else moves.location(artifacts(root) / name)
        view = {} if about else {f"mlflow.sharedViewState.{network.ROWS}": json.dumps(ROWS)}
        made = store.create_experiment(name, artifact_location=where, tags=KIND | view)
        store.set_experiment_tag(made, NOTE, about or about_study(name, made))
        return made
    except MlflowException as fault:
        made = store.get_experiment_by_name(name)  # another process may have been faster
        if made is None:
            raise BadInput(f"tracking store {called(root)}: experiment `{name}` cannot be made ({fault})") from None
        return made.experiment_id


def about_study(name: str, made: str) -> str:
    """What the experiment of a profile says of itself, with links to its searches."""
    links = {"runs": "tags.kind = 'run'", "hand": "tags.origin = 'by hand'"}
    found = {key: f"searchFilter={quote(where)}&{network.RUNS_VIEW}" for key, where in links.items()}
    return STUDY.format(name=name, made=made, rows=network.ROWS_VIEW, models=network.RUNS_VIEW, **found)


def search(root: Path, name: str, where: str = "", *, deleted: bool = False) -> Iterator[Any]:
    """MLflow runs of experiment `name` that match the filter, newest first; none where there is no experiment."""
    from mlflow.entities import ViewType

    store, view = prepare(root), ViewType.DELETED_ONLY if deleted else ViewType.ACTIVE_ONLY
    found = store.get_experiment_by_name(name)
    token = None
    while found is not None:
        page = store.search_runs([found.experiment_id], where, view, max_results=PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _file(root: Path) -> Path | None:
    """The file to ask in SQL: the store's own, or while `reading` the copy; None where the store is no file."""
    return databases.file_of(prepare(root).tracking_uri)


def _told(call: Callable, file: Path, *given: Any) -> Any:
    from realignment.tracking import client

    return client.guarded(call, f"{file}", is_file=True)(file, *given)


def ask(root: Path, question: str, given: tuple = ()) -> list[tuple] | None:
    """The rows that answer a question in SQL; None where the store is no file."""
    file = _file(root)
    return None if file is None else _told(databases.ask, file, question, given)


WITH_KEY = """from runs as run
join experiments as home on home.experiment_id = run.experiment_id and home.name = ? and home.lifecycle_stage = 'active'
join tags as key on key.run_uuid = run.run_uuid and key.key = 'run_key' and key.value != ''"""  # the runs of an experiment that have a key
FINISHED = "run.status = 'FINISHED' and run.lifecycle_stage = 'active'"
KEYS = f"""
select key.value, run.run_uuid, coalesce(seal.value, '')
{WITH_KEY}
left join tags as seal on seal.run_uuid = run.run_uuid and seal.key = ?
where {FINISHED}
order by run.start_time desc, run.run_uuid
"""


ONE = f"select run.run_uuid {WITH_KEY} where {FINISHED} and key.value = ? order by run.start_time desc, run.run_uuid limit 1"


def keys(root: Path, name: str, seal: str) -> list[tuple[str, str, str]]:
    """(run key, run id, what the tag `seal` holds) of the FINISHED runs with a key, newest first.

    MLflow's search brings every number of every run too, which is most of what it costs: a file is asked for the keys alone.
    """
    file = _file(root)
    if file is None:
        found = search(root, name, "attributes.status = 'FINISHED' and tags.run_key != ''")
        return [(run.data.tags["run_key"], run.info.run_id, run.data.tags.get(seal, "")) for run in found]
    return _told(databases.ask, file, KEYS, (name, seal))


UPSTREAM = """
select verb.value, param.key, param.value
from (select run.run_uuid from runs as run
      join experiments as home on home.experiment_id = run.experiment_id and home.name = ?
      join tags as key on key.run_uuid = run.run_uuid and key.key = 'run_key' and key.value = ?
      where run.lifecycle_stage = 'active' order by run.start_time desc, run.run_uuid limit 1) as newest
join tags as verb on verb.run_uuid = newest.run_uuid and verb.key = 'verb'
join params as param on param.run_uuid = newest.run_uuid
"""


def parameters(root: Path, name: str, key: str) -> tuple[str, dict[str, str]]:
    """(verb, parameters) of the newest run with a run key; ("", {}) where there is none."""
    file = _file(root)
    if file is None:
        run = next(search(root, name, f"tags.run_key = '{key}'"), None)
        return (run.data.tags["verb"], run.data.params) if run else ("", {})
    found = _told(databases.ask, file, UPSTREAM, (name, key))
    return found[0][0] if found else "", {param: value for _, param, value in found}


def artifact_uri(root: Path, run: str) -> str:
    """Where the files of a run lie."""
    file = _file(root)
    found = _told(databases.ask, file, "select artifact_uri from runs where run_uuid = ?", (run,)) if file else []
    return found[0][0] if found else prepare(root).get_run(run).info.artifact_uri


def finish(root: Path, run: str, at: int | None = None) -> None:
    """Ends a RUNNING run of ours as FINISHED, now or `at` (milliseconds)."""
    file, end = _file(root), at or int(time.time() * 1000)
    if file is None:
        prepare(root).set_terminated(run, "FINISHED", end_time=end)
        return
    _told(
        databases.tell,
        file,
        "update runs set status = 'FINISHED', end_time = ? where run_uuid = ?",
        (end, run),
    )
