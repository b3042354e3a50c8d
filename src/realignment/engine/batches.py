"""Sentences to packed tensors: tokenised once into flat arrays, batched without padding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from realignment.corpora import segmentation

AT_ONCE = 2048  # texts the tokenizer is given at once: what it returns takes a hundred times the memory of what is kept


@dataclass(frozen=True)
class Encoded:
    """Token ids of many sequences, one after the other."""

    tokens: np.ndarray  # int32, all sequences joined
    types: np.ndarray  # int8, segment of each token (1 for the second sentence of a pair, where the tokenizer has it)
    words: np.ndarray  # int32, index of the word a token belongs to, -1 for special tokens
    starts: np.ndarray  # int64, where each sequence begins; one more entry than sequences
    totals: np.ndarray  # int32, words of each sequence before the length limit cut it

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each sequence, special ones included."""
        return np.diff(self.starts)

    def positions(self, rows: np.ndarray) -> np.ndarray:
        """Places in the flat arrays of the tokens of `rows`, sequence by sequence."""
        lengths = self.lengths[rows]
        ends = np.cumsum(lengths)
        return np.arange(ends[-1] if len(ends) else 0) + np.repeat(self.starts[rows] - (ends - lengths), lengths)


def join(parts: Sequence[Encoded]) -> Encoded:
    """One Encoded with the sequences of all parts in order."""
    offsets = np.cumsum([0, *(part.starts[-1] for part in parts)])
    starts = np.concatenate([part.starts[:-1] + offset for part, offset in zip(parts, offsets, strict=False)] + [offsets[-1:]])
    return Encoded(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("tokens", "types", "words")),
        starts,
        np.concatenate([part.totals for part in parts]),
    )


def take(encoded: Encoded, rows: np.ndarray) -> Encoded:
    """The sequences `rows`, in that order."""
    flat = encoded.positions(rows)
    starts = np.concatenate([[0], np.cumsum(encoded.lengths[rows])]).astype(np.int64)
    return Encoded(encoded.tokens[flat], encoded.types[flat], encoded.words[flat], starts, encoded.totals[rows])


def _collect(encodings, word_ids: list[list[int]], totals: list[int]) -> Encoded:
    lengths = [len(one.ids) for one in encodings]

    def flat(rows, kind) -> np.ndarray:
        return np.fromiter((value for row in rows for value in row), dtype=kind, count=sum(lengths))

    return Encoded(
        flat((one.ids for one in encodings), np.int32), flat((one.type_ids for one in encodings), np.int8), flat(word_ids, np.int32),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), np.asarray(totals, dtype=np.int32),
    )  # fmt: skip


def encode_words(tokenizer, sentences: Sequence[Sequence[str]], max_length: int, *, bare: bool = False) -> Encoded:
    """Sentences given as treebank words, which get the tokens they have in running text; `bare` ones are given without their blanks."""
    if not sentences:
        return _collect([], [], [])
    found = tokenizer(
        [list(one) if bare else segmentation.spaced(one) for one in sentences],
        is_split_into_words=True,
        truncation=True,
        max_length=max_length,
        return_attention_mask=False,
    ).encodings
    return _collect(
        found, [[-1 if word is None else word for word in one.word_ids] for one in found], [len(one) for one in sentences]
    )


def encode_texts(tokenizer, texts: Sequence[str], max_length: int, splitter: str) -> Encoded:
    """Running text, tokenised as it stands; each token belongs to the word its first character is in."""
    if not texts:
        return _collect([], [], [])
    return join(
        [_encode_some(tokenizer, texts[start : start + AT_ONCE], max_length, splitter) for start in range(0, len(texts), AT_ONCE)]
    )


def _encode_some(tokenizer, texts: Sequence[str], max_length: int, splitter: str) -> Encoded:
    texts = [segmentation.normalise(text, splitter) for text in texts]
    found = tokenizer(texts, truncation=True, max_length=max_length, return_attention_mask=False).encodings
    word_ids, totals = [], []
    for text, one in zip(texts, found, strict=True):
        owners, total = segmentation.words_at(text, (start for start, _ in one.offsets), splitter)
        word_ids.append([-1 if special else owner for owner, special in zip(owners, one.special_tokens_mask, strict=True)])
        totals.append(total)
    return _collect(found, word_ids, totals)


