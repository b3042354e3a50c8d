"""DVC's list of who reads and writes which file, `.dvc/tmp/rwlock`: a killed DVC may leave it empty, and stops there ever after."""

import json
from pathlib import Path

from realignment.core.files import write_whole
from realignment.core.locks import held

SLACK = 60  # seconds by which the clocks of processes and of files may differ


def file(root: Path) -> Path:
    return root / ".dvc" / "tmp" / "rwlock"


def read(root: Path) -> dict[str, dict[str, list[dict]]]:
    """{read, write} -> path -> [{pid, cmd}]; empty where there is no list, ValueError where it is not what DVC writes."""
    try:
        content = json.loads(file(root).read_text(encoding="utf-8"))
    except FileNotFoundError:
        content = {}
    if not isinstance(content, dict) or not content.keys() <= {"read", "write"}:
        raise ValueError("not a list of locks")
    found = {"read": content.get("read", {}), "write": {}}
    try:
        found["write"] = {name: [one] for name, one in content.get("write", {}).items()}
        whole = all(
            isinstance(one["pid"], int) and isinstance(one["cmd"], str) and len(one) == 2
            for many in found.values()
            for holders in many.values()
            for one in holders
        )
    except (AttributeError, KeyError, TypeError):
        whole = False
    if not whole:
        raise ValueError("not a list of locks")
    return found


def live(root: Path) -> dict[int, str]:
    """pid -> command of those in the list that are there; none where the list cannot be read."""
    try:
        return {pid: command for pid, command in _holders(read(root)).items() if _is_there(root, pid)}
    except (OSError, ValueError):
        return {}


def fault(root: Path) -> str:
    """What is wrong with the list; "" where nothing is."""
    try:
        gone = sorted(_holders(read(root)).keys() - live(root).keys())
    except ValueError:
        return f"{file(root)} is empty or damaged (DVC was killed while it wrote it); every `dvc repro` stops at it"
    except OSError as why:
        return f"{file(root)} cannot be read ({why.strerror})"
    return f"{file(root)} names processes that are gone: {', '.join(map(str, gone))}" if gone else ""


def is_readable(root: Path) -> bool:
    """DVC goes on with such a list: what is gone it takes out itself."""
    try:
        read(root)
        return True
    except (OSError, ValueError):
        return False


def mend(root: Path) -> str:
    """Empties a damaged list, or takes out processes that are gone; what was wrong. DVC takes the same lock to write it."""
    wrong = fault(root)
    if not wrong:
        return ""
    with held(file(root).with_name("rwlock.lock")):
        there = live(root)
        try:
            found = read(root)
        except ValueError:
            found = {}
        kept = {
            kind: {name: [one for one in many if one["pid"] in there] for name, many in of.items()} for kind, of in found.items()
        }
        content = {
            "read": {name: many for name, many in kept.get("read", {}).items() if many},
            "write": {name: many[0] for name, many in kept.get("write", {}).items() if many},
        }
        write_whole(file(root), json.dumps(content))
    return wrong


def _holders(found: dict[str, dict[str, list[dict]]]) -> dict[int, str]:
    return {one["pid"]: one["cmd"] for many in found.values() for holders in many.values() for one in holders}


def _is_there(root: Path, pid: int) -> bool:
    """A process of that number is there, and began before the list was last written (a number used again is another's)."""
    import psutil

    try:
        return psutil.Process(pid).create_time() <= file(root).stat().st_mtime + SLACK
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
