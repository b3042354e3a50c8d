"""What an entry of study.encoders says of a decoder: whether it fits the files, and how it enters a job's settings. Reads files alone."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realignment.config.schema import CEILING
from realignment.core.errors import BadInput
from realignment.engine.bases import architecture, blueprint, kinds

if TYPE_CHECKING:
    from realignment.config.schema import Encoder

SAID = ("attention", "lora", "quantized")
EXAMPLE = "attention: causal (or bidirectional, repeated) and lora: {rank: 16, alpha: 32, dropout: 0.05, targets: [q_proj, k_proj, v_proj, o_proj]}"


def params(folder: Path, label: str, spec: "Encoder") -> dict[str, Any]:
    """What is said of a decoder, beside the settings of its jobs; {} of an encoder. BadInput where it is not said of one, or said of the other."""
    config = architecture.told(architecture.read(folder))
    kind, entry = kinds.KINDS[config["model_type"]], f"study.{label if label == CEILING else f'encoders.{label}'}"
    said = [name for name in SAID if name in spec]
    if not kind.decodes:
        if said:
            raise BadInput(
                f"{entry} says {', '.join(said)}, and `{spec['name']}` ({config['model_type']}) is no decoder; take that out"
            )
        return {}
    if "attention" not in spec or "lora" not in spec:
        raise BadInput(
            f"{entry}: `{spec['name']}` is a decoder ({config['model_type']}), of which must be said {EXAMPLE}; add it"
        )
    lora = spec["lora"]
    known = linear(config)
    if unknown := sorted(set(lora["targets"]) - known):
        raise BadInput(
            f"{entry}.lora.targets: {', '.join(unknown)} is no linear layer of its blocks; they are {', '.join(sorted(known))}"
        )
    if "quantized" in spec and importlib.util.find_spec("bitsandbytes") is None:
        raise BadInput(
            f"{entry}.quantized: {spec['quantized']} requires bitsandbytes, which is not installed; `pip install -e .[4bit]`, or take it out"
        )
    return {
        "attention": spec["attention"],
        "lora_rank": lora["rank"],
        "lora_alpha": float(lora["alpha"]),
        "lora_dropout": float(lora["dropout"]),
        "lora_targets": ",".join(sorted(lora["targets"])),
        "quantized": spec.get("quantized", ""),
    }


def linear(config: dict[str, Any]) -> set[str]:
    """What the linear layers of its blocks are called, by config.json."""
    blocks = f"{kinds.KINDS[config['model_type']].blocks}."
    expected = blueprint.expected(config)
    return {name.split(".")[-2] for name, shape in expected.items() if name.startswith(blocks) and len(shape) == 2}


def copies(given: Mapping[str, Any]) -> int:
    """How often a sentence stands in what is read, by the settings of a job."""
    return 2 if given.get("attention") == kinds.REPEATED else 1


def trained(given: Mapping[str, Any], of_decoder: Mapping[str, Any], verb: str) -> dict[str, Any]:
    """The settings of a training with what is said of a decoder, whose adapters alone are trained: words are not, nor can blocks be left out."""
    if not of_decoder:
        return dict(given)
    if given.get("freeze", "none") != "none":
        said = "the base of a decoder is frozen as it is, and its adapters are trained in every block"
        raise BadInput(f"{verb}.freeze is `{given['freeze']}`: {said}; set it to none, or leave decoders out of study.encoders")
    return {**given, "embedding": "frozen", **of_decoder}
