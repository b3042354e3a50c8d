"""What every source hands to stage `fetch`, and the two parquet files it writes on the way."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.config import schema
from realignment.core.workspace import Workspace
from realignment.corpora import bitext
from realignment.tasks import KINDS

if TYPE_CHECKING:
    from realignment.languages.table import Language


BLOCK = 50_000  # pairs written at once
BEYOND = "beyond the limit"  # reason of rows that are good and more than the settings ask for


@dataclass(frozen=True)
class Fetched:
    """What a source provides: its languages (pivot included), one manifest entry per written file, and what it did not read."""

    languages: "list[Language]"
    files: list[dict]
    unread: list[dict] = field(default_factory=list)  # path and reason of each file that lies in a place that is read


@dataclass(frozen=True)
class Origin:
    """Where rows come from, for the manifest. `inputs` are the raw files: path, sha256, bytes, rows read."""

    origin: str
    revision: str = ""
    licence: str = "unknown"
    inputs: tuple[dict, ...] = ()


@dataclass
class Counts:
    """Rows read = kept + refused by reason; `mended` counts kept rows that were changed, by reason."""

    read: int = 0
    kept: int = 0
    refused: Counter = field(default_factory=Counter)
    mended: Counter = field(default_factory=Counter)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.read + other.read, self.kept + other.kept, self.refused + other.refused, self.mended + other.mended)

    @property
    def add_up(self) -> bool:
        return self.read == self.kept + sum(self.refused.values())


def located(how: schema.Fetch, root: Path) -> schema.Fetch:
    """The settings with absolute paths; relative ones are below the checkout."""
    below = {name: str(root / Path(value).expanduser()) for name in ("folder", "lock") if (value := getattr(how, name))}
    return replace(how, **below)


def write_bitext(target: Workspace, language: str, pairs: Iterable[tuple[str, str, str]], heldout: float) -> Path:
    """Writes (source, target, origin) rows with their split, as they come: not all of them are in memory at once."""
    import itertools

    import pyarrow as pa
    import pyarrow.parquet as pq

    path, rows = target.bitext(language), iter(pairs)
    path.parent.mkdir(parents=True, exist_ok=True)
    types = pa.schema([(name, pa.string()) for name in ("source", "target", "split", "origin")])
    with pq.ParquetWriter(path, types, compression="zstd") as file:
        while block := list(itertools.islice(rows, BLOCK)):
            sources, targets, origins = (list(column) for column in zip(*block, strict=True))
            splits = [bitext.split_of(source, heldout) for source in sources]
            file.write_table(pa.table([sources, targets, splits, origins], schema=types))
    return path


def write_evalset(target: Workspace, task: str, name: str, language: str, examples: list[dict], **about) -> dict:
    """Writes examples (id, words, tags | premise, hypothesis, label | question, context, answers, starts; split). The manifest entry.

    `starts` are the characters of the context at which the answers begin.
    """
    import pyarrow as pa

    path = target.evalset(task, name, language)
    one, several = pa.string(), pa.list_(pa.string())
    columns = {
        "words": [("words", several), ("tags", several)],
        "pair": [("premise", one), ("hypothesis", one), ("label", one)],
        "span": [("question", one), ("context", one), ("answers", several), ("starts", pa.list_(pa.int32()))],
    }
    types = pa.schema([("id", one), *columns[KINDS[task]], ("split", one)])
    write_table(path, pa.Table.from_pylist(examples, schema=types))
    return entry(target, path, kind="evalset", language=language, task=task, set=name, **about)


def write_table(path: Path, table) -> None:
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


def entry(target: Workspace, path: Path, *, counts: Counts, origin: Origin, kind: str, **named: str) -> dict:
    """The manifest entry of a written file; the rows of `counts` must add up."""
    assert counts.add_up, f"{path}: {counts}"
    content = path.read_bytes()
    return {
        "path": path.relative_to(target.data).as_posix(),
        "kind": kind,
        "language": named.get("language", ""),
        "task": named.get("task", ""),
        "set": named.get("set", ""),
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "rows_read": counts.read,
        "rows_kept": counts.kept,
        "rows_refused": dict(sorted(counts.refused.items())),
        "rows_mended": dict(sorted(counts.mended.items())),
        "origin": origin.origin,
        "revision": origin.revision,
        "licence": origin.licence,
        "inputs": list(origin.inputs),
    }
