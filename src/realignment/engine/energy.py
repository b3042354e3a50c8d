"""What a device, or the processors of the machine, take while a training runs: by counters of energy, where there are any that may be read."""

import ctypes
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

GPU, MACHINE = "system/gpu_0_power_usage_watts", "system/cpu_power_usage_watts"  # of the GPU in use; of all processors together
RAPL = Path("/sys/class/powercap")
MICRO, MILLI = 1e-6, 1e-3


class Meter:
    """Begins when it is made; `watts` says what was taken since, on average."""

    def __init__(self, rapl: Path = RAPL) -> None:
        self.counters: dict[str, Callable[[], float]] = {}
        if gpu := nvml():
            self.counters[GPU] = gpu
        elif processors := packages(rapl):
            self.counters[MACHINE] = processors
        self.began = time.monotonic()
        self.first = {name: read() for name, read in self.counters.items()}

    def watts(self) -> dict[str, float]:
        """By what was measured; {} where nothing is, and where a counter began anew meanwhile."""
        took = max(time.monotonic() - self.began, 1e-9)
        found: dict[str, float] = {}
        for name, read in self.counters.items():
            with suppress(OSError, ValueError):
                joules = read() - self.first[name]
                found |= {name: joules / took} if joules > 0 else {}
        return found


def packages(folder: Path = RAPL) -> Callable[[], float] | None:
    """Joules of all processors (RAPL) since some time; None where they are not counted, or may be read by root alone."""
    files = sorted(folder.glob("intel-rapl:[0-9]*/energy_uj"))
    files = [one for one in files if one.parent.name.count(":") == 1]  # parts of a package are counted in it

    def read() -> float:
        return MICRO * sum(int(one.read_text(encoding="ascii")) for one in files)

    try:
        return read if files and read() >= 0 else None
    except (OSError, ValueError):
        return None


def nvml() -> Callable[[], float] | None:
    """Joules of the GPU that torch computes on (NVML) since its driver was loaded; None without a GPU, and on those that do not count."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    try:
        library, handle, joules = ctypes.CDLL("libnvidia-ml.so.1"), ctypes.c_void_p(), ctypes.c_ulonglong()
        uuid = f"GPU-{torch.cuda.get_device_properties(0).uuid}".encode()
        if library.nvmlInit_v2() or library.nvmlDeviceGetHandleByUUID(uuid, ctypes.byref(handle)):
            return None
    except (OSError, AttributeError):
        return None

    def read() -> float:
        if library.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(joules)):
            raise OSError("this GPU does not count its energy")
        return MILLI * joules.value

    try:
        read()
    except OSError:
        return None
    return read
