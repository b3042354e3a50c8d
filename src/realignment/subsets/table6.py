"""Table 6 of the paper: the languages of every experiment as published, with its slips.

Codes are ISO 639-3 (Table 6 prints gaz and swh for orm and swa) in printed order.
"""

import csv
import functools
from dataclasses import dataclass

from realignment.core.files import DATA


@dataclass(frozen=True)
class Row:
    """A row as published. The languages of a `random` row are the pool that is drawn from."""

    name: str
    n: int  # languages an experiment of the row used
    printed_n: int  # column '#'
    languages: tuple[str, ...]
    used: tuple[str, ...]  # what the authors' runs used: `languages`, but for the row whose list is misprinted
    printed_as: str
    erratum: str


@functools.cache
def rows() -> dict[str, Row]:
    """Canonical name -> row, in printed order."""
    with (DATA / "table6.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: Row(
                name=row["name"],
                n=int(row["n"]),
                printed_n=int(row["printed_n"]),
                languages=tuple(row["languages"].split()),
                used=tuple((row["used"] or row["languages"]).split()),
                printed_as=row["printed_as"],
                erratum=row["erratum"],
            )
            for row in csv.DictReader(file)
        }
