"""What realigning the encoders of a profile is expected to take, by their configs alone: memory of a step, and hours on a device that is named.

Hours are predictions, of arithmetic and of the traffic of updates alone: of what the device could compute a share is assumed (UTILISATION), of its
memory all that its maker says, and each sentence is as long as realign.max_length lets it be. Rows that take as many pairs of each language
have steps by the number of their languages, and are named instead where the data alone tell that number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from realignment.config.schema import EQUAL_STEPS, Realign, Settings
from realignment.core.workspace import Workspace
from realignment.engine import hardware
from realignment.engine.bases import demands, sizes
from realignment.records.cell import OTHERWISE
from realignment.study import decoders, feasibility, grid
from realignment.study.configs import config_of
from realignment.study.devices import H100, Device
from realignment.subsets import naming

UTILISATION = 0.3


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
    each: str = ""  # of what so many steps are one, where a subset takes several

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
            f"({', '.join(f'{size(value)} {name}' for name, value in parts.items())}); predicted, not measured: {self.steps:,} steps{self.each} take "
            f"{duration(self.seconds)} on an {self.device.name} that does {UTILISATION:.0%} of its {speed:.0f} TFLOP/s ({self.dtype}) and waits for nothing"
        )


def size(count: float) -> str:
    """Bytes as people read them."""
    return f"{count / 2**30:,.1f} GiB" if count >= 2**30 else f"{count / 2**20:,.1f} MiB"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, to two digits."""
    return f"{seconds:.2g} s" if seconds < 60 else f"{seconds / 60:.2g} min" if seconds < 3600 else f"{seconds / 3600:,.1f} h"


def of(config: Mapping[str, Any], how: Realign, spec: Mapping[str, Any] | None = None, device: Device = H100) -> Needs:
    """Of an encoder with that config; `spec` is its entry of study.encoders, of which a decoder's adapters are read. With equal pairs per
    language the steps are those of one language."""
    spec, dtype = spec or {}, hardware.dtype(how.dtype, "cuda")
    read = how.max_length * decoders.copies(spec)
    step = demands.Step(how.pairs, read, dtype, spec.get("lora"), spec.get("quantized") == "4bit")
    seconds = (
        demands.operations(config, step) / (UTILISATION * device.operations[dtype])
        + demands.moved(config, step) / device.bandwidth
    )
    own = demands.trained(config, step)
    many, each = steps(how, 1), "" if how.allocation == EQUAL_STEPS else " for each language"
    return Needs(sizes.parameters(config), own, demands.memory(config, step), many, many * seconds, dtype, device, each)


def steps(how: Realign, languages: int) -> int:
    """Of a realignment on so many languages."""
    return how.steps if how.allocation == EQUAL_STEPS else -(-languages * how.pairs_per_language // how.pairs)


def of_profile(workspace: Workspace, settings: Settings) -> dict[str, str]:
    """Label of each encoder -> what is expected of it, as a sentence."""
    found = {}
    for label, spec in settings.study.encoders.items():
        config = config_of(workspace, settings, spec["name"])
        if config is None:
            found[label] = "not known before its config.json is at hand"
            continue
        one = of(config, settings.realign, spec)
        held = planned(workspace, settings, label)
        known = [(many, times) for _, many, times in held if many is not None]
        seconds = one.seconds / one.steps * sum(many * times for many, times in known)
        times = sum(times for _, times in known)
        taken = f"{times} {'realignment takes' if times == 1 else 'realignments take'} {duration(seconds)}"
        found[label] = f"{one}; {taken if times else 'the profile realigns it on nothing'}"
        if left := [row for row, many, _ in held if many is None]:
            found[label] += f", without those of {', '.join(left)}, whose number of languages the data decide"
    return found


def planned(workspace: Workspace, settings: Settings, label: str) -> list[tuple[str, int | None, int]]:
    """(row, its steps, how many times it is realigned) of an encoder; None where the steps follow from languages that only the data tell."""
    found = []
    for subset, control in grid.rows_of(settings, label):
        if subset == "none":
            continue
        how = replace(settings.realign, **OTHERWISE.get(control, {}))
        languages = None if how.allocation == EQUAL_STEPS else languages_of(workspace, settings, subset)
        many = None if languages is None and how.allocation != EQUAL_STEPS else steps(how, languages or 0)
        found.append((f"{subset}.{control}" if control else subset, many, len(grid.sown(settings, subset))))
    return found


def languages_of(workspace: Workspace, settings: Settings, subset: str) -> int | None:
    """How many languages a subset has, as far as its name, the profile or the pool says."""
    if subset in settings.select.own:
        return len(settings.select.own[subset])
    if (named := naming.split(subset).n) is not None:
        return named
    pool = feasibility.Profile(workspace, settings).pool
    return None if pool is None else len(pool)
