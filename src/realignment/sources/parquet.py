"""Rows of parquet files, some at a time, with the names of the numbers that `datasets` wrote into their schema."""

import json
from collections.abc import Iterator
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.core.git_lfs import stop_pointer

LINE = 2**20  # bytes a line, or a cell of parquet, may have; a sentence pair has some hundred
ROWS = 500  # read at once: as many cells as long as may be still fit into memory
GROUP = 2**30  # bytes, uncompressed, of a row group: pyarrow may have to hold one
COLUMNS = 1000


def rows(path: Path) -> Iterator[tuple[int, dict]]:
    """(number from 1, row); a number that the file itself gives a name (ClassLabel) as that name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    stop_pointer(path)
    try:
        file = pq.ParquetFile(path)
        _within_bounds(path, file)
        labels = class_labels(file.schema_arrow.metadata or {})
        for batch in file.iter_batches(ROWS):
            _short(path, number, batch)
            for row in batch.to_pylist():
                number += 1
                yield number, {name: _named(value, labels[name]) if name in labels else value for name, value in row.items()}
    except (OSError, pa.ArrowException) as fault:
        raise BadInput(f"{path}: cannot be read as parquet: {fault}") from None


def _within_bounds(path: Path, file) -> None:
    """BadInput for what would not fit into memory, or has no one meaning, before a row is read."""
    names = file.schema_arrow.names
    if len(names) > COLUMNS:
        raise BadInput(
            f"{path}: {len(names):,} columns; at most {COLUMNS:,} are read; leave out those that hold no text and no label"
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"{path}: column `{twice[0]}` stands twice; keep one of them")
    for group in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(group).total_byte_size
        if size > GROUP:
            raise BadInput(
                f"{path}: row group {group + 1} holds {size:,} bytes uncompressed; at most {GROUP:,} are read at once; "
                "write the file with smaller row groups"
            )


def _short(path: Path, before: int, batch) -> None:
    """BadInput where a text of `batch` is longer than a line may be."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_binary(column.type):
            longest = pc.max(pc.binary_length(column)).as_py() or 0
            if longest > LINE:
                raise BadInput(
                    f"{path} rows {before + 1} to {before + batch.num_rows}: a cell of column {name} is longer than {LINE:,} bytes, "
                    "which no sentence is; break it or take it out"
                )


def class_labels(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """Column -> names of its numbers. Read from the schema itself: `datasets` refuses types that another version of it wrote,
    though no label depends on them."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        found = {name: _names(feature) for name, feature in features.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {name: names for name, names in found.items() if names}


def _names(feature: object) -> list[str]:
    """Names of a ClassLabel, alone or as what a list holds, as old and new versions spell it; none otherwise."""
    if isinstance(feature, list) and len(feature) == 1:
        return _names(feature[0])
    if not isinstance(feature, dict):
        return []
    if feature.get("_type") == "ClassLabel":
        return [str(name) for name in feature.get("names") or []]
    return _names(feature.get("feature"))


def _named(value, names: list[str]):
    """Numbers as names, in lists too; one without a name stays a number, to be refused by who knows the labels."""
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value
