"""sha256 of files, read again only where they may have changed: known by inode, size and both times, from one process to the next.

A program can set the time of a change (mtime), not the time the kernel keeps (ctime), so an edit that puts the old time back is seen.
"""

import hashlib
import io
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from realignment.core import hashing
from realignment.core.errors import FailedWork
from realignment.core.files import write_whole

SETTLED = 2_000_000_000  # nanoseconds after which a second change cannot carry the time of the first, on any file system
Stamp = tuple[int, int, int, int, int]
_known: dict[str, tuple[Stamp, str]] = {}


def of(path: Path) -> str:
    """sha256 (hex) of the bytes of a file, as they are now."""
    name, stamp = str(path if path.is_absolute() else path.absolute()), _stamp(path)
    if (found := _known.get(name)) and found[0] == stamp:
        return found[1]
    value = hashing.file_digest(path)
    if _stamp(path) != stamp:
        raise FailedWork(f"{path}: changed while it was read; wait until nothing writes it, then run again")
    if abs(time.time_ns() - max(stamp[3:])) > SETTLED:
        _known[name] = stamp, value
    return value


def pinned(path: Path, sha256: str) -> io.BytesIO:
    """The bytes of a file, to be read from memory: those that were hashed, whatever becomes of the file meanwhile."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FailedWork(f"{path}: changed after it was looked at; run again")
    return io.BytesIO(content)


def of_folder(folder: Path, names: Iterable[str] = ("*",)) -> dict[str, str]:
    """Path relative to `folder` -> sha256, of the files below it that match one of the patterns, sorted."""
    found = {path for name in names for path in folder.rglob(name) if path.is_file()}
    return {path.relative_to(folder).as_posix(): of(path) for path in sorted(found)}


def forget() -> None:
    """Every byte is read again from here on, also of what this process has hashed."""
    _known.clear()


@contextmanager
def kept(file: Path, *, write: bool = True, least: int = 0) -> Iterator[None]:
    """Within, what `file` knows from earlier processes of files of `least` bytes and more is known here; afterwards it knows what was
    learned, where it may be written."""
    before = {name: one for name, one in _read(file).items() if one[0][2] >= least}
    _known.update({name: one for name, one in before.items() if name not in _known})
    try:
        yield
    finally:
        if write and any(before.get(name) != one for name, one in _known.items()):
            with suppress(OSError):  # a copy that nobody may write to is read as well, only slower
                _write(file)


def _read(file: Path) -> dict[str, tuple[Stamp, str]]:
    try:
        return {name: (tuple(one[:-1]), one[-1]) for name, one in json.loads(file.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError, IndexError):
        return {}


def _write(file: Path) -> None:
    """What others wrote meanwhile stays; files that are gone do not."""
    both = {**_read(file), **_known}
    lines = {name: [*stamp, value] for name, (stamp, value) in sorted(both.items()) if Path(name).exists()}
    write_whole(file, json.dumps(lines, indent=0))


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
