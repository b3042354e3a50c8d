"""What a step of realignment is expected to take of a device, by config.json alone: bytes of memory, and operations.

Nothing here is measured, and nothing of a device's own is counted (its context, fragments, buffers of its libraries).

Memory, in bytes:
  weights      4 a trained parameter; of a decoder, frozen beneath adapters, those of the step's arithmetic (2 in bfloat16), and with 4-bit weights
               9/16 a parameter of a block's matrices (a scale a 64 of them)
  gradients    4 a trained parameter
  moments      8 a trained parameter: Adam's two
  activations  what is kept for the way back, for each token of a step and each block: its norms in float32, 2 numbers a place of the states for a
               layer norm and 3 for a root mean square one; in the arithmetic of the step the input of attention, queries, keys, values and what
               comes of them, and of the inner width 2 numbers, or 4 where it is gated; where attention is padded or capped, 4 matrices a head
A step has 2 x pairs sentences of max_length tokens at most; shorter ones take less.

Operations: 2 a weight and token on the way there, 4 on the way back (2 where the weight is frozen beneath adapters, whose own weights count as trained ones
do), and 4 a token, place of the queries and token of its sentence for attention, three times. Not counted is what a device waits for: small steps
are many short pieces of work, and begin one after the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realignment.engine.bases import sizes
from realignment.engine.bases.kinds import KINDS

RMS = ("llama", "mistral", "gemma2", "gemma3_text", "eurobert", "t5", "mt5", "umt5")  # norms by the root mean square
FOUR = ("gemma2", "gemma3_text")  # norms a block; others have two
CAPPED = ("gemma2",)
WIDTH = {"float32": 4, "bfloat16": 2}  # bytes of a number


@dataclass(frozen=True)
class Step:
    """How a step is made."""

    pairs: int
    max_length: int  # tokens a side
    dtype: str  # a key of WIDTH
    lora: Mapping[str, Any] | None = None
    quantized: bool = False

    @property
    def tokens(self) -> int:
        return 2 * self.pairs * self.max_length


@dataclass(frozen=True)
class Memory:
    """Bytes."""

    weights: int
    gradients: int
    moments: int
    activations: int

    @property
    def total(self) -> int:
        return self.weights + self.gradients + self.moments + self.activations


def trained(config: Mapping[str, Any], step: Step) -> int:
    """Parameters that an update moves: all, or those of the adapters."""
    if step.lora is None:
        return sizes.parameters(config)
    return sizes.Shape.of(config).adapters(step.lora["rank"], step.lora["targets"])


def memory(config: Mapping[str, Any], step: Step) -> Memory:
    shape, own = sizes.Shape.of(config), trained(config, step)
    frozen = sizes.parameters(config) if step.lora else 0
    blocks = shape.multiplied if step.quantized else 0
    weights = 4 * own + WIDTH[step.dtype] * (frozen - blocks) + 9 * blocks // 16
    return Memory(weights, 4 * own, 8 * own, step.tokens * shape.blocks * kept(shape, step))


def kept(shape: sizes.Shape, step: Step) -> int:
    """Bytes a token and block."""
    norms = (4 if shape.kind in FOUR else 2) * (3 if shape.kind in RMS else 2) * shape.hidden
    numbers = shape.hidden + 4 * shape.queries + (4 if shape.gated else 2) * shape.inner
    padded = shape.kind in CAPPED or not getattr(KINDS.get(shape.kind), "packs", True)
    return 4 * norms + WIDTH[step.dtype] * (numbers + (4 * shape.heads * step.max_length if padded else 0))


def operations(config: Mapping[str, Any], step: Step) -> int:
    """Of a step, there and back."""
    shape = sizes.Shape.of(config)
    adapters = trained(config, step) if step.lora else 0
    weights = (4 if step.lora else 6) * shape.multiplied + 6 * adapters
    attention = 3 * 4 * shape.blocks * shape.queries * step.max_length
    return step.tokens * (weights + attention)


def moved(config: Mapping[str, Any], step: Step) -> int:
    """Bytes that an update reads and writes: weight, gradient and both moments, and all but the gradient again."""
    return 7 * 4 * trained(config, step)
