"""Parallel sentences: which are held out, and how the rows of a parquet file become pairs."""

import hashlib
import io
import unicodedata
from collections.abc import Collection
from pathlib import Path

SPLITS = ("train", "heldout")


def split_of(source: str, share: float) -> str:
    """`heldout` for about `share` of all English sentences, else `train`.

    By sha256 of the NFKC-casefolded sentence with runs of white space as one space: the same in every language,
    so that nothing used to measure retrieval is trained on through another language.
    """
    return "heldout" if _fraction(source) < share else "train"


def _fraction(source: str) -> float:
    """The sentence's place in [0, 1), the same on every machine."""
    key = " ".join(unicodedata.normalize("NFKC", source).casefold().split())
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64


def read_train(path: Path | io.BytesIO, excluded: Collection[int] = ()) -> list[tuple[str, str]]:
    """(source, target) of the training rows in file order; `excluded` are positions in the file."""
    return _read(path, "train", excluded)


def read_heldout(path: Path | io.BytesIO, excluded: Collection[int] = ()) -> list[tuple[str, str]]:
    """(source, target) of the held-out rows in the order of their hash (a random sample however many are taken).

    One pair a distinct English sentence and a distinct target, the first in the file: a repeated side has no single right answer.
    """
    pairs, sources, targets = [], set(), set()
    for source, target in _read(path, "heldout", excluded):
        if source not in sources and target not in targets:
            pairs.append((source, target))
            sources.add(source)
            targets.add(target)
    return sorted(pairs, key=lambda pair: (_fraction(pair[0]), pair))


def _read(path: Path | io.BytesIO, split: str, excluded: Collection[int]) -> list[tuple[str, str]]:
    import pyarrow.parquet as pq

    left_out = set(excluded)
    table = pq.read_table(path, columns=["source", "target", "split"])
    columns = (table.column(name).to_pylist() for name in ("source", "target", "split"))
    return [
        (source, target)
        for row, (source, target, part) in enumerate(zip(*columns, strict=True))
        if part == split and row not in left_out
    ]


def excluded_rows(path: Path, language: str, kind: str = "bitext") -> set[int]:
    """Positions that `excluded.parquet` leaves out of the file of one language."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["row"], filters=[("kind", "==", kind), ("language", "==", language)])
    return set(table.column("row").to_pylist())


def derangement(rows, language: str):
    """Control `shuffled`: for each of `rows` (an array) another one of them, none its own, the same for a language every time."""
    import numpy as np

    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(language.encode()).digest()[:8], "big"))
    cycle = chance.permutation(len(rows))  # one cycle through all places has no fixed point
    partner = np.empty_like(rows)
    partner[cycle] = rows[np.roll(cycle, -1)]
    return partner