def encode_pairs(tokenizer, firsts: Sequence[str], seconds: Sequence[str], max_length: int) -> Encoded:
    """Pairs of sentences as one sequence each, the longer one cut first; no words are told apart."""
    if not firsts:
        return _collect([], [], [])
    found = tokenizer(list(firsts), list(seconds), truncation=True, max_length=max_length, return_attention_mask=False).encodings
    return _collect(found, [[-1 if special else 0 for special in one.special_tokens_mask] for one in found], [1] * len(found))


@dataclass(frozen=True)
class Grid:
    """Sequences of similar length side by side: attention looks along the rows."""

    tokens: Int[Tensor, "sequences longest"]  # token at each place; padding points at token 0
    mask: Bool[Tensor, "sequences 1 1 longest"]  # true where there is a token


@dataclass(frozen=True)
class Layout:
    """How the packed tokens of a batch stand in grids."""

    grids: tuple[Grid, ...]
    place: Int[Tensor, " tokens"]  # place of each token in the flattened grids, one after the other


@dataclass(frozen=True)
class Batch:
    """Some sequences of an Encoded, on a device, without padding."""

    tokens: Int[Tensor, "1 tokens"]
    types: Int[Tensor, "1 tokens"]
    positions: Int[Tensor, "1 tokens"]  # 0, 1, 2, ... within each sequence
    layout: Layout
    firsts: Int[Tensor, " sequences"]  # index of the first token of each sequence
    flat: np.ndarray  # places of the tokens in the Encoded
    lengths: np.ndarray  # tokens of each sequence


def moved(array: np.ndarray, device: str | torch.device, kind: torch.dtype | None = None) -> Tensor:
    """`array` on a device, without waiting for what the device still has to do: from pinned memory, of which the driver need not make a copy."""
    here = torch.from_numpy(np.ascontiguousarray(array))
    here = here if kind is None else here.to(kind)
    return (here.pin_memory() if torch.device(device).type == "cuda" else here).to(device, non_blocking=True)


def batch(encoded: Encoded, rows: np.ndarray, device: str | torch.device = "cpu") -> Batch:
    """The sequences `rows`, in that order."""
    flat, lengths = encoded.positions(rows), encoded.lengths[rows]
    starts = np.cumsum(lengths) - lengths
    tokens, types = (moved(part[flat], device, torch.int64)[None] for part in (encoded.tokens, encoded.types))
    places, layout = _laid_out(lengths, device)
    return Batch(tokens, types, places, layout, moved(starts, device, torch.int64), flat, lengths)


def twice(one: Batch) -> tuple[Batch, Int[Tensor, " tokens"]]:
    """(the batch with each sequence twice in a row, positions running on; where the tokens of second copies stand)."""
    device, lengths = one.tokens.device, 2 * one.lengths
    starts = np.cumsum(one.lengths) - one.lengths
    within = np.arange(lengths.sum()) - np.repeat(2 * starts, lengths)
    half = np.repeat(one.lengths, lengths)
    source = moved(np.repeat(starts, lengths) + within % half, device)
    places, layout = _laid_out(lengths, device)
    tokens, types = (part.index_select(1, source) for part in (one.tokens, one.types))
    whole = Batch(tokens, types, places, layout, moved(2 * starts, device), one.flat, lengths)
    return whole, moved(np.flatnonzero(within >= half), device)


def _laid_out(lengths: np.ndarray, device: str | torch.device) -> tuple[Int[Tensor, "1 tokens"], Layout]:
    """(positions within each sequence, the grids) of sequences of these lengths."""
    starts = np.cumsum(lengths) - lengths
    within = np.arange(lengths.sum()) - np.repeat(starts, lengths)
    place, grids, offset = np.empty(len(within), dtype=np.int64), [], 0
    for group in similar(lengths) if torch.device(device).type == "cpu" else [np.arange(len(lengths))]:
        longest = int(lengths[group].max())
        columns = np.arange(longest)[None, :]
        mask = columns < lengths[group][:, None]
        tokens = np.where(mask, starts[group][:, None] + columns, 0)
        place[tokens[mask]] = offset + np.flatnonzero(mask.reshape(-1))
        grids.append(Grid(moved(tokens, device, torch.int64), moved(mask[:, None, None, :], device, torch.bool)))
        offset += mask.size
    return moved(within, device, torch.int64)[None], Layout(tuple(grids), moved(place, device, torch.int64))


