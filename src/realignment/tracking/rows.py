"""What the rows of the store's file were when the report was made, so that a later edit of any of them is seen, and named.

A run's rows are compared together, every other row by its primary key. Rows may come (MLflow and people write more); none that was there may
change or go. As long as nothing has written to the file at all, each of its bytes is compared, but for the twelve in which SQLite counts
its own transactions.
"""

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from realignment.core import hashing
from realignment.core.files import write_whole
from realignment.tracking import moves
from realignment.tracking.bulk import OTHERS
from realignment.tracking.store import NOTE, database

HEAD, COUNTERS = 100, ((24, 28), (92, 100))  # bytes of SQLite's header, and in it the change counter and who wrote last
BLOCK = 2**20
RUN_OF = ("run_uuid", "run_id", "destination_id")  # columns that hold a run's id
ITS_OWN = ("jobs", "job_locks", "scheduler_leases")  # tables in which MLflow's server notes what it is doing
MOVING = {
    "registered_models": {b"last_updated_time"},
    "model_versions": {b"last_updated_time"},
    "experiments": {b"last_update_time"},
}
IMPORTS = OTHERS.encode()
SHORT = 32  # hexadecimal digits of a digest
Digests = dict[str, dict[str, str]]


def keep(root: Path, profile: str, others: Collection[str], place: Path) -> None:
    """Writes to `place` what the store holds now of every experiment but those of the profiles `others`. Of a server nothing is kept."""
    if (file := database(root)) is None or not file.exists():
        return
    with closing(_opened(file)) as connection:
        content = _content(connection, others, None)
    content |= {"profile": profile, "file": bytes_of(file)}
    write_whole(place, json.dumps({**content, "sha256": hashing.digest(content)}, sort_keys=True, indent=0) + "\n")


def compared(root: Path, others: Collection[str], place: Path) -> Iterator[tuple[str, str, bool]]:
    """(what of the store, how it differs from what `keep` wrote to `place`, whether it could be compared), the file's bytes first."""
    file = database(root)
    before = json.loads(place.read_text(encoding="utf-8"))
    if before.pop("sha256", "") != hashing.digest(before):
        yield str(place), "was changed after the report wrote it: its sha256 is another", True
        return
    with closing(_opened(file)) as connection:
        now = _content(connection, others, set(before["tags"]))
    yield _bytes(file, before, now)
    for run, name in sorted(before["names"].items(), key=lambda one: (one[1], one[0])):
        yield f"run {run} ({name})", _differing(before["runs"][run], now["runs"].get(run)), True
    for table, rows in before["others"].items():
        wrong = [key for key, value in rows.items() if now["others"].get(table, {}).get(key) != value]
        what = "changed" if wrong and wrong[0] in now["others"].get(table, {}) else "is gone"
        yield f"table {table}", f"row {wrong[0]} {what} after the report was made" if wrong else "", True


def _bytes(file: Path, before: dict[str, Any], now: dict[str, Any]) -> tuple[str, str, bool]:
    what = "every byte of the file"
    if bytes_of(file) == before["file"]:
        return what, "", True
    if now["rows"] == before["rows"]:
        return what, "bytes changed in which no row stands: an index, unused space, or the header", True
    return what, "rows were written since the report was made, so that bytes without rows cannot be compared", False


def _differing(before: dict[str, str], now: dict[str, str] | None) -> str:
    if now is None:
        return "is gone from the file"
    wrong = sorted(table for table in before.keys() | now.keys() if before.get(table) != now.get(table))
    return f"its rows in {', '.join(wrong)} changed after the report was made" if wrong else ""


def bytes_of(file: Path) -> str:
    """sha256 of the file without the counters of its header."""
    value = hashlib.sha256()
    with file.open("rb") as stream:
        head = bytearray(stream.read(HEAD))
        for first, end in COUNTERS:
            head[first:end] = bytes(end - first)
        value.update(head)
        while block := stream.read(BLOCK):
            value.update(block)
    return value.hexdigest()


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    connection.text_factory = bytes  # as it stands, UTF-8 or not
    return connection


