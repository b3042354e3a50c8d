"""The data dictionary of data/published: what every column of every table holds, and where a table departs from it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from realignment.paper.paper import Paper

FILE = "dictionary.tsv"
TYPES = {"text": str, "integer": int, "number": float}
SHOWN = 3  # departures that are told of a column


@dataclass(frozen=True)
class Column:
    """A line of the dictionary. `values`: alternatives between bars, `0 to 1`, a regular expression between slashes, or "" for any."""

    file: str
    column: str
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
    """Where tables and dictionary part: files, columns, cells, and alternatives that no cell has; empty where they agree."""
    told = files(paper)
    there = {path.name for path in paper.path("").iterdir() if re.search(r"\.(tsv|csv)(\.gz)?$", path.name)} - {FILE}
    found = [f"{name}: {FILE} does not describe it" for name in sorted(there - set(told))]
    found += [f"{name}: {FILE} describes it and it does not exist" for name in sorted(set(told) - there)]
    return found + [fault for name in told if name in there for fault in _of_file(paper, name)]


def _of_file(paper: Paper, name: str) -> Iterable[str]:
    known, rows = [one for one in columns(paper) if one.file == name], paper.read(name)
    if [one.column for one in known] != list(rows[0]):
        yield f"{name}: the columns {', '.join(one.column for one in known)} are required; it has {', '.join(rows[0])}"
        return
    for one in known:
        values = {row[one.column] for row in rows}
        refused = {value for value in values if not one.holds(value)}
        wrong = [f"line {line} has `{row[one.column]}`" for line, row in enumerate(rows, 2) if row[one.column] in refused]
        if wrong:
            more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
            yield f"{name}, {one.column}: {one.type} {one.values} is required; {', '.join(wrong[:SHOWN])}{more}"
        if unused := set(one.alternatives) - values:
            yield f"{name}, {one.column}: no row has {', '.join(sorted(unused))}"
