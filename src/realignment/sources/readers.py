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
ENGLISH_NAMES = ("english", "source", "src", "eng", "en", "eng_latn")
TARGET_NAMES = ("target", "tgt", "trg")


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


def pairs(path: Path, tally: Tally, limit: int | None, called: tuple[str, ...], seen: set) -> Iterator[tuple[str, str, str]]:
    """(English, target, id) of a bitext's kept rows, at most `limit` of them from the head; `id` is the third column or the line.

    English first, unless the first row names the columns (`called`: the language's names). No quoting: a quote is a character.
    `seen` holds the pairs read so far, of this file and others.
    """
    english, target, identity, width = 0, 1, 2, 0
    for number, line in lines(path):
        cells = line.split("\t")
        if number == 1 and (found := _header(cells, called)):
            (english, target, identity), width = found, len(cells)
            continue
        width = width or (len(cells) if len(cells) > 1 else 0)
        if not width or len(cells) != width:
            tally.refuse(number, "wrong column count")
            continue
        (source, mended), (other, more) = text.normalise(cells[english]), text.normalise(cells[target])
        if not source or not other:
            tally.refuse(number, "empty side")
        elif (source, other) in seen:
            tally.refuse(number, "duplicate pair")
        else:
            seen.add((source, other))
            tally.keep({*mended, *more})
            yield source, other, (cells[identity].strip() if identity < width else "") or f"line:{number}"
            if tally.counts.kept == limit:
                return


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
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as fault:
        raise BadInput(f"{path}: cannot be read as parquet: {fault}") from None
    yield from enumerate(table.to_pylist(), start=1)
