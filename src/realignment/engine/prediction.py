"""What a model predicts for a set of examples, and the score of that."""

import numpy as np
import torch

from realignment.engine import batches, heads, recipes, windows
from realignment.engine.examples import Examples, cut, first_tokens
from realignment.tasks import LABELS, MODULES, PAIRS, QUESTIONS


def predict(model, examples: Examples, encoded: batches.Encoded, task: str, how: recipes.Predict) -> tuple[list, int]:
    """(one label per word or pair, one answer per question; how many words, or questions' answers, the length limit cut off: they count as errors).

    `encoded` are the tokens of `examples`. Longest sentences first, in groups of `how.batch_tokens`; only the best label is kept.
    """
    if task in QUESTIONS:
        return answers(model, examples, encoded, how), cut(examples, task, encoded)
    best = np.empty(len(encoded) if task in PAIRS else len(encoded.tokens), dtype=np.int64)
    model.eval()
    with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=how.dtype == "bfloat16"):
        for rows in batches.by_length(encoded, how.batch_tokens):
            batch = batches.batch(encoded, rows, model.device)
            if task in PAIRS:
                best[rows] = heads.pair_logits(model, batch, how.sentence_vector).argmax(-1).cpu().numpy()
            else:
                best[batch.flat] = heads.token_logits(model, batch).argmax(-1).cpu().numpy()
    if task in PAIRS:
        return [LABELS[task][index] for index in best], 0
    return by_word(best, examples, task, encoded)


def by_word(best: np.ndarray, examples: Examples, task: str, encoded: batches.Encoded) -> tuple[list[list[str]], int]:
    """Labels of first tokens as tags of words; MISSING for words without a token."""
    missing = MODULES[task].MISSING
    predicted = [[missing] * len(words) for words in examples.texts]
    places = np.flatnonzero(first_tokens(encoded))
    sequence = np.searchsorted(encoded.starts, places, side="right") - 1
    for place, row, word in zip(places, sequence, encoded.words[places], strict=True):
        predicted[row][word] = LABELS[task][best[place]]
    return predicted, sum(map(len, examples.texts)) - len(places)


def answers(model, examples: Examples, encoded: windows.Windows, how: recipes.Predict) -> list[str]:
    """The span of each context that fits best in all of its windows; of equals the one in the first. "" where no window holds any context."""
    spans: list[tuple[float, int, int]] = [(float("-inf"), 0, 0)] * len(encoded)
    model.eval()
    with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=how.dtype == "bfloat16"):
        for rows in batches.by_length(encoded, how.batch_tokens):
            batch = batches.batch(encoded, rows, model.device)
            logits = heads.span_logits(model, batch).float().cpu().numpy()
            for window, start, length in zip(rows, np.cumsum(batch.lengths) - batch.lengths, batch.lengths, strict=True):
                spans[window] = windows.best(encoded, int(window), *logits[:, start : start + length])
    found = [(float("-inf"), 0, 0)] * len(examples)
    for owner, span in zip(encoded.owners, spans, strict=True):
        found[owner] = max(found[owner], span, key=lambda one: one[0])
    return [context[first:after].strip() for (_, context), (_, first, after) in zip(examples.texts, found, strict=True)]
