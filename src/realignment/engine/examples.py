"""Evaluation sets as examples of a task: read from parquet, tokenised once, labels as numbers."""

import functools
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realignment.engine import batches
from realignment.tasks import LABELS, PAIRS

NO_LABEL = -100  # tokens that carry none: special ones, and those after the first of a word


@dataclass(frozen=True)
class Examples:
    """Rows of one split of one file, in file order."""

    ids: list[str]
    texts: list[list[str]] | list[tuple[str, str]]  # words, or (premise, hypothesis)
    gold: list[list[str]] | list[str]  # one tag per word, or a label

    def __len__(self) -> int:
        return len(self.ids)


def read(path: Path | io.BytesIO, task: str, split: str, excluded: Collection[int] = ()) -> Examples:
    """Rows of `split`, less those at the excluded positions of the file."""
    import pyarrow.parquet as pq

    columns = ("premise", "hypothesis", "label") if task in PAIRS else ("words", "tags")
    rows = pq.read_table(path, columns=["id", *columns, "split"]).to_pylist()
    left_out = set(excluded)
    rows = [row for number, row in enumerate(rows) if row["split"] == split and number not in left_out]
    if task in PAIRS:
        return Examples(
            [row["id"] for row in rows], [(row["premise"], row["hypothesis"]) for row in rows], [row["label"] for row in rows]
        )
    return Examples([row["id"] for row in rows], [row["words"] for row in rows], [row["tags"] for row in rows])


def take(examples: Examples, rows: np.ndarray) -> Examples:
    """Those at `rows`, in that order."""
    return Examples(*([part[row] for row in rows] for part in (examples.ids, examples.texts, examples.gold)))


def sentences(examples: Examples) -> list[str]:
    """Their texts, words joined by blanks; both of a pair."""
    return [text for one in examples.texts for text in (one if isinstance(one, tuple) else (" ".join(one),))]


def encode(
    examples: Examples, task: str, tokenizer, max_length: int, hypothesis_only: bool = False, words: str | None = None
) -> batches.Encoded:
    """Tokenised for the task; `hypothesis_only` blanks the premise (a floor: what the labels leak), `words` is as `finetune.words`."""
    if task not in PAIRS:
        return batches.encode_words(tokenizer, examples.texts, max_length, bare=words == "bare")
    premises = ["" if hypothesis_only else premise for premise, _ in examples.texts]
    return batches.encode_pairs(tokenizer, premises, [hypothesis for _, hypothesis in examples.texts], max_length)


def first_tokens(encoded: batches.Encoded) -> np.ndarray:
    """True for the first token of each word."""
    before = np.concatenate([[-1], encoded.words[:-1]])
    first = (encoded.words >= 0) & (encoded.words != before)
    begins = encoded.starts[:-1][encoded.lengths > 0]
    first[begins] = encoded.words[begins] >= 0
    return first


def labels(examples: Examples, task: str, encoded: batches.Encoded) -> np.ndarray:
    """int64: one label per sequence for pairs; else one label per token, NO_LABEL but on the first token of each word."""
    number = label_numbers(task)
    if task in PAIRS:
        return np.array([number[label] for label in examples.gold], dtype=np.int64)
    found = np.full(len(encoded.tokens), NO_LABEL, dtype=np.int64)
    places = np.flatnonzero(first_tokens(encoded))
    sequence = np.searchsorted(encoded.starts, places, side="right") - 1
    found[places] = [number[examples.gold[row][word]] for row, word in zip(sequence, encoded.words[places], strict=True)]
    return found


@functools.cache
def label_numbers(task: str) -> dict[str, int]:
    return {label: index for index, label in enumerate(LABELS[task])}
