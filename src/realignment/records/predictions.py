"""Predictions as they are kept: a row per test sentence of each set and language, in the order of the evaluation files.

Of a task the label, or the tags of the words; of retrieval the number of the pair whose translation was nearest.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

FILE = "predictions.parquet"
COLUMNS = ("set", "language", "id", "predicted")
NONE = "-"  # stands for a word that the length limit cut off


def text(label: str | list[str]) -> str:
    return label if isinstance(label, str) else " ".join(tag or NONE for tag in label)


def tags(text: str) -> list[str]:
    """What `text` made of a list."""
    return ["" if tag == NONE else tag for tag in text.split(" ")]


def rows(name: str, language: str, ids: Iterable, labels: Iterable) -> list[dict]:
    """The rows of one set and language."""
    return [
        dict(zip(COLUMNS, (name, language, str(one), text(label)), strict=True)) for one, label in zip(ids, labels, strict=True)
    ]


def write(found: list[dict], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(found, schema=pa.schema([(name, pa.string()) for name in COLUMNS]))
    pq.write_table(table, path, compression="zstd")


def read(path: Path) -> Iterator[tuple[tuple[str, str], list[str], list[str]]]:
    """((set, language), ids, predicted) of each set and language, in file order."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=list(COLUMNS))
    names, languages, ids, predicted = (table.column(name).to_pylist() for name in COLUMNS)
    for place, numbers in groupby(range(len(ids)), lambda number: (names[number], languages[number])):
        some = list(numbers)
        yield place, [ids[number] for number in some], [predicted[number] for number in some]
