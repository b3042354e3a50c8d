"""Which weights an encoder consists of: of BERT's family by a table of names, of others by their class, built without memory.

The table is there because planning a grid of those encoders imports no torch; a test holds it against the classes.
"""

import functools
import json
from dataclasses import dataclass
from typing import Any

from realignment.core.errors import BadInput
from realignment.engine.bases.kinds import KINDS, TABLED

Shapes = dict[str, tuple[int, ...]]  # name of a weight -> its shape

WORDS = "embeddings.word_embeddings.weight"
POOLER = "pooler.dense."  # of BERT's NLI head alone, and of no use to XLM-R; releases have it or not


@dataclass(frozen=True)
class Parts:
    """What a kind calls the parts of a block."""

    attention: tuple[str, str, str, str]  # query, key, value, output
    widening: str
    narrowing: str
    norms: tuple[str, str]


BERT = Parts(
    ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
    "intermediate.dense",
    "output.dense",
    ("attention.output.LayerNorm", "output.LayerNorm"),
)
DISTILBERT = Parts(
    ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"),
    "ffn.lin1",
    "ffn.lin2",
    ("sa_layer_norm", "output_layer_norm"),
)


def expected(config: dict[str, Any]) -> Shapes:
    """Every weight of the encoder that a config under BERT's keys describes, its pooler left out."""
    return _tabled(config) if config["model_type"] in TABLED else _built(json.dumps(config, sort_keys=True))[0]


def words(config: dict[str, Any]) -> str:
    """The name of its word embedding: what stands before it in a file stands before every weight of the encoder."""
    return WORDS if config["model_type"] in TABLED else _built(json.dumps(config, sort_keys=True))[1]


def pooler(config: dict[str, Any]) -> Shapes:
    """The weights of its pooler; none of a kind that has no pooler."""
    hidden = config["hidden_size"]
    return {f"{POOLER}weight": (hidden, hidden), f"{POOLER}bias": (hidden,)} if KINDS[config["model_type"]].pools else {}


def _tabled(config: dict[str, Any]) -> Shapes:
    hidden, inner, kind = config["hidden_size"], config["intermediate_size"], KINDS[config["model_type"]]
    own = DISTILBERT if config["model_type"] == "distilbert" else BERT
    rows = {"word": config["vocab_size"], "position": config["max_position_embeddings"]}
    rows |= {"token_type": config.get("type_vocab_size", 2)} if kind.types else {}
    shapes: Shapes = {f"embeddings.{name}_embeddings.weight": (many, hidden) for name, many in rows.items()}
    linear = dict.fromkeys(own.attention, (hidden, hidden)) | {own.widening: (inner, hidden), own.narrowing: (hidden, inner)}
    norms = ["embeddings.LayerNorm"]
    for block in (f"{kind.blocks}.{number}" for number in range(config["num_hidden_layers"])):
        for name, shape in linear.items():
            shapes |= {f"{block}.{name}.weight": shape, f"{block}.{name}.bias": shape[:1]}
        norms += [f"{block}.{name}" for name in own.norms]
    return shapes | {f"{name}.{part}": (hidden,) for name in norms for part in ("weight", "bias")}


@functools.lru_cache(maxsize=16)
def _built(content: str) -> tuple[Shapes, str]:
    """(weights, name of the word embedding) of the class that `transformers` has for a config."""
    import torch
    import transformers
    from transformers.core_model_loading import revert_weight_conversion
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    config = json.loads(content)
    kind = config["model_type"]
    try:
        made = CONFIG_MAPPING[kind].from_dict({**config, **KINDS[kind].ours})
        with torch.device("meta"):
            model = getattr(transformers, KINDS[kind].bare).from_config(made, trust_remote_code=False)
    except Exception as fault:  # a value of another type than the class wants, sizes that do not fit each other
        said = f"{type(fault).__name__} {' '.join(str(fault).split())[:300]}"
        raise BadInput(f"config.json describes no encoder of type {kind} ({said}); take it from the release") from None
    table = model.get_input_embeddings().weight
    (name,) = (name for name, one in model.named_parameters() if one is table)
    stored = revert_weight_conversion(model, model.state_dict())  # under the names of the releases, which some classes change
    twins = {one for one, _ in model.named_parameters(remove_duplicate=False)} - {one for one, _ in model.named_parameters()}
    return {one: tuple(value.shape) for one, value in stored.items() if not one.startswith(POOLER) and one not in twins}, name
