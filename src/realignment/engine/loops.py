"""The two loops, a page each: realign an encoder on sentence pairs, fine-tune a model on English examples."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import get_linear_schedule_with_warmup

from realignment.engine import batches, encoder, lazy_adam, recipes
from realignment.engine.checkpoint import Keeper, Loop
from realignment.engine.objective import contrastive_loss, word_loss

Log = Callable[[int, Tensor], None]  # step (from 1), loss in nats, still on the device


@dataclass(frozen=True)
class Watch:
    """Who is told of each step, and where checkpoints are kept."""

    log: Log
    keeper: Keeper | None = None


@dataclass(frozen=True)
class Pairs:
    """Sentence pairs of several languages, tokenised: row i of `sources` translates row i of `targets`."""

    sources: batches.Encoded
    targets: batches.Encoded
    numbers: np.ndarray  # the English sentence of each pair: equal sentences, equal numbers
    languages: dict[str, np.ndarray]  # language -> its rows
    links: tuple[
        tuple[np.ndarray, np.ndarray], ...
    ] = ()  # of each pair, words of the source and of the target; none in sentence mode

    def named(self, rows: np.ndarray) -> str:
        """Language and number (from 0, among its training pairs) of each of `rows`."""
        found = []
        for row in rows:
            code = next(code for code, own in self.languages.items() if own.min() <= row <= own.max())
            found.append(f"{code}:{row - self.languages[code].min()}")
        return f"pairs {' '.join(found)}"


def order_of(rows: dict[str, np.ndarray], how: recipes.Realign, seed: int) -> np.ndarray:
    """Rows in the order they are trained on, as the allocation has it; depends on the seed and the data alone, never on workers."""
    if how.pairs_per_language is not None:
        return equal_order(rows, how.pairs_per_language, seed)
    return draw_order(rows, (how.steps or 0) * how.pairs, seed)


def draw_order(rows: dict[str, np.ndarray], draws: int, seed: int) -> np.ndarray:
    """The language uniform for each pair, its pairs in passes over shuffled data."""
    chance = np.random.default_rng(seed)
    return _passes(rows, chance.integers(len(rows), size=draws), chance)


def equal_order(rows: dict[str, np.ndarray], each: int, seed: int) -> np.ndarray:
    """Exactly `each` pairs of every language, languages mixed by a shuffle, the pairs of each in passes over shuffled data."""
    chance = np.random.default_rng(seed)
    return _passes(rows, chance.permutation(np.repeat(np.arange(len(rows)), each)), chance)


def in_steps(order: np.ndarray, pairs: int) -> list[np.ndarray]:
    """The rows of each step: as few steps as hold all at `pairs` a step. Where that does not come out even, the last ones have a pair less
    each: a rest of one or two pairs would have no negatives, and move the weights all the same."""
    return np.array_split(order, -(-len(order) // pairs))


def _passes(rows: dict[str, np.ndarray], language: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """A row for each place of `language`, which holds numbers of the languages in alphabetical order."""
    names = sorted(rows)
    order = np.empty(len(language), dtype=np.int64)
    for index, name in enumerate(names):
        places = np.flatnonzero(language == index)
        passes = -(-len(places) // len(rows[name])) if len(places) else 0
        stream = [chance.permutation(rows[name]) for _ in range(passes)]
        order[places] = np.concatenate(stream)[: len(places)] if stream else []
    return order


def adam(trained: Sequence[nn.Module], learning_rate: float, rows: lazy_adam.Rows | None = None) -> torch.optim.Optimizer:
    """Adam (0.9, 0.999, 1e-8) without weight decay, as the paper's code has it; fused. `rows` takes its step along, at the same rate."""
    parameters = [one for part in trained for one in part.parameters() if one.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=learning_rate, betas=lazy_adam.BETAS, eps=lazy_adam.EPSILON, fused=True)
    if rows is not None:
        optimizer.register_step_post_hook(lambda *_: rows.step(optimizer.param_groups[0]["lr"]))
    return optimizer


