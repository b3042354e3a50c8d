"""The chains of all cells of a report as one object for its page: what chains share stands once, and links are numbers.

    runs      [name, key, above, set, made], in the order of study.json; `above`: number of the run of the model it read, or that run's key;
              "" where it began with the base encoder, null where it read no model
    sets      [files of training, files it is measured on], as numbers of files
    files     [path, sha256, rows kept, refused, excluded, source, raw files]; of one that no manifest lists, its path alone
    sources   [origin, revision, licence, checks]
    raw       [path, sha256, bytes, rows]
    bases     label -> [name, sha256]
    rows      ENCODER/ROW -> task -> evaluations, as numbers of runs
    columns   ENCODER/TASK/TITLE -> number in `parts`: the files that the column is measured on

A cell is a row and a column; tests follow the same links from record to record, and hold the two against each other.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from realignment.corpora.manifest import Inputs
from realignment.lineage import cells, rows
from realignment.lineage.cells import Part
from realignment.lineage.proof.verdict import BROKEN
from realignment.lineage.standing import SHORT, Standing
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results import headings
from realignment.results.addresses import GAIN
from realignment.results.scores import RETRIEVAL, Row, Score
from realignment.results.tables import Study
from realignment.study import study_file

HASH = 16  # digits of the sha256 of what a run made; the command prints all
Chains = dict[str, Any]


@dataclass
class _Shared:
    """What chains share, each with a number."""

    numbers: dict[str, dict[Hashable, int]] = field(default_factory=lambda: defaultdict(dict))

    def number(self, kind: str, value: Hashable) -> int:
        return self.numbers[kind].setdefault(value, len(self.numbers[kind]))

    def listed(self, kind: str) -> list:
        return list(self.numbers[kind])


def of_study(study: Mapping[str, Any], scored: tuple[list[Score], list[Study]], known: Inputs, quality: Mapping) -> Chains:
    """`scored` is what `tables.studies` gives, `quality` what `check` wrote."""
    shared, records = _Shared(), study["records"]
    _files(shared, known, quality)
    return {
        "runs": _runs(shared, records, known),
        "columns": _columns(shared, *scored),
        "rows": _rows(records),
        "bases": {label: [one["name"], one.get("sha256", "")] for label, one in study_file.bases(study).items()},
        **{kind: shared.listed(kind) for kind in ("sets", "files", "sources", "raw", "parts")},
    }


def _files(shared: _Shared, known: Inputs, quality: Mapping) -> None:
    for path, entry in sorted(known.entries.items()):
        about = (entry["origin"], entry["revision"], entry["licence"] or "", rows.checks_of(entry, quality))
        raw = tuple(
            shared.number("raw", (one["path"], one["sha256"], one.get("bytes"), one.get("rows"))) for one in entry["inputs"]
        )
        counts = (entry["rows_kept"], sum(entry["rows_refused"].values()), len(known.rows_out(path)))
        shared.number("places", path)
        shared.number("files", (path, entry["sha256"], *counts, shared.number("sources", about), raw))


def _file(shared: _Shared, path: str) -> int:
    """Its number; of a path that the manifest does not list too."""
    if path not in shared.numbers["places"]:
        shared.number("files", (path,))
    return shared.number("places", path)


def _runs(shared: _Shared, records: Collection[Record], known: Inputs) -> list[list]:
    places = {record.key: place for place, record in enumerate(records)}
    listed = {path: known.listed(path) for path in known.entries}
    sets: dict[tuple[str, str], int] = {}  # what realignment is trained on, retrieval is measured on
    found = []
    for one in records:
        if (same := (one.verb, rows.shared(one))) not in sets:
            sets[same] = shared.number("sets", _set(shared, one, known, listed))
        made = one.hashes.get("predictions" if one.verb == "evaluate" else "weights", "")[:HASH]
        above = places.get(one.parent, one.parent[:SHORT] or ("" if one.base else None))
        found.append([one.name, one.key[:SHORT], above, sets[same], made])
    return found


def _set(shared: _Shared, one: Record, known: Inputs, listed: Mapping[str, str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What a run read, a test file of an evaluation apart from what it is trained on."""
    trained, measured = [], []
    for role, used in sorted(one.inputs.items()):
        path = rows.path_of(role, one.task, used, known, listed)
        if path and not role.startswith("alignment/"):
            tested = one.verb == "evaluate" and role.startswith(("evalset/", "bitext/", "train"))
            (measured if tested else trained).append(_file(shared, path))
    return tuple(trained), tuple(measured)


