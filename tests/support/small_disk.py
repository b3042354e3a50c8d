"""A file system of a few MiB, and what fills it."""

import errno
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from realignment.core import full

PIECE = bytes(4096)


@contextmanager
def mounted(place: Path, mebibytes: int) -> Iterator[Path]:
    """A file system in memory at `place`; skips where none may be mounted."""
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "none", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a file system of its own cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


class Ballast:
    """A file that takes the room of a file system, but for so many bytes."""

    def __init__(self, disk: Path) -> None:
        self.disk, self.file = disk, disk / "ballast"

    def fill(self, left: int = 0) -> None:
        with self.file.open("ab", buffering=0) as file:
            while full.free(self.disk) > left:
                try:
                    file.write(PIECE)
                except OSError as fault:
                    assert fault.errno == errno.ENOSPC
                    break
            os.fsync(file.fileno())

    def drop(self) -> None:
        self.file.unlink(missing_ok=True)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Within, the file system is full, also where another thread removes something."""
        ended = threading.Event()

        def refill() -> None:
            while not ended.wait(0.0005):
                self.fill()

        self.fill()
        thread = threading.Thread(target=refill)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.drop()
