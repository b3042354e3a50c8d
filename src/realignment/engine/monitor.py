"""What a training shows while it runs, on one line, and what it leaves for the tracking store: speed, memory, load."""

import functools
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.core.console import note
from realignment.engine import energy

if TYPE_CHECKING:
    from torch import Tensor

SHOWN = 0.5  # seconds between two looks in a terminal
SAID = 20.0  # elsewhere
LEFT = 3.0  # seconds between two words for those who watch from another process
SAMPLES = 100  # kept at most; then every other one is dropped and half as many are taken
MIB = 2**20
RESUMED = "resumed_after_step"  # curve of a training that was interrupted: its seconds are those of the last stretch

Curve = list[list[float]]  # [step, value]
PLACE: ContextVar[Path | None] = ContextVar("place", default=None)  # the file that says how far the training of this process is


@dataclass
class Monitor:
    """Called after every step. Looks at the loss, which may wait for the device, at most every `SHOWN` seconds."""

    total: int  # steps
    unit: str  # what a step reads: pairs, examples
    size: int  # how many of them
    rate: Callable[[int], float]  # learning rate of a step
    show: Callable[[int, str], None]
    every: float
    usage: dict[str, Curve] = field(default_factory=dict)
    began: float = field(default=0.0, init=False)
    first: int = 0
    _shown: float = field(default=0.0, init=False)
    _left: float = field(default=0.0, init=False)
    _sampled: tuple[float, int] = (0.0, 0)
    _apart: float = 1.0  # seconds between two samples

    def __post_init__(self) -> None:
        self.began = self._shown = time.monotonic()

    def __call__(self, step: int, loss: "Tensor") -> None:
        now = time.monotonic()
        if not self.first:
            self.first, self._sampled = step, (now, step)
            self.usage |= {RESUMED: [[step, step - 1]]} if step > 1 else {}
            self._process.cpu_percent()
        if now - self._sampled[0] >= self._apart:
            self._sample(now, step)
        if now - self._left >= LEFT:
            self._left = now
            leave(step, self.total, self._speed(now, step), self.unit)
        if now - self._shown >= self.every or step == self.total:
            self._shown = now
            speed = self._speed(now, step)
            left = (self.total - step) * (now - self.began) / (step - self.first + 1)
            words = [
                f"loss {float(loss):.3f}",
                f"{speed:.0f} {self.unit}/s",
                f"rate {self.rate(step):.1e}",
                f"{memory():.0f} MiB",
            ]
            self.show(step, f"{', '.join(words)}, {clock(left)} left")

    def _speed(self, now: float, step: int) -> float:
        return self.size * (step - self.first + 1) / max(now - self.began, 1e-9)

    def _sample(self, now: float, step: int) -> None:
        before, then = self._sampled
        found = {
            f"{self.unit}_per_second": self.size * (step - then) / (now - before),
            "learning_rate": self.rate(step),
            "system/process_memory_megabytes": memory(),
            "system/cpu_utilization_percentage": self._process.cpu_percent(),
            **gpu(),
        }
        for name, value in found.items():
            self.usage.setdefault(name, []).append([step, round(value, 9)])
        self._sampled = (now, step)
        if len(self.usage["learning_rate"]) > SAMPLES:
            self.usage = {name: points[1::2] if name != RESUMED else points for name, points in self.usage.items()}
            self._apart *= 2

    @functools.cached_property
    def _process(self):
        import psutil

        return psutil.Process()


@contextmanager
def told(place: Path) -> Iterator[None]:
    """Within, a training of this process says in the file `place` how far it is; the file is gone afterwards."""
    before = PLACE.set(place)
    try:
        yield
    finally:
        PLACE.reset(before)
        with suppress(OSError):
            place.unlink()


def leave(step: int, total: int, speed: float, unit: str) -> None:
    """Nothing waits for the device, and a file that cannot be written holds up no training."""
    if (place := PLACE.get()) is not None:
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps({"step": step, "total": total, "speed": round(speed, 3), "unit": unit}), encoding="utf-8")


def far(place: Path) -> str:
    """What `leave` left, for people: `step 120 of 500, 340 pairs/s`; "" where there is nothing to read."""
    try:
        said = json.loads(place.read_text(encoding="utf-8"))
        return f"step {said['step']:,} of {said['total']:,}, {said['speed']:,.0f} {said['unit']}/s"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def memory() -> float:
    """MiB of this process; on a GPU the most its tensors took there."""
    import psutil

    found = gpu()
    return found.get("system/gpu_0_memory_usage_megabytes", psutil.Process().memory_info().rss / MIB)


def gpu() -> dict[str, float]:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return {}
    return {"system/gpu_0_memory_usage_megabytes": torch.cuda.max_memory_allocated() / MIB}


def clock(seconds: float) -> str:
    """`1:02:03`, or `02:03` below an hour."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


@contextmanager
def watching(label: str, total: int, unit: str, size: int, rate: Callable[[int], float]) -> Iterator[Monitor]:
    """A monitor that draws one live line in a terminal; elsewhere it says a line now and then. At the end it knows what power was taken."""
    meter = energy.Meter()
    with _shown(label, total, unit, size, rate) as monitor:
        yield monitor
    monitor.usage |= {name: [[total, round(watts, 3)]] for name, watts in meter.watts().items()}


@contextmanager
def _shown(label: str, total: int, unit: str, size: int, rate: Callable[[int], float]) -> Iterator[Monitor]:
    if not sys.stderr.isatty():
        yield Monitor(total, unit, size, rate, lambda step, text: note(f"{label}: step {step} of {total}, {text}"), SAID)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total, said="")
        yield Monitor(total, unit, size, rate, lambda step, text: bar.update(task, completed=step, said=text), SHOWN)
