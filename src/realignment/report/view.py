"""What the page and LaTeX show: tables as text, figures, sections. How they look is decided elsewhere."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from realignment.results import addresses, floors, formatting
from realignment.results.tables import Line, Stated, Table, Value
from realignment.statistics.summary import Difference, Summary


@dataclass(frozen=True)
class Entry:
    """A cell of a table; it sorts by the number its text begins with."""

    text: str
    uncertain: bool = False
    seeds: str = ""  # what each seed gave, `17=40.12 23=40.77` in percent
    broken: bool = False  # it stands on a broken link


HALF = 600.0  # points; a wider figure takes the whole width of the page
Parts = tuple[tuple[str, tuple[tuple[Entry, ...], ...]], ...]  # section -> rows


@dataclass(frozen=True)
class View:
    """A table as the page draws it: `parts` are (section, rows); the first `heads` cells of a row are its headings."""

    id: str
    caption: str
    columns: tuple[str, ...]
    heads: int
    parts: Parts
    notes: tuple[str, ...] = ()
    signature: str = ""
    numeric: tuple[bool, ...] = ()
    opens: str = ""  # which part of what is behind the page its cells open
    across: bool = False  # a column is a subset, not a row
    names: tuple[str, ...] = ()  # per column what stands in a cell's address, see `addresses.of_column`
    file: str = ""  # name of the CSV file that holds its numbers at full precision

    @property
    def seeds(self) -> str:
        """Names of the seeds that most cells have, in their order: said once of the table."""
        counts = Counter(one for _, rows in self.parts for row in rows for cell in row if (one := _labels(cell.seeds)))
        return max(counts, key=lambda one: (counts[one], one), default="")

    @property
    def bare(self) -> Callable[[str], str]:
        """Of what a cell's seeds gave, the values alone where its seeds are those of the table."""
        usual = self.seeds
        return lambda seeds: re.sub(r"\S+=", "", seeds) if _labels(seeds) == usual else seeds


def _labels(seeds: str) -> str:
    return re.sub(r"=\S+", "", seeds)


@dataclass(frozen=True)
class Figure:
    """`svg` goes into the page as it is; the caption stands below it."""

    id: str
    caption: str
    svg: str

    @property
    def wide(self) -> bool:
        """Whether it needs the whole width of the page: two of its kind would not be legible beside each other."""
        width = re.search(r'<svg[^>]* width="([\d.]+)pt"', self.svg)
        return bool(width) and float(width[1]) > HALF


@dataclass(frozen=True)
class Link:
    """Words that lead to `address`: another page of the report, or MLflow's interface."""

    text: str
    address: str


@dataclass(frozen=True)
class Card:
    """A finding told in a few labelled sentences; `parts` are (label, sentences)."""

    id: str
    title: str
    parts: tuple[tuple[str, str], ...]


@dataclass
class Section:
    """A part of the page. `folded` tables and figures `aside` are behind a click; `foreign` marks numbers that are not ours."""

    id: str
    title: str
    text: Sequence[str] = ()
    figures: list[Figure] = field(default_factory=list)
    tables: list[View] = field(default_factory=list)
    folded: list[View] = field(default_factory=list)
    aside: list[Figure] = field(default_factory=list)
    foreign: bool = False
    commands: Sequence[str] = ()
    short: str = ""  # what the navigation calls it; "": its title
    links: Sequence[Link] = ()
    cards: Sequence[Card] = ()


def of_table(table: Table, signature: str = "", opens: str = "") -> View:
    """A table of scores or differences; `opens` names what is behind its cells. Rows without any number are named in a note."""
    parts: dict[str, list[tuple[Entry, ...]]] = {}
    empty = [line for line in table.lines if not any(map(_says, line.values))]
    for line in table.lines:
        if line in empty:
            continue
        cells = [Entry(word) for word in line.head]
        for column, value in zip(table.columns, line.values, strict=True):
            uncertain = isinstance(value, Difference) and value.mean is not None and not value.certain
            shown, broken = formatting.text(value, table.seeds), (line.head, column) in table.broken
            cells.append(Entry(shown, uncertain, _seeds(value) if opens else "", broken))
        parts.setdefault(line.section, []).append(tuple(cells))
    grouped = tuple((section, tuple(rows)) for section, rows in parts.items())
    numeric = _numeric(grouped, len(table.head) + len(table.columns))
    named = [addresses.of_column(table.kind, column) for column in table.columns] if opens else []
    return View(
        table.name,
        table.caption,
        (*table.head, *table.titles),
        len(table.head),
        grouped,
        (*formatting.notes(table), *_left_out(empty)),
        signature,
        numeric,
        opens,
        table.kind.startswith("languages-"),
        (*([""] * len(table.head)), *named) if opens else (),
        f"{table.name}.csv",
    )


def _says(value: Value) -> bool:
    """Whether a cell holds a number, or says why there is none."""
    return bool(value.text) if isinstance(value, Stated) else value.mean is not None


def _left_out(empty: Sequence[Line]) -> list[str]:
    """One line on the rows of a table that are not shown."""
    if not empty:
        return []
    names = [line.head[1] if len(line.head) == 3 else " ".join(line.head) for line in empty]  # as the column `Name` has it
    return [
        f"Left out, as no cell of theirs holds a number: {len(empty)} {'row' if len(empty) == 1 else 'rows'} ({', '.join(names)})."
    ]


def _seeds(value: object) -> str:
    if isinstance(value, Difference):
        held = value.by_seed
    elif isinstance(value, Summary):
        held = dict(zip(value.seeds, value.values, strict=True))
    else:
        return ""
    return " ".join(f"{seed}={100 * one:.2f}" for seed, one in held.items())


def of_rows(name: str, caption: str, rows: Iterable[dict], notes: tuple[str, ...] = (), section: str = "") -> View | None:
    """Plain rows, keyed by column; `section` is the column whose values head groups of rows. None without rows.

    A column that is empty in every row is left out.
    """
    rows = list(rows)
    if not rows:
        return None
    columns = tuple(column for column in rows[0] if column != section and any(row[column] != "" for row in rows))
    parts: dict[str, list[tuple[Entry, ...]]] = {}
    for row in rows:
        cells = tuple(Entry(_text(row[column])) for column in columns)
        parts.setdefault(str(row.get(section, "")), []).append(cells)
    grouped = tuple((title, tuple(found)) for title, found in parts.items())
    return View(name, caption, columns, 1, grouped, notes, "", _numeric(grouped, len(columns)))


def _numeric(parts: Parts, columns: int) -> tuple[bool, ...]:
    """Which columns hold numbers only (or nothing), and are set flush right."""
    texts = [[row[column].text for _, rows in parts for row in rows] for column in range(columns)]
    return tuple(
        any(found) and all(re.fullmatch(rf"[+−]?\d.*|{formatting.MISSING}|{floors.UNDEFINED}|", text) for text in found)
        for found in texts
    )


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
