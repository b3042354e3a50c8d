"""No step of training waits for a GPU. Shown without one: tensors on torch's `meta` device have no numbers that could be read."""

import functools
from dataclasses import replace

import numpy as np
import pytest
import torch
from encoders import ALPHABETS, sentences
from recipes_made import FINETUNE, REALIGN
from torch.utils._python_dispatch import TorchDispatchMode

from realignment.engine import batches, checkpoint, encoder, examples, heads, loops

READS = {"_local_scalar_dense", "nonzero", "equal", "masked_select", "_unique2", "unique_dim"}


class Waits(TorchDispatchMode):
    """Notes each operation that a GPU would have to finish its work for: numbers read back, copies the host waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name, given = function.overloadpacket.__name__, kwargs or {}
        if name in READS and any(getattr(one, "device", None) == torch.device("meta") for one in args):
            self.found.append(name)
        if (
            name == "_to_copy"
            and str(given.get("device")) == "meta"
            and args[0].device.type == "cpu"
            and not given.get("non_blocking")
        ):
            self.found.append(f"copy of {tuple(args[0].shape)}")
        return function(*args, **given)


@pytest.fixture
def step(monkeypatch):
    """`step(train, ...)` makes one step and returns what it waited for; looks at the losses between steps are left out."""
    monkeypatch.setattr(checkpoint.Loop, "_finite", lambda *_: None)
    monkeypatch.setattr(checkpoint.Loop, "_whole", lambda *_: None)
    monkeypatch.setattr(torch.autocast, "__init__", _as_on_a_gpu(torch.autocast.__init__))
    monkeypatch.setattr(torch.optim, "Adam", functools.partial(_unfused, torch.optim.Adam))

    def run(train, *args, **given) -> list[str]:
        with Waits() as waits:
            train(*args, **given)
        return waits.found

    return run


def _unfused(adam, *args, fused, **given):
    return adam(*args, **given)  # `meta` has no fused kernel


def _as_on_a_gpu(init):
    return lambda self, kind, *args, **given: init(self, "cpu" if kind == "meta" else kind, *args, **given)


def pairs(folder, unit: str) -> loops.Pairs:
    tokenizer = encoder.load_tokenizer(folder)
    sides = [batches.encode_texts(tokenizer, sentences(8, 3, alphabet), 48, "unicode") for alphabet in ALPHABETS[:2]]
    links = tuple((np.arange(2), np.arange(2)) for _ in range(8)) if unit == "words" else ()
    return loops.Pairs(*sides, np.arange(8), {"xxx": np.arange(8)}, links)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"dtype": "float32"},
        {"layer": "all"},
        {"unit": "words"},
        {"unit": "words", "subwords": "mean"},
        {"mask_false_negatives": True},
    ],
    ids=lambda change: " ".join(map(str, change.values())) or "defaults",
)
def test_a_step_of_realignment_reads_nothing_back(encoder_folder, step, change):
    how = replace(REALIGN, **{"dtype": "bfloat16", **change})
    model = encoder.load(encoder_folder, 1).to("meta")
    given = pairs(encoder_folder, how.unit)
    assert step(loops.realign, model, given, np.arange(8), how, loops.Watch(lambda *_: None)) == []


@pytest.mark.parametrize("task", ["pos", "nli"])
def test_a_step_of_fine_tuning_reads_nothing_back(encoder_folder, step, task):
    if task == "nli":
        rows = examples.Examples(list("abcd"), [(one, one) for one in sentences(4, 1)], ["neutral"] * 4)
    else:
        rows = examples.Examples(
            list("abcd"), [one.split() for one in sentences(4, 1)], [["NOUN"] * len(one.split()) for one in sentences(4, 1)]
        )
    encoded = examples.encode(rows, task, encoder.load_tokenizer(encoder_folder), examples.Limits(48))
    loss = heads.loss(task, examples.labels(rows, task, encoded), encoded, "first")
    model = heads.build(task, encoder_folder, 1).to("meta")
    assert (
        step(
            loops.finetune,
            model,
            encoded,
            [np.arange(4)],
            loss,
            replace(FINETUNE, dtype="bfloat16"),
            loops.Watch(lambda *_: None),
        )
        == []
    )


def test_a_step_that_reads_a_number_is_noticed(encoder_folder, step):
    model = encoder.load(encoder_folder, 1).to("meta")
    watch = loops.Watch(lambda _, loss: loss.item())
    with pytest.raises(RuntimeError, match="meta tensors"):
        step(loops.realign, model, pairs(encoder_folder, "sentences"), np.arange(8), replace(REALIGN, dtype="bfloat16"), watch)
