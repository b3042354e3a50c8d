"""Questions with contexts longer than a model reads: windows that overlap, which tokens the answer stands at, and the span a model finds.

As run_qa of transformers does it: a window holds the whole question and as much of the context as fits, and each begins `stride` tokens before
the one before it ended. The first token of a window stands for "not here". An answer is in a window if all of it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from realignment.engine import batches

LONGEST = 30  # tokens an answer that is predicted may have (run_qa: max_answer_length)
SPECIAL = 4  # tokens that a tokenizer may put around and between question and context


@dataclass(frozen=True)
class Windows(batches.Encoded):
    """Token ids of windows, those of a question one after the other; `words` is 0 for the tokens of the context, -1 for all others."""

    owners: np.ndarray  # int32, the question of each window
    begins: np.ndarray  # int32, of each token the character of the context that it begins at; 0 for all others
    ends: np.ndarray  # int32, and the one that it ends before


def most(max_length: int) -> int:
    """Tokens that a question may have: half of a window, so that there is a context to look at."""
    return max_length // 2 - SPECIAL


def encode(tokenizer, questions: Sequence[str], contexts: Sequence[str], max_length: int, stride: int) -> Windows:
    """Windows of `max_length` tokens; longer questions are cut at `most`. Two windows in a row have `stride` tokens of the context in common."""
    size, how = batches.AT_ONCE, {"max_length": max_length, "stride": stride}
    parts = [
        _encode_some(tokenizer, questions[start : start + size], contexts[start : start + size], start, how)
        for start in range(0, max(len(questions), 1), size)
    ]
    joined = [np.concatenate([getattr(part, name) for part in parts]) for name in ("owners", "begins", "ends")]
    return Windows(**vars(batches.join(parts)), **dict(zip(("owners", "begins", "ends"), joined, strict=True)))


def _encode_some(tokenizer, questions: Sequence[str], contexts: Sequence[str], start: int, how: dict) -> Windows:
    """`start`: the number of the first of these questions."""
    found, owners = [], []
    if questions:
        questions = _cut(tokenizer, questions, most(how["max_length"]))
        how = {**how, "truncation": "only_second", "return_overflowing_tokens": True, "return_attention_mask": False}
        made = tokenizer(questions, list(contexts), **how)
        found, owners = made.encodings, made["overflow_to_sample_mapping"]
    lengths = [len(one.ids) for one in found]
    inside = np.array([place == 1 for one in found for place in one.sequence_ids], dtype=bool)
    begins, ends = np.array([pair for one in found for pair in one.offsets], dtype=np.int32).reshape(-1, 2).T
    return Windows(
        np.array([token for one in found for token in one.ids], dtype=np.int32),
        np.array([kind for one in found for kind in one.type_ids], dtype=np.int8),
        np.where(inside, 0, -1).astype(np.int32),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.ones(len(found), dtype=np.int32),
        start + np.array(owners, dtype=np.int32),
        *(np.where(inside, one, 0).astype(np.int32) for one in (begins, ends)),
    )


def _cut(tokenizer, questions: Sequence[str], tokens: int) -> list[str]:
    offsets = [one.offsets for one in tokenizer(list(questions), add_special_tokens=False, return_attention_mask=False).encodings]
    return [
        text if len(places) <= tokens else text[: places[tokens - 1][1]] for text, places in zip(questions, offsets, strict=True)
    ]


def of(encoded: Windows, questions: np.ndarray) -> np.ndarray:
    """The windows of these questions, in file order."""
    return np.flatnonzero(np.isin(encoded.owners, questions))


def targets(encoded: Windows, starts: Sequence[int], answers: Sequence[str]) -> Int[np.ndarray, "windows 2"]:
    """First and last token of each window's answer, counted from the window's first; (0, 0) where it is not all in there.

    One answer per question.
    """
    found = np.zeros((len(encoded), 2), dtype=np.int64)
    for window, owner in enumerate(encoded.owners):
        places = context(encoded, window)
        start, end = starts[owner], starts[owner] + len(answers[owner])
        if len(places) and encoded.begins[places[0]] <= start and end <= encoded.ends[places[-1]]:
            first = np.searchsorted(encoded.begins[places], start, side="right") - 1
            last = np.searchsorted(encoded.ends[places], end, side="left")
            found[window] = places[[first, last]] - encoded.starts[window]
    return found


def context(encoded: Windows, window: int) -> np.ndarray:
    """Places in the flat arrays of the tokens of a window's context."""
    first, after = encoded.starts[window : window + 2]
    return first + np.flatnonzero(encoded.words[first:after] >= 0)


def lost(encoded: Windows, starts: Sequence[Sequence[int]], answers: Sequence[Sequence[str]]) -> int:
    """Questions none of whose answers is all in one window: of them no model can find one."""
    reached = np.zeros(len(answers), dtype=bool)
    for turn in range(max(map(len, answers), default=0)):
        one = [
            (places[turn], texts[turn]) if turn < len(texts) else (places[0], texts[0])
            for places, texts in zip(starts, answers, strict=True)
        ]
        there = targets(encoded, [place for place, _ in one], [text for _, text in one])[:, 1] > 0
        reached[encoded.owners[there]] = True
    return int((~reached).sum())


def loss(logits: Float[Tensor, "2 tokens"], lengths: np.ndarray, gold: Int[Tensor, "windows 2"]) -> Float[Tensor, ""]:
    """Mean of the cross-entropies of first and last token in nats, each over the tokens of its window."""
    device, within = logits.device, np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    wide = torch.full((2, len(lengths), int(lengths.max())), float("-inf"), device=device)
    wide[:, batches.moved(owner, device), batches.moved(within, device)] = logits.float()
    return (F.cross_entropy(wide[0], gold[:, 0]) + F.cross_entropy(wide[1], gold[:, 1])) / 2


def best(encoded: Windows, window: int, start: np.ndarray, end: np.ndarray) -> tuple[float, int, int]:
    """(sum of logits, first character, character after the last) of the span of a window's context that fits best, `LONGEST` tokens at most.

    `start` and `end` are the logits of the window's tokens. Of equals the shortest, then the first; minus infinity where there is no context.
    """
    places = context(encoded, window)
    start, end = (one[places - encoded.starts[window]] for one in (start, end))
    found = float("-inf"), 0, 0
    for more in range(min(LONGEST, len(places))):
        sums = start[: len(places) - more] + end[more:]
        first = int(sums.argmax())
        if sums[first] > found[0]:
            found = float(sums[first]), int(encoded.begins[places[first]]), int(encoded.ends[places[first + more]])
    return found
