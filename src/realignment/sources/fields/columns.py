"""Which column or field holds what. A name that is the language's own wins over `source` and `target`; two that fit are refused."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.languages.table import ENGLISH
from realignment.sources.fields import spoken

GENERIC = {"English": ("source", "src"), "target": ("target", "tgt", "trg")}  # where no name says a language
# Codes of languages that name something else far more often; a language that is called so is told by it where nothing else names it.
PLAIN = (
    "id",
    "no",
    "nr",
    "tag",
    "set",
    "ref",
    "doc",
    "url",
    "new",
    "old",
    "raw",
    "key",
    "idx",
    "row",
    "src",
    "trg",
    "tgt",
    "sum",
    "to",
    "lg",
    "lp",
    "iso",
)
FILLERS = {
    "text",
    "sentence",
    "sent",
    "side",
    "line",
    "segment",
    "translation",
    "column",
    *GENERIC["English"],
    *GENERIC["target"],
}
OTHERS = {
    *PLAIN,
    "score",
    "label",
    "split",
    "domain",
    "genre",
    "origin",
    "corpus",
    "laser",
    "sentence1",
    "sentence2",
}
OTHERS |= {"lang1", "lang2", "text1", "text2", "side1", "side2", "language", "lang", "locale"}
OTHERS |= {name for name in spoken.FIELDS if "_" in name}


@dataclass(frozen=True)
class Sides:
    """The names of both sides and of the id ("" where there is none); `wrong` says why a side has no name."""

    english: str = ""
    target: str = ""
    identity: str = ""
    wrong: str = ""

    @property
    def generic(self) -> bool:
        """Whether the names of both sides say no language, so that a row may say which of them is which."""
        return self.english in GENERIC["English"] and self.target in GENERIC["target"]


def plain(cell: str) -> str:
    """A header's cell as a name: without quotes around it, ends and case."""
    return cell.strip().strip("\"'").strip().casefold()


@functools.cache
def english() -> frozenset[str]:
    """What names English."""
    return frozenset(("english", ENGLISH, *languages.spellings(ENGLISH)))


@functools.lru_cache(maxsize=10_000)
def language_of(name: str) -> str:
    """The language that a column's name names (`sw`, `swh_latn`, `text_sw`, `sentence_eng`, `swahili`); "" where it names none."""
    if name in PLAIN:
        return ""
    words = [word for word in re.split(r"[\s_.:/()\[\]-]+", name) if word]
    for spelt in (name, *(["_".join(rest)] if (rest := [word for word in words if word not in FILLERS]) else [])):
        if spelt in english():
            return ENGLISH
        if spelt in _by_name():
            return _by_name()[spelt]
        if spelt not in PLAIN and re.fullmatch(r"[a-z]{2,3}([_-][a-z]{2,4})?", spelt):
            code = _resolved(spelt)
            if code in languages.codes():  # not every code there is: short words of many languages are one
                return code
    return ""


def _resolved(spelt: str) -> str:
    try:
        return languages.resolve(spelt)
    except BadInput:
        return ""


@functools.cache
def _by_name() -> dict[str, str]:
    return {one.name.casefold(): code for code, one in languages.paper().items()}


@functools.lru_cache(maxsize=1000)
def sides(names: tuple[str, ...], called: tuple[str, ...]) -> Sides:
    """Which of `names` (casefolded) hold English, the target and the id. `called` names the target: its code first.

    BadInput where two names fit one side; what the caller adds is file and line.
    """
    named = {name: language_of(name) for name in names}
    own = [name for name in names if name in called[:1] or (named[name] and named[name] == called[0])]
    own += [name for name in names if name in called and name not in own and name not in PLAIN]
    of_english = [name for name in names if name in english()] or [name for name in names if named[name] == ENGLISH]
    first = _one("English", of_english or [name for name in names if name in GENERIC["English"]])
    targets = [name for name in own if name != first] or [name for name in names if name in GENERIC["target"]]
    targets = targets or [name for name in names if name in called and name != first]  # `id`, which is Indonesian
    second = _one("target", targets)
    identity = "id" if "id" in names and second != "id" else ""
    others = sorted({named[name] for name in names} - {"", ENGLISH, called[0]})
    return Sides(first, second, identity, _wrong(first, second, others, called[0]))


def _one(side: str, fitting: list[str]) -> str:
    if len(fitting) > 1:
        both = " and ".join(f"`{name}`" for name in fitting)
        raise BadInput(f"{both} name the {side} side; one is required; rename or leave out the others")
    return fitting[0] if fitting else ""


def _wrong(first: str, second: str, others: list[str], language: str) -> str:
    if first and second:
        return ""
    if not second and others:
        return f"no field names {language}; {', '.join(others)} is named; rename the file, or its fields"
    missing = "English (english, en, source)" if not first else f"the target (target, {language})"
    return f"no field names {missing}"


def header(cells: list[str], called: tuple[str, ...], first: int = 0) -> Sides | None:
    """The sides that the first row of a table names; None where it is a pair. BadInput where it names columns, but not both sides.

    `first`: the column English stands in where no row names it.
    """
    names = tuple(plain(cell) for cell in cells)
    known = [name for name in names if name in english() or name in called or any(name in some for some in GENERIC.values())]
    known += [name for name in names if name not in known and (name in OTHERS or language_of(name))]
    if len(set(names)) < len(names):
        if len(known) == len(names) > 1:
            raise BadInput(f"its header names a column twice: {', '.join(names)}")
        return None
    if misplaced := _misplaced(names, first):
        return misplaced
    if len(known) < 2:
        return None
    try:
        found = sides(names, called)
    except BadInput:
        if len(known) < len(names):
            return None
        raise
    if found.wrong and len(known) == len(names):
        raise BadInput(f"its first row names columns ({', '.join(names)}), but {found.wrong}")
    return None if found.wrong else found


def _misplaced(names: tuple[str, ...], first: int) -> Sides | None:
    """The sides of a header whose other column is called in words that no table here knows (`kiswahili`, `english`): English, named
    outside its own column, is no word of a pair. BadInput where several columns may be the other side."""
    places = [place for place, name in enumerate(names) if name == "english"]
    if len(places) != 1 or places[0] == first:
        return None
    others = [name for name in names if name and name != "english" and name not in OTHERS]
    if len(others) == 1:
        return Sides("english", others[0], "id" if "id" in names else "")
    if any(language_of(name) or any(name in some for some in GENERIC.values()) for name in others):
        return None
    raise BadInput(
        f"its first row names English in column {places[0] + 1}, and not which column is the other; call that one `target`"
    )


def agreed(content: dict, names: Iterable[str], field: str, same=lambda one, other: one == other) -> object:
    """The value of the fields `names`; None where there is none. BadInput where two are there and differ."""
    given = [(name, content[name]) for name in names if content.get(name) is not None]
    for name, value in given[1:]:
        if not same(given[0][1], value):
            raise BadInput(f"`{given[0][0]}` and `{name}` both name the {field}, and differ; leave one out")
    return given[0][1] if given else None
