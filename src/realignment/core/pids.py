"""Which process this is, as another process or host can tell it, and whether a process told so is still there."""

import contextlib
import functools
import os
import socket
from pathlib import Path
from typing import Any


def me() -> dict[str, Any]:
    """This process: host, boot, space of numbers (a container has its own), pid and when it began, so that a pid used again is another."""
    return {"host": socket.gethostname(), "boot": _boot(), "space": _space(), "pid": os.getpid(), "began": _began(os.getpid())}


def is_here(process: dict[str, Any]) -> bool:
    return process["host"] == socket.gethostname()


def is_visible(process: dict[str, Any]) -> bool:
    """Whether it can be looked up from here: of this host since it was started, among the same numbers of processes."""
    return is_here(process) and process["boot"] == _boot() and process.get("space", _space()) == _space()


def is_gone(process: dict[str, Any]) -> bool:
    """Whether a process of this host has ended; of another host or container that cannot be told, so no."""
    if is_visible(process):
        return _began(process["pid"]) != process["began"]
    return is_here(process) and process["boot"] != _boot()


@functools.cache
def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


@functools.cache
def _space() -> str:
    with contextlib.suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


def _began(pid: int) -> str:
    """When a process of this host began; "" where there is none, or one that has ended and that its parent has not asked about."""
    with contextlib.suppress(OSError):
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ended = state in "ZX" and int(fields[16]) <= 1  # a process that is killed is a zombie while some of its threads still run
        return "" if ended else fields[18]
    if Path("/proc/self/stat").exists():
        return ""
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else str(int(process.create_time()))
    return ""
