"""What a computation is told: a class each, in which every choice is resolved to one rate, one arithmetic, one length.

A job keeps its settings as JSON (`Job.params`: what its run key hashes and MLflow shows); `of` alone makes values with types of them.
Meanings, units and bounds stand in `config/schema.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from realignment.core.errors import FailedWork


@dataclass(frozen=True)
class Realign:
    """As `schema.Realign`, its preset applied."""

    allocation: str
    steps: int | None  # of equal steps
    pairs_per_language: int | None  # of equal pairs per language
    pairs: int
    max_length: int
    learning_rate: float
    temperature: float
    unit: str
    subwords: str
    pooling: str
    splitter: str
    layer: int | str
    freeze: str
    projection: bool
    mask_false_negatives: bool
    embedding: str
    dtype: str


@dataclass(frozen=True)
class Finetune:
    """As `schema.Finetune`, for one task; and the floors."""

    epochs: int
    batch: int
    learning_rate: float
    warmup: float
    max_length: int
    sentence_vector: str
    words: str | None  # of POS and NER
    stride: int | None  # of questions
    embedding: str
    dtype: str
    untrained: bool  # the encoder's weights are drawn too
    hypothesis_only: bool  # the premise is blanked


@dataclass(frozen=True)
class Predict:
    """As `schema.Evaluate`, for one task."""

    max_length: int
    batch_tokens: int
    dtype: str
    sentence_vector: str  # what the head was trained on; "" without a model
    words: str | None  # as the model was trained on them; of POS and NER
    stride: int | None  # as the model was trained; of questions
    hypothesis_only: bool


@dataclass(frozen=True)
class Retrieve:
    """As `schema.Evaluate`, for retrieval."""

    pairs: int
    max_length: int
    batch_tokens: int
    dtype: str
    pooling: str
    layer: int
    splitter: str


@dataclass(frozen=True)
class Gradients:
    """As `schema.Evaluate` has `gradients`; the loss of pairs as `schema.Realign`, that of the task as `schema.Finetune` for one task."""

    batches: int  # of pairs, and as many of training rows
    pairs: int
    max_length: int
    temperature: float
    pooling: str
    splitter: str
    layer: int | str
    mask_false_negatives: bool
    examples: int
    examples_length: int


@dataclass(frozen=True)
class Align:
    """As `schema.Align`, for aligner `encoder`; not a job."""

    layer: int
    max_length: int
    splitter: str
    dtype: str


@dataclass(frozen=True)
class Decoder:
    """As an entry of `schema.Study.encoders` for a decoder; beside the settings of a job of one, under these names."""

    attention: str
    lora_rank: int
    lora_alpha: float
    lora_dropout: float
    lora_targets: str  # names of linear layers, sorted, joined by commas
    quantized: str  # "" or 4bit

    @property
    def targets(self) -> list[str]:
        return self.lora_targets.split(",")


OF_DECODERS = frozenset(one.name for one in fields(Decoder))
Recipe = TypeVar("Recipe", Realign, Finetune, Predict, Retrieve, Gradients, Decoder)


def decoder(given: Mapping[str, Any], job: str) -> Decoder | None:
    """What the settings of a job say of its decoder; None where it is about an encoder."""
    own = {name: value for name, value in given.items() if name in OF_DECODERS}
    return of(Decoder, own, job) if own else None


def of(kind: type[Recipe], given: Mapping[str, Any], job: str) -> Recipe:
    """The recipe that the settings of a job are, where what is not read may be left out. FailedWork names the job, and each that is missing,
    unknown or of another type.

    What is said of a decoder stands beside those of another recipe.
    """
    kinds = get_type_hints(kind)
    given = {name: value for name, value in given.items() if name in kinds or name not in OF_DECODERS}
    given = {**{name: None for name, one in kinds.items() if NoneType in get_args(one)}, **given}
    faults = [f"`{name}` is missing" for name in kinds if name not in given]
    faults += [f"`{name}` is unknown" for name in given if name not in kinds]
    other = [name for name in kinds if name in given and not _fits(given[name], kinds[name])]
    faults += [f"`{name}` must be {_called(kinds[name])}, is {given[name]!r}" for name in other]
    if faults:
        raise FailedWork(f"{job}: {'; '.join(faults)}; another version of this program planned it, plan it again")
    return kind(**{name: float(given[name]) if one is float else given[name] for name, one in kinds.items()})


def _fits(value: Any, kind: Any) -> bool:
    """As JSON has it: 1 may stand for 1.0, but true for no number."""
    kinds = get_args(kind) or (kind,)
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, (*kinds, int) if float in kinds else kinds)


def _called(kind: Any) -> str:
    return " or ".join(one.__name__ for one in get_args(kind) or (kind,))
