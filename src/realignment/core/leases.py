"""Leases: who has a thing (a run key, the study of a profile), also where its folder is shared by several hosts.

A lease of `path` is the file `path.0` that says who has it, and its time, which a thread of the owner renews every BEAT seconds. It has
fallen where its owner is gone, or, where that cannot be looked up from here (another host, a container), where it was not renewed for TERM
seconds by the clock of the file server. What stands beside a lease that has fallen is `path.1`, and so on.

Two rules make it one owner's. The file comes to its name whole, by a hard link, which fails where the name is taken, on NFS too; so of
several who see nothing, or the same fallen lease, one gets the next name. And whoever has made its file looks at the folder again, and
withdraws where another has a lease or its own file is gone: so a name may be used again once it was released, and few files are left. A file
is removed by its owner, or by the next one who saw it fallen after its own was made.

An owner that can be looked up and is there keeps its lease however old that is: a study that Ctrl-Z stopped, or whose laptop slept, is not
taken over by the next command. From another host it is, after TERM: what was asleep has to ask `lost` before it hands out what it made.
"""

import errno
import json
import os
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from realignment.core import pids
from realignment.core.files import unusable

BEAT = 20.0  # seconds from one renewal to the next
TERM = 120.0  # seconds; more than a few renewals, and the minute for which a client of NFS may show old times
RELEASED = 0.0  # the time of a lease that its owner has given back
TRIES = 5  # times that two who withdrew for each other try again
PAUSE = 0.02, 1.0  # seconds between two looks at a lease that is waited for: the first, the longest
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@dataclass(frozen=True)
class Lease:
    """One that this process has; a process forked from it has it not."""

    path: Path
    file: Path
    text: str
    pid: int = field(default_factory=os.getpid)

    def lost(self) -> bool:
        """Whether somebody else took it, which happens only where this process was not running for TERM seconds."""
        try:
            return self.file.read_text(encoding="utf-8", errors="replace") != self.text
        except FileNotFoundError:
            return True
        except OSError:  # a server that is away gives it to nobody either
            return False

    def renew(self) -> None:
        with suppress(OSError):
            self._date(None)

    def release(self) -> None:
        """Its file goes. Where another stands beside it just now it stays, as released, for whoever takes it next to remove."""
        if self.pid != os.getpid():
            return
        HEART.forget(self)
        with suppress(OSError):
            self._date(None)  # who has seen it fallen, and is not beside it yet, will see that it is not, and the name stays ours
            if list(_files(self.path)) == [self.file] and not self.lost():
                self.file.unlink()
            else:
                self._date(RELEASED)

    def _date(self, when: float | None) -> None:
        """Dates the very file that was read: its name may be another's by now."""
        with self.file.open(encoding="utf-8", errors="replace") as content:
            if content.read() == self.text:
                os.utime(content.fileno(), None if when is None else (when, when))


class Heart:
    """One thread that renews all leases of this process, however many come and go."""

    def __init__(self) -> None:
        self.leases, self.guard, self.thread = set[Lease](), threading.Lock(), None

    def keep(self, lease: Lease) -> None:
        with self.guard:
            self.leases.add(lease)
            if self.thread is None:
                self.thread = threading.Thread(target=self._beat, name="leases", daemon=True)
                self.thread.start()

    def forget(self, lease: Lease) -> None:
        with self.guard:
            self.leases.discard(lease)

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT)
            with self.guard:
                kept = list(self.leases)
            for lease in kept:
                lease.renew()


HEART = Heart()
os.register_at_fork(after_in_child=HEART.__init__)  # threads are not forked, and the leases are the parent's


@contextmanager
def held(path: Path, what: str, busy: Callable[[str], None] = lambda _: None) -> Iterator[Lease]:
    """Within, one process or thread of all hosts has `path`, for `what` it does.

    Where another has it, `busy` is told who, as `owner` does; it may raise, else the lease is waited for.
    """
    told, pause = False, PAUSE[0]
    while (lease := take(path, what)) is None:
        if not told and (who := owner(path)):
            busy(who)
            told = True
        time.sleep(pause * random.uniform(0.5, 1))
        pause = min(2 * pause, PAUSE[1])
    try:
        yield lease
    finally:
        lease.release()


