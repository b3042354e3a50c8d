"""The store behind tracking: where it is, made once under a lock, checked before anything writes, mended after a move."""

import functools
import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import realignment.quiet  # noqa: F401  telemetry off, before mlflow is imported
from realignment.errors import BadInput
from realignment.workspace import held

if TYPE_CHECKING:
    from mlflow import MlflowClient

ABOUT = {
    "mlflow.note.content": "Choose `Model training` at the top left: one row a job of the grid. To compare subsets: search "
    "`tags.verb = 'evaluate' and tags.task = 'pos'`, show the columns `subset`, `seed` and `pos/mean` (the mean over languages, "
    "English apart), group by `subset` for means over seeds, or mark runs and press Compare. Retrieval before and after "
    "realignment is the metric `retrieval/mean`.",
}
PAGE = 1000  # runs a page of a search
QUOTED = str.maketrans({"%": "%25", "?": "%3F"})  # what SQLAlchemy takes for something else in a path; it unquotes
# Columns that hold absolute paths of artifacts; MLflow has no call that changes them.
LOCATIONS = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "model_versions": ("source", "storage_location"),
    "logged_models": ("artifact_location",),
}


def uri(root: Path) -> str:
    """MLFLOW_TRACKING_URI, or the SQLite file of the checkout by its absolute path."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{str((root / 'mlflow.db').resolve()).translate(QUOTED)}"


def database(root: Path) -> Path | None:
    """The SQLite file of the store; None where it is a server or another database."""
    where = uri(root)
    return Path(unquote(where.removeprefix("sqlite:///").split("?")[0])) if where.startswith("sqlite:///") else None


def artifacts(root: Path) -> Path:
    return root.resolve() / "mlruns"


def location(folder: Path) -> str:
    """A folder as MLflow's stores keep it: its path, or a URI where MLflow would read the path as quoted or cut it off."""
    return folder.as_uri() if set("%?#") & set(str(folder)) else str(folder)


def place(location: str) -> Path | None:
    """The folder of a location of a store; None where it is on no disk here."""
    if location.startswith("file:"):
        return Path(url2pathname(urlsplit(location).path))
    return None if re.match(r"[a-z][a-z0-9+.-]*:", location) else Path(location)


def prepare(root: Path) -> "MlflowClient":
    """The client of a store that is there, current, writable, and points at this checkout. Milliseconds after the first call."""
    return _prepare(root.resolve(), uri(root))


@functools.cache
def _prepare(root: Path, where: str) -> "MlflowClient":
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    file = database(root)
    if file is None:
        return _server(MlflowClient(where, where), where)
    with lock(file.with_name(file.name + ".lock")), _tidy(where):
        _check_writable(file)
        try:
            store = MlflowClient(where, where)
            store.search_experiments(max_results=1)
            if "%" in where:  # the registry opens the file on its own: now, see `_tidy`
                store.search_registered_models(max_results=1)
        except MlflowException as fault:
            if "out-of-date" in str(fault) or "Can't locate revision" in str(fault):
                remedy = f"copy the file, then run `mlflow db upgrade {where}`, and start again"
                raise BadInput(f"{file}: made by another version of MLflow; {remedy}") from None
            raise BadInput(f"{file}: the tracking store cannot be opened: {fault}") from None
        if file == root / "mlflow.db":
            mend(file, artifacts(root))
    return store


@contextmanager
def _tidy(where: str) -> Iterator[None]:
    """MLflow makes the folder of a database by its URI, quoted where that is: what was not there before goes again."""
    folder = Path(where.removeprefix("sqlite:///")).parent
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        yield
    finally:
        for one in made:
            with suppress(OSError):
                one.rmdir()


def _server(store: "MlflowClient", where: str) -> "MlflowClient":
    try:
        store.search_experiments(max_results=1)
    except Exception as fault:
        reason = " ".join(str(fault).split())[:200]
        remedy = "start the server or unset MLFLOW_TRACKING_URI"
        raise BadInput(f"tracking store {where}: cannot be reached ({reason}); {remedy}") from None
    return store


