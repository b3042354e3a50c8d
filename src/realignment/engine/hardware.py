"""Where tensors live and how they are computed: one place decides device, arithmetic and determinism."""

import os
from pathlib import Path

from realignment.core.errors import BadInput

CHECKPOINT_SECONDS = "REALIGNMENT_CHECKPOINT_SECONDS"  # variable that carries the setting study.checkpoint to whoever trains


def device(wanted: str) -> str:
    """`cpu` or `cuda`; `auto` takes a GPU where there is one. Imports torch only where a driver is present."""
    driver = Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists()
    if wanted == "cpu" or (wanted == "auto" and not driver):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise BadInput("study.device is `cuda` and no GPU can be used; set it to auto or cpu")
    return "cpu"


def dtype(wanted: str, where: str) -> str:
    """float32 or bfloat16; `auto` is bfloat16 on a GPU."""
    return ("bfloat16" if where == "cuda" else "float32") if wanted == "auto" else wanted


def prepare(threads: int) -> None:
    """Same numbers every time on one machine: fixed threads, deterministic kernels."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("error")  # the same switch as use_deterministic_algorithms, which imports the compiler
    torch.utils.deterministic.fill_uninitialized_memory = False  # every tensor is written before it is read; filling costs time
    torch.backends.cudnn.benchmark = False