def similar(lengths: np.ndarray, most: int = 4, worth: int = 20_000) -> list[np.ndarray]:
    """Sequences grouped by length, so that attention, which costs the square of the longest, looks at little padding.

    One group where splitting would save fewer than `worth` pairs of places: a group has a price of its own. For a CPU: on a GPU a step
    of 16 pairs is bound by the number of its operations, of which four groups need half as many again.
    """
    order = np.argsort(-lengths, kind="stable")
    groups = [group for group in np.array_split(order, most) if len(group)]
    cost = sum(len(group) * int(lengths[group].max()) ** 2 for group in groups)
    return groups if len(lengths) * int(lengths.max()) ** 2 - cost > worth else [order]


def by_length(encoded: Encoded, budget: int) -> list[np.ndarray]:
    """All rows, the long ones first, in groups of at most `budget` tokens with padding counted (one sequence at least)."""
    order = np.lexsort((np.arange(len(encoded)), -encoded.lengths))
    groups, start = [], 0
    while start < len(order):
        size = max(1, budget // max(1, int(encoded.lengths[order[start]])))
        groups.append(order[start : start + size])
        start += size
    return groups


def pooling_weights(encoded: Encoded, pooling: str) -> np.ndarray:
    """float32, the weight of each token in its sentence's vector; the weights of a sentence sum to 1.

    `words`: the mean over words of the mean over a word's tokens (section 2); `tokens`: the mean over tokens (A.2), special ones out
    in both. `reference-code`: positions 0 to words - 1, the first special token in, the tail of the sentence out.
    """
    lengths, starts = encoded.lengths, encoded.starts[:-1]
    sequence = np.repeat(np.arange(len(encoded)), lengths)
    if pooling == "reference-code":
        count = np.minimum(_words(encoded, sequence).per_sequence, lengths)
        within = np.arange(len(sequence)) - np.repeat(starts, lengths)
        chosen = within < count[sequence]
        return np.where(chosen, 1.0 / np.maximum(count[sequence], 1), 0.0).astype(np.float32)
    real = encoded.words >= 0
    if pooling == "tokens":
        count = np.bincount(sequence[real], minlength=len(encoded))
        return np.where(real, 1.0 / np.maximum(count[sequence], 1), 0.0).astype(np.float32)
    found = _words(encoded, sequence)
    weights = np.zeros(len(sequence), dtype=np.float32)
    weights[real] = 1.0 / (found.tokens * found.per_sequence[sequence[real]])
    return weights


class _Words(NamedTuple):
    tokens: np.ndarray  # of each token of a word: how many tokens that word has
    per_sequence: np.ndarray  # words that have at least one token left


def _words(encoded: Encoded, sequence: np.ndarray) -> _Words:
    """Words of each sequence; `sequence` is that of each token."""
    real = encoded.words >= 0
    key = _word_key(sequence[real], encoded.words[real])
    # words stand in order, and the sort behind `return_index` is linear where they do
    known, _, inverse, tokens = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return _Words(tokens[inverse], np.bincount(known >> 32, minlength=len(encoded)))


@dataclass(frozen=True)
class BatchWords:
    """The words of a batch, in order; `key` is increasing, so that (sequence, word) is found by bisection."""

    key: np.ndarray
    first: np.ndarray  # position in the batch of each word's first token
    word: np.ndarray  # for each token the number of its word, -1 for special tokens

    def of(self, sequence: int) -> range:
        """Numbers of the words of a sequence; words are numbered without gaps from its first one that has a token."""
        ends = np.searchsorted(self.key, _word_key(np.array([sequence, sequence + 1]), np.array([0, 0])))
        return range(int(ends[0]), int(ends[1]))

    def find(self, sequences: np.ndarray, words: np.ndarray) -> np.ndarray:
        """Numbers of the words; -1 where the length limit left none."""
        wanted = _word_key(sequences, words)
        place = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.where(self.key[place] == wanted, place, -1)


def _word_key(sequences: np.ndarray, words: np.ndarray) -> np.ndarray:
    return (sequences.astype(np.int64) << 32) + words


def words_of(encoded: Encoded, batch: Batch) -> BatchWords:
    """Every word that has a token in the batch."""
    words_of_tokens = encoded.words[batch.flat]
    sequence = np.repeat(np.arange(len(batch.lengths)), batch.lengths)
    real = np.flatnonzero(words_of_tokens >= 0)
    key, first, inverse = np.unique(_word_key(sequence[real], words_of_tokens[real]), return_index=True, return_inverse=True)
    word = np.full(len(words_of_tokens), -1, dtype=np.int64)
    word[real] = inverse
    return BatchWords(key, real[first], word)
