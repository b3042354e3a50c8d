"""Memory and load of the GPUs of this machine, asked now and then in the background: nothing waits for `nvidia-smi`."""

import os
import shutil
import subprocess
import threading
from dataclasses import dataclass

ASK = ("nvidia-smi", "--query-gpu=index,uuid,memory.used,memory.total,utilization.gpu", "--format=csv,noheader,nounits")
EVERY = 10.0  # seconds
PATIENCE = 20.0


@dataclass(frozen=True)
class Gpu:
    """Memory in MiB, load in percent; None where the driver does not say."""

    index: str
    used: float | None
    total: float | None
    load: float | None

    def __str__(self) -> str:
        memory = "" if self.used is None or self.total is None else f"{self.used / 1024:.1f} of {self.total / 1024:.0f} GiB"
        return ", ".join(filter(None, (memory, "" if self.load is None else f"{self.load:.0f} % busy")))


def read(text: str, visible: str | None = None) -> list[Gpu]:
    """What `nvidia-smi` answered; of GPUs that CUDA_VISIBLE_DEVICES names (`visible`) alone, where it is set."""
    wanted = None if visible is None else {one.strip() for one in visible.split(",")}
    rows = [[cell.strip() for cell in line.split(",")] for line in text.splitlines()]
    return [
        Gpu(row[0], *map(_number, row[2:]))
        for row in rows
        if len(row) == 5 and (wanted is None or row[0] in wanted or any(one and row[1].startswith(one) for one in wanted))
    ]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None  # [N/A]


class Gpus:
    """`there`: what was heard last. Empty where there is no `nvidia-smi`."""

    def __init__(self) -> None:
        self.there: list[Gpu] = []
        self.ended = threading.Event()
        if shutil.which(ASK[0]):
            threading.Thread(target=self._ask, name="gpus", daemon=True).start()

    def _ask(self) -> None:
        while not self.ended.is_set():
            try:
                answer = subprocess.run(
                    ASK, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=True
                ).stdout
                self.there = read(answer, os.environ.get("CUDA_VISIBLE_DEVICES"))
            except (OSError, subprocess.SubprocessError):
                self.there = []
            self.ended.wait(EVERY)

    def stop(self) -> None:
        self.ended.set()