def _columns(shared: _Shared, found: list[Score], studies: list[Study]) -> dict[str, int]:
    places = {}
    for study in studies:
        for column, _, _ in cells.columns(study, found):
            files = tuple(sorted({_file(shared, _measured(part)) for part in column.parts}))
            places[f"{column.encoder}/{column.task}/{column.title}"] = shared.number("parts", (_tasks(column.parts), files))
    return places


def _tasks(parts: Collection[Part]) -> tuple[str, ...]:
    there = {task for task, _, _ in parts}
    return tuple(task for task in headings.TASKS if task in there)


def _measured(part: Part) -> str:
    """The file that a score is measured on; retrieval reads the bitext."""
    task, name, language = part
    return f"bitext/{language}.parquet" if task == RETRIEVAL else f"evalsets/{task}/{name}/{language}.parquet"


def _rows(records: Collection[Record]) -> dict[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    numbered = sorted(enumerate(records), key=lambda one: (seed_label(one[1].cell.seeds), one[0]))
    for number, one in numbered:
        if one.verb == "evaluate":
            row = Row(one.cell.encoder, one.cell.subset, one.cell.control)
            found[f"{row.encoder}/{headings.label(row)}"][one.task or RETRIEVAL].append(number)
    return {row: dict(tasks) for row, tasks in sorted(found.items())}


def broken(chains: Chains, standing: Standing) -> dict[str, list[str]]:
    """Name of a cell -> why it does not stand on what its records name, of the cells where a link is broken."""
    faults = {name: why for name, (verdict, why) in standing.items() if verdict == BROKEN}
    if not faults:
        return {}
    follow, found = _Follow(chains, faults), {}
    for place, part in chains["columns"].items():
        encoder, _, column = place.partition("/")
        tasks, files = chains["parts"][part]
        for row in (one for one in chains["rows"] if one.startswith(f"{encoder}/")):
            own = follow.row(row, tasks, files)
            if own:
                found[f"{row}/{column}"] = list(own)
            if both := own | follow.row(f"{encoder}/none", tasks, files):
                found[f"{row}/{column}/{GAIN}"] = list(both)
    return found


@dataclass
class _Follow:
    """Down the chain of a row; reasons in the order they are met, each once."""

    chains: Chains
    faults: Mapping[str, str]
    below: dict[int, dict[str, None]] = field(default_factory=dict)  # number of a run -> what is broken on the way down from it
    inputs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # run -> (file, why it is not what it read)

    def __post_init__(self) -> None:
        for link, why in self.faults.items():
            kind, _, rest = link.partition("/")
            if kind == "read":
                key, _, path = rest.partition("/")
                self.inputs.setdefault(key, []).append((path, why))

    def row(self, row: str, tasks: Collection[str], measured: Collection[int]) -> dict[str, None]:
        runs = [run for task in tasks for run in self.chains["rows"].get(row, {}).get(task, ())]
        return {why: None for run in runs for why in (*self.run(run), *self.read(run, measured))}

    def run(self, number: int) -> dict[str, None]:
        """The run, what it was trained on, and all above it."""
        if number not in self.below:
            name, key, above, which, _ = self.chains["runs"][number]
            links = [f"{kind}/{key}" for kind in ("run", "made", "scores", "parent")]
            found = {f"{name}: {self.faults[link]}": None for link in links if link in self.faults}
            trained, tested = self.chains["sets"][which]
            paths = {self.chains["files"][file][0] for file in tested}
            found |= {f"{name}: {why}": None for path, why in self.inputs.get(key, ()) if path not in paths}
            found |= dict.fromkeys(self._bytes(trained))
            if above is not None:
                found |= self.run(above) if isinstance(above, int) else self._base(name)
            self.below[number] = found
        return self.below[number]

    def read(self, number: int, measured: Collection[int]) -> Iterator[str]:
        """Of the files an evaluation is measured on, those of a column."""
        name, key, _, which, _ = self.chains["runs"][number]
        files = [file for file in self.chains["sets"][which][1] if file in measured]
        paths = {self.chains["files"][file][0] for file in files}
        yield from (f"{name}: {why}" for path, why in self.inputs.get(key, ()) if path in paths)
        yield from self._bytes(files)

    def _bytes(self, files: Collection[int]) -> Iterator[str]:
        for number in files:
            path, *about = self.chains["files"][number]
            raw = [self.chains["raw"][one][0] for one in about[-1]] if about else []
            links = [f"file/{path}", *(f"raw/{one}" for one in raw)]
            yield from (f"{link.partition('/')[2]}: {self.faults[link]}" for link in links if link in self.faults)

    def _base(self, name: str) -> dict[str, None]:
        """The encoder that a run without a parent began with."""
        label = name.split(" ")[1]
        link = f"base/{label}"
        return {f"base encoder {label}: {self.faults[link]}": None} if link in self.faults else {}