def projection_head(hidden: int, seed: int) -> nn.Module:
    """The reference code's head over sentence vectors; trained along, dropped afterwards."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(hidden, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, 128, bias=False))


def realign(
    model, pairs: Pairs, order: np.ndarray, how: recipes.Realign, watch: Watch, *, head: nn.Module | None = None
) -> list[Tensor]:
    """Train `model` in place on `order` (rows of `pairs`), split by `in_steps`; every step's loss, also of those before a checkpoint.

    `watch` sees each step that is done now.
    """
    both = batches.join([pairs.sources, pairs.targets])
    measure = Measure(pairs, both, batches.pooling_weights(both, how.pooling), how, head)
    encoder.freeze(model, how.freeze)
    steps = in_steps(order, how.pairs)
    with lazy_adam.updated(model, how.embedding, len(steps)) as rows:
        trained = [model, head] if head else [model]
        optimizer = adam(trained, how.learning_rate, rows)
        model.train()
        loop = Loop(trained, optimizer, watch.keeper, named=lambda step: pairs.named(steps[step - 1]))
        for step, chosen in loop.steps(steps):
            batch = batches.batch(both, np.concatenate([chosen, chosen + len(pairs.sources)]), model.device)
            with torch.autocast(model.device.type, torch.bfloat16, enabled=how.dtype == "bfloat16"):
                layers = encoder.layers(model, batch, how.layer)
            loss = torch.stack([measure(states, batch, chosen) for states in layers]).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loop.losses.append(loss.detach())
            watch.log(step, loop.losses[-1])
    return loop.losses


@dataclass(frozen=True)
class Measure:
    """How far the translations of a batch are from one representation: the loss of one layer's states."""

    pairs: Pairs
    both: batches.Encoded  # sources, then targets
    weights: np.ndarray  # of each token in its sentence
    how: recipes.Realign
    head: nn.Module | None

    def __call__(
        self, states: Float[Tensor, "tokens hidden"], batch: batches.Batch, chosen: Int[np.ndarray, " pairs"]
    ) -> Float[Tensor, ""]:
        """Nats; `chosen` are the rows of the batch's pairs."""
        how, device = self.how, states.device
        if how.unit == "words":
            found, first, second = linked(self.both, batch, [self.pairs.links[row] for row in chosen])
            vectors = self._projected(encoder.word_vectors(states, found, how.subwords))
            return word_loss(vectors, batches.moved(first, device), batches.moved(second, device), how.temperature)
        vectors = self._projected(encoder.pool(states, self.weights[batch.flat], batch.lengths))
        same = batches.moved(self.pairs.numbers[chosen], device) if how.mask_false_negatives else None
        return contrastive_loss(*vectors.chunk(2), how.temperature, same)

    def _projected(self, vectors: Tensor) -> Tensor:
        if self.head is None:
            return vectors
        with torch.autocast(vectors.device.type, torch.bfloat16, enabled=self.how.dtype == "bfloat16"):
            return self.head(vectors)


def linked(both: batches.Encoded, batch: batches.Batch, links) -> tuple[batches.BatchWords, np.ndarray, np.ndarray]:
    """(words of the batch, first and second word of each link): sources are its first half. Words cut off by the limit have no link."""
    found, half = batches.words_of(both, batch), len(links)
    pair = np.repeat(np.arange(half), [len(source) for source, _ in links])
    first = found.find(pair, np.concatenate([source for source, _ in links]))
    second = found.find(pair + half, np.concatenate([target for _, target in links]))
    kept = (first >= 0) & (second >= 0)
    return found, first[kept], second[kept]


def repeated_english(numbers: np.ndarray, order: np.ndarray, pairs: int) -> int:
    """Pairs that share their English sentence with an earlier pair of their batch: false negatives unless masked."""
    return sum(len(step) - len(np.unique(step)) for step in in_steps(numbers[order], pairs))


def finetune(
    model, encoded: batches.Encoded, order: list[np.ndarray], loss_of, how: recipes.Finetune, watch: Watch
) -> list[Tensor]:
    """Train `model` in place on the batches of `order`; `loss_of(model, batch, rows)` is the task's loss in nats. Every step's loss."""
    with lazy_adam.updated(model, how.embedding, len(order)) as rows:
        optimizer = adam([model], how.learning_rate, rows)
        schedule = get_linear_schedule_with_warmup(optimizer, int(how.warmup * len(order)), len(order))
        model.train()
        loop = Loop([model], optimizer, watch.keeper, schedule, named=lambda step: f"examples {_listed(order[step - 1])}")
        for step, chosen in loop.steps(order):
            batch = batches.batch(encoded, chosen, model.device)
            with torch.autocast(model.device.type, torch.bfloat16, enabled=how.dtype == "bfloat16"):
                loss = loss_of(model, batch, chosen)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            loop.losses.append(loss.detach())
            watch.log(step, loop.losses[-1])
    return loop.losses


def rates(steps: int, how: recipes.Finetune) -> Callable[[int], float]:
    """Learning rate of each step (from 1) of a fine-tuning: the schedule's, linear up and down."""
    warm = int(how.warmup * steps)

    def rate(step: int) -> float:
        done = step - 1
        share = done / max(1, warm) if done < warm else max(0.0, (steps - done) / max(1, steps - warm))
        return how.learning_rate * share

    return rate


def _listed(rows: Iterable[int]) -> str:
    return " ".join(map(str, rows))


def epochs_order(examples: int, epochs: int, size: int, seed: int) -> list[np.ndarray]:
    """Batches of row numbers: each epoch a new shuffle, its last batch as short as it comes."""
    chance = np.random.default_rng(seed)
    shuffles = [chance.permutation(examples) for _ in range(epochs)]
    return [rows for shuffled in shuffles for rows in np.array_split(shuffled, range(size, examples, size))]


def curve(losses: list[Tensor], points: int = 200) -> list[list[float | int]]:
    """[step, mean loss since the point before] at no more than `points` steps."""
    values = torch.stack(losses).float().cpu()
    size = -(-len(values) // points)
    blocks = values.split(size)
    return [[min((number + 1) * size, len(values)), float(block.mean())] for number, block in enumerate(blocks)]
