"""What config.json says of an encoder: the architectures known here, the weights each consists of, and what else decides arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realignment.core import strictjson
from realignment.core.errors import BadInput

# The pad token where config.json names none.
PADDING = {"bert": 0, "distilbert": 0, "xlm-roberta": 1, "roberta": 1, "camembert": 1}
KNOWN = tuple(PADDING)
OWN = {
    "bert": "bert.",
    "distilbert": "distilbert.",
    "xlm-roberta": "roberta.",
    "roberta": "roberta.",
    "camembert": "roberta.",
}  # before names, within a whole model
SHIFTED = ("xlm-roberta", "roberta", "camembert")  # whose positions count from after the pad token


@dataclass(frozen=True)
class Parts:
    """What an architecture calls its parts, and which it has beside blocks, words and positions."""

    blocks: str
    attention: tuple[str, str, str, str]  # query, key, value, output
    widening: str
    narrowing: str
    norms: tuple[str, str]  # of a block
    types: bool = True  # whether it tells the sentences of a pair apart
    pools: bool = True  # whether it may have a pooler


BERT = Parts(
    "encoder.layer",
    ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
    "intermediate.dense",
    "output.dense",
    ("attention.output.LayerNorm", "output.LayerNorm"),
)
DISTILBERT = Parts(
    "transformer.layer",
    ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"),
    "ffn.lin1",
    "ffn.lin2",
    ("sa_layer_norm", "output_layer_norm"),
    types=False,
    pools=False,
)
# Key as BERT's config.json has it, and as it is called here -> DistilBERT's key.
SPELT = {
    "distilbert": {
        "hidden_size": "dim",
        "intermediate_size": "hidden_dim",
        "num_hidden_layers": "n_layers",
        "num_attention_heads": "n_heads",
        "hidden_act": "activation",
        "hidden_dropout_prob": "dropout",
        "attention_probs_dropout_prob": "attention_dropout",
    }
}
# What decides arithmetic, and no weight shows it: a number from and to which an encoder can be trained and a head be drawn at all.
BOUNDS = {
    "hidden_dropout_prob": (0.0, 0.5),
    "attention_probs_dropout_prob": (0.0, 0.5),
    "initializer_range": (1e-6, 1.0),
    "layer_norm_eps": (0.0, 1e-3),
    "seq_classif_dropout": (0.0, 0.5),
}
UNSEEN = ("num_attention_heads", "hidden_act", "hidden_dropout_prob", "attention_probs_dropout_prob", "initializer_range")
ALSO = {"bert": (), "distilbert": ("seq_classif_dropout",)}  # said by a kind alone; BERT's default of layer_norm_eps is BERT's
OTHERS = ("layer_norm_eps",)
SIZES = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings")
FIXED = {  # key: the one value under which the arithmetic is the one done here; an empty value says the same
    "is_decoder": False,
    "is_encoder_decoder": False,
    "add_cross_attention": False,
    "position_embedding_type": "absolute",
    "sinusoidal_pos_embds": False,
    "pruned_heads": {},
    "chunk_size_feed_forward": 0,
    "quantization_config": None,
    "compression_config": None,
    "fusion_config": None,
    "auto_map": None,
    "transformers_weights": None,
}
UNREAD = {"distilbert": {"layer_norm_eps": 1e-12}}  # the same, of keys that the classes of a kind do not read
POOLER = "pooler.dense."  # of BERT's NLI head alone, and of no use to XLM-R; releases have it or not


def stamps(paths: Iterable[Path]) -> tuple:
    """Inode, size and times of files that are there: what a reading of them is remembered by."""
    found = [path.stat() for path in paths if path.is_file()]
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for one in found)


def drops(config: dict[str, Any]) -> bool:
    """Whether anything is dropped in training; BERT's default of 0.1 counts where nothing is said."""
    known = told(config)
    return any(known.get(name, 0.1) > 0 for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"))


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


def parts(kind: str) -> Parts:
    """What the parts of an encoder of this kind are called."""
    return DISTILBERT if kind == "distilbert" else BERT


def key(kind: str, name: str) -> str:
    """What the config.json of a kind calls what BERT's calls `name`."""
    return SPELT.get(kind, {}).get(name, name)


def told(config: dict[str, Any]) -> dict[str, Any]:
    """A config under BERT's keys; BadInput where it says one thing under two keys, of which its kind reads one alone."""
    kind, plain = supported(config), dict(config)
    for name, own in SPELT.get(kind, {}).items():
        if name in config and config[name] != config.get(own):
            raise BadInput(f"{own} is {config.get(own)!r} and {name} is {config[name]!r}; {kind} reads {own}: say it there alone")
        if own in config:
            plain[name] = config[own]
    return plain


def whole(folder: Path) -> dict[str, Any]:
    """config.json of a folder under BERT's keys; BadInput where it leaves open what decides arithmetic, or asks for another one."""
    content, path = read(folder), folder / "config.json"
    kind = supported(content)
    try:
        config = told(content)
    except BadInput as fault:
        raise BadInput(f"{path}: {fault}") from None
    wanted = dict.fromkeys((*SIZES, *UNSEEN, *ALSO.get(kind, OTHERS)))
    if missing := [key(kind, name) for name in wanted if config.get(name) is None]:
        raise BadInput(f"{path}: {', '.join(missing)} must be said, or a default decides in silence; take it from the release")
    for name in SIZES:
        if not isinstance(config[name], int) or isinstance(config[name], bool) or config[name] < 1:
            raise BadInput(f"{path}: {key(kind, name)} must be a whole number from 1 on, got {config[name]!r}")
    for name, (least, most) in BOUNDS.items():
        value = config.get(name)
        if value is not None and (not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most):
            raise BadInput(
                f"{path}: {key(kind, name)} must be a number from {least:g} to {most:g}, got {value!r}; take it from the release"
            )
    if config["hidden_size"] % config["num_attention_heads"]:
        raise BadInput(
            f"{path}: {key(kind, 'hidden_size')} {config['hidden_size']} is no multiple of {key(kind, 'num_attention_heads')} "
            f"{config['num_attention_heads']}"
        )
    for name, value in {**FIXED, **UNREAD.get(kind, {})}.items():
        if config.get(name, value) not in (value, None, False, {}, []):
            raise BadInput(
                f"{path}: {name} is {config[name]!r}; the weights would be read as an encoder with {value!r}, another one than they "
                "were trained as; it cannot be used here"
            )
    return config


def expected(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every weight of the encoder that a config under BERT's keys describes, its pooler left out."""
    hidden, inner, own = config["hidden_size"], config["intermediate_size"], parts(config["model_type"])
    rows = {"word": config["vocab_size"], "position": config["max_position_embeddings"]}
    rows |= {"token_type": config.get("type_vocab_size", 2)} if own.types else {}
    shapes: dict[str, tuple[int, ...]] = {f"embeddings.{name}_embeddings.weight": (many, hidden) for name, many in rows.items()}
    linear = dict.fromkeys(own.attention, (hidden, hidden)) | {own.widening: (inner, hidden), own.narrowing: (hidden, inner)}
    norms = ["embeddings.LayerNorm"]
    for block in (f"{own.blocks}.{number}" for number in range(config["num_hidden_layers"])):
        for name, shape in linear.items():
            shapes |= {f"{block}.{name}.weight": shape, f"{block}.{name}.bias": shape[:1]}
        norms += [f"{block}.{name}" for name in own.norms]
    return shapes | {f"{name}.{part}": (hidden,) for name in norms for part in ("weight", "bias")}


def pooler(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name -> shape of the weights of its pooler; none of a kind that has no pooler."""
    hidden = config["hidden_size"]
    return {f"{POOLER}weight": (hidden, hidden), f"{POOLER}bias": (hidden,)} if parts(config["model_type"]).pools else {}
