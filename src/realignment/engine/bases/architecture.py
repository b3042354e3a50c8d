"""What config.json says of an encoder: the architectures known here, the weights each consists of, and what else decides arithmetic."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from realignment.core import strictjson
from realignment.core.errors import BadInput

PADDING = {"bert": 0, "xlm-roberta": 1, "roberta": 1, "camembert": 1}  # the pad token where config.json names none
KNOWN = tuple(PADDING)
OWN = {
    "bert": "bert.",
    "xlm-roberta": "roberta.",
    "roberta": "roberta.",
    "camembert": "roberta.",
}  # before names, within a whole model
# What decides arithmetic, and no weight shows it: a number from and to which an encoder can be trained and a head be drawn at all.
BOUNDS = {
    "hidden_dropout_prob": (0.0, 0.5),
    "attention_probs_dropout_prob": (0.0, 0.5),
    "initializer_range": (1e-6, 1.0),
    "layer_norm_eps": (0.0, 1e-3),
}
UNSEEN = ("num_attention_heads", "hidden_act", *BOUNDS)
SIZES = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings")
FIXED = {  # key: the one value under which the arithmetic is the one done here; an empty value says the same
    "is_decoder": False,
    "is_encoder_decoder": False,
    "add_cross_attention": False,
    "position_embedding_type": "absolute",
    "pruned_heads": {},
    "chunk_size_feed_forward": 0,
    "quantization_config": None,
    "compression_config": None,
    "fusion_config": None,
    "auto_map": None,
    "transformers_weights": None,
}
POOLER = "pooler.dense."  # of BERT's NLI head alone, and of no use to XLM-R; releases have it or not


def stamps(paths: Iterable[Path]) -> tuple:
    """Inode, size and times of files that are there: what a reading of them is remembered by."""
    found = [path.stat() for path in paths if path.is_file()]
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for one in found)


def read(folder: Path) -> dict[str, Any]:
    """config.json of a folder."""
    path = folder / "config.json"
    try:
        content = strictjson.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{folder} holds no config.json; a folder saved by transformers is required") from None
    except (OSError, ValueError) as fault:
        raise BadInput(f"{path}: JSON is required, each name once: {fault}") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path}: a JSON object is required")
    return content


def supported(config: dict[str, Any]) -> str:
    """The kind of encoder a config is of; BadInput where it is none of those known here."""
    kind = config.get("model_type")
    if kind not in KNOWN:
        raise BadInput(f"encoders of type {', '.join(KNOWN)} are supported, this one is {kind}")
    return kind


def whole(folder: Path) -> dict[str, Any]:
    """config.json of a folder; BadInput where it leaves open what decides arithmetic, or asks for arithmetic that is not done here."""
    config, path = read(folder), folder / "config.json"
    default = ("layer_norm_eps",) if supported(config) == "bert" else ()  # the default is BERT's
    if missing := [name for name in dict.fromkeys((*SIZES, *UNSEEN)) if config.get(name) is None and name not in default]:
        raise BadInput(f"{path}: {', '.join(missing)} must be said, or a default decides in silence; take it from the release")
    for name in SIZES:
        if not isinstance(config[name], int) or isinstance(config[name], bool) or config[name] < 1:
            raise BadInput(f"{path}: {name} must be a whole number from 1 on, got {config[name]!r}")
    for name, (least, most) in BOUNDS.items():
        value = config.get(name)
        if value is not None and (not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most):
            raise BadInput(f"{path}: {name} must be a number from {least:g} to {most:g}, got {value!r}; take it from the release")
    if config["hidden_size"] % config["num_attention_heads"]:
        raise BadInput(
            f"{path}: hidden_size {config['hidden_size']} is no multiple of num_attention_heads {config['num_attention_heads']}"
        )
    for name, value in FIXED.items():
        if config.get(name, value) not in (value, None, False, {}, []):
            raise BadInput(
                f"{path}: {name} is {config[name]!r}; the weights would be read as an encoder with {value!r}, another one than they "
                "were trained as; it cannot be used here"
            )
    return config


def expected(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every weight of the encoder, its pooler left out."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    rows = {
        "word": config["vocab_size"],
        "position": config["max_position_embeddings"],
        "token_type": config.get("type_vocab_size", 2),
    }
    shapes: dict[str, tuple[int, ...]] = {f"embeddings.{name}_embeddings.weight": (many, hidden) for name, many in rows.items()}
    linear = {
        **{f"attention.self.{name}": (hidden, hidden) for name in ("query", "key", "value")},
        "attention.output.dense": (hidden, hidden),
        "intermediate.dense": (inner, hidden),
        "output.dense": (hidden, inner),
    }
    norms = ["embeddings.LayerNorm"]
    for block in (f"encoder.layer.{number}" for number in range(config["num_hidden_layers"])):
        for name, shape in linear.items():
            shapes |= {f"{block}.{name}.weight": shape, f"{block}.{name}.bias": shape[:1]}
        norms += [f"{block}.attention.output.LayerNorm", f"{block}.output.LayerNorm"]
    return shapes | {f"{name}.{part}": (hidden,) for name in norms for part in ("weight", "bias")}


def pooler(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name -> shape of the weights of its pooler."""
    hidden = config["hidden_size"]
    return {f"{POOLER}weight": (hidden, hidden), f"{POOLER}bias": (hidden,)}
