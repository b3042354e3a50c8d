"""Rows of bitext files to pairs. Every row read is kept or refused with a reason; what is mended is counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from realignment.core.errors import BadInput
from realignment.corpora import text
from realignment.languages.table import ENGLISH
from realignment.sources.fields import columns, spoken
from realignment.sources.filenames.bitexts import english_second
from realignment.sources.formats.nontext import BINARY, DOCUMENT, is_binary, is_placeholder
from realignment.sources.output import BEYOND, Counts
from realignment.sources.raw import form, lines, objects, table

# Refusals that say nothing against a file: they do not count towards the share at which reading stops.
HARMLESS = ("duplicate pair", DOCUMENT, BEYOND, spoken.OTHER_SPLIT)
WORDLESS = 0.5  # share of pairs with a side without a letter from which that side is no text
FEW = 20  # pairs from which a share says something

Cells = tuple[str, str, str]  # English, target, id


class Refused(NamedTuple):
    """Why a row is no pair, in words that are counted, and more on this one."""

    reason: str
    why: str


@dataclass
class Tally:
    """Counts of one file, and where its first refused row of each reason stands."""

    path: Path
    split: str = ""  # train | dev | test: whose rows are read, where rows of a bitext say one
    counts: Counts = field(default_factory=Counts)
    first: dict[str, int] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)  # reason -> more on the first such row
    said: dict[str, int] = field(default_factory=dict)  # language that rows say they are in -> the first such row

    def say(self, line: int, content: dict[str, object]) -> None:
        """Notes the languages that a row names itself."""
        for language in spoken.languages_of(content):
            self.said.setdefault(language, line)

    def stop_foreign(self, language: str) -> None:
        """BadInput where rows say that they are in another language than the file is read for."""
        if others := {code: line for code, line in self.said.items() if code != language}:
            shown = ", ".join(f"{code} (first: line {line})" for code, line in sorted(others.items()))
            raise BadInput(
                f"{self.path}: read as {language}, and rows of it say they are in {shown}; one file per language is required"
            )

    def keep(self, mended: set[str] | tuple[str, ...] = ()) -> None:
        self.counts.read += 1
        self.counts.kept += 1
        self.counts.mended.update(set(mended))

    def refuse(self, line: int, reason: str, why: str = "") -> None:
        self.counts.read += 1
        self.counts.refused[reason] += 1
        self.first.setdefault(reason, line)
        self.why.setdefault(reason, why)

    def stop_past(self, share: float) -> None:
        """BadInput where more than `share` of the rows were refused for what they are."""
        refused = {reason: number for reason, number in self.counts.refused.items() if reason not in HARMLESS}
        total = sum(refused.values())
        if total > share * self.counts.read:
            more = {reason: f", {why}" if (why := self.why[reason]) else "" for reason in refused}
            reasons = ", ".join(
                f"{count} {reason} (first: line {self.first[reason]}{more[reason]})" for reason, count in sorted(refused.items())
            )
            allowed = f"at most the share {share:g} is allowed; correct the file or raise fetch.refused"
            raise BadInput(f"{self.path}: {total} of {self.counts.read} rows refused: {reasons}; {allowed}")


def pairs(
    path: Path, tally: Tally, limit: int | None, called: tuple[str, ...], seen: set[bytes], beside: Path | None = None
) -> Iterator[tuple[str, str, str]]:
    """(English, target, id) of a bitext's kept rows, at most `limit` of them from the head; the id is `line:N` where there is none.

    `called`: what names the target column, the language's code first. `seen` holds marks of the pairs read so far, of this
    file and others. `beside`: a file of the English sides, line by line.
    """
    wordless = {"English": 0, "target": 0}
    for number, row in _rows(tally, called, beside):
        if isinstance(row, (str, Refused)):
            tally.refuse(number, *((row,) if isinstance(row, str) else row))
            continue
        (source, mended), (target, more) = text.normalise(row[0]), text.normalise(row[1])
        if is_binary(row[0]) or is_binary(row[1]):
            tally.refuse(number, BINARY)
        elif not source or not target:
            tally.refuse(number, "empty side")
        elif is_placeholder(source) or is_placeholder(target):
            tally.refuse(number, "a placeholder for text")
        elif (mark := text.marked(source, target)) in seen:
            tally.refuse(number, "duplicate pair")
        else:
            seen.add(mark)
            tally.keep((*mended, *more))
            for side, sentence in (("English", source), ("target", target)):
                wordless[side] += not text.has_letter(sentence)
            yield source, target, row[2].strip() or f"line:{number}"
            if tally.counts.kept == limit:
                break
    _stop_wordless(path, wordless, tally.counts.kept)


def _stop_wordless(path: Path, wordless: dict[str, int], kept: int) -> None:
    """BadInput where a side is numbers: a column of ids or scores was taken for it."""
    for side, number in wordless.items():
        if kept >= FEW and number > WORDLESS * kept:
            raise BadInput(
                f"{path}: the {side} side of {number} of {kept} pairs holds no letter: ids or scores stand in its column; "
                "name the columns in a first row (english, target, id)"
            )


def _rows(tally: Tally, called: tuple[str, ...], beside: Path | None) -> Iterator[tuple[int, Cells | str | Refused]]:
    if beside:
        return _aligned(tally.path, beside)
    return _fields(tally, called) if form(tally.path) in ("jsonl", "parquet") else _cells(tally, called)


def _aligned(path: Path, english: Path) -> Iterator[tuple[int, Cells]]:
    """Line by line of two plain files, which must be as long as each other: told before a pair is taken."""
    long = {one: sum(1 for _ in lines(one)) for one in (english, path)}
    if long[english] != long[path]:
        raise BadInput(
            f"{path}: {long[path]:,} lines, {english.name} beside it has {long[english]:,}; their lines are the pairs, so that they must "
            "have as many; copy both again"
        )
    for (number, first), (_, second) in zip(lines(english), lines(path), strict=True):
        yield number, (first, second, "")


def _cells(tally: Tally, called: tuple[str, ...]) -> Iterator[tuple[int, Cells | str | Refused]]:
    """Rows of a TSV. The first may name the columns; else English comes first, unless the file's name says `<lang>-en`.
    A quote is a character, unless every cell stands in quotes."""
    path, sides, said = tally.path, columns.Sides(), {}
    english, target, identity, width = (1, 0, 2, 0) if english_second(path) else (0, 1, 2, 0)
    for number, cells in table(path):
        if number == 1 and (found := _header(path, cells, called, english)):
            names, sides = [columns.plain(cell) for cell in cells], found
            english, target, width = names.index(found.english), names.index(found.target), len(cells)
            said = spoken.of({name: place for place, name in enumerate(names)}, (found.english, found.target))
            others = [place for place in range(width) if place not in (english, target)]
            identity = names.index(found.identity) if found.identity else [*others, width][0]
            continue
        width = width or (len(cells) if len(cells) > 1 else 0)
        if not width or len(cells) != width:
            yield number, "wrong column count"
        else:
            row = (cells[english], cells[target], cells[identity] if identity < width else "")
            yield number, _turned(row, {name: cells[place] for name, place in said.items()}, sides, called[0], tally.split)


def _header(path: Path, cells: list[str], called: tuple[str, ...], first: int) -> columns.Sides | None:
    try:
        return columns.header(cells, called, first)
    except BadInput as fault:
        raise BadInput(f"{path} line 1: {fault}") from None


def _fields(tally: Tally, called: tuple[str, ...]) -> Iterator[tuple[int, Cells | str | Refused]]:
    """Rows of JSONL or parquet: two named fields, or the two of a field `translation`."""
    path = tally.path
    for number, row in objects(path):
        if isinstance(row, str):
            yield number, row
            continue
        inner = row.get("translation")
        named = {str(name).casefold(): value for name, value in inner.items()} if isinstance(inner, dict) else row
        try:
            found = columns.sides(tuple(named), called)
            if named is not row and not columns.sides(tuple(row), called).wrong:
                raise BadInput("both sides stand in `translation` and beside it; leave one of them out")
        except BadInput as fault:
            raise BadInput(f"{path} line {number}: {fault}") from None
        english, target = named.get(found.english), named.get(found.target)
        if named is not row and len(named) < len(inner):
            yield number, "a field stands twice"
        elif found.wrong or english is None or target is None:
            yield number, Refused("not a pair", found.wrong)
        elif not isinstance(english, str) or not isinstance(target, str):
            yield number, "a side is not text"
        elif text.has_surrogate(english) or text.has_surrogate(target):
            yield number, "half a character"
        else:
            cells = (english, target, str(row.get(found.identity or "id") or ""))
            said = spoken.of({**row, **named}, (found.english, found.target))
            yield number, _turned(cells, said, found, called[0], tally.split)


def _turned(row: Cells, said: dict[str, object], found: columns.Sides, language: str, split: str) -> Cells | str:
    """The row with English first, where it says itself which languages its sides are in; or why it is no pair of them."""
    if split and (reason := spoken.astray(said, split)):
        return reason
    first, second = spoken.sides(said)
    if set(spoken.languages_of(said)) - {ENGLISH, language}:
        return spoken.OTHER_LANGUAGE
    if first in ("", ENGLISH) and second in ("", language):
        return row
    if first in ("", language) and second in ("", ENGLISH):
        return (row[1], row[0], row[2]) if found.generic else row
    return spoken.OTHER_LANGUAGE