def take(path: Path, what: str) -> Lease | None:
    """The lease; None where another has it. BadInput where the folder takes no file. The caller must `release` it."""
    taken = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({**pids.me(), "what": what, "taken": taken, "mark": secrets.token_hex(8)})
    with _usable(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES):
            holders, _, last = _looked(path)
            if holders:
                return None
            lease = Lease(path, path.with_name(f"{path.name}.{last + 1}"), text)
            if not _put(lease.file, text):
                continue
            holders, fallen, _ = _looked(path, but=lease.file)
            if not holders and not lease.lost():
                for file in fallen:
                    file.unlink(missing_ok=True)
                HEART.keep(lease)
                return lease
            lease.release()
            time.sleep(random.uniform(0, PAUSE[0]))
    return None


def owner(path: Path) -> str:
    """Who has the lease: "study of profile `mini` (process 12 on host a since 2026-11-29 19:02 UTC)"; "" where nobody has."""
    with _usable(path.parent):
        return next((_said(one) for one in _looked(path)[0]), "") if path.parent.is_dir() else ""


def owners(folder: Path, prefix: str) -> list[str]:
    """Who has the leases whose names begin so, each a name that is used once: those that have fallen are removed."""
    found = []
    with _usable(folder):
        for name in {file.stem for file in folder.glob(f"{prefix}*.*")}:
            holders, fallen, _ = _looked(folder / name)
            found += map(_said, holders)
            for file in fallen:
                file.unlink(missing_ok=True)
    return sorted(set(found))


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise unusable(fault, folder) from None


def _files(path: Path) -> dict[Path, int]:
    """The files of a lease, and their numbers."""
    start = f"{path.name}."
    with os.scandir(path.parent) as every:
        ends = [one.name[len(start) :] for one in every if one.name.startswith(start)]
    return {path.with_name(start + end): int(end) for end in ends if end.isdecimal()}


def _looked(path: Path, but: Path | None = None) -> tuple[list[dict], list[Path], int]:
    """(what those say who have the lease, the files that have fallen, the highest number); without the file `but`."""
    holders, fallen, there = [], [], _files(path)
    for file in there.keys() - {but}:
        with suppress(FileNotFoundError):  # released meanwhile; not among the fallen, for the name may be another's by now
            one = _holder(file)
            holders += [] if one is None else [one]
            fallen += [file] if one is None else []
    return holders, fallen, max(there.values(), default=-1)


def _put(file: Path, text: str) -> bool:
    """Whether the file was made; not where there is one."""
    part = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        with part.open("x", encoding="utf-8") as new:
            new.write(text)
        try:
            os.link(part, file)
        except FileExistsError:
            return part.stat().st_nlink == 2  # made, and the answer of the server was lost on its way
        except OSError as fault:
            if fault.errno not in NO_LINKS:
                raise
            part.unlink()
            with (
                suppress(FileExistsError),
                file.open("x", encoding="utf-8") as new,
            ):  # half-written where it is killed here: falls by time
                new.write(text)
                return True
            return False
        return True
    finally:
        part.unlink(missing_ok=True)


def _holder(file: Path) -> dict | None:
    """What the file of a lease says of its owner, nothing where it is not whole; None where it has fallen."""
    with file.open(encoding="utf-8", errors="replace") as content:  # a client of NFS asks the server when it opens
        text, renewed = content.read(), os.fstat(content.fileno()).st_mtime
    if renewed == RELEASED:
        return None
    try:
        one = json.loads(text)
        if pids.is_visible(one):
            return None if pids.is_gone(one) else one
    except (ValueError, KeyError, TypeError):
        one = {}
    return one if _now(file.parent) - renewed <= TERM else None


def _now(folder: Path) -> float:
    """The time of whoever keeps the folder: clocks of hosts differ."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".now.") as probe:
        os.utime(probe.name)
        return os.fstat(probe.fileno()).st_mtime


def _said(one: dict) -> str:
    try:
        since = datetime.fromisoformat(one["taken"]).astimezone(UTC)
        return f"{one['what']} (process {one['pid']} on host {one['host']} since {since:%Y-%m-%d %H:%M} UTC)"
    except (ValueError, KeyError, TypeError):
        return "another process, which has not said what it does"
