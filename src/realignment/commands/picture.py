"""The option that names a picture to write: refused before anything is computed where it cannot be written."""

from pathlib import Path
from typing import Any

import click

from realignment.core.errors import BadInput
from realignment.core.files import writable

ENDINGS = (".svg", ".png")


class Picture(click.Path):
    """A file that ends in .svg or .png, in a folder that is there."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        full = path.absolute()
        if path.suffix not in ENDINGS:
            raise BadInput(f"a figure ends in {' or '.join(ENDINGS)}; {full} was given")
        if full.is_dir():
            raise BadInput(f"{full}: a file is required, and a folder stands there; name another")
        if not full.parent.is_dir():
            raise BadInput(f"{full}: the folder {full.parent} is required and does not exist; make it, or name another")
        writable(full.parent)
        return path
