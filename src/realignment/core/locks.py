"""Locks: of a checkout, any number of commands that write, or `clean` alone; of a file, one process of this host at a time."""

import fcntl
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from realignment.core import leases
from realignment.core.console import note

RUNNING = "running"  # folder of .work: a lease of each process that writes, and that of `clean`
WRITER, ALONE = "writer-", "alone"


@contextmanager
def writing(root: Path, what: str) -> Iterator[None]:
    """Within, `clean` leaves the checkout alone: any number of processes of all hosts may write at a time, each says what it does."""
    folder, told = root / ".work" / RUNNING, False
    while True:
        with leases.held(folder / f"{WRITER}{secrets.token_hex(8)}", what):
            other = leases.owner(
                folder / ALONE
            )  # asked after it is said that somebody writes, as `alone` does: one of the two sees the other
            if not other:
                yield
                return
        if not told:
            note(f"waiting for {other}")
            told = True
        time.sleep(leases.PAUSE[1])


@contextmanager
def alone(root: Path, busy: Callable[[str], None]) -> Iterator[None]:
    """Within, nothing of ours writes in the checkout, on any host. Where something does, `busy` is told what, and must raise."""
    folder = root / ".work" / RUNNING
    with leases.held(folder / ALONE, "another `realignment clean`", busy):
        if others := leases.owners(folder, WRITER):
            busy(", ".join(others))
        yield


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Within, one process (or thread) of this host at a time has `file`; it falls to the next when its process dies.

    For what takes milliseconds and is one host's anyway; `leases.held` is for what several hosts share.
    """
    with file.open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
