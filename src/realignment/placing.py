"""Finished files and folders put where the old ones are: at once, whole, across file systems."""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path


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
