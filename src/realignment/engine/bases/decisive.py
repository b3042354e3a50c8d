"""Which keys of config.json decide the states of an encoder, and what they may be. Of BERT's family by hand, of others by their configuration class.

The class is imported when it is asked for: planning a grid of BERT's family does without torch and `transformers`.
"""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from realignment.engine.bases.kinds import KINDS, TABLED

# What decides arithmetic, and no weight shows it: a number from and to which an encoder can be trained and a head be drawn at all.
BOUNDS = {
    "hidden_dropout_prob": (0.0, 0.5),
    "attention_probs_dropout_prob": (0.0, 0.5),
    "initializer_range": (1e-6, 1.0),
    "layer_norm_eps": (0.0, 1e-3),
    "seq_classif_dropout": (0.0, 0.5),
}
SIZES = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings")
UNSEEN = ("num_attention_heads", "hidden_act", "hidden_dropout_prob", "attention_probs_dropout_prob", "initializer_range")
ALSO = {"bert": (), "distilbert": ("seq_classif_dropout",)}  # said by a kind alone; BERT's default of layer_norm_eps is BERT's
OTHERS = ("layer_norm_eps",)
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
BY_CLASS = ("position_embedding_type", "auto_map")  # of FIXED, what the classes of other kinds do not read, or what is looked up
# Of a class's keys: those of a head, of decoding and of tokens, which decide no state of the encoder.
ASIDE = ("classifier_", "summary_", "sparse_", "decoder_", "pooler_", "use_cache", "deterministic_", "legacy", "pretraining_tp")
ASIDE += ("tie_word_embeddings", "final_logit_softcapping", "output_embedding_size", "is_decoder", "add_cross_attention")
# Which a class makes up where they are not said; older releases say other keys (`Kind.older`).
MADE_UP = ("layer_types", "rope_parameters")
LLAMA3 = ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")  # of its rotary positions
LAYERS = ("full_attention", "sliding_attention")  # the types of those that turn each by an angle of their own
# Part of a class's key -> from, to.
RULES = {"dropout": (0.0, 0.5), "initializer_range": (1e-6, 1.0), "eps": (0.0, 1e-3), "epsilon": (0.0, 1e-3)}


def key(kind: str, name: str) -> str:
    """What the config.json of a kind calls what BERT's calls `name`."""
    return KINDS[kind].spelt.get(name, name)


@functools.cache
def read_by(kind: str) -> Mapping[str, Any]:
    """Key that the configuration class of a kind reads and that decides states -> what it takes where nothing is said."""
    from dataclasses import fields

    from transformers import PreTrainedConfig
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    general = {one.name for one in fields(PreTrainedConfig)}
    inner = getattr(CONFIG_MAPPING[kind], "sub_configs", {}).get(KINDS[kind].inside)
    around = [one for one in fields(CONFIG_MAPPING[kind]) if inner is None or one.name in KINDS[kind].outside]
    own = {one.name: one.default for one in (*(fields(inner) if inner else ()), *around) if one.name not in general}
    return {name: value for name, value in own.items() if not name.startswith(ASIDE) and not name.endswith("token_id")}


def sizes(kind: str) -> list[str]:
    """Those of SIZES that a kind has: some know no longest text."""
    return [name for name in SIZES if kind in TABLED or key(kind, name) in read_by(kind)]


def unsaid(kind: str, config: Mapping[str, Any]) -> list[str]:
    """Decisive keys, as the kind spells them, that a config under BERT's keys leaves to a default."""
    lacking = [key(kind, name) for name in sizes(kind) if config.get(name) is None]
    if kind in TABLED:
        return [key(kind, name) for name in dict.fromkeys((*SIZES, *UNSEEN, *ALSO.get(kind, OTHERS))) if config.get(name) is None]
    about = KINDS[kind]
    said = {name for name, value in config.items() if value is not None or name in about.empty}
    decides = [
        name for name, value in read_by(kind).items() if value is not None or name in MADE_UP
    ]  # others are counted from these
    wanted = [name for name in (*decides, *about.also) if name not in said]
    wanted += ["pad_token_id"] if about.padding is None and not about.decodes and "pad_token_id" not in config else []
    older = [name for name in wanted if said & set(about.older.get(name, ()))]
    wanted = [name for name in wanted if name not in older] + [
        one for name in older for one in about.older[name] if one not in said
    ]
    return list(dict.fromkeys([*lacking, *wanted, *_turns(config.get("rope_parameters")), *_stretches(config)]))


def _turns(given: Any) -> list[str]:
    """What of rotary positions is left to a default: a rope_theta, of all layers or of each of the two types."""
    if not isinstance(given, dict):
        return []
    if not any(isinstance(one, dict) for one in given.values()):
        return [] if given.get("rope_theta") is not None else ["rope_theta of rope_parameters"]
    lacking = [name for name in LAYERS if (given.get(name) or {}).get("rope_theta") is None]
    return [f"rope_theta of {name} of rope_parameters" for name in lacking]


def _stretches(config: Mapping[str, Any]) -> list[str]:
    """What of positions that are stretched as Llama 3.1's are is left to a default."""
    given = config.get("rope_parameters") or config.get("rope_scaling")
    if not isinstance(given, dict) or not (said := [name for name in LLAMA3 if given.get(name) is not None]):
        return []
    named = given.get("rope_type") or given.get("type")
    return [*([] if named else ["rope_type"]), *(name for name in LLAMA3 if name not in said)]


def stretched(kind: str, config: Mapping[str, Any]) -> list[str]:
    """How rotary positions are stretched, where they are and that is not in the oracle of the kind: some ways look at the longest text of a batch."""
    found = []
    for given in (config.get("rope_parameters"), config.get("rope_scaling")):
        parts = [given, *given.values()] if isinstance(given, dict) else []
        found += [part.get(name) for part in parts if isinstance(part, dict) for name in ("rope_type", "type")]
    return sorted({str(one) for one in found if one is not None and one not in KINDS[kind].turns})


def bounds(kind: str) -> dict[str, tuple[float, float]]:
    """Key, as the kind spells it -> least and most."""
    if kind in TABLED:
        return {key(kind, name): limits for name, limits in BOUNDS.items()}
    return {name: limits for name in read_by(kind) for part, limits in RULES.items() if part == name or part in name.split("_")}


def fixed(kind: str) -> dict[str, Any]:
    """Key -> the one value that it may have; where it is not said, that value holds."""
    own = {**FIXED, **UNREAD.get(kind, {})}
    looked_up = () if kind in TABLED else BY_CLASS if KINDS[kind].bare == "AutoModel" else (*BY_CLASS, "is_encoder_decoder")
    return {name: value for name, value in own.items() if name not in looked_up}


def foreign(config: Mapping[str, Any]) -> list[str]:
    """Classes that an `auto_map` names and `transformers` does not have: a release of a class that has since come to it is read by that."""
    import transformers

    named = config.get("auto_map") or {}
    every = [one for value in named.values() for one in (value if isinstance(value, list) else [value]) if one]
    return sorted({str(one) for one in every if not hasattr(transformers, str(one).rpartition(".")[2])})


def dropouts(kind: str) -> Iterable[str]:
    """Keys, as the kind spells them, that say how much is dropped in training."""
    return [name for name in bounds(kind) if "dropout" in name.split("_") and name != "seq_classif_dropout"]
