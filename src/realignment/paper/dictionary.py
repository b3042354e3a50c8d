"""The data dictionary of data/published: what every column of every table holds, and where a table departs from it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from realignment.core.errors import BadInput
from realignment.languages.codes import resolved
from realignment.paper import runs, whole
from realignment.paper.paper import Paper
from realignment.paper.whole import SCORES
from realignment.subsets import naming, registry

FILE, LISTS = "dictionary.tsv", "subsets.tsv"
TYPES = {"text": str, "integer": int, "number": float}
SHOWN = 3  # departures of a kind that are told, of a column or between files


@dataclass(frozen=True)
class Column:
    """A line of the dictionary. `values`: alternatives between bars, `0 to 1`, a regular expression between slashes, or "" for any."""

    file: str
    column: str
    key: str  # yes | no: the cells of these columns together are those of one row alone
    type: str  # of TYPES
    unit: str
    values: str
    empty: str  # yes | no
    about: str
    source: str

    def holds(self, text: str) -> bool:
        """Whether a cell is of the type and among the values."""
        if not text:
            return self.empty == "yes"
        try:
            value = TYPES[self.type](text)
        except ValueError:
            return False
        if self.values.startswith("/"):
            return re.fullmatch(self.values.strip("/"), text) is not None
        if span := re.fullmatch(r"([\d.]+) to ([\d.]+)", self.values):
            return float(span[1]) <= value <= float(span[2])
        return not self.values or text in self.alternatives

    @property
    def alternatives(self) -> list[str]:
        return self.values.split(" | ") if self.values[:1] not in ("", "/") and " to " not in self.values else []


def columns(paper: Paper) -> list[Column]:
    return [Column(**row) for row in paper.rows(FILE)]


def files(paper: Paper) -> list[str]:
    """The tables that the dictionary describes, the scores first."""
    return list(dict.fromkeys(one.file for one in columns(paper)))


def faults(paper: Paper) -> list[str]:
    """Where tables and dictionary part: files, columns, cells, alternatives that no cell has, keys that two rows have; empty where they agree.

    Where each table is as described, what they say of one another: the lists of languages are those of their names and of the runs with scores.
    """
    told = files(paper)
    there = {path.name for path in paper.path("").iterdir() if re.search(r"\.(tsv|csv)(\.gz)?$", path.name)} - {FILE}
    found = [f"{name}: {FILE} does not describe it" for name in sorted(there - set(told))]
    found += [f"{name}: {FILE} describes it and it does not exist" for name in sorted(set(told) - there)]
    tables = {name: paper.read(name) for name in told if name in there}
    found += [
        fault
        for name in told
        if name in there
        for fault in _of_file(name, [one for one in columns(paper) if one.file == name], tables[name])
    ]
    return found or [*islice(_lists(paper, tables[LISTS]), SHOWN), *islice(_listed(tables), SHOWN)]


def _of_file(name: str, known: Sequence[Column], rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    if not rows:
        yield f"{name}: at least one row is required; it has none"
        return
    if fault := whole.fault(name, rows):
        yield fault
        return
    if [one.column for one in known] != list(rows[0]):
        yield f"{name}: the columns {', '.join(one.column for one in known)} are required; it has {', '.join(rows[0])}"
        return
    yield from islice(_doubled(name, [one.column for one in known if one.key == "yes"], rows), SHOWN)
    for one in known:
        values = {row[one.column] for row in rows}
        refused = {value for value in values if not one.holds(value)}
        wrong = [f"line {line} has `{row[one.column]}`" for line, row in enumerate(rows, 2) if row[one.column] in refused]
        if wrong:
            more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
            yield f"{name}, {one.column}: {one.type} {one.values} is required; {', '.join(wrong[:SHOWN])}{more}"
        if unused := set(one.alternatives) - values:
            yield f"{name}, {one.column}: no row has {', '.join(sorted(unused))}"


def _doubled(name: str, key: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Rows that have the key of one above."""
    first: dict[tuple[str, ...], int] = {}
    for line, row in enumerate(rows, 2):
        cells = tuple(row[one] for one in key)
        if (above := first.setdefault(cells, line)) != line:
            yield f"{name}: each {', '.join(key)} once is required; line {line} has `{', '.join(cells)}` as line {above} does"


def _lists(paper: Paper, rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Lists of languages that are not of the size that their name says, or not within their pool."""
    seen: set[tuple[str, str]] = set()
    for line, row in enumerate(rows, 2):
        if (key := (runs.subset(row), row["languages"])) not in seen:
            seen.add(key)
            yield from (f"{LISTS}, line {line}: {fault}" for fault in _of_list(paper, *key))


def _of_list(paper: Paper, subset: str, languages: str) -> Iterator[str]:
    name = naming.split(subset)
    if name.pool and name.pool not in registry.POOLS:
        yield f"a pool of {', '.join(registry.POOLS)} is required; it has `{name.pool}`"
        return
    try:
        codes = resolved(languages.split(), subset)
    except BadInput as fault:
        yield str(fault)
        return
    if len(codes) != name.n:
        yield f"{subset}: {name.n or 'a size in the name and as many'} languages are required; it has {len(codes)}, `{languages}`"
    pool = paper.members(name.pool) if name.pool else paper.pool
    if outside := [code for code in codes if code not in pool]:
        yield f"{subset}: languages of {registry.POOLS[name.pool].text if name.pool else 'Table 5'} are required; it has `{' '.join(outside)}`"


def _listed(tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[str]:
    """Runs with scores and no list, and the other way round; `none` is realigned on nothing."""
    scored = dict.fromkeys(map(_run, tables[SCORES]))
    listed = dict.fromkeys(map(_run, tables[LISTS]))
    yield from (
        f"{LISTS}: a list is required for each run of {SCORES}; {', '.join(one)} has none"
        for one in scored
        if one not in listed and one[1] != "none"
    )
    yield from (
        f"{SCORES}: scores are required for each run of {LISTS}; {', '.join(one)} has none" for one in listed if one not in scored
    )


def _run(row: Mapping[str, str]) -> tuple[str, ...]:
    return row["model"], row["subset"], row["seed"], row["task"]
