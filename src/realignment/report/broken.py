"""Numbers that stand on a broken link say so where they stand: a mark in their cell, a note below their table, a line above all tables.

`Broken` is handed over by the stage: name of a cell -> what is broken on the way down from it. What is not at hand is not in it.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from realignment.core import escaping
from realignment.report.view import View
from realignment.results import addresses, wording
from realignment.results.formatting import BROKEN, broken_link
from realignment.results.tables import Table

Broken = Mapping[str, Sequence[str]]
WHOLE = frozenset({"all_65", "all", "all_65 words", "all words"})
UNNAMED = {
    "paper-2": WHOLE,
    "paper-3": WHOLE | {"none"},
    "paper-4": frozenset({"none"}),
}  # rows whose names a table does not print
FIGURES = "Figures, verdicts, least differences, best subsets and sentences take these numbers as they are. `realignment verify` names every broken link."


def marked(table: Table, broken: Broken) -> Table:
    """The table with its marks; one whose cells have no names has a note that says which rows are meant."""
    if not broken:
        return table
    places = [(line.head, column) for line in table.lines for column in table.columns]
    names = {place: addresses.of_cell(table.encoder, table.kind, *place) for place in places}
    if any(names.values()):
        return replace(table, broken={place: broken[name] for place, name in names.items() if name in broken})
    own = {name: why for name, why in broken.items() if name.split("/")[0] in (table.encoders or (table.encoder,))}
    words = {word for line in table.lines for word in line.head} | UNNAMED.get(table.kind, frozenset())
    return replace(table, notes=(*table.notes, *_of_rows(words, own)))


def noted(view: View, encoder: str, broken: Broken) -> View:
    """As `marked`, of rows that are no cells of runs: verdicts, places among random draws."""
    words = {entry.text for _, rows in view.parts for row in rows for entry in row[: max(view.heads, 3)]}
    own = {name: why for name, why in broken.items() if name.split("/")[0] == encoder}
    return replace(view, notes=(*view.notes, *_of_rows(words, own)))


def _of_rows(words: set[str], broken: Broken) -> list[str]:
    found = {name: why for name, why in broken.items() if name.split("/")[1] in words}
    rows = list(dict.fromkeys(name.split("/")[1] for name in found))
    return [broken_link(f"numbers of {wording.listed(rows)}", _reasons(found.values()))] if rows else []


def alarm(tables: Iterable[Table], broken: Broken) -> str:
    """What must be known before a number is read; "" where no link is broken."""
    cells = wording.counted(sum(len(table.broken) for table in tables), "cell")
    return f"{broken_link(f'{cells} of the tables (marked {BROKEN})', _reasons(broken.values()))} {FIGURES}" if broken else ""


def listed(broken: Broken) -> str:
    """Every cell with each reason, as CSV."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["cell", "broken link"])
    rows.writerows(map(escaping.cell, (name, why)) for name, reasons in sorted(broken.items()) for why in reasons)
    return out.getvalue()


def _reasons(found: Iterable[Sequence[str]]) -> list[str]:
    return [why for reasons in found for why in reasons]
