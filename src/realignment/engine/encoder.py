"""Encoders: loaded to be read without padding, pooled into sentence vectors, saved so that plain `transformers` reads them."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from realignment.core.console import note
from realignment.core.errors import BadInput, FailedWork, nearest
from realignment.engine import attention, reading
from realignment.engine.bases import architecture, decisive, locate, vocabulary, weights
from realignment.engine.bases.kinds import ATTENTIONS, BIDIRECTIONAL, KINDS

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # torch is imported where it is used: a grid is planned without it; shapes are checked all the same

FILES, resolve, require = locate.FILES, locate.resolve, locate.require
# Of a configuration, what is ours to say: the form of outputs, and what belongs to a head.
OURS = {
    "return_dict": True,
    "output_hidden_states": False,
    "output_attentions": False,
    "problem_type": None,
    "classifier_dropout": None,
}
load_tokenizer = vocabulary.load  # the fast tokenizer of a folder


def configuration(folder: Path, looks: str = "", **options):
    """The configuration of a folder, but for what is ours to say; `looks` is how a decoder looks at a sentence (`kinds.ATTENTIONS`)."""
    import transformers
    from transformers.activations import ACT2FN

    try:
        kind = KINDS[architecture.supported(architecture.read(folder))]
        ours = {**OURS, **kind.ours, **options}
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **ours)
    except BadInput:
        raise
    except Exception as fault:  # a value of another type than the class wants
        raise BadInput(f"{folder / 'config.json'}: {' '.join(str(fault).split())[:300]}") from None
    if (given := getattr(own(config), key := decisive.key(config.model_type, "hidden_act"))) not in ACT2FN:
        raise BadInput(f"{folder / 'config.json'}: {key} `{given}` is unknown; {nearest(given, ACT2FN)}")
    if kind.decodes:
        looking(folder, config, looks)
        config.classifier_dropout = ours["classifier_dropout"]  # read by the class of its head, and no field of its configuration
    return config


def own(config):
    """Of a model's configuration what is about its encoder."""
    return getattr(config, KINDS[config.model_type].inside or "self", config)


def looking(folder: Path, config, looks: str) -> None:
    """Says in a decoder's configuration how it looks at a sentence, to us and to plain `transformers`."""
    if looks not in ATTENTIONS:
        raise BadInput(
            f"{folder}: a decoder ({config.model_type}) is read as one of study.encoders alone, whose `attention` says how it looks at a "
            "sentence; choose an encoder"
        )
    back = looks != BIDIRECTIONAL
    if getattr(config, "is_causal", None) not in (None, back):
        said = f"is_causal is {config.is_causal}, so it was trained to look {'both ways' if back else 'back alone'}"
        raise BadInput(f"{folder / 'config.json'}: {said}, and its attention is said to be {looks}; correct one of the two")
    setattr(config, reading.LOOKS, looks)
    config.is_causal = back


def load(
    folder: Path,
    seed: int,
    *,
    device: str = "cpu",
    auto: str = "AutoModel",
    stored: str = "float32",
    quantized: dict | None = None,
    **options,
):
    """The encoder of a folder as `stored`, with packed attention where it has one. A head is drawn from `seed`, whatever head the folder holds.

    `quantized` says to `transformers` how linear layers are kept in fewer bits, on `device` from the start.

    Of a folder without a pooler none is made, but for BERT's NLI head, which draws one: so the bare encoder and a realigned one,
    which is saved as it was loaded, begin fine-tuning with the same draws.
    """
    import torch

    attention.register()
    found = weights.account(folder)
    say(folder, found.remarks)
    config = configuration(folder, **options)
    kind = class_of(config, auto)
    bare = auto == "AutoModel"
    state = {name if bare else f"{kind.base_model_prefix}.{name}": value for name, value in weights.read(found, stored).items()}
    torch.manual_seed(seed)
    model, told = kind.from_pretrained(
        None, config=config, state_dict=state, output_loading_info=True, dtype=getattr(torch, stored), attn_implementation=attention.of(config),
        **({"add_pooling_layer": found.pooler} if bare and KINDS[config.model_type].pools else {}), **(quantized or {}),
    )  # fmt: skip
    lacking = [name for name in told["missing_keys"] if name.startswith(f"{kind.base_model_prefix}.") and ".pooler." not in name]
    if lacking or told["mismatched_keys"] or [name for name in told["unexpected_keys"] if ".pooler." not in name]:
        raise FailedWork(f"{folder}: transformers places its weights otherwise than their names say: {told}")
    return model if quantized else model.to(device)


def class_of(config, auto: str):
    """The class of a kind with the head of `auto`; BadInput where `transformers` has none."""
    import transformers

    kind = KINDS[config.model_type]
    known = getattr(transformers, kind.bare if auto == "AutoModel" else auto)._model_mapping
    fit = {"AutoModelForSequenceClassification": kind.pairs, "AutoModelForQuestionAnswering": kind.spans}
    if type(config) not in known or not fit.get(auto, True):
        raise BadInput(
            f"transformers has no {auto} for the encoder of {config.model_type}; choose another encoder, or leave that task out"
        )
    return known[type(config)]


