"""What a fine-tuned model says to text that nobody tagged, with probabilities: the labels are those that an evaluation predicts (`prediction.py`).

A sentence longer than a model reads is read in windows, of which the first is all that an evaluation reads of it. So each word has one tag, from
the first window that holds it, and those that an evaluation scores have the tags that it scores.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from realignment.engine import batches, examples, heads, recipes, windows
from realignment.tasks import LABELS, PAIRS

SHARED = 4  # a window begins with at most a SHARED-th of its tokens from the one before
UNBOUNDED = 2**30  # tokens


@dataclass(frozen=True)
class Reader:
    """A model with its tokenizer, and how its job read text."""

    model: Any
    tokenizer: Any
    task: str
    how: recipes.Predict

    @property
    def limits(self) -> examples.Limits:
        return examples.Limits(self.how.max_length, self.how.hypothesis_only, self.how.words, self.how.stride)


@dataclass(frozen=True)
class Tagged:
    """Of the words of a sentence, in order; None for a word that the tokenizer makes no token of, which no model can read."""

    tags: list[str | None]
    scores: list[float | None]  # the probability of the tag


@dataclass(frozen=True)
class Labelled:
    """Of a pair."""

    scores: dict[str, float]  # the probability of every label
    cut: int  # tokens of the pair past the length limit, which were not read

    @property
    def label(self) -> str:
        return max(self.scores, key=lambda one: self.scores[one])


@dataclass(frozen=True)
class Answer:
    """A part of a context, by its first character and the one after its last."""

    start: int
    end: int
    score: float  # probability of its first token times that of its last one, among the tokens of the context in its window
    cut: int  # characters of the question past half a window, which were not read


def words(reader: Reader, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
    """The tag of every word, whatever the length of its sentence."""
    found = [Tagged([None] * len(one), [None] * len(one)) for one in sentences]
    every = [(row, *one) for row, sentence in enumerate(sentences) for one in _windows(reader, sentence)]
    if not every:
        return found
    encoded = batches.join([one for *_, one in every])
    likely = _probabilities(reader, encoded)
    for (row, start, new, _), own in zip(every, _first_tokens(encoded), strict=True):
        for place, word in own:
            if start + word >= new:
                best = int(likely[place].argmax())
                found[row].tags[start + word] = LABELS[reader.task][best]
                found[row].scores[start + word] = float(likely[place, best])
    return found


def _windows(reader: Reader, sentence: Sequence[str]) -> Iterator[tuple[int, int, batches.Encoded]]:
    """(its first word, its first word that no window before it holds, its tokens)."""
    most, counts = reader.how.max_length, _tokens_of_words(reader, sentence)
    read = np.concatenate([[0], np.cumsum(counts)])  # tokens before each word
    left = np.flatnonzero(counts)
    while len(left):
        new = int(left[0])
        start = min(new, int(np.searchsorted(read, read[new] - most // SHARED))) if read[new] else 0
        after = int(np.searchsorted(read, read[start] + most)) + 1
        text = examples.Examples([""], [list(sentence[start:after])], [])
        encoded = examples.encode(text, reader.task, reader.tokenizer, reader.limits)
        (own,) = _first_tokens(encoded)
        reached = start + max((word for _, word in own), default=-1)
        yield start, new, encoded
        left = left[left > max(reached, new)]  # a word that has no token at the start of a window stays without a tag


def _tokens_of_words(reader: Reader, sentence: Sequence[str]) -> np.ndarray:
    """How many tokens each word of a sentence has."""
    whole = batches.encode_words(reader.tokenizer, [list(sentence)], UNBOUNDED, bare=reader.how.words == "bare")
    return np.bincount(whole.words[whole.words >= 0], minlength=len(sentence))


def _first_tokens(encoded: batches.Encoded) -> Iterator[list[tuple[int, int]]]:
    """(place in the flat arrays, word) of the first token of each word, sequence by sequence."""
    first = examples.first_tokens(encoded)
    for start, after in zip(encoded.starts[:-1], encoded.starts[1:], strict=True):
        yield [(int(place), int(encoded.words[place])) for place in start + np.flatnonzero(first[start:after])]


def pairs(reader: Reader, sides: Sequence[tuple[str, str]]) -> list[Labelled]:
    given = examples.Examples([""] * len(sides), list(sides), [])
    encoded = examples.encode(given, reader.task, reader.tokenizer, reader.limits)
    whole = examples.encode(given, reader.task, reader.tokenizer, replace(reader.limits, max_length=UNBOUNDED))
    every = _probabilities(reader, encoded)
    return [
        Labelled(dict(zip(LABELS[reader.task], map(float, one), strict=True)), int(cut))
        for one, cut in zip(every, whole.lengths - encoded.lengths, strict=True)
    ]


def spans(reader: Reader, questions: Sequence[tuple[str, str]]) -> list[Answer]:
    """The answer to each (question, context), as `prediction.answers` finds it."""
    given = examples.Examples([""] * len(questions), list(questions), [])
    encoded = examples.encode(given, reader.task, reader.tokenizer, reader.limits)
    found: list[tuple[float, int, int, float]] = [(float("-inf"), 0, 0, 0.0)] * len(questions)
    for window, logits in _logits_of_windows(reader, encoded):
        sums, first, after = windows.best(encoded, window, *logits)
        owner = encoded.owners[window]
        if sums > found[owner][0]:
            found[owner] = sums, first, after, _probability(encoded, window, logits, (first, after))
    return [
        Answer(*_stripped(context, first, after), score, len(question) - len(_read(reader, question)))
        for (question, context), (_, first, after, score) in zip(questions, found, strict=True)
    ]


def _read(reader: Reader, question: str) -> str:
    """What is read of a question."""
    (offsets,) = [one.offsets for one in reader.tokenizer([question], add_special_tokens=False).encodings]
    most = windows.most(reader.how.max_length)
    return question if len(offsets) <= most else question[: offsets[most - 1][1]]


def _stripped(context: str, first: int, after: int) -> tuple[int, int]:
    text = context[first:after]
    start = first + len(text) - len(text.lstrip())
    return start, start + len(text.strip())


def _probability(encoded: windows.Windows, window: int, logits: np.ndarray, span: tuple[int, int]) -> float:
    """Of a span of characters that `windows.best` found."""
    places = windows.context(encoded, window)
    start, end = (_softmax(one[places - encoded.starts[window]]) for one in logits)
    firsts = np.flatnonzero(encoded.begins[places] == span[0])
    lasts = np.flatnonzero(encoded.ends[places] == span[1])
    return float(max(start[one] * end[other] for one in firsts for other in lasts if one <= other < one + windows.LONGEST))


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max())
    return raised / raised.sum()


def _logits_of_windows(reader: Reader, encoded: windows.Windows) -> Iterator[tuple[int, np.ndarray]]:
    """(window, logits of first and last token for each of its tokens), the windows in order."""
    held: dict[int, np.ndarray] = {}
    for rows, batch, logits in _read_all(reader, encoded):
        every = logits.float().cpu().numpy()
        for window, start, length in zip(rows, np.cumsum(batch.lengths) - batch.lengths, batch.lengths, strict=True):
            held[int(window)] = every[:, start : start + length]
    yield from sorted(held.items())


def _probabilities(reader: Reader, encoded: batches.Encoded) -> Float[np.ndarray, "places labels"]:
    """Of each label, for every token, or for every pair."""
    of_pairs = reader.task in PAIRS
    found = np.zeros((len(encoded) if of_pairs else len(encoded.tokens), len(LABELS[reader.task])), dtype=np.float32)
    for rows, batch, logits in _read_all(reader, encoded):
        found[rows if of_pairs else batch.flat] = logits.float().softmax(-1).cpu().numpy()
    return found


def _read_all(reader: Reader, encoded: batches.Encoded) -> Iterator[tuple[np.ndarray, batches.Batch, Tensor]]:
    """(sequences, their batch, the logits of its tokens or pairs), the longest first."""
    model = reader.model.eval()
    with torch.inference_mode():
        for rows in batches.by_length(encoded, reader.how.batch_tokens):
            batch = batches.batch(encoded, rows, model.device)
            if reader.task in PAIRS:
                yield rows, batch, heads.pair_logits(model, batch, reader.how.sentence_vector)
            elif isinstance(encoded, windows.Windows):
                yield rows, batch, heads.span_logits(model, batch)
            else:
                yield rows, batch, heads.token_logits(model, batch)
