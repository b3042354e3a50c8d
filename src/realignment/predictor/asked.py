"""The sets of languages whose gains are to be registered before they are run: a table of them, and why one cannot be."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.languages import codes
from realignment.languages.table import Language

COLUMNS = ("name", "encoder", "languages", "how")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
Ran = tuple[str, str, str, frozenset[str]]  # source, encoder, subset, languages


@dataclass(frozen=True)
class Asked:
    """A set for an encoder."""

    name: str
    encoder: str
    languages: tuple[str, ...]  # ISO 639-3, sorted
    how: str  # by what it was chosen, for people

    @property
    def set(self) -> frozenset[str]:
        return frozenset(self.languages)


def read(path: Path, known: Mapping[str, Language]) -> list[Asked]:
    """Rows of a TSV with COLUMNS; languages between blanks, in any spelling. BadInput names every fault by its line; `known` are languages that a
    set may hold."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{path}: a table of sets ({', '.join(COLUMNS)}, by tabs) is required and does not exist") from None
    except UnicodeDecodeError as fault:
        raise BadInput(f"{path}: UTF-8 is required, byte {fault.start} is none; save it as TSV in UTF-8") from None
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise BadInput(
            f"{path}: the first line must be {', '.join(COLUMNS)}, by tabs; got {', '.join(rows.fieldnames or ()) or 'nothing'}"
        )
    found: list[Asked] = []
    faults = []
    for row in rows:
        where = f"{path} line {rows.line_num}"
        try:
            one = _asked(row, where, known)
            _alone(one, found, where)
            found.append(one)
        except BadInput as fault:
            faults.append(str(fault))
    if faults:
        raise BadInput(*faults)
    if not found:
        raise BadInput(f"{path}: at least one set is required; the file holds none")
    return found


def _asked(row: Mapping[str, str], where: str, known: Mapping[str, Language]) -> Asked:
    if None in row or None in row.values():
        raise BadInput(f"{where}: {len(COLUMNS)} cells are required ({', '.join(COLUMNS)}), by tabs")
    if not NAME.fullmatch(row["name"]):
        raise BadInput(f"{where}: a name of letters, digits, _ and - is required; got `{row['name']}`")
    chosen = codes.resolved(row["languages"].split(), where, known)
    if not chosen:
        raise BadInput(f"{where}: at least one language is required; {row['name']} has none")
    if beyond := [code for code in chosen if code not in known]:
        raise BadInput(
            f"{where}: {', '.join(beyond)}: nothing is known of a language beyond those of `realignment languages`; take it out"
        )
    if pivots := [code for code in chosen if known[code].is_pivot]:
        raise BadInput(f"{where}: {pivots[0]} is the source side of every pair and cannot be in a set; take it out")
    return Asked(row["name"], row["encoder"], tuple(sorted(chosen)), row["how"])


def _alone(one: Asked, others: Iterable[Asked], where: str) -> None:
    """BadInput where a name stands for two sets, or a set stands twice for an encoder."""
    for other in others:
        if one.name == other.name and (one.encoder == other.encoder or one.set != other.set):
            raise BadInput(f"{where}: the name {one.name} is there twice; a name stands for one set; rename one")
        if (one.encoder, one.set) == (other.encoder, other.set):
            raise BadInput(f"{where}: {one.name} has the languages of {other.name}, for the same encoder; take one out")


def not_run(asked: Iterable[Asked], ran: Iterable[Ran]) -> None:
    """BadInput names every set that its encoder was realigned on already, whatever it is called there: nothing can be foretold of it."""
    before: dict[tuple[str, frozenset[str]], str] = {}
    for source, encoder, subset, languages in ran:
        before.setdefault((encoder, languages), f"{subset} of {source}")
    faults = [
        f"{one.name}, {one.encoder}: only a set that was not run can be registered; this one was run as {there}; take it out"
        for one in asked
        if (there := before.get((one.encoder, one.set)))
    ]
    if faults:
        raise BadInput(*faults)
