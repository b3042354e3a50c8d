"""Which code of the libraries did the arithmetic: equal settings on other kernels give other weights. Part of a record, not of its key.

Planning imports no torch and may happen on another machine than the work, so the worker says it, and `mixed` names what met in a study.
"""

import os
import platform
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

# Variables that choose other kernels, or other arithmetic, behind the settings' back.
CHOOSING = (
    "ATEN_CPU_CAPABILITY", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "MKL_DEBUG_CPU_TYPE", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA",
    "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "NVIDIA_TF32_OVERRIDE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "TORCH_BLAS_PREFER_CUBLASLT", "CUBLAS_WORKSPACE_CONFIG",
)  # fmt: skip
OURS = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}  # what a worker sets itself


def measured(device: str) -> str:
    """As `AVX2 GenuineIntel`, with the GPU where one computed and each variable that chooses; "" where torch computed nothing."""
    torch = sys.modules.get("torch")
    if torch is None:
        return ""
    found = [torch.backends.cpu.get_cpu_capability(), _maker(), *_matrix_units(torch)]
    if device == "cuda":
        found = [torch.cuda.get_device_name(), f"cuda {torch.version.cuda}", f"cudnn {torch.backends.cudnn.version()}", *found]
    chosen = {name: os.environ[name] for name in CHOOSING if os.environ.get(name, "") not in ("", OURS.get(name, ""))}
    return " ".join([*filter(None, found), *(f"{name}={value}" for name, value in chosen.items())])


def _maker() -> str:
    """Whose processor: MKL takes other kernels by maker."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("vendor_id")), platform.machine())


def _matrix_units(torch) -> list[str]:
    """Units that oneDNN computes bfloat16 with, where they are."""
    asked = {"bf16": "_is_avx512_bf16_supported", "amx": "_is_amx_tile_supported"}
    return [name for name, call in asked.items() if getattr(torch.cpu, call, bool)()]


def mixed(found: Iterable[str]) -> list[str]:
    """`AVX2 GenuineIntel: 14 runs` for each of the kernels that met, most runs first; empty where all runs had the same."""
    counts = Counter(filter(None, found))
    if len(counts) < 2:
        return []
    return [f"{name}: {count} runs" for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
