"""Alignment measured directly: for an English sentence, is its translation the nearest of all held-out sentences of a language?"""

import torch
from jaxtyping import Float
from torch import Tensor

from realignment.engine import batches, encoder, recipes

Sides = tuple[batches.Encoded, batches.Encoded]  # English, the other language


def closest(source: Float[Tensor, "pairs hidden"], target: Float[Tensor, "pairs hidden"]) -> list[int]:
    """For each row of `source` the number of the nearest row of `target` by cosine."""
    source, target = (torch.nn.functional.normalize(vectors.float(), dim=-1) for vectors in (source, target))
    return (source @ target.T).argmax(dim=1).tolist()


def share(nearest: list[int]) -> float | None:
    """How many are their own number, as a share (chance is 1 / pairs); None where there was nothing to choose from."""
    if len(nearest) < 2:
        return None
    return sum(number == own for own, number in enumerate(nearest)) / len(nearest)


def encode(pairs: list[tuple[str, str]], tokenizer, how: recipes.Retrieve) -> Sides:
    """Both sides of pairs, tokenised."""
    source, target = zip(*pairs, strict=True) if pairs else ((), ())
    first, second = (batches.encode_texts(tokenizer, list(side), how.max_length, how.splitter) for side in (source, target))
    return first, second


def vectors(model, encoded: batches.Encoded, how: recipes.Retrieve) -> Float[Tensor, "texts hidden"]:
    """Sentence vectors of the last layer, the mean over words."""
    weights = batches.pooling_weights(encoded, how.pooling)
    found = torch.empty(len(encoded), encoder.own(model.config).hidden_size, device=model.device)
    model.eval()
    with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=how.dtype == "bfloat16"):
        for rows in batches.by_length(encoded, how.batch_tokens):
            batch = batches.batch(encoded, rows, model.device)
            states = encoder.states(model, batch, how.layer)
            found[batches.moved(rows, model.device)] = encoder.pool(states, weights[batch.flat], batch.lengths)
    return found


def nearest(model, sides: Sides, how: recipes.Retrieve) -> list[int]:
    """For the English side of each pair (distinct on both sides) the number of the pair whose other side is nearest."""
    if len(sides[0]) < 2:
        return list(range(len(sides[0])))
    return closest(*(vectors(model, side, how) for side in sides))
