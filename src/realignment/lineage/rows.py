"""What stands in the tables of a graph: records, the manifest and cells as rows."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from realignment.core import hashing
from realignment.corpora.manifest import Inputs
from realignment.lineage.cells import Cell, Column, Verdict
from realignment.lineage.content import Content
from realignment.records import sealing
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.study import study_file
from realignment.subsets import naming, registry

CODE = "numerics"  # of a record's environment, the digest of the code that decides its numbers


def runs(connection: sqlite3.Connection, content: Content) -> None:
    """The runs that are not there as they are now, without those that are gone; what they share once."""
    mine = {one.key for one in content.study["records"]}
    records = [*content.study["records"], *content.others]
    known = dict(connection.execute("select key, seal from runs"))
    wanted = {one.key: one for one in records}
    gone = [key for key, seal in known.items() if key not in wanted or wanted[key].seal != seal]
    for table in ("outputs", "scores"):
        connection.executemany(f"delete from {table} where run = (select id from runs where key = ?)", [(key,) for key in gone])
    connection.executemany("delete from runs where key = ?", [(key,) for key in gone])
    new = [one for key, one in wanted.items() if known.get(key) != one.seal]
    sets = dict(connection.execute("select digest, id from input_sets"))
    texts = dict(connection.execute("select content, id from texts"))
    for one in new:
        _run(connection, one, _input_set(connection, one, sets), lambda value: _text(connection, value, texts))
    connection.executemany("update runs set in_study = ? where key = ?", [(int(one.key in mine), one.key) for one in records])
    _inputs(connection, records, sets, content.inputs)


def _run(connection: sqlite3.Connection, one: Record, inputs: int, text: Any) -> None:
    cell, environment = one.cell, dict(one.environment)
    code = environment.pop(CODE, "")
    values = (
        one.key, one.name, one.verb, one.task, cell.encoder, cell.subset, cell.control, seed_label(cell.seeds), one.cell_key,
        one.parent, one.read, sealing.model_digest(one), one.model, " ".join(one.languages), one.base, one.kernels, one.seconds, one.seal,
        1, inputs, text(one.params), text(environment), text(code),
    )  # fmt: skip
    number = connection.execute(f"insert into runs values (null{', ?' * len(values)})", values).lastrowid
    made = {**one.files, **{name: value for name, value in one.hashes.items() if name not in one.files}}
    connection.executemany("insert into outputs values (?, ?, ?)", [(number, name, value) for name, value in made.items()])
    scores = [(number, score.set, score.language, score.score, score.n) for score in one.scores]
    connection.executemany("insert into scores values (?, ?, ?, ?, ?)", scores)


def shared(one: Record) -> str:
    """By what runs read the same files."""
    return hashing.digest([one.task, one.inputs])


def _input_set(connection: sqlite3.Connection, one: Record, known: dict[str, int]) -> int:
    digest = shared(one)
    if digest not in known:
        known[digest] = connection.execute("insert into input_sets values (null, ?)", (digest,)).lastrowid or 0
    return known[digest]


def _text(connection: sqlite3.Connection, value: Any, known: dict[str, int]) -> int:
    content = hashing.canonical(value)
    if content not in known:
        known[content] = connection.execute("insert into texts values (null, ?)", (content,)).lastrowid or 0
    return known[content]


def _inputs(connection: sqlite3.Connection, records: Iterable[Record], sets: Mapping[str, int], known: Inputs) -> None:
    """What the runs read, each set of files once. `same`: the manifest has the content that was read."""
    connection.execute("delete from inputs")
    numbers = {path: number for number, path in enumerate(sorted(known.entries), 1)}  # as `data` gives them
    listed = {path: known.listed(path) for path in known.entries}
    found = {sets[shared(one)]: one for one in records}
    for number, one in found.items():
        for role, used in one.inputs.items():
            path = path_of(role, one.task, used, known, listed) or ""
            same = int(listed.get(path) == used)
            connection.execute(
                "insert into inputs values (?, ?, ?, ?, ?, ?)", (number, role, used, path, numbers.get(path), same)
            )


def path_of(role: str, task: str, used: str, known: Inputs, listed: Mapping[str, str]) -> str | None:
    """The file of a role; that of training rows is found by its content, so that nothing but the manifest is needed."""
    if role == "train":
        same = [path for path, entry in known.entries.items() if entry["task"] == task and listed[path] == used]
        return same[0] if same else f"evalsets/{task}/ (training rows)"
    return known.path_of(role, task)


def data(connection: sqlite3.Connection, known: Inputs, quality: Mapping[str, Any]) -> None:
    """Files of the manifest with their sources, raw files and checks."""
    for table in ("files", "sources", "raw", "made_of", "checks"):
        connection.execute(f"delete from {table}")
    sources: dict[tuple, int] = {}
    raws: dict[tuple, int] = {}
    for number, (path, entry) in enumerate(sorted(known.entries.items()), 1):
        source = sources.setdefault((entry["origin"], entry["revision"]), len(sources) + 1)
        refused, out = sum(entry["rows_refused"].values()), len(known.rows_out(path))
        connection.execute(
            f"insert into files values (?{', ?' * 14})",
            (
                number, path, entry["kind"], entry["task"], entry["set"], entry["language"], entry["sha256"], entry["bytes"], entry["rows_read"],
                entry["rows_kept"], refused, out, entry["licence"], checks_of(entry, quality), source,
            ),
        )  # fmt: skip
        for raw in entry["inputs"]:
            place = (raw["path"], raw["sha256"], raw.get("bytes"), raw.get("rows"))
            raws.setdefault(place, len(raws) + 1)
            connection.execute("insert or ignore into made_of values (?, ?)", (number, raws[place]))
    connection.executemany("insert into sources values (?, ?, ?)", [(number, *place) for place, number in sources.items()])
    connection.executemany(
        "insert or ignore into raw values (?, ?, ?, ?, ?)", [(number, *place) for place, number in raws.items()]
    )
    for kind, content in quality.items():
        for one in content.get("outcomes", []):
            about = (kind, one["suite"], one["expectation"], one.get("column", ""), one.get("checked"), one.get("unexpected"))
            connection.execute("insert into checks values (?, ?, ?, ?, ?, ?, ?)", (*about, int(one["success"])))


def checks_of(entry: Mapping[str, Any], quality: Mapping[str, Any]) -> str:
    """What `check` said of the kind of file: `12 expectations, 0 failed`."""
    name = {"bitext": "bitext", "evalset": "evalsets"}.get(entry.get("kind", ""), "")
    outcomes = quality.get(name, {}).get("outcomes", [])
    failed = sum(1 for one in outcomes if not one["success"])
    return f"{len(outcomes)} expectations, {failed} failed" if outcomes else ""


def about(connection: sqlite3.Connection, content: Content) -> None:
    """Base encoders, subsets, and where runs lie."""
    for table in ("bases", "subsets", "places"):
        connection.execute(f"delete from {table}")
    for label, base in study_file.bases(content.study).items():
        made = content.pretrained.get(base["name"].rpartition("/")[2], []) if "encoders/" in base["name"] else []
        given = (label, base["name"], json.dumps(base["seen"]), base.get("sha256", ""), " ".join(made))
        connection.execute("insert into bases values (?, ?, ?, ?, ?)", given)
    for name, one in content.subsets["subsets"].items():
        vectors = int(_by_vectors(name, content.subsets["reading"]))
        for draw, languages in {"": one["languages"], **one["draws"]}.items():
            given = (name, draw, one["n"], " ".join(languages), one["rule"], vectors)
            connection.execute("insert into subsets values (?, ?, ?, ?, ?, ?)", given)
    rows = [(key, one.run, one.model, one.folder) for key, one in content.places.items()]
    connection.executemany("insert into places values (?, ?, ?, ?)", rows)


def _by_vectors(subset: str, reading: str) -> bool:
    """Whether the languages of a subset were chosen by language vectors here: a printed list, a fixed one or a draw was not."""
    return reading == "computed" and naming.split(subset).heuristic in registry.RULES


def cells(connection: sqlite3.Connection, found: Iterable[Cell], judged: Iterable[Verdict]) -> None:
    """Cells, verdicts, and their columns."""
    for table in ("cells", "columns", "items", "shown", "verdicts"):
        connection.execute(f"delete from {table}")
    columns: dict[Column, int] = {}
    for number, one in enumerate(found, 1):
        row, value = one.address.row, one.value
        place = _column(connection, one.column, columns)
        given = (number, str(one.address), row.encoder, row.subset, row.control, place, int(one.address.gain), one.text)
        numbers = (value.mean, one.spread, value.n, json.dumps(one.by_seed))
        connection.execute(f"insert into cells values (?{', ?' * 11})", (*given, *numbers))
        connection.executemany("insert into shown values (?, ?)", [(number, place) for place in one.places])
    for said in judged:
        place = _column(connection, said.column, columns)
        given = (place, said.row.subset, said.row.control, said.base.subset, said.base.control, said.difference, said.verdict)
        connection.execute("insert into verdicts values (?, ?, ?, ?, ?, ?, ?)", given)


def _column(connection: sqlite3.Connection, column: Column, known: dict[Column, int]) -> int:
    if column not in known:
        known[column] = place = len(known) + 1
        connection.execute("insert into columns values (?, ?, ?, ?)", (place, column.encoder, column.task, column.title))
        connection.executemany("insert into items values (?, ?, ?, ?)", [(place, *part) for part in column.parts])
    return known[column]
