"""Models: an encoder with the head that `transformers` itself puts on it, so that the saved model is loaded by its plain classes."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from realignment.engine import adapters, batches, encoder, reading, windows
from realignment.engine.bases import architecture
from realignment.engine.bases.kinds import KINDS
from realignment.engine.examples import NO_LABEL
from realignment.tasks import KINDS as KINDS_OF_TASKS
from realignment.tasks import LABELS

CLASSES = {
    "words": "AutoModelForTokenClassification",
    "pair": "AutoModelForSequenceClassification",
    "span": "AutoModelForQuestionAnswering",
}
AUTO = {task: CLASSES[kind] for task, kind in KINDS_OF_TASKS.items()}


def build(task: str, folder: Path, seed: int, *, device: str = "cpu", untrained: bool = False, sentence_vector: str = "first"):
    """The encoder of `folder` with a new head drawn from `seed`; `untrained` draws the encoder too.

    Where a kind's own class can read the mean of the states as well, its configuration says what this head is trained on.
    """
    ours = KINDS[architecture.supported(architecture.read(folder))].ours
    make = encoder.untrained if untrained else encoder.load
    reads = {"classifier_pooling": "mean"} if sentence_vector == "mean" and "classifier_pooling" in ours else {}
    return make(folder, seed, device=device, auto=AUTO[task], **labelled(task), **reads)


def labelled(task: str) -> dict:
    """What the configuration of a model says of the labels of its task."""
    names = dict(enumerate(LABELS[task]))
    return {"num_labels": len(names), "id2label": names, "label2id": {name: index for index, name in names.items()}}


def over(task: str, base: adapters.Base, seed: int, adapter: Path | None):
    """A decoder with a new head drawn from `seed`, and the adapters of a realignment (`adapter`) or new ones."""
    if adapter is None:
        return adapters.draw(base, seed, AUTO[task], **labelled(task))
    return adapters.carry_on(base, seed, adapter, AUTO[task], **labelled(task))


def restore(task: str, base: adapters.Base, folder: Path):
    """A fine-tuned decoder as `over` and training left it."""
    return adapters.restore(base, folder, AUTO[task], **labelled(task))


def load(task: str, folder: Path, device: str = "cpu"):
    """A fine-tuned model as `build` and training left it."""
    return encoder.load_whole(folder, AUTO[task], device)


def token_logits(model, batch: batches.Batch) -> Float[Tensor, "tokens labels"]:
    return reading.read(model, batch, "logits")[0]


def span_logits(model, batch: batches.Batch) -> Float[Tensor, "2 tokens"]:
    """Of each token, for an answer that begins there and for one that ends there."""
    return torch.stack(reading.read(model, batch, "start_logits", "end_logits"))


def pair_logits(model, batch: batches.Batch, sentence_vector: str) -> Float[Tensor, "sequences labels"]:
    """The head over the state of each sequence that its class reads (the first, but for `Kind.last`), or the mean of its states in that place."""
    states = encoder.states(model, batch)
    if sentence_vector == "mean":
        vectors = encoder.pool(states, np.repeat(1.0 / batch.lengths, batch.lengths), batch.lengths).to(states.dtype)
    elif reading.kind_of(model).last:
        vectors = states[batch.firsts + batches.moved(batch.lengths - 1, states.device)]
    else:
        vectors = states[batch.firsts]
    return _head(model, vectors)


def _head(model, vectors: Float[Tensor, "sequences hidden"]) -> Float[Tensor, "sequences labels"]:
    """What stands behind the encoder in the class of a kind, told by the names of its layers."""
    if hasattr(model, "pre_classifier"):  # DistilBERT
        return model.classifier(model.dropout(F.relu(model.pre_classifier(vectors))))
    if hasattr(model, "score"):  # Gemma
        return model.score(vectors)
    if hasattr(model, "head"):  # ModernBERT
        return model.classifier(model.drop(model.head(vectors)))
    if hasattr(model, "dense"):  # EuroBERT
        return model.classifier(model.activation(model.dense(vectors)))
    pooler = getattr(model, "pooler", None) or getattr(model.base_model, "pooler", None)  # DeBERTa's; BERT's
    if pooler is None:  # RoBERTa, ELECTRA, MPNet: their heads take the first of each sequence
        return model.classifier(vectors[:, None])
    return model.classifier(model.dropout(pooler(vectors[:, None])))


def loss(task: str, labels: np.ndarray, encoded: batches.Encoded, sentence_vector: str):
    """A function (model, batch, rows) -> mean cross-entropy in nats over the labels of the batch; `rows` are sequences of `encoded`."""

    def of_tokens(model, batch: batches.Batch, rows: np.ndarray) -> Tensor:
        gold = batches.moved(labels[batch.flat], model.device)
        return F.cross_entropy(token_logits(model, batch).float(), gold, ignore_index=NO_LABEL)

    def of_pairs(model, batch: batches.Batch, rows: np.ndarray) -> Tensor:
        gold = batches.moved(labels[rows], model.device)
        return F.cross_entropy(pair_logits(model, batch, sentence_vector).float(), gold)

    def of_spans(model, batch: batches.Batch, rows: np.ndarray) -> Tensor:
        return windows.loss(span_logits(model, batch), batch.lengths, batches.moved(labels[rows], model.device))

    return {"pair": of_pairs, "span": of_spans, "words": of_tokens}[KINDS_OF_TASKS[task]]
