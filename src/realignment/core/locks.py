"""Locks: of a file, one holder at a time; of a checkout, any number of commands that write, or `clean` alone."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from realignment.core.files import unusable

RUNNING = "running"  # folder of .work: the lock, and a note of each process that holds it


@contextmanager
def writing(root: Path, what: str) -> Iterator[None]:
    """Within, `clean` leaves the checkout alone: any number of processes may write at a time, each says what it does."""
    with _entered(root, fcntl.LOCK_SH) as folder:
        own = folder / f"{os.getpid()}-{threading.get_ident()}-{time.monotonic_ns()}"
        own.write_text(what, encoding="utf-8")
        try:
            yield
        finally:
            own.unlink(missing_ok=True)


@contextmanager
def alone(root: Path, busy: Callable[[str], None]) -> Iterator[None]:
    """Within, nothing of ours writes in the checkout. Where something does, `busy` is told what, and must raise."""
    with _entered(root, fcntl.LOCK_EX, busy) as folder:
        for left in folder.glob("*-*"):  # of processes that were killed
            left.unlink()
        yield


@contextmanager
def _entered(root: Path, how: int, busy: Callable[[str], None] = lambda _: None) -> Iterator[Path]:
    folder = root / ".work" / RUNNING
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / "lock").open("a")
    except OSError as fault:
        raise unusable(fault, folder) from None
    with handle:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except OSError:
            busy(_running(folder))
            fcntl.flock(handle, how)
        yield folder


def _running(folder: Path) -> str:
    """What runs, by the notes of processes that are there: `study of profile sample (pid 12)`."""
    found = []
    for own in sorted(folder.glob("*-*")):
        pid = own.name.partition("-")[0]
        try:
            os.kill(int(pid), 0)
            found.append(f"{own.read_text(encoding='utf-8')} (pid {pid})")
        except PermissionError:  # another user's
            found.append(f"another user's process (pid {pid})")
        except (OSError, ValueError):
            continue
    return ", ".join(dict.fromkeys(found)) or "another `realignment clean`"


@contextmanager
def held(file: Path, busy: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Within, one process (or thread) at a time has `file`; it falls to the next when its process dies.

    Where another has it, `busy` is told that one's pid; it may raise, else it is waited for.
    """
    with file.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            busy(handle.read().strip() or "unknown")
            fcntl.flock(handle, fcntl.LOCK_EX)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