def _content(connection: sqlite3.Connection, others: Collection[str], tags: Collection[bytes | str] | None) -> dict[str, Any]:
    """Digests of what is there: by run and table, by table and primary key, and of all rows as they stand. `tags`: the names of the tags
    that are looked at; None: all there are now but people's notes."""
    runs, foreign, names = _runs(connection, {name.encode() for name in others})
    if tags is None:
        asked = connection.execute("select distinct key from tags").fetchall()
        tags = {name.decode("utf-8", "replace") for (name,) in asked} - {NOTE}
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    alone: Digests = {}
    every = hashlib.sha256()
    inputs: dict[bytes, bytes] = {}
    for table, columns, key, rows in _tables(connection):
        owner = next((one for one in RUN_OF if one.encode() in columns), None)
        texts = []
        for row in rows:
            texts.append(repr(row))
            given = dict(zip(columns, row, strict=True))
            run = given[owner.encode()] if owner else inputs.get(given.get(b"input_uuid", b""))
            if table == "inputs":
                inputs[given[b"input_uuid"]] = run
            if run in runs:
                if table != "tags" or given[b"key"].decode("utf-8", "replace") in tags:
                    found[run.decode()][table].append(repr(_kept(table, given)))
            elif (
                table not in ITS_OWN and run not in foreign and not _elsewhere(given, foreign, others) and not _note(table, given)
            ):
                alone.setdefault(table, {})["/".join(_shown(given[one]) for one in key)] = _digest(repr(_kept(table, given)))
        every.update(f"{table} {_digest(*sorted(texts))}\n".encode())
    digests = {run: {table: _digest(*sorted(texts)) for table, texts in held.items()} for run, held in found.items()}
    return {"runs": digests, "others": alone, "names": names, "tags": sorted(tags), "rows": every.hexdigest()}


def _runs(connection: sqlite3.Connection, others: set[bytes]) -> tuple[set[bytes], set[Any], dict[str, str]]:
    """(runs that are kept; ids of other runs and of experiments of other profiles and of imports, which come and go; run id -> name)."""
    rows = connection.execute(
        "select r.run_uuid, r.name, e.name from runs r join experiments e on e.experiment_id = r.experiment_id"
    ).fetchall()
    mine = {run: name for run, name, home in rows if home not in others and not home.startswith(IMPORTS)}
    foreign = {run for run, *_ in rows} - mine.keys()
    homes = connection.execute("select experiment_id, name from experiments").fetchall()
    foreign |= {home for home, name in homes if name in others or name.startswith(IMPORTS)}
    return set(mine), foreign, {run.decode(): _shown(name) for run, name in mine.items()}


def _tables(connection: sqlite3.Connection) -> Iterator[tuple[str, list[bytes], list[bytes], Iterator[tuple]]]:
    """(name, columns, primary key, rows) of each table, that of the schema first, data sets of runs before their tags."""
    yield "sqlite_master", [b"name", b"sql"], [b"name"], connection.execute("select name, sql from sqlite_master")
    for (name,) in connection.execute(
        "select name from sqlite_master where type = 'table' order by name = 'input_tags', name"
    ).fetchall():
        about = connection.execute(f'pragma table_info("{name.decode()}")').fetchall()
        columns = [row[1] for row in about]
        key = [row[1] for row in sorted(about, key=lambda one: one[5]) if row[5]] or columns
        yield name.decode(), columns, key, connection.execute(f'select * from "{name.decode()}"')


def _elsewhere(given: dict[bytes, Any], foreign: Collection[Any], others: Collection[str]) -> bool:
    """Whether a row is of another profile's experiment, or of a model that carries its name."""
    name = given.get(b"name")
    first = name.partition(b".")[0].decode("utf-8", "replace") if isinstance(name, bytes) else ""
    return given.get(b"experiment_id") in foreign or (b"." in (name or b"") and first in others)


def _note(table: str, given: dict[bytes, Any]) -> bool:
    """What people write about an experiment."""
    return table == "experiment_tags" and given[b"key"] == NOTE.encode()


def _kept(table: str, given: dict[bytes, Any]) -> list[tuple[bytes, Any]]:
    """A row without what moves by itself; places of files below `mlruns`, wherever the checkout is."""
    places = {one.encode() for one in moves.LOCATIONS.get(table, ())}
    moving = MOVING.get(table, ())
    return [(name, _place(value) if name in places else value) for name, value in sorted(given.items()) if name not in moving]


def _place(value: Any) -> Any:
    return value.rpartition(b"/mlruns/")[2] if isinstance(value, bytes) else value


def _shown(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _digest(*texts: str) -> str:
    value = hashlib.sha256()
    for text in texts:
        value.update(text.encode() + b"\n")
    return value.hexdigest()[:SHORT]
