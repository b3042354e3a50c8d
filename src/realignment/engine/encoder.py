"""Encoders: loaded without padding, pooled into sentence vectors, saved so that plain `transformers` reads them."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from realignment.core.console import note
from realignment.core.errors import BadInput, FailedWork, nearest
from realignment.engine.bases import architecture, locate, vocabulary, weights

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


def register() -> None:
    """Make `packed` known to transformers as an attention implementation; harmless when called again."""
    from transformers import AttentionInterface
    from transformers.utils import logging

    logging.disable_progress_bar()
    AttentionInterface.register("packed", attend)


def attend(  # noqa: PLR0913, PLR0917  as transformers calls it
    module,
    query: Float[Tensor, "1 heads tokens width"],
    key: Float[Tensor, "1 heads tokens width"],
    value: Float[Tensor, "1 heads tokens width"],
    attention_mask,
    scaling=None,
    dropout=0.0,
    layout=None,
    **_,
) -> tuple[Float[Tensor, "1 tokens heads width"], None]:
    """Attention of packed tokens: each sequence sees itself alone."""
    import torch

    if layout is None:
        raise ValueError("packed attention requires the layout of its batch")
    query, key, value = (states[0].transpose(0, 1) for states in (query, key, value))  # (tokens, heads, width)
    seen = []
    for grid in layout.grids:
        spread = [
            states.index_select(0, grid.tokens.view(-1)).view(*grid.tokens.shape, *states.shape[1:]).transpose(1, 2)
            for states in (query, key, value)
        ]
        one = torch.nn.functional.scaled_dot_product_attention(
            *spread, attn_mask=grid.mask, dropout_p=dropout if module.training else 0.0, scale=scaling
        )
        seen.append(one.transpose(1, 2).flatten(0, 1))  # (sequences x longest, heads, width)
    return torch.cat(seen).index_select(0, layout.place)[None], None


def configuration(folder: Path, **options):
    """The configuration of a folder, but for what is ours to say."""
    import transformers
    from transformers.activations import ACT2FN

    try:
        config = transformers.AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, **OURS, **options
        )
    except Exception as fault:  # a value of another type than the class wants
        raise BadInput(f"{folder / 'config.json'}: {' '.join(str(fault).split())[:300]}") from None
    if (given := getattr(config, key := architecture.key(config.model_type, "hidden_act"))) not in ACT2FN:
        raise BadInput(f"{folder / 'config.json'}: {key} `{given}` is unknown; {nearest(given, ACT2FN)}")
    return config


def load(folder: Path, seed: int, *, device: str = "cpu", auto: str = "AutoModel", **options):
    """The encoder of a folder in float32 with packed attention. A head is drawn from `seed`, whatever head the folder holds.

    Of a folder without a pooler none is made, but for BERT's NLI head, which draws one: so the bare encoder and a realigned one,
    which is saved as it was loaded, begin fine-tuning with the same draws.
    """
    import torch
    import transformers

    register()
    found = weights.account(folder)
    say(folder, found.remarks)
    config = configuration(folder, **options)
    kind = getattr(transformers, auto)._model_mapping[type(config)]
    bare = auto == "AutoModel"
    state = {name if bare else f"{kind.base_model_prefix}.{name}": value for name, value in weights.read(found).items()}
    torch.manual_seed(seed)
    model, told = kind.from_pretrained(
        None, config=config, state_dict=state, output_loading_info=True, dtype=torch.float32, attn_implementation="packed",
        **({"add_pooling_layer": found.pooler} if bare and parts_of(config).pools else {}),
    )  # fmt: skip
    lacking = [name for name in told["missing_keys"] if name.startswith(f"{kind.base_model_prefix}.") and ".pooler." not in name]
    if lacking or told["mismatched_keys"] or [name for name in told["unexpected_keys"] if ".pooler." not in name]:
        raise FailedWork(f"{folder}: transformers places its weights otherwise than their names say: {told}")
    return model.to(device)


@functools.cache
def say(folder: Path, remarks: tuple[str, ...]) -> None:
    """What of an encoder's files is not taken as it stands, once a process."""
    for remark in remarks:
        note(f"{folder}: {remark}")


def load_whole(folder: Path, auto: str, device: str = "cpu"):
    """A model of ours, its head included: every weight it consists of lies in the folder, and no other."""
    import torch
    import transformers

    register()
    model, told = getattr(transformers, auto).from_pretrained(
        folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32,
        attn_implementation="packed", output_loading_info=True,
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

    register()
    torch.manual_seed(seed)
    config = configuration(folder, **options)
    return getattr(transformers, auto).from_config(config, attn_implementation="packed", dtype=torch.float32).to(device)


def parts_of(config) -> architecture.Parts:
    """What the parts of a model of this configuration are called."""
    return architecture.parts(config.model_type)


def freeze(model, half: str) -> None:
    """Leaves the first (`front`) or last (`back`) half of the blocks out of training; `none` leaves out nothing. Embeddings are trained."""
    blocks = list(model.base_model.get_submodule(parts_of(model.config).blocks))
    middle = len(blocks) // 2
    for block in {"none": [], "front": blocks[:middle], "back": blocks[middle:]}[half]:
        block.requires_grad_(False)


def position_offset(model) -> int:
    """What is added to positions 0, 1, 2, ...: RoBERTa counts from after its padding index."""
    embeddings = model.base_model.embeddings
    return embeddings.padding_idx + 1 if hasattr(embeddings, "padding_idx") else 0


def arguments(model, batch) -> dict:
    """What a model's forward takes for a packed batch."""
    return {
        "input_ids": batch.tokens,
        **({"token_type_ids": batch.types} if parts_of(model.config).types else {}),
        "position_ids": batch.positions + position_offset(model),
        "layout": batch.layout,
    }


def states(model, batch, layer: int = -1) -> Float[Tensor, "tokens hidden"]:
    """Those of the base model: its last hidden states, or those of `layer` (0 the embeddings, -2 the last but one block)."""
    base = model.base_model
    if layer == -1:
        return base(**arguments(model, batch)).last_hidden_state[0]
    every = base(**arguments(model, batch), output_hidden_states=True).hidden_states
    return every[layer][0]


def layers(model, batch, layer: int | str) -> list[Float[Tensor, "tokens hidden"]]:
    """The states that are aligned: of one layer, or of every block (`all`)."""
    if layer != "all":
        return [states(model, batch, int(layer))]
    every = model.base_model(**arguments(model, batch), output_hidden_states=True).hidden_states
    return [one[0] for one in every[1:]]


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
    tokenizer.backend_tokenizer.no_truncation()  # what the last call asked for would be saved with it, and would change its hash
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(card, encoding="utf-8")
