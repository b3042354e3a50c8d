"""Artifact locations of a database whose checkout was moved or copied: MLflow keeps them as absolute paths."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from realignment.core.errors import BadInput

# Columns that hold absolute paths of artifacts; MLflow has no call that changes them.
LOCATIONS = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "model_versions": ("source", "storage_location"),
    "logged_models": ("artifact_location",),
}


def location(folder: Path) -> str:
    """A folder as MLflow's stores keep it: its path, or a URI where MLflow would read the path as quoted or cut it off."""
    return folder.as_uri() if set("%?#") & set(str(folder)) else str(folder)


def place(where: str) -> Path | None:
    """The folder of a location of a store; None where it is on no disk here."""
    if where.startswith("file:"):
        return Path(url2pathname(urlsplit(where).path))
    return None if re.match(r"[a-z][a-z0-9+.-]*:", where) else Path(where)


def mend(file: Path, here: Path, *, strict: bool = True) -> int:
    """Points experiments of a moved or copied checkout at `here`, its own mlruns; the number of experiments changed.

    An experiment whose folder lies elsewhere and is still there, with none of its name here, is somebody's choice and stays.
    Artifacts that are nowhere are a fault where `strict`: an archive of the file alone can be read, not written.
    """
    changed = 0
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        rows = connection.execute(
            "select e.name, e.artifact_location, (select count(*) from runs r where r.experiment_id = e.experiment_id) "
            "from experiments e"
        ).fetchall()
        for name, where, runs in rows:
            old = folder_of(where or "")
            if old is None or old == here:
                continue
            below = place(where).relative_to(old)
            moved = (here / below).exists()
            if not moved and (old / below).exists():
                continue
            if strict and not moved and runs and not here.exists():
                remedy = f"move the old mlruns folder to {here}, or move {file.name} away and run `realignment runs restore`"
                raise BadInput(f"{file}: the artifacts of experiment `{name}` are expected in {old}, which is gone; {remedy}")
            changed += 1
            _rewrite(connection, where, location(here / below))
        connection.commit()
    return changed


def folder_of(where: str) -> Path | None:
    """The `mlruns` folder an artifact location stands in; None where it stands in none, or on a server."""
    path = place(where)
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