@contextmanager
def unsynced() -> Iterator[None]:
    """SQLite does not wait for the disk in here: several times faster on a busy one.

    A killed process does no harm; a power cut can spoil the file. So for a store that holds nothing but what can be put back.
    """
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    def set_to(mode: str):
        def checkout(connection, *_) -> None:
            if isinstance(connection, sqlite3.Connection):
                connection.execute(f"pragma synchronous = {mode}")

        return checkout

    off, on = set_to("off"), set_to("full")
    event.listen(Pool, "checkout", off)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", off)
        event.listen(Pool, "checkout", on)  # pooled connections keep what they were told last


@contextmanager
def lock(file: Path) -> Iterator[None]:
    """Held by one process at a time; released when it dies."""
    try:
        file.open("a").close()
    except OSError as fault:
        remedy = "make the folder writable or set MLFLOW_TRACKING_URI"
        raise BadInput(f"{file.parent}: the tracking store cannot be written ({fault.strerror}); {remedy}") from None
    with held(file):
        yield


def _check_writable(file: Path) -> None:
    """Takes SQLite's write lock and gives it back; nothing is changed."""
    try:
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            connection.execute("begin immediate")
            connection.execute("create table if not exists writable_probe (x)")
            connection.rollback()
    except sqlite3.DatabaseError as fault:
        remedy = "mend its permissions, move it away, or set MLFLOW_TRACKING_URI"
        raise BadInput(f"{file}: the tracking store cannot be written ({fault}); {remedy}") from None


def mend(file: Path, here: Path) -> int:
    """Points experiments of a moved or copied checkout at `here`, its own mlruns; the number of experiments changed.

    An experiment whose folder lies elsewhere and is still there, with none of its name here, is somebody's choice and stays.
    """
    changed = 0
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        rows = connection.execute(
            "select e.name, e.artifact_location, (select count(*) from runs r where r.experiment_id = e.experiment_id) "
            "from experiments e"
        ).fetchall()
        for name, where, runs in rows:
            old = _folder_of(where or "")
            if old is None or old == here:
                continue
            below = place(where).relative_to(old)
            moved = (here / below).exists()
            if not moved and (old / below).exists():
                continue
            if not moved and runs and not here.exists():
                remedy = f"move the old mlruns folder to {here}, or move {file.name} away and run `realignment runs restore`"
                raise BadInput(f"{file}: the artifacts of experiment `{name}` are expected in {old}, which is gone; {remedy}")
            changed += 1
            _rewrite(connection, where, location(here / below))
        connection.commit()
    return changed


def _folder_of(location: str) -> Path | None:
    """The `mlruns` folder an artifact location stands in; None where it stands in none, or on a server."""
    path = place(location)
    if path is None or not path.is_absolute() or "mlruns" not in path.parts:
        return None
    last = len(path.parts) - path.parts[::-1].index("mlruns")
    return Path(*path.parts[:last])


def _rewrite(connection: sqlite3.Connection, old: str, new: str) -> None:
    for table, columns in LOCATIONS.items():
        for column in columns:
            connection.execute(
                f"update {table} set {column} = ? || substr({column}, ?) where {column} = ? or substr({column}, 1, ?) = ?",
                (new, len(old) + 1, old, len(old) + 1, old + "/"),
            )


def experiment(root: Path, name: str) -> str:
    """Id of the experiment, made if missing; its artifacts lie in mlruns/<name>, or where a server puts them."""
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
        where = location(artifacts(root) / name) if database(root) else None
        return store.create_experiment(name, artifact_location=where, tags=ABOUT)
    except MlflowException:  # another process was faster
        return store.get_experiment_by_name(name).experiment_id


def search(root: Path, name: str, where: str = "") -> Iterator[Any]:
    """MLflow runs of experiment `name` that match the filter, newest first; none where there is no experiment."""
    store = prepare(root)
    found = store.get_experiment_by_name(name)
    token = None
    while found is not None:
        page = store.search_runs([found.experiment_id], where, max_results=PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
