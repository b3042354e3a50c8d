"""What makers say of their devices. Nothing here was measured."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """Operations a second by arithmetic, dense, and bytes a second of its memory, from its maker's data sheet."""

    name: str
    operations: Mapping[str, float]
    bandwidth: float


H100 = Device("H100 SXM", {"bfloat16": 989e12, "float32": 67e12}, 3.35e12)  # the paper's (A.6)
