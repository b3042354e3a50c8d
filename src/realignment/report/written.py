"""Files of a report: each table as Markdown and CSV and, where it is asked for, LaTeX; each figure as SVG. No file replaces another."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from realignment.core import escaping
from realignment.report import latex as tex
from realignment.report.paper_sections import Signed
from realignment.report.view import Figure
from realignment.results import formatting

Rows = Iterable[Iterable[object]]


def tables(folder: Path, found: Iterable[Signed], *, latex: bool) -> None:
    for table, signature in found:
        put_new(folder / f"{table.name}.md", formatting.markdown(table, signature))
        put_new(folder / f"{table.name}.csv", formatting.comma_separated(table))
        if latex:
            put_new(folder / f"{table.name}.tex", tex.table(table, signature))


def figures(folder: Path, found: Iterable[Figure]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        put_new(folder / f"{one.id}.svg", '<?xml version="1.0" encoding="utf-8"?>\n' + one.svg)


def rows(path: Path, content: Rows) -> None:
    """Rows of cells as CSV, for programs."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(escaping.cells, content))
    put(path, text.getvalue())


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def put_new(path: Path, text: str) -> None:
    """As `put`; two tables or figures of one name are a fault of this package."""
    if path.exists():
        raise RuntimeError(f"two tables or figures are named {path.name}; the second would replace the first")
    put(path, text)
