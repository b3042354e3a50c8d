"""Files of others' runs as rows of named cells, each with its line. What is no table is refused in one line."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from realignment.core import hashing
from realignment.core.errors import BadInput
from realignment.sources import raw

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


@dataclass(frozen=True)
class File:
    path: Path
    sha256: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]  # line, column -> cell

    @cached_property
    def name(self) -> str:
        """As messages and about.json call it: the folder tells files of one name apart."""
        return f"{self.path.resolve().parent.name}/{self.path.name}"


def read(path: Path) -> File:
    """By commas or tabs, as the name says; BadInput where it holds no rows of as many cells as its first line."""
    if not path.name.endswith(ENDINGS):
        raise BadInput(f"{path}: a name that ends in {', '.join(ENDINGS)} is required")
    if not path.is_file():
        raise BadInput(f"{path}: a file is required, and {'a folder stands there' if path.is_dir() else 'it does not exist'}")
    lines = raw.table(path) if ".tsv" in path.name else _commas(path)
    rows = ((line, [cell.strip() for cell in cells]) for line, cells in lines if any(cell.strip() for cell in cells))
    line, columns = next(rows, (1, []))
    if not columns:
        raise BadInput(f"{path}: a first line with the names of columns is required; the file is empty")
    if twice := sorted({one for one in columns if columns.count(one) > 1}):
        raise BadInput(f"{path} line {line}: each column once is required; `{twice[0]}` is there twice")
    found = tuple(_named(path, columns, rows))
    if not found:
        raise BadInput(f"{path}: at least one row below the names of columns is required; it has none")
    return File(path, hashing.file_digest(path), tuple(columns), found)


def _named(path: Path, columns: list[str], rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, dict[str, str]]]:
    for line, cells in rows:
        if len(cells) != len(columns):
            raise BadInput(f"{path} line {line}: {len(columns)} cells are required, as the first line has; got {len(cells)}")
        yield line, dict(zip(columns, cells, strict=True))


def _commas(path: Path) -> Iterator[tuple[int, list[str]]]:
    rows = csv.reader(_text(path), strict=True)
    try:
        for cells in rows:
            yield rows.line_num, cells
    except csv.Error as fault:
        raise BadInput(f"{path} line {rows.line_num}: a line of CSV is required ({fault}); mend its quotation marks") from None


def _text(path: Path) -> Iterator[str]:
    for line, text in raw.lines(path):
        if "\0" in text:
            raise BadInput(f"{path} line {line}: text is required, and it holds a zero byte; is it a table?")
        yield text
