"""Where a training was, whole and checked: what a loop needs to go on as if it had never stopped.

A checkpoint is a folder: `state.safetensors` (weights, moments, losses, states of random numbers) and `about.json` (step, schedule, sha256 of
the state and of itself). It is written beside, synced and renamed; two are kept, and a damaged one is passed over for the one before. No pickle.
"""

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from realignment.core.console import note
from realignment.core.errors import BadInput, FailedWork
from realignment.core.files import sync
from realignment.core.hashing import digest, file_digest
from realignment.engine import adapters
from realignment.engine.hardware import CHECKPOINT_SECONDS

STATE, ABOUT = "state.safetensors", "about.json"
KEPT = 2
CHECKED = 50  # steps between two looks at the losses
DEFAULT = 300.0  # seconds


@dataclass
class Keeper:
    """The checkpoints of one training, in `folder`; `about` is what it must have been started with."""

    folder: Path
    about: dict[str, Any]
    every: float = field(default_factory=lambda: float(os.environ.get(CHECKPOINT_SECONDS, DEFAULT)))
    last: float = field(default_factory=time.monotonic)

    @property
    def due(self) -> bool:
        return time.monotonic() - self.last >= self.every

    def save(self, step: int, tensors: dict[str, Tensor], more: dict[str, Any]) -> None:
        """One checkpoint more, and the oldest gone. A full disk is said and training goes on without it."""
        from safetensors.torch import save_file

        part = self.folder / f".part-{os.getpid()}"
        try:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            save_file({name: one.detach().contiguous().cpu() for name, one in tensors.items()}, part / STATE)
            about = {"step": step, "sha256": file_digest(part / STATE), "about": self.about, **more}
            (part / ABOUT).write_text(json.dumps({**about, "seal": digest(about)}), encoding="utf-8")
            for path in (part / STATE, part / ABOUT, part):
                sync(path)
            place = self.folder / f"step-{step:09}"
            shutil.rmtree(place, ignore_errors=True)
            part.replace(place)
            sync(self.folder)
            for old in self.there()[:-KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        except OSError as fault:
            shutil.rmtree(part, ignore_errors=True)
            note(f"no checkpoint at step {step}: {fault.strerror or fault}; training goes on, the one before stays")
        self.last = time.monotonic()

    def there(self) -> list[Path]:
        """Oldest first."""
        return sorted(self.folder.glob("step-*"))

    def newest(self) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
        """(about, tensors) of the newest whole one; BadInput where it is of another training."""
        from safetensors.torch import load_file

        for place in reversed(self.there()):
            try:
                about = json.loads((place / ABOUT).read_text(encoding="utf-8"))
                if about.pop("seal") != digest(about):
                    raise ValueError(f"{ABOUT} was changed")
                if file_digest(place / STATE) != about["sha256"]:
                    raise ValueError("its sha256 is another")
                tensors = load_file(place / STATE)
            except Exception as fault:
                note(f"checkpoint {place.name} is damaged ({' '.join(str(fault).split())}); the one before is taken")
                shutil.rmtree(place, ignore_errors=True)
                continue
            if wrong := sorted(key for key in {*about["about"], *self.about} if about["about"].get(key) != self.about.get(key)):
                raise BadInput(f"{place}: a checkpoint of another configuration: {', '.join(wrong)} differ; delete {self.folder}")
            return about, tensors
        return None

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Loop:
    """A training between two steps: what is trained, how far it is, and its losses; saved and restored whole."""

    def __init__(
        self,
        trained: Iterable[nn.Module],
        optimizer: torch.optim.Optimizer,
        keeper: Keeper | None,
        schedule=None,
        named: Callable[[int], str] = str,
    ) -> None:
        """`named(step)` says what a step read."""
        self.trained, self.optimizer, self.keeper, self.schedule = list(trained), optimizer, keeper, schedule
        self.named = named
        self.losses: list[Tensor] = []
        self.restored = 0  # steps that an earlier process did

    def steps(self, batches: Iterable) -> Iterator[tuple[int, Any]]:
        """(step from 1, batch) of those still to do. Checkpoints when they are due; on SIGTERM and Ctrl-C one more, then KeyboardInterrupt."""
        self._restore()
        with stopping() as stop:
            for step, batch in enumerate(batches, start=1):
                if step <= self.restored:
                    continue
                yield step, batch
                if step % CHECKED == 0:
                    self._finite(step)
                if self.keeper and (self.keeper.due or stop):
                    self._finite(step)
                    self._save(step)
                if stop:
                    raise KeyboardInterrupt
            self._finite(len(self.losses))
            self._whole()

    def _whole(self) -> None:
        """FailedWork where a weight is no number: a gradient of the last step that ran over shows in no loss."""
        wrong = [
            name for part in self.trained for name, one in part.named_parameters() if not bool(torch.isfinite(one.detach().sum()))
        ]
        if wrong:
            step = len(self.losses)
            raise FailedWork(
                f"step {step} left {wrong[0]} without a finite number, on {self.named(step)}; lower the learning rate"
            )

    def _finite(self, step: int) -> None:
        """FailedWork at the first loss that is no number; one look at the device for many steps."""
        recent = torch.stack(self.losses[-2 * CHECKED :])
        if not bool(torch.isfinite(recent).all()):
            first = len(self.losses) - len(recent) + int((~torch.isfinite(recent)).nonzero()[0]) + 1
            raise FailedWork(
                f"the loss of step {first} is not a finite number (noticed at step {step}), on {self.named(first)}; lower the learning rate"
            )

    def _save(self, step: int) -> None:
        tensors = {}
        for number, part in enumerate(self.trained):
            state = part.state_dict()
            tensors |= {f"{number}.{name}": state[name] for name in kept_as(part).values()}
        states = self.optimizer.state_dict()["state"]
        tensors |= {f"optimizer.{key}.{name}": value for key, held in states.items() for name, value in held.items()}
        tensors |= {"losses": torch.stack(self.losses), "random.cpu": torch.get_rng_state()}
        if torch.cuda.is_available():
            tensors |= {"random.cuda": torch.cuda.get_rng_state()}
        rates = [group["lr"] for group in self.optimizer.param_groups]
        held = (
            {}
            if self.schedule is None
            else {name: self.schedule.state_dict()[name] for name in ("last_epoch", "_step_count", "_last_lr")}
        )
        self.keeper.save(step, tensors, {"rates": rates, "schedule": held})  # type: ignore[union-attr]

    def _restore(self) -> None:
        found = self.keeper.newest() if self.keeper else None
        if found is None:
            return
        about, tensors = found
        for number, part in enumerate(self.trained):
            own = {name: tensors[f"{number}.{first}"] for name, first in kept_as(part).items()}
            part.load_state_dict(own, strict=not adapters.within(part))
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, key, kind = name.split(".", 2)
                states.setdefault(int(key), {})[kind] = value
        self.optimizer.load_state_dict({"state": states, "param_groups": self.optimizer.state_dict()["param_groups"]})
        for group, rate in zip(self.optimizer.param_groups, about["rates"], strict=True):
            group["lr"] = rate
        if self.schedule is not None:
            self.schedule.load_state_dict({**self.schedule.state_dict(), **about["schedule"]})
        self.losses = list(tensors["losses"])
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random.cuda"])
        self.restored = about["step"]
        note(f"going on after step {self.restored}, where a checkpoint was taken")


def kept_as(part: nn.Module) -> dict[str, str]:
    """Name -> the first name of the same tensor: safetensors keeps none twice, and T5's word embedding has two names.

    Of a model with adapters what is trained alone: the frozen base is that of the run's key, and no checkpoint repeats it.
    """
    first: dict[tuple, str] = {}
    state = part.state_dict()
    kept = {name for name, one in part.named_parameters() if one.requires_grad} if adapters.within(part) else state.keys()
    return {
        name: first.setdefault((one.data_ptr(), tuple(one.shape)) if one.numel() else (name,), name)
        for name, one in state.items()
        if name in kept
    }


class Stop:
    """Whether the process was asked to end."""

    def __init__(self) -> None:
        self.asked = False

    def __bool__(self) -> bool:
        return self.asked


@contextmanager
def stopping() -> Iterator[Stop]:
    """Within, SIGTERM and Ctrl-C wait for the end of the step; a second one does not."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(*_: object) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
