"""Where tensors live and how they are computed: one place decides device, arithmetic and determinism."""

import functools
import os
from pathlib import Path

from realignment.core.errors import BadInput

LARGE = 10_000_000  # numbers of a word embedding: 40 MB; those of mBERT and XLM-R have 92 and 192 million
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


def embedding(wanted: str, where: str, entries: int) -> str:
    """dense or rows; `auto` is rows on a CPU where the word embedding has LARGE `entries` or more: a fresh gradient of all of them and Adam on
    them would be a third of a step."""
    return ("rows" if where == "cpu" and entries >= LARGE else "dense") if wanted == "auto" else wanted


@functools.cache
def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16; without them it is many times slower than float32."""
    try:
        known = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return any(name in known for name in ("avx512_bf16", "amx_bf16"))


def prepare(threads: int) -> None:
    """Same numbers every time on one machine: fixed threads, deterministic kernels."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch

    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("error")  # the same switch as use_deterministic_algorithms, which imports the compiler
    torch.utils.deterministic.fill_uninitialized_memory = False  # every tensor is written before it is read; filling costs time
    torch.backends.cudnn.benchmark = False
