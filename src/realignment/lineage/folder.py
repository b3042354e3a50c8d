"""Where an export or a bundle goes: a folder that is new or empty, and that holds all of it or nothing."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.core.files import put_in_place, remove, unusable, writable


def require(out: Path) -> None:
    """BadInput where the folder holds anything, is none or a link to one, or cannot be made."""
    full, wanted = out.absolute(), "a new or empty folder is required"
    if out.is_symlink():
        raise BadInput(f"{full}: {wanted}, and a link stands there; name another one, or remove it")
    if out.is_dir():
        if first := next(iter(sorted(out.iterdir())), None):
            raise BadInput(f"{full}: {wanted}, and it holds {first.name}; name another one, or remove it")
    elif os.path.lexists(out):
        raise unusable(NotADirectoryError(), out)
    writable(out.absolute().parent)


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Yields a folder to fill; it is `out` afterwards, or gone where the filling failed."""
    require(out)
    part = out.absolute().with_name(f".{out.absolute().name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        put_in_place([(part, out.absolute())])
    finally:
        remove(part)
