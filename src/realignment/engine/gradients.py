"""Whether realignment and a task pull a model the same way: the cosine of their gradients, block by block (Veitsman, Liu and Schütze 2026).

In evaluation mode (no dropout) and float32. Of every parameter of an encoder, also of blocks that `realign.freeze` left as they were; of a decoder
its adapters. A projection head, which is dropped after realignment, is no part of it.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from realignment.engine import batches, encoder, recipes
from realignment.engine.objective import contrastive_loss

EMBEDDING = "embedding"  # the table of tokens; its rows that no batch reads have no gradient


@dataclass(frozen=True)
class Measured:
    """A batch, and the loss of a model on it in nats."""

    batch: batches.Batch
    loss: Callable[[nn.Module], Float[Tensor, ""]]


@dataclass(frozen=True)
class Cosine:
    """Of one group of parameters. None where a loss does not reach it: the gradient of one of the two is zero."""

    cosine: float | None  # of the two gradients, each the mean over its batches
    mean: float | None  # of the cosines of single batches, the first of one kind with the first of the other and so on
    error: float | None  # standard error of that mean over the batches; None below two


def alignment(
    sides: tuple[batches.Encoded, batches.Encoded], numbers: np.ndarray, order: np.ndarray, how: recipes.Gradients, device
) -> list[Measured]:
    """The loss of realignment on pairs of sentences, row i of one side with row i of the other; `numbers` as in `loops.Pairs`, `order` are
    rows, `how.pairs` a batch."""
    both = batches.join(list(sides))
    weights = batches.pooling_weights(both, how.pooling)

    def measured(rows: np.ndarray) -> Measured:
        batch = batches.batch(both, np.concatenate([rows, rows + len(sides[0])]), device)
        same = batches.moved(numbers[rows], device) if how.mask_false_negatives else None

        def loss(model) -> Tensor:
            vectors = (
                encoder.pool(states, weights[batch.flat], batch.lengths) for states in encoder.layers(model, batch, how.layer)
            )
            return torch.stack([contrastive_loss(*one.chunk(2), how.temperature, same) for one in vectors]).mean()

        return Measured(batch, loss)

    return [measured(rows) for rows in order.reshape(-1, how.pairs)]


def of_task(loss_of: Callable, encoded: batches.Encoded, order: Iterable[np.ndarray], device) -> list[Measured]:
    """The loss of a task; `loss_of` as `heads.loss` gives it, `order` the rows of each batch."""

    def measured(rows: np.ndarray) -> Measured:
        batch = batches.batch(encoded, rows, device)
        return Measured(batch, lambda model: loss_of(model, batch, rows))

    return [measured(rows) for rows in order]


def cosines(model, one: Sequence[Measured], other: Sequence[Measured]) -> dict[str, Cosine]:
    """Group of parameters (the embedding, then each block) -> how the gradients of two losses lie to each other; as many batches of both."""
    model.eval().float()  # a decoder's base may be kept in bfloat16
    groups = parameters(model)
    read = torch.unique(torch.cat([measured.batch.tokens.flatten() for measured in (*one, *other)]))
    sums: list[list[Tensor]] = []
    single: dict[str, list[float | None]] = {name: [] for name in groups}
    for both in zip(one, other, strict=True):
        found = [_gradient(model, measured, groups, read) for measured in both]
        for name, first, second in zip(groups, *found, strict=True):
            single[name].append(_cosine(first, second))
        if sums:
            for total, new in zip(sums, found, strict=True):
                for whole, part in zip(total, new, strict=True):
                    whole.add_(part)
        else:
            sums = [[part.double() for part in side] for side in found]
    return {name: _told(_cosine(*two), single[name]) for name, *two in zip(groups, *sums, strict=True)}


def parameters(model) -> dict[str, list[nn.Parameter]]:
    """Those that are trained: of the embedding of tokens, and of each block (`layer_01` the first); groups without any left out."""
    blocks = {f"layer_{number:02}": block for number, block in enumerate(encoder.blocks(model), 1)}
    groups = {EMBEDDING: model.get_input_embeddings(), **blocks}
    found = {name: [one for one in part.parameters() if one.requires_grad] for name, part in groups.items()}
    return {name: several for name, several in found.items() if several}


def _gradient(model, measured: Measured, groups: dict[str, list[nn.Parameter]], read: Tensor) -> list[Tensor]:
    """One flat gradient a group; of the table of tokens the rows that are read."""
    every = [one for several in groups.values() for one in several]
    found = torch.autograd.grad(measured.loss(model), every, allow_unused=True)
    flat = [torch.zeros_like(one) if gradient is None else gradient for one, gradient in zip(every, found, strict=True)]
    ends = list(accumulate((len(several) for several in groups.values()), initial=0))
    table = getattr(model.get_input_embeddings(), "weight", None)
    parts = [gradient.index_select(0, read) if one is table else gradient for one, gradient in zip(every, flat, strict=True)]
    return [torch.cat([part.flatten() for part in parts[begin:end]]) for begin, end in pairwise(ends)]


def _cosine(one: Tensor, other: Tensor) -> float | None:
    """In float64."""
    one, other = one.double(), other.double()
    lengths = float(one.norm()), float(other.norm())
    return float(one @ other) / (lengths[0] * lengths[1]) if all(lengths) else None


def _told(cosine: float | None, single: Sequence[float | None]) -> Cosine:
    known = [one for one in single if one is not None]
    if len(known) < len(single):
        return Cosine(cosine, None, None)
    error = statistics.stdev(known) / math.sqrt(len(known)) if len(known) > 1 else None
    return Cosine(cosine, math.fsum(known) / len(known), error)


def to_json(found: dict[str, Cosine]) -> dict[str, dict]:
    return {name: asdict(one) for name, one in found.items()}
