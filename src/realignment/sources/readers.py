"""Lines of UTF-8 to pairs and examples. Every row read is kept or refused with a reason; what is mended is counted."""

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from realignment import text
from realignment.errors import BadInput
from realignment.sources.base import BEYOND, Counts
from realignment.sources.naming import form

# Refusals that say nothing against a file: they do not count towards the share at which reading stops.
HARMLESS = ("duplicate pair", BEYOND)
PARQUET_ROWS = 5000  # read at once
ENGLISH_NAMES = ("english", "source", "src", "eng", "en", "eng_latn")
TARGET_NAMES = ("target", "tgt", "trg")
TABLES = ("tsv", "txt")  # the rest holds named fields


@dataclass
class Tally:
    """Counts of one file, and where its first refused row of each reason stands."""

    path: Path
    counts: Counts = field(default_factory=Counts)
    first: dict[str, int] = field(default_factory=dict)

    def keep(self, mended: set[str] | tuple[str, ...] = ()) -> None:
        self.counts.read += 1
        self.counts.kept += 1
        self.counts.mended.update(set(mended))

    def refuse(self, line: int, reason: str) -> None:
        self.counts.read += 1
        self.counts.refused[reason] += 1
        self.first.setdefault(reason, line)

    def stop_past(self, share: float) -> None:
        """BadInput where more than `share` of the rows were refused for what they are."""
        refused = {reason: number for reason, number in self.counts.refused.items() if reason not in HARMLESS}
        total = sum(refused.values())
        if total > share * self.counts.read:
            reasons = ", ".join(
                f"{count} {reason} (first: line {self.first[reason]})" for reason, count in sorted(refused.items())
            )
            allowed = f"at most the share {share:g} is allowed; mend the file or raise fetch.refused"
            raise BadInput(f"{self.path}: {total} of {self.counts.read} rows refused: {reasons}; {allowed}")


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, text) of each line. Only \\n and \\r\\n end a line; a byte order mark is dropped; UTF-8 is strict."""
    number = 0
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
                yield number, line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError as fault:
        wrong = f"byte {fault.start + 1} of the line is 0x{fault.object[fault.start]:02x} ({fault.reason})"
        raise BadInput(f"{path} line {number}: UTF-8 is required; {wrong}; convert the file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise BadInput(f"{path}: the gzip file is cut off or damaged after line {number} ({fault}); copy it again") from None
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror or fault}") from None


def pairs(
    path: Path, tally: Tally, limit: int | None, called: tuple[str, ...], seen: set[bytes]
) -> Iterator[tuple[str, str, str]]:
    """(English, target, id) of a bitext's kept rows, at most `limit` of them from the head; the id is `line:N` where there is none.

    `called`: what names the target column, the language's names and codes. `seen` holds marks of the pairs read so far, of this
    file and others.
    """
    rows = _cells(path, called) if form(path) in TABLES else _fields(path, called)
    for number, row in rows:
        if isinstance(row, str):
            tally.refuse(number, row)
            continue
        (source, mended), (target, more) = text.normalise(row[0]), text.normalise(row[1])
        if not source or not target:
            tally.refuse(number, "empty side")
        elif (mark := text.marked(source, target)) in seen:
            tally.refuse(number, "duplicate pair")
        else:
            seen.add(mark)
            tally.keep((*mended, *more))
            yield source, target, row[2].strip() or f"line:{number}"
            if tally.counts.kept == limit:
                return


def _cells(path: Path, called: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, str, str] | str]]:
    """Rows of a TSV: English first, unless the first row names the columns. No quoting: a quote is a character."""
    english, target, identity, width = 0, 1, 2, 0
    for number, line in lines(path):
        cells = line.split("\t")
        if number == 1 and (found := _header(cells, called)):
            (english, target, identity), width = found, len(cells)
            continue
        width = width or (len(cells) if len(cells) > 1 else 0)
        if not width or len(cells) != width:
            yield number, "wrong column count"
        else:
            yield number, (cells[english], cells[target], cells[identity] if identity < width else "")


def _header(cells: list[str], called: tuple[str, ...]) -> tuple[int, int, int] | None:
    """Positions of English, target and id (past the end where there is none) if the first row names them."""
    names = [cell.strip().casefold() for cell in cells]
    english = [place for place, name in enumerate(names) if name in ENGLISH_NAMES]
    target = [place for place, name in enumerate(names) if name in TARGET_NAMES or name in called]
    if not english or not target:
        return None
    others = [place for place in range(len(names)) if place not in (english[0], target[0])]
    identity = [place for place in others if names[place] == "id"] or [*others, len(names)]
    return english[0], target[0], identity[0]


def _fields(path: Path, called: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, str, str] | str]]:
    """Rows of JSONL or parquet: two named fields, or the two of a field `translation`."""
    for number, row in objects(path):
        if isinstance(row, str):
            yield number, row
            continue
        inner = row.get("translation")
        named = {str(name).casefold(): value for name, value in inner.items()} if isinstance(inner, dict) else row
        english = next((named[name] for name in ENGLISH_NAMES if name in named), None)
        target = next((named[name] for name in (*TARGET_NAMES, *called) if name in named), None)
        if english is None or target is None:
            yield number, "not a pair"
        elif not isinstance(english, str) or not isinstance(target, str):
            yield number, "a side is not text"
        elif text.has_surrogate(english) or text.has_surrogate(target):
            yield number, "half a character"
        else:
            yield number, (english, target, str(row.get("id") or ""))


def objects(path: Path) -> Iterator[tuple[int, dict | str]]:
    """(line, object with casefolded names, or why there is none) of a JSONL or parquet file."""
    rows = _parquet(path) if form(path) == "parquet" else _jsonl(path)
    for number, content in rows:
        if isinstance(content, dict):
            yield number, {str(name).casefold(): value for name, value in content.items()}
        else:
            yield number, content if content == "not JSON" else "not a JSON object"


def _jsonl(path: Path) -> Iterator[tuple[int, object]]:
    for number, line in lines(path):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                yield number, "not JSON"


def _parquet(path: Path) -> Iterator[tuple[int, object]]:
    """Rows of a parquet file, block by block; a number that the file itself gives a name (ClassLabel) as that name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(path)
        labels = _class_labels(file.schema_arrow)
        for batch in file.iter_batches(PARQUET_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield number, {name: _named(value, labels[name]) if name in labels else value for name, value in row.items()}
    except (OSError, pa.ArrowException) as fault:
        raise BadInput(f"{path}: cannot be read as parquet: {fault}") from None


def _class_labels(schema) -> dict[str, list[str]]:
    """Column -> names of its numbers, where `datasets` wrote them into the schema."""
    if b"huggingface" not in (schema.metadata or {}):
        return {}
    from datasets import ClassLabel, Features

    features = Features.from_arrow_schema(schema)
    inner = {name: getattr(feature, "feature", feature) for name, feature in features.items()}
    return {name: feature.names for name, feature in inner.items() if isinstance(feature, ClassLabel)}


def _named(value, names: list[str]):
    """Numbers as names, in lists too; one without a name stays a number, to be refused by who knows the labels."""
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value