@functools.cache
def say(folder: Path, remarks: tuple[str, ...]) -> None:
    """What of an encoder's files is not taken as it stands, once a process."""
    for remark in remarks:
        note(f"{folder}: {remark}")


def load_whole(folder: Path, auto: str, device: str = "cpu"):
    """A model of ours, its head included: every weight it consists of lies in the folder, and no other."""
    import torch
    import transformers

    attention.register()
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    model, told = getattr(transformers, auto).from_pretrained(
        folder, config=config, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32,
        attn_implementation=attention.of(config), output_loading_info=True,
    )  # fmt: skip
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if names := sorted(map(str, told[what])):
            raise BadInput(
                f"{folder}: {what.partition('_')[0]} weights of the fine-tuned model: {len(names)}: {', '.join(names[:3])}; make it again"
            )
    return model.to(device)


def untrained(folder: Path, seed: int, *, device: str = "cpu", auto: str = "AutoModel", **options):
    """A model of the folder's configuration with weights drawn from `seed`: the floor of what a checkpoint is worth."""
    import torch
    import transformers

    attention.register()
    config = configuration(folder, **options)
    class_of(config, auto)
    how = {"attn_implementation": attention.of(config), "dtype": torch.float32, "trust_remote_code": False}
    torch.manual_seed(seed)
    auto = KINDS[config.model_type].bare if auto == "AutoModel" else auto
    return getattr(transformers, auto).from_config(config, **how).to(device)


def blocks(model) -> list:
    """Its blocks, the first of them above the embeddings."""
    return list(model.base_model.get_submodule(reading.kind_of(model).blocks))


def freeze(model, half: str) -> None:
    """Leaves the first (`front`) or last (`back`) half of the blocks out of training; `none` leaves out nothing. Embeddings are trained."""
    every = blocks(model)
    middle = len(every) // 2
    for block in {"none": [], "front": every[:middle], "back": every[middle:]}[half]:
        block.requires_grad_(False)


def states(model, batch, layer: int = -1) -> Float[Tensor, "tokens hidden"]:
    """Those of the base model: its last hidden states, or those of `layer` (0 the embeddings, -2 the last but one block)."""
    if layer == -1:
        return reading.read(model.base_model, batch, "last_hidden_state")[0]
    return reading.read(model.base_model, batch, "hidden_states", output_hidden_states=True)[layer]


def layers(model, batch, layer: int | str) -> list[Float[Tensor, "tokens hidden"]]:
    """The states that are aligned: of one layer, or of every block (`all`)."""
    if layer != "all":
        return [states(model, batch, int(layer))]
    return list(reading.read(model.base_model, batch, "hidden_states", output_hidden_states=True)[1:])


def pool(
    token_states: Float[Tensor, "tokens hidden"], weights: Float[np.ndarray, " tokens"], lengths: Int[np.ndarray, " sentences"]
) -> Float[Tensor, "sentences hidden"]:
    """Each sentence's weighted sum of its tokens, as one matrix product (same result every time on any device)."""
    import torch

    from realignment.engine import batches

    matrix = np.zeros((len(lengths), int(lengths.sum())), dtype=np.float32)
    matrix[np.repeat(np.arange(len(lengths)), lengths), np.arange(matrix.shape[1])] = weights
    with torch.autocast(token_states.device.type, enabled=False):  # a sum of many small numbers: float32 whatever the states are
        return batches.moved(matrix, token_states.device) @ token_states.float()


def word_vectors(token_states: Float[Tensor, "tokens hidden"], words, subwords: str) -> Float[Tensor, "words hidden"]:
    """Each word's first token, or the mean of its tokens."""
    import torch

    from realignment.engine import batches

    if subwords == "first":
        return token_states.index_select(0, batches.moved(words.first, token_states.device))
    tokens = np.flatnonzero(words.word >= 0)
    matrix = np.zeros((len(words.key), len(words.word)), dtype=np.float32)
    matrix[words.word[tokens], tokens] = 1.0
    matrix /= matrix.sum(axis=1, keepdims=True)
    with torch.autocast(token_states.device.type, enabled=False):
        return batches.moved(matrix, token_states.device) @ token_states.float()


def save(model, tokenizer, folder: Path, card: str) -> None:
    """Safetensors, configuration, tokenizer and model card."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    save_tokenizer(tokenizer, folder)
    (folder / "README.md").write_text(card, encoding="utf-8")


def save_tokenizer(tokenizer, folder: Path) -> None:
    tokenizer.backend_tokenizer.no_truncation()  # what the last call asked for would be saved with it, and would change its hash
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.save_pretrained(folder)
