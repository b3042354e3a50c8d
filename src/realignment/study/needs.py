"""What realigning the encoders of a profile is expected to take, by their configs alone: memory of a step, and hours on a device that is named.

Hours are predictions, of arithmetic and of the traffic of updates alone: of what the device could compute a share is assumed (UTILISATION), of its
memory all that its maker says, and each sentence is as long as realign.max_length lets it be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realignment.config import models
from realignment.config.schema import Pretrain, Realign, Settings
from realignment.core.workspace import Workspace
from realignment.engine import hardware
from realignment.engine.bases import architecture, demands, locate, sizes
from realignment.study import encoder_needs, grid

UTILISATION = 0.3


@dataclass(frozen=True)
class Device:
    """Operations a second by arithmetic, dense, and bytes a second of its memory, from its maker's data sheet."""

    name: str
    operations: Mapping[str, float]
    bandwidth: float


H100 = Device("H100 SXM", {"bfloat16": 989e12, "float32": 67e12}, 3.35e12)  # the paper's (A.6)


@dataclass(frozen=True)
class Needs:
    """Of one realignment."""

    parameters: int
    trained: int
    memory: demands.Memory
    steps: int
    seconds: float  # of all steps
    dtype: str
    device: Device = H100

    def __str__(self) -> str:
        held = self.memory
        parts = {
            "weights": held.weights,
            "gradients": held.gradients,
            "Adam's moments": held.moments,
            "activations": held.activations,
        }
        own = "" if self.trained == self.parameters else f", frozen, and {self.trained:,} of adapters"
        speed = self.device.operations[self.dtype] / 1e12
        return (
            f"{self.parameters:,} parameters{own}; {size(held.total)} of memory "
            f"({', '.join(f'{size(value)} {name}' for name, value in parts.items())}); predicted, not measured: {self.steps:,} steps take "
            f"{duration(self.seconds)} on an {self.device.name} that does {UTILISATION:.0%} of its {speed:.0f} TFLOP/s ({self.dtype}) and waits for nothing"
        )


def size(count: float) -> str:
    """Bytes as people read them."""
    return f"{count / 2**30:,.1f} GiB" if count >= 2**30 else f"{count / 2**20:,.1f} MiB"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, to two digits."""
    return f"{seconds:.2g} s" if seconds < 60 else f"{seconds / 60:.2g} min" if seconds < 3600 else f"{seconds / 3600:,.1f} h"


def of(config: Mapping[str, Any], how: Realign, spec: Mapping[str, Any] | None = None, device: Device = H100) -> Needs:
    """Of an encoder with that config; `spec` is its entry of study.encoders, of which a decoder's adapters are read."""
    spec, dtype = spec or {}, hardware.dtype(how.dtype, "cuda")
    step = demands.Step(how.pairs, how.max_length, dtype, spec.get("lora"), spec.get("quantized") == "4bit")
    seconds = (
        demands.operations(config, step) / (UTILISATION * device.operations[dtype])
        + demands.moved(config, step) / device.bandwidth
    )
    own = demands.trained(config, step)
    return Needs(sizes.parameters(config), own, demands.memory(config, step), how.steps, how.steps * seconds, dtype, device)


def of_profile(workspace: Workspace, settings: Settings) -> dict[str, str]:
    """Label of each encoder -> what is expected of it, as a sentence."""
    times = sum(len(grid.sown(settings, subset)) for subset, *_ in grid.rows(settings) if subset != "none")
    found = {}
    for label, spec in settings.study.encoders.items():
        config = config_of(workspace, settings, spec["name"])
        if config is None:
            found[label] = "not known before its config.json is at hand"
            continue
        one = of(config, settings.realign, spec)
        found[label] = f"{one}; {times} realignments take {duration(one.seconds * times)}"
    return found


def config_of(workspace: Workspace, settings: Settings, name: str) -> Mapping[str, Any] | None:
    """What config.json says, or would say, of an encoder by its name; None where nobody knows yet."""
    if name == encoder_needs.made(workspace, settings):
        return _made(settings.pretrain)
    if folder := locate.at_hand(name, workspace.root):
        return architecture.read(folder)
    known = models.known(workspace.root).values()
    return next(
        (one.sizes for one in known if one.sizes and name in (one.name, f"hub:{one.repository}@{name.rpartition('@')[2]}")), None
    )


def _made(how: Pretrain) -> dict[str, Any]:
    """Of the encoder that stage `pretrain` makes."""
    return {
        "model_type": "bert", "vocab_size": how.vocabulary, "hidden_size": how.hidden, "num_hidden_layers": how.layers,
        "num_attention_heads": how.heads, "intermediate_size": how.feedforward, "max_position_embeddings": encoder_needs.PRETRAINED,
        "type_vocab_size": 2,
    }  # fmt: skip
