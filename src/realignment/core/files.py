"""Files and folders: whether a place takes them, written whole, synced, and put where the old ones are, across file systems."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from realignment.core.errors import BadInput

DATA = Path(__file__).parents[1] / "data"  # what ships with the package


def put_in_place(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Puts each new file or folder where the old one is, if there is one: all of them, or none where one cannot be put.

    What lies on another file system is copied beside its place first, so that nothing old is touched before all is ready.
    """
    places = [(new, old, *(old.with_name(f".{old.name}.{end}") for end in ("new", "old"))) for new, old in pairs]
    begun: list[tuple[Path, Path]] = []
    try:
        for new, old, part, before in places:
            old.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(before) and not os.path.lexists(old):  # of one that was killed between two renames
                before.rename(old)
            remove(before)
            remove(part)
            bring(new, part)
        for _, old, part, before in places:
            if os.path.lexists(old):
                old.rename(before)
            begun.append((old, before))
            part.rename(old)
    except BaseException:
        for old, before in reversed(begun):
            if os.path.lexists(before):
                remove(old)
                before.rename(old)
        raise
    finally:
        for _, _, part, _ in places:
            remove(part)
    for _, before in begun:
        remove(before)


def bring(new: Path, place: Path) -> None:
    """Renames, or copies where `place` is on another file system."""
    try:
        new.rename(place)
    except OSError as fault:
        if fault.errno != errno.EXDEV:
            raise
        if new.is_dir():
            shutil.copytree(new, place, symlinks=True)
        else:
            shutil.copy2(new, place)


def remove(path: Path) -> None:
    """A file, link or folder; nothing where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def writable(*folders: Path) -> None:
    """BadInput names the first folder that takes no file, or cannot be made. Asked before the work begins; makes nothing."""
    for folder in folders:
        there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except FileNotFoundError:
            raise BadInput(f"{folder.absolute()}: cannot be made, {there} takes no file; use another place") from None
        except OSError as fault:
            raise unusable(fault, folder) from None


def unusable(fault: OSError, path: Path) -> BadInput:
    """One line for a file or folder that cannot be used as it is: the full path, and why."""
    full = path.absolute()
    if isinstance(fault, IsADirectoryError):
        return BadInput(f"{full}: a file is required, and a folder stands there; name a file, or move it away")
    blocking = next((one for one in (full, *full.parents) if one.exists() and not one.is_dir()), None)
    if isinstance(fault, (FileExistsError, NotADirectoryError)) and blocking:
        return BadInput(
            f"{full}: a folder is required, and {'' if blocking == full else f'at {blocking} '}a file stands there; move it away"
        )
    if isinstance(fault, FileNotFoundError) and not full.exists():
        return BadInput(f"{full}: is required and does not exist")
    return BadInput(f"{full}: cannot be used ({fault.strerror or fault}); change its permissions, or use another place")


def write_whole(path: Path, text: str) -> None:
    """The file holds `text` afterwards, on the disk, or what it held before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """The file or folder is on the disk afterwards."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def as_folder(folder: Path, pattern: str) -> None:
    """Files of a folder may be read by whoever may look into it: safetensors leaves what it writes to its owner alone."""
    for one in folder.glob(pattern):
        one.chmod(one.stat().st_mode | (folder.stat().st_mode & 0o044))
