"""How large a model is, by its config.json alone: nothing is loaded, and of the kinds that are written down here torch is not imported.

A count is that of the class of `transformers` without a head (`AutoModel`), a pooler included where the class makes one; a test builds each.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realignment.engine.bases import architecture, blueprint
from realignment.engine.bases.kinds import KINDS, TABLED

GATED = (
    "modernbert",
    "eurobert",
    "llama",
    "mistral",
    "gemma2",
    "gemma3_text",
    "nomic_bert",
    "t5gemma",
)
NORMS = {"llama": 2, "mistral": 2, "eurobert": 2, "gemma2": 4}  # rows of numbers in a block beside its matrices
UNPOOLED = ("nomic_bert",)  # whose class makes a pooler where it is asked to, and not by itself
WRITTEN = (*NORMS, "modernbert", "deberta-v2")
# Under which a kind has other weights than those that are counted here; its class is asked then.
OTHERWISE = {
    "attention_bias": False,
    "mlp_bias": False,
    "norm_bias": False,
    "share_att_key": True,
    "position_biased_input": False,
    "type_vocab_size": 0,
}


@dataclass(frozen=True)
class Shape:
    """The sizes that memory and arithmetic follow from."""

    kind: str
    vocabulary: int
    hidden: int
    inner: int
    blocks: int
    heads: int
    queries: int  # width of all query heads together
    keys: int  # of all key heads, and of all value heads
    gated: bool = False  # whether a block widens twice and multiplies

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Shape":
        config = architecture.inner(config)
        kind = config["model_type"]
        known = KINDS[kind].spelt if kind in KINDS else {}

        def said(name: str, default: Any = None) -> Any:
            return config.get(known.get(name, name), config.get(name, default))

        heads = said("num_attention_heads")
        width = said("head_dim") or said("hidden_size") // heads
        sizes = [said(name) for name in ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers")]
        return cls(kind, *sizes, heads, heads * width, (said("num_key_value_heads") or heads) * width, _gated(config))

    @property
    def matrices(self) -> dict[str, tuple[int, int]]:
        """The matrices of a block by the names decoders give them: numbers in, numbers out."""
        widen = dict.fromkeys(("gate_proj", "up_proj") if self.gated else ("up_proj",), (self.hidden, self.inner))
        return {
            "q_proj": (self.hidden, self.queries), "k_proj": (self.hidden, self.keys), "v_proj": (self.hidden, self.keys),
            "o_proj": (self.queries, self.hidden), **widen, "down_proj": (self.inner, self.hidden),
        }  # fmt: skip

    @property
    def multiplied(self) -> int:
        """Weights that each token is multiplied by: the matrices of all blocks."""
        return self.blocks * sum(map(math.prod, self.matrices.values()))

    def adapters(self, rank: int, targets: list[str]) -> int:
        """Parameters of LoRA: of each target a matrix into `rank` numbers and one out of them. KeyError for a name that no block has."""
        return self.blocks * sum(rank * sum(self.matrices[name]) for name in targets)


def _gated(config: Mapping[str, Any]) -> bool:
    return config["model_type"] in GATED or "gated" in str(config.get("feed_forward_proj", ""))


def parameters(config: Mapping[str, Any]) -> int:
    """Of the whole model without a head; of one with a decoder beside its encoder, the encoder."""
    config = architecture.inner(config)
    kind = config["model_type"]
    if kind in TABLED or (kind in KINDS and not _written(config)):
        plain = {**config, **{name: config[own] for name, own in KINDS[kind].spelt.items() if own in config}}
        shapes = {**blueprint.expected(plain), **({} if kind in UNPOOLED else blueprint.pooler(plain))}
        return sum(map(math.prod, shapes.values()))
    shape = Shape.of(config)
    words = shape.vocabulary * shape.hidden
    if kind in NORMS:
        return words + shape.multiplied + (shape.blocks * NORMS[kind] + 1) * shape.hidden
    if kind == "modernbert":  # a norm after the words and one at the end, two in each block but for the first
        return words + shape.multiplied + (2 * shape.blocks + 1) * shape.hidden
    return words + shape.multiplied + _of_deberta(config, shape)


def _written(config: Mapping[str, Any]) -> bool:
    return config["model_type"] in WRITTEN and all(config.get(name, usual) == usual for name, usual in OTHERWISE.items())


def _of_deberta(config: Mapping[str, Any], shape: Shape) -> int:
    """Biases, norms and relative positions of DeBERTa v2 with its keys shared, as mDeBERTa has them."""
    biases = shape.blocks * sum(out for _, out in shape.matrices.values())
    norms = 2 * shape.hidden * (2 * shape.blocks + 1 + ("layer_norm" in str(config.get("norm_rel_ebd"))))
    return biases + norms + 2 * config["position_buckets"] * shape.hidden
