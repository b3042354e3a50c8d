"""Files that a clone without Git LFS holds in place of data and weights: a few lines that point to them."""

from pathlib import Path

from realignment.core.errors import BadInput

POINTER = b"version https://git-lfs.github.com/spec/"


def stop_pointer(path: Path) -> None:
    """BadInput where Git LFS has left a pointer in a file's place."""
    try:
        with path.open("rb") as file:
            head = file.read(len(POINTER))
    except OSError:
        return  # whoever reads it says why it cannot be read
    if head == POINTER:
        raise BadInput(f"{path}: is a pointer of Git LFS, the file itself is required; fetch it with `git lfs pull`")
