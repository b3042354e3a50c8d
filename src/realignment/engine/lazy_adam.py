"""Adam on the rows of the word embedding a batch uses; what a row missed while it was not used is replayed when it is next used.

Dense Adam moves every row that was ever used, at every step, on its momentum. In XLM-R the table is 69 % of all parameters and a batch uses
0.3 % of its rows. Here a row that comes back first takes the steps it missed, one by one for REPLAYED steps (what its momentum moves after
that is below float32), the rest of their decay at once. Rows that were never used have no momentum and stay as they are, to the bit.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

BETAS, EPSILON = (0.9, 0.999), 1e-8  # of Adam
REPLAYED = 120  # steps: 0.9 ** 120 is 3e-6
AT_ONCE = 256  # rows replayed together, so that they stay in the cache


class Rows(nn.Module):
    """Stands in for the word embedding of a model in training; its buffers go into checkpoints with the model's weights."""

    def __init__(self, embedding: nn.Embedding, steps: int) -> None:
        super().__init__()
        self.weight = embedding.weight
        self.padding = embedding.padding_idx
        self.scale = float(getattr(embedding, "embed_scale", 1.0))  # Gemma multiplies what it reads of the table
        for name in ("mean", "square"):
            self.register_buffer(name, _zeros(embedding.weight))
        self.register_buffer(
            "last", torch.zeros(len(embedding.weight), dtype=torch.int64)
        )  # step a row has come to; 0 never used
        self.register_buffer("rates", torch.zeros(steps + 1))  # learning rate of each step done
        self.register_buffer("done", torch.zeros((), dtype=torch.int64))
        self.used: Tensor | None = None
        self.leaf: Tensor | None = None

    def forward(self, tokens: Int[Tensor, "1 tokens"]) -> Float[Tensor, "1 tokens hidden"]:
        self.used, places = tokens.unique(return_inverse=True)
        self.replay(self.used)
        self.leaf = self.weight.detach()[self.used].requires_grad_()
        found = nn.functional.embedding(places, self.leaf)
        return found if self.scale == 1.0 else found * self.scale

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Adam with the gradient of the rows of the last batch."""
        assert self.used is not None and self.leaf is not None and self.leaf.grad is not None
        self.done += 1
        now = int(self.done)
        self.rates[now] = rate
        slope = self.leaf.grad
        if self.padding is not None:
            slope[self.used == self.padding] = 0.0  # as nn.Embedding has it
        mean = self.mean[self.used].lerp_(slope, 1 - BETAS[0])
        square = self.square[self.used].mul_(BETAS[1]).addcmul_(slope, slope, value=1 - BETAS[1])
        below = square.sqrt().div_((1 - BETAS[1] ** now) ** 0.5).add_(EPSILON)
        self.weight[self.used] = self.leaf.detach().addcdiv(mean, below, value=-rate / (1 - BETAS[0] ** now))
        self.mean[self.used], self.square[self.used], self.last[self.used] = mean, square, now
        self.used = self.leaf = None

    @torch.no_grad()
    def replay(self, rows: Int[Tensor, " rows"]) -> None:
        """Brings `rows` to the last step done: the steps they missed, with a gradient of zero."""
        last = self.last[rows]
        missed = int(self.done) - last
        behind = torch.nonzero((last > 0) & (missed > 0)).flatten()
        behind = behind[missed[behind].argsort(descending=True, stable=True)]
        for some in behind.split(AT_ONCE) if len(behind) else ():
            self._replay(rows[some], last[some], missed[some])
        self.last[rows[behind]] = int(self.done)

    def _replay(self, rows: Tensor, last: Tensor, missed: Tensor) -> None:
        """`missed` falls along the rows, so that those still behind stand in front."""
        weight, mean, root = self.weight.detach()[rows], self.mean[rows], self.square[rows].sqrt_()
        far = int(missed[0].clamp(max=REPLAYED))
        active = (missed[None, :] >= torch.arange(1, far + 1, device=missed.device)[:, None]).sum(1).tolist()
        for number, many in enumerate(active, start=1):
            step = last[:many] + number
            rate = self.rates[step].double().clamp(min=1e-30) / (1 - BETAS[0] ** step.double())
            scale = 1 / ((1 - BETAS[1] ** step.double()).sqrt() * rate)
            below = torch.addcmul((EPSILON / rate).float()[:, None], root[:many].mul_(BETAS[1] ** 0.5), scale.float()[:, None])
            weight[:many].addcdiv_(mean[:many].mul_(BETAS[0]), below, value=-1.0)
        rest = (missed - REPLAYED).clamp(min=0).double()[:, None]
        self.weight[rows] = weight
        self.mean[rows] = mean * (BETAS[0] ** rest).float()
        self.square[rows] = root.square_() * (BETAS[1] ** rest).float()

    def finish(self) -> None:
        """Every row at the last step, as dense Adam leaves the table."""
        self.replay(torch.arange(len(self.weight), device=self.weight.device))


def _zeros(like: Tensor) -> Tensor:
    """Zeros that take memory only where they are written, on a CPU."""
    return torch.from_numpy(np.zeros(like.shape, dtype=np.float32)).to(like.device)


@contextmanager
def updated(model, how: str, steps: int) -> Iterator[Rows | None]:
    """Within, the word embedding of `model` is trained by rows (`how` is `rows`), or as every other weight (`dense`), or not at all (`frozen`)."""
    if how != "rows":
        yield None
        return
    base = model.base_model
    embedding = base.get_input_embeddings()
    embedding.weight.requires_grad_(False)
    base.set_input_embeddings(rows := Rows(embedding, steps).to(embedding.weight.device))
    try:
        yield rows
        rows.finish()
    finally:
        base.set_input_embeddings(embedding)
        embedding.weight.requires_grad_(True)
