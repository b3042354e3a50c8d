"""Evaluation sets as examples of a task: read from parquet, tokenised once, labels as numbers."""

import functools
import io
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from realignment.engine import batches, windows
from realignment.tasks import KINDS, LABELS, PAIRS, QUESTIONS

COLUMNS = {  # of an evaluation file, by the kind of its task, beside id and split
    "words": ("words", "tags"),
    "pair": ("premise", "hypothesis", "label"),
    "span": ("question", "context", "answers", "starts"),
}
NO_LABEL = -100  # tokens that carry none: special ones, and those after the first of a word


@dataclass(frozen=True)
class Examples:
    """Rows of one split of one file, in file order."""

    ids: list[str]
    texts: list[list[str]] | list[tuple[str, str]]  # words, or (premise, hypothesis), or (question, context)
    gold: list[list[str]] | list[str]  # one tag per word, or a label, or the answers to a question
    starts: list[list[int]] = field(default_factory=list)  # of questions: the character of the context each answer begins at

    def __len__(self) -> int:
        return len(self.ids)


def read(path: Path | io.BytesIO, task: str, split: str, excluded: Collection[int] = ()) -> Examples:
    """Rows of `split`, less those at the excluded positions of the file."""
    import pyarrow.parquet as pq

    rows = pq.read_table(path, columns=["id", *COLUMNS[KINDS[task]], "split"]).to_pylist()
    left_out = set(excluded)
    rows = [row for number, row in enumerate(rows) if row["split"] == split and number not in left_out]
    ids = [row["id"] for row in rows]
    if task in PAIRS:
        return Examples(ids, [(row["premise"], row["hypothesis"]) for row in rows], [row["label"] for row in rows])
    if task in QUESTIONS:
        texts = [(row["question"], row["context"]) for row in rows]
        return Examples(ids, texts, [row["answers"] for row in rows], [row["starts"] for row in rows])
    return Examples(ids, [row["words"] for row in rows], [row["tags"] for row in rows])


def take(examples: Examples, rows: np.ndarray) -> Examples:
    """Those at `rows`, in that order."""
    parts = (examples.ids, examples.texts, examples.gold, *([examples.starts] if examples.starts else []))
    return Examples(*([part[row] for row in rows] for part in parts))


def sentences(examples: Examples) -> list[str]:
    """Their texts, words joined by blanks; both of a pair."""
    return [text for one in examples.texts for text in (one if isinstance(one, tuple) else (" ".join(one),))]


@dataclass(frozen=True)
class Limits:
    """How the examples of a task become tokens, as the settings of its job say; hashable, so that tokens are kept by it."""

    max_length: int
    hypothesis_only: bool = False  # the premise is blanked (a floor: what the labels leak)
    words: str | None = None  # as `finetune.words`
    stride: int | None = None  # as `finetune.stride`


def encode(examples: Examples, task: str, tokenizer, limits: Limits) -> batches.Encoded:
    """Tokenised for the task; of questions the windows of each."""
    if task in QUESTIONS:
        questions, contexts = [question for question, _ in examples.texts], [context for _, context in examples.texts]
        return windows.encode(tokenizer, questions, contexts, limits.max_length, limits.stride or 0)
    if task not in PAIRS:
        return batches.encode_words(tokenizer, examples.texts, limits.max_length, bare=limits.words == "bare")
    premises = ["" if limits.hypothesis_only else premise for premise, _ in examples.texts]
    return batches.encode_pairs(tokenizer, premises, [hypothesis for _, hypothesis in examples.texts], limits.max_length)


def sequences(encoded: batches.Encoded, rows: np.ndarray) -> np.ndarray:
    """Which sequences hold the examples `rows`: one each, but for questions, which have one or more windows."""
    return windows.of(encoded, rows) if isinstance(encoded, windows.Windows) else rows


def cut(examples: Examples, task: str, encoded: batches.Encoded) -> int:
    """What the length limit left without a token: words that have a label, or answers."""
    if task in QUESTIONS:
        return windows.lost(encoded, examples.starts, examples.gold)
    return 0 if task in PAIRS else int(encoded.totals.sum()) - int(first_tokens(encoded).sum())


def first_tokens(encoded: batches.Encoded) -> np.ndarray:
    """True for the first token of each word."""
    before = np.concatenate([[-1], encoded.words[:-1]])
    first = (encoded.words >= 0) & (encoded.words != before)
    begins = encoded.starts[:-1][encoded.lengths > 0]
    first[begins] = encoded.words[begins] >= 0
    return first


def labels(examples: Examples, task: str, encoded: batches.Encoded) -> np.ndarray:
    """int64: one label per sequence for pairs; first and last token of the first answer per window for questions; else one label per token,
    NO_LABEL but on the first token of each word."""
    if task in QUESTIONS:
        return windows.targets(encoded, [places[0] for places in examples.starts], [texts[0] for texts in examples.gold])
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
