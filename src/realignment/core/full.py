"""A full disk: what says so, and waiting until there is room again. What waits holds up nothing but itself, and nothing half-written counts."""

import errno
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from realignment.core.console import note

SPACE = (errno.ENOSPC, errno.EDQUOT)
SAID = (
    "database or disk is full",
    "No space left on device",
    "Disk quota exceeded",
)  # by SQLite, and by what wraps the fault of another
LOOK, AGAIN = 0.5, 20.0  # seconds between two looks at the space that is free, and before another try where it stays the same
GB, MB = 2**30, 2**20
Heard = Callable[[str], None]
T = TypeVar("T")
_hearing: list[Heard] = []


def is_full(fault: BaseException | None) -> bool:
    """Whether a fault, or what caused it, is that there was no room."""
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        if (isinstance(fault, OSError) and fault.errno in SPACE) or any(word in str(fault) for word in SAID):
            return True
        fault = fault.__cause__ or fault.__context__
    return False


def free(place: Path) -> int:
    """Bytes that may be written where `place` is, or will be."""
    return shutil.disk_usage(_there(place)).free


def total(place: Path) -> int:
    """Bytes of the file system where `place` is, or will be."""
    return shutil.disk_usage(_there(place)).total


def device(place: Path) -> int:
    """Equal for places of one file system."""
    return _there(place).stat().st_dev


def _there(place: Path) -> Path:
    return next(one for one in (place.absolute(), *place.absolute().parents) if one.exists())


def size(folder: Path) -> int:
    """Bytes of the files below a folder; 0 where there is none."""
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())


def shown(count: float) -> str:
    """Bytes as people read them."""
    return f"{count / GB:,.1f} GiB" if count >= GB else f"{count / MB:,.1f} MiB"


@contextmanager
def heard(hear: Heard) -> Iterator[None]:
    """Within, `hear` is told why something waits, and "" when it goes on, in place of a line for people."""
    _hearing.append(hear)
    try:
        yield
    finally:
        _hearing.remove(hear)


def patiently(call: Callable[[], T], place: Path, what: str) -> T:
    """What `call` returns; while there is no room that is said, once, and it is tried again. `call` must bear to be begun anew."""
    told = False
    while True:
        before = free(place)
        try:
            found = call()
        except Exception as fault:
            if not is_full(fault):
                raise
        else:
            if told:
                _tell("")
            return found
        if not told:
            _tell(
                f"{what} cannot be written: the disk of {place} is full, {shown(free(place))} are free; remove something there, it goes on by itself"
            )
        told, until = True, time.monotonic() + AGAIN
        while free(place) <= before and time.monotonic() < until:
            time.sleep(LOOK)


def _tell(why: str) -> None:
    for hear in _hearing or [lambda said: note(f"paused: {said}" if said else "goes on: there is room again")]:
        hear(why)
