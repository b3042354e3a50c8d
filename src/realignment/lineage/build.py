"""The graph of a report: one SQLite file, reports/<profile>/lineage.sqlite, made of what the stages wrote and of what the tracking store says.

It answers questions and proves nothing: each question asks whether the files it was made of are still those, and whether it is itself as it
was written; where they are not, it is brought up to date. It is no output of DVC, which would take that for a changed report.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from realignment.core import digests, hashing
from realignment.core.console import note
from realignment.core.workspace import Workspace
from realignment.lineage import cells, rows, schema
from realignment.lineage import content as contents
from realignment.lineage.content import Content
from realignment.tracking.asked import Kept

MADE_OF = ("study.json", "manifest.json", "languages.csv", "excluded.parquet", "subsets.json", "quality", "encoders")
STORE = "store"
PACKAGES = ("corpora", "languages", "lineage", "records", "results", "statistics", "subsets")  # whose code decides what is in it


def file(workspace: Workspace) -> Path:
    return workspace.reports / "lineage.sqlite"


def as_written(workspace: Workspace) -> bool:
    """Whether the file is the one that its sha256 beside it was taken of, both byte for byte."""
    try:
        return _seal(file(workspace)).read_bytes() == f"{digests.of(file(workspace))}\n".encode()
    except OSError:
        return False


def opened(workspace: Workspace) -> tuple[sqlite3.Connection, dict[str, Kept]]:
    """(the graph, up to date and open for reading; where runs lie now). Made in memory where its folder takes no file."""
    kept = contents.places(workspace)
    now = state(workspace, kept)
    if _fits(file(workspace), now):
        connection = _reading(file(workspace))
        return connection, kept if kept is not None else _stored(connection)
    content = contents.read(workspace, kept)
    try:
        write(workspace, content, now)
        connection = _reading(file(workspace))
    except OSError:
        connection = sqlite3.connect(":memory:")
        _fill(connection, content, now)
    return connection, dict(content.places)


def state(workspace: Workspace, kept: Mapping[str, Kept] | None) -> dict[str, str]:
    """sha256 of everything a graph is made of, the program included; "" of what is not there. A server's runs are as they were."""
    package = Path(__file__).parents[1]
    names = [f"{name}/*.py" for name in PACKAGES]
    code = hashing.digest([schema.VERSION, digests.of_folder(package, names)])
    store = hashing.digest(sorted((key, one.seal) for key, one in kept.items())) if kept is not None else "a server"
    return {"program": code, STORE: store, **{name: _sha256(workspace.data / name) for name in MADE_OF}}


def _sha256(path: Path) -> str:
    if path.is_dir():
        return hashing.digest(digests.of_folder(path, ("*.json",)))
    return digests.of(path) if path.is_file() else ""


def write(workspace: Workspace, content: Content, now: Mapping[str, str]) -> None:
    """Brings the file up to date, or makes it; it appears whole. Runs that are in it as they are now are not written again."""
    target = file(workspace)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with closing(sqlite3.connect(part)) as connection:
            if target.is_file() and _unchanged(target):
                with closing(_reading(target)) as old:
                    old.backup(connection)
            _fill(connection, content, now)
        _seal(target).unlink(missing_ok=True)
        part.replace(target)
        _seal(target).write_text(digests.of(target) + "\n", encoding="ascii")
    except sqlite3.OperationalError as fault:
        raise OSError(f"{target}: {fault}") from None
    finally:
        part.unlink(missing_ok=True)


def _fits(target: Path, now: Mapping[str, str]) -> bool:
    """Whether the file is there, as it was written, and made of what is there now."""
    if not target.is_file():
        return False
    if not _unchanged(target):
        note(f"{target} is not as it was written; it is made again")
        return False
    with closing(_reading(target)) as connection:
        return _meta(connection) == dict(now)


def _unchanged(target: Path) -> bool:
    try:
        return _seal(target).read_text(encoding="ascii").strip() == digests.of(target)
    except (OSError, UnicodeDecodeError):
        return False


def _seal(target: Path) -> Path:
    return target.with_name(f"{target.name}.sha256")


def _reading(target: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{target.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _meta(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("select name, value from meta where name != 'study'"))


def _stored(connection: sqlite3.Connection) -> dict[str, Kept]:
    return {key: Kept(run, "", folder, model) for key, run, model, folder in connection.execute("select * from places")}


def _fill(connection: sqlite3.Connection, content: Content, now: Mapping[str, str]) -> None:
    """Everything but runs is small and written anew, cells where something of the study changed; of runs, those that are not there as they are."""
    there = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    before = _meta(connection) if "meta" in there else {}
    if before.get("program") != now["program"]:
        _empty(connection, there)
        connection.executescript(schema.TABLES)
    with connection:
        rows.runs(connection, content)
        rows.data(connection, content.inputs, content.quality)
        rows.about(connection, content)
        if any(before.get(name) != value for name, value in now.items() if name != STORE):
            found, studies = content.tables
            rows.cells(connection, cells.of_report(found, studies), cells.verdicts_of(studies))
        _replace(connection, "meta", now.items())
        about = {name: value for name, value in content.study.items() if name != "records"}
        about["vectors"] = content.subsets.get("vectors", "") if content.subsets["reading"] == "computed" else ""
        connection.execute("insert into meta values ('study', ?)", (json.dumps(about, sort_keys=True),))
    connection.execute("vacuum")


def _empty(connection: sqlite3.Connection, there: Iterable[str]) -> None:
    for name in there:
        connection.execute(f"drop table {name}")


def _replace(connection: sqlite3.Connection, table: str, values: Iterable[tuple]) -> None:
    connection.execute(f"delete from {table}")
    connection.executemany(f"insert into {table} values (?, ?)", values)
