"""Files as lines of UTF-8 and as objects with named fields; nothing without bounds is ever held in memory."""

import codecs
import gzip
import itertools
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from realignment.core import strictjson
from realignment.core.errors import BadInput
from realignment.core.git_lfs import stop_pointer
from realignment.sources.parquet import LINE

FORMATS = ("tsv", "csv", "txt", "conll", "bio", "iob", "iob2", "conllu", "jsonl", "json", "parquet")
QUOTED, FEWEST = 200, 3  # lines that tell whether a table stands in quotes, and how few cannot
CELL = re.compile(r'"(?:[^"]|"")*"')
NUMBER = re.compile(r"-?[0-9.]*(?:[eE]-?[0-9]+)?|NA")
TWICE = "a field stands twice"  # reason of an object in which one name, read without case, has two values


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, text) of each line. Only \\n and \\r\\n end a line; a byte order mark is dropped; UTF-8 is strict."""
    number = 0
    stop_pointer(path)
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            while raw := file.readline(LINE + 1):
                number += 1
                if number == 1 and b"\n" not in raw and b"\r" in raw[:-1]:
                    raise BadInput(f"{path}: its lines end in \\r alone; \\n or \\r\\n is required; convert the file")
                if len(raw) > LINE:
                    raise BadInput(
                        f"{path} line {number}: longer than {LINE:,} bytes, which no sentence is; break it or take it out"
                    )
                line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
                yield number, line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError as fault:
        wrong = f"byte {fault.start + 1} of the line is 0x{fault.object[fault.start]:02x} ({fault.reason})"
        raise BadInput(f"{path} line {number}: UTF-8 is required; {wrong}; convert the file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise BadInput(f"{path}: the gzip file is cut off or damaged after line {number} ({fault}); copy it again") from None
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror or fault}") from None


def table(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of each line of a TSV. A quote is a character, unless every cell of the first lines that is no number stands in
    quotes, as spreadsheets and R write: then they go, and two of them are one."""
    head = [line.split("\t") for _, line in itertools.islice(lines(path), QUOTED) if line.strip()]
    told = [cell for cells in head for cell in cells if not NUMBER.fullmatch(cell)]
    quoted = len(head) >= FEWEST and len(told) >= 2 * FEWEST and all(map(CELL.fullmatch, told))
    for number, line in lines(path):
        cells = line.split("\t")
        yield number, [cell[1:-1].replace('""', '"') if CELL.fullmatch(cell) else cell for cell in cells] if quoted else cells


def objects(path: Path) -> Iterator[tuple[int, dict | str]]:
    """(line, object with casefolded names, or why there is none) of a JSONL or parquet file."""
    from realignment.sources import parquet

    rows = parquet.rows(path) if form(path) == "parquet" else _jsonl(path)
    for number, content in rows:
        if isinstance(content, dict):
            named = {str(name).strip().casefold(): value for name, value in content.items()}
            yield number, named if len(named) == len(content) else TWICE
        else:
            yield number, content if content in ("not JSON", TWICE) else "not a JSON object"


def _jsonl(path: Path) -> Iterator[tuple[int, object]]:
    for number, line in lines(path):
        if line.strip():
            try:
                yield number, json.loads(line, object_pairs_hook=strictjson.once)
            except strictjson.Twice:
                yield number, TWICE
            except (ValueError, RecursionError):
                yield number, "not JSON"


def form(path: Path) -> str:
    """The format a file name ends in, `.gz` left out; "" for none of FORMATS."""
    ending = path.name.removesuffix(".gz").rpartition(".")[2]
    return ending if ending in FORMATS else ""
