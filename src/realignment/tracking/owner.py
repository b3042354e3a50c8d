"""Which process a run belongs to while it is RUNNING, and whether that process is still there."""

import contextlib
import json
import os
import socket
from pathlib import Path
from typing import Any

OWNER = "owner"  # tag: the checkout and the processes that write the run
STARTER = "REALIGNMENT_STARTED_BY"  # variable: the `mlflow run` process, as `me` tells it


def me() -> dict[str, Any]:
    """This process: host, boot, pid and when it began, so that a pid used again is another."""
    return {"host": socket.gethostname(), "boot": _boot(), "pid": os.getpid(), "began": _began(os.getpid())}


def tag(root: Path) -> dict[str, str]:
    """The tag of a run that this process writes, and the `mlflow run` that started it, if one did."""
    starter = os.environ.get(STARTER)
    processes = [*([json.loads(starter)] if starter else []), me()]
    return {OWNER: json.dumps({"checkout": str(root.resolve()), "processes": processes}, sort_keys=True)}


def of(tags: dict[str, str]) -> tuple[str, list[dict]]:
    """(checkout, processes) of a run by its tags; empty where nobody said."""
    try:
        content = json.loads(tags.get(OWNER, "{}"))
        return content.get("checkout", ""), content.get("processes", [])
    except (ValueError, AttributeError):
        return "", []


def is_here(process: dict[str, Any]) -> bool:
    return process["host"] == socket.gethostname()


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _began(pid: int) -> str:
    """When a process of this machine began; "" where there is none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    if Path("/proc/self/stat").exists():
        return ""
    import psutil

    with contextlib.suppress(psutil.Error):
        return str(int(psutil.Process(pid).create_time()))
    return ""


def is_gone(process: dict[str, Any]) -> bool:
    """Whether a process of this machine has ended; of another machine that cannot be told, so no."""
    return is_here(process) and (process["boot"] != _boot() or _began(process["pid"]) != process["began"])
