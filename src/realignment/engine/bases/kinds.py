"""The architectures known here, each with what `transformers` does not say of it. One is added together with its oracle.

The oracle (`tests/engine/test_architectures.py`): states and gradients of a batch are those of plain `transformers`, padded and one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Kind:
    """An architecture, by what its config.json calls it (model_type)."""

    own: str  # before names within a whole model
    blocks: str  # where its blocks stand
    padding: int | None = 0  # the pad token where config.json names none; None: it must say, and may say that there is none
    packs: bool = True  # whether its attention can be told to look at each sequence alone; padded otherwise: slower, right
    types: bool = True  # whether it tells the sentences of a pair apart
    shifted: bool = False  # whether positions count from after the pad token
    pools: bool = False  # whether the encoder itself may have a pooler
    last: bool = False  # whether the NLI head of its class reads the last state of a pair, not the first
    bare: str = "AutoModel"  # the class of `transformers` that makes it without a head
    tags: bool = True  # whether `transformers` has a head for labels of words
    pairs: bool = True  # whether it has one for sentence pairs that reads the encoder alone, and so whether texts begin with a special token
    spans: bool = (
        True  # whether it has one for answers from a context that reads the encoder alone, under the encoder's own names
    )
    heads: tuple[str, ...] = ()  # before weights of its heads, beside those that every kind has
    spelt: Mapping[str, str] = field(default_factory=dict)  # BERT's key -> its own
    also: tuple[str, ...] = ()  # keys that its code reads and its configuration class does not name, or sets to None
    older: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # key -> the keys of older releases that say all of it
    empty: tuple[str, ...] = ()  # keys under which null says something, where others than it are the default
    must: Mapping[str, Any] = field(default_factory=dict)  # key -> the one value with which it is an encoder that is known here
    ours: Mapping[str, Any] = field(default_factory=dict)  # of its configuration, what is ours to say
    inside: str = ""  # the key of config.json that holds the encoder's own settings, where it is one of two
    outside: tuple[str, ...] = ()  # keys that its code takes from around them all the same
    wide: bool = False  # whether `transformers` counts its windows to their last place; others to the one before
    decodes: bool = (
        False  # whether it is a decoder: how it looks at a sentence is said by the settings, and adapters are trained alone
    )
    turns: tuple[str, ...] = (
        "default",
    )  # the types of rotary positions that are known here; none of them looks at the longest text of a batch


# How a decoder looks at a sentence: back alone, both ways, or back alone at the second of two readings in a row.
CAUSAL, BIDIRECTIONAL, REPEATED = ATTENTIONS = ("causal", "bidirectional", "repeated")
DISTILBERT = {
    "hidden_size": "dim",
    "intermediate_size": "hidden_dim",
    "num_hidden_layers": "n_layers",
    "num_attention_heads": "n_heads",
    "hidden_act": "activation",
    "hidden_dropout_prob": "dropout",
    "attention_probs_dropout_prob": "attention_dropout",
}
MODERNBERT = {"hidden_act": "hidden_activation", "attention_probs_dropout_prob": "attention_dropout"}
ROTARY = {"rope_parameters": ("rope_theta",)}
GEMMA = {"hidden_act": "hidden_activation"}
T5 = {
    "hidden_size": "d_model",
    "intermediate_size": "d_ff",
    "num_hidden_layers": "num_layers",
    "num_attention_heads": "num_heads",
    "head_dim": "d_kv",
    "hidden_act": "dense_act_fn",
}
TABLED = ("bert", "distilbert", "xlm-roberta", "roberta", "camembert")  # those that can be checked without torch
ROBERTA = Kind("roberta.", "encoder.layer", padding=1, shifted=True, pools=True)
DECODER = Kind(
    "model.", "layers", padding=None, types=False, last=True, spans=False, decodes=True, older=ROTARY,
    ours={"use_cache": False, "classifier_dropout": 0.1},
    must={"use_bidirectional_attention": None, "partial_rotary_factor": None},
)  # fmt: skip
ENCODER_OF_T5 = Kind(
    "transformer.", "encoder.block", packs=False, types=False, bare="AutoModelForTextEncoding", pairs=False, spans=False, heads=("decoder.",), spelt=T5,
    ours={"classifier_dropout": 0.0},
)  # fmt: skip

KINDS = {
    "bert": Kind("bert.", "encoder.layer", pools=True),
    "distilbert": Kind("distilbert.", "transformer.layer", types=False, spelt=DISTILBERT),
    "xlm-roberta": ROBERTA,
    "roberta": ROBERTA,
    "camembert": ROBERTA,
    "electra": Kind("electra.", "encoder.layer", heads=("discriminator_predictions.", "generator_predictions.", "generator_lm_head.")),
    "ernie": Kind("ernie.", "encoder.layer", pools=True, must={"use_task_id": False}),
    "rembert": Kind("rembert.", "encoder.layer", packs=False, pools=True),
    "megatron-bert": Kind("bert.", "encoder.layer", packs=False, pools=True),
    "xlm-roberta-xl": ROBERTA,
    "roberta-prelayernorm": replace(ROBERTA, own="roberta_prelayernorm."),
    "data2vec-text": replace(ROBERTA, own="data2vec_text."),
    "mpnet": replace(ROBERTA, own="mpnet.", packs=False, types=False, must={"relative_attention_num_buckets": 32}),
    "nomic_bert": Kind("nomic_bert.", "layers", pools=True, spans=False, older=ROTARY),
    "modernbert": Kind(
        "model.", "layers", padding=None, types=False, heads=("head.", "decoder."), spelt=MODERNBERT,
        older={"layer_types": ("global_attn_every_n_layers",), "rope_parameters": ("global_rope_theta", "local_rope_theta")},
        ours={"classifier_dropout": 0.0, "classifier_pooling": "cls"},
    ),
    "eurobert": Kind(
        "model.", "layers", padding=None, types=False, spans=False, heads=("dense.",), older=ROTARY, ours={"classifier_pooling": "bos"},
    ),
    "gemma3_text": Kind(
        "model.", "layers", padding=None, types=False, spelt=GEMMA, last=True, tags=False, spans=False, ours={"use_cache": False},
        older={"layer_types": ("sliding_window_pattern",), "rope_parameters": ("rope_theta", "rope_local_base_freq")},
        must={"use_bidirectional_attention": True, "attn_logit_softcapping": None, "is_causal": None},
    ),
    "t5": ENCODER_OF_T5,
    "mt5": ENCODER_OF_T5,
    "umt5": ENCODER_OF_T5,
    "t5gemma": Kind(
        "model.", "encoder.layers", types=False, bare="AutoModelForTextEncoding", last=True, spans=False, heads=("decoder.",), spelt=GEMMA, older=ROTARY,
        ours={"is_encoder_decoder": False, "classifier_dropout_rate": 0.0}, inside="encoder", wide=True,
        outside=("dropout_rate", "attention_dropout", "initializer_range", "pad_token_id", "is_encoder_decoder"),
    ),
    "deberta-v2": Kind(
        "deberta.", "encoder.layer", packs=False, heads=("pooler.", "lm_predictions.", "mask_predictions."),
        also=("position_buckets", "norm_rel_ebd", "share_att_key", "pos_att_type"), must={"conv_kernel_size": None},
    ),
    "llama": replace(DECODER, turns=("default", "llama3"), must={**DECODER.must, "layer_types": None}),
    "mistral": replace(DECODER, empty=("sliding_window",), must={**DECODER.must, "layer_types": None}),
    "gemma2": replace(DECODER, spelt=GEMMA, older={**ROTARY, "layer_types": ("sliding_window",)}),
}  # fmt: skip
