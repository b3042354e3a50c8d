"""What a model predicts for a set of examples, and the score of that."""

import numpy as np
import torch

from realignment.engine import batches, heads, recipes
from realignment.engine.examples import Examples, first_tokens
from realignment.tasks import LABELS, MODULES, PAIRS


def predict(model, examples: Examples, encoded: batches.Encoded, task: str, how: recipes.Predict) -> tuple[list, int]:
    """(one label per word or pair, number of words that the length limit cut off and that count as errors).

    `encoded` are the tokens of `examples`. Longest sentences first, in groups of `how.batch_tokens`; only the best label is kept.
    """
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


def score(task: str, gold: list, predicted: list) -> float | None:
    """In [0, 1]: accuracy, or F1 for NER; None where the gold leaves it undefined."""
    return MODULES[task].score(gold, predicted)
