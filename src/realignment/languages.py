"""The languages: code, script, family, resource level, who has seen them; the table of a profile or a folder."""

import csv
import functools
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from realignment import traits
from realignment.codes import ALIASES, DATA, LOCAL_USE, name_of, relatives, resolve, resolved, spellings, standard
from realignment.codes import table as codes
from realignment.errors import BadInput, nearest

__all__ = [
    "ALIASES", "DATA", "ENGLISH", "GROUPS", "LOCAL_USE", "UNKNOWN", "Language", "codes", "group", "known", "name_of", "paper", "read",
    "relatives", "resolve", "resolved", "seen_by", "spellings", "standard", "table7", "write",
]  # fmt: skip
UNKNOWN = "Unknown class"
GROUPS = ("HRL", "MRL", "LRL seen", "LRL unseen", UNKNOWN, "OOD", "English")
ENGLISH = "eng"
INDO_EUROPEAN = frozenset(  # branches that count as Indo-European, however finely `family` is written
    {"Albanian", "Armenian", "Baltic", "Balto-Slavic", "Celtic", "Germanic", "Hellenic", "Indo-Aryan", "Indo-European"}
    | {"Indo-Iranian", "Iranian", "Italic", "Romance", "Slavic"}
)


@dataclass(frozen=True)
class Language:
    """One language as a profile's `languages.csv` holds it."""

    code: str  # ISO 639-3, or a local-use code (qaa-qtz) for a generated one
    name: str
    script: str  # as Table 5 names it: Latin, Cyrillic, ...
    family: str  # as Table 5 names it
    top_family: str  # merged as `family_diverse` needs it (Javanic and Philippine under Malayic, ...)
    joshi: int  # class 0-5 of Joshi et al. 2020; -1 unknown
    seen: tuple[str, ...]  # encoders it was pretrained in: mbert, xlmr
    pool: bool  # may be chosen for realignment (of the paper's 65, or a shadow of one)
    vector: str  # row of the language vectors; "" for none
    shadow_of: str = ""  # the real language a generated one borrows from

    @property
    def is_pivot(self) -> bool:
        """English, or the generated language that stands in for it: the source side of every pair."""
        return ENGLISH in (self.code, self.shadow_of)

    @property
    def indo_european(self) -> bool:
        """Whether its family is a branch of Indo-European; the branches count as families of their own otherwise."""
        return self.family in INDO_EUROPEAN

    @property
    def level(self) -> str:
        """HRL, MRL or LRL (Joshi class 5, 3-4, 0-2: footnote 3 of the paper); `unknown` without a class."""
        return "HRL" if self.joshi == 5 else "MRL" if self.joshi >= 3 else "LRL" if self.joshi >= 0 else "unknown"


def seen_by(language: Language, seen: str | list[str]) -> bool:
    """Whether an encoder whose `seen` setting is mbert, xlmr, english or a list of codes was pretrained on the language."""
    if isinstance(seen, list):
        return language.code in _seen_codes(tuple(seen))
    return language.is_pivot if seen == "english" else seen in language.seen


@functools.cache
def _seen_codes(seen: tuple[str, ...]) -> frozenset[str]:
    return frozenset(resolved(seen, "study.encoders.*.seen"))


def group(language: Language, seen: str | list[str]) -> str:
    """One of GROUPS: the resource level, low-resource split by `seen`; out-of-distribution and English apart.

    A language outside the pool that the encoder has not seen is out of distribution, whatever its class; a language without a
    class is in no resource level.
    """
    if language.is_pivot:
        return "English"
    if not language.pool and not seen_by(language, seen):
        return "OOD"
    if language.level == "unknown":
        return UNKNOWN
    if language.level != "LRL":
        return language.level
    return "LRL seen" if seen_by(language, seen) else "LRL unseen"


def write(languages: Iterable[Language], path: Path) -> None:
    """One row a language, sorted by code."""
    names = [one.name for one in fields(Language)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(names)
        for language in sorted(languages, key=lambda one: one.code):
            rows.writerow([_text(getattr(language, name)) for name in names])


def _text(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def read(path: Path) -> dict[str, Language]:
    """Code -> language, sorted by code. Columns are parted by commas, semicolons or tabs; columns of other names are not read.

    BadInput names the line of what is no code or mark, of a language that is there twice, and of a level that its class is not.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{path}: the table of languages is required and does not exist; make it with `dvc repro fetch`") from None
    except UnicodeDecodeError as fault:
        raise BadInput(f"{path}: UTF-8 is required, byte {fault.start} is none; save it as CSV in UTF-8") from None
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    names = [name.strip().casefold() for name in next(rows, [])]
    required = [one.name for one in fields(Language)]
    if missing := [name for name in required if names.count(name) != 1]:
        raise BadInput(
            f"{path}: columns {', '.join(required)} are required, once each; {', '.join(missing)} missing or there twice"
        )
    found: dict[str, Language] = {}
    for cells in rows:
        where = f"{path} line {rows.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise BadInput(f"{where}: {len(names)} cells are required, as the first line has; got {len(cells)}")
        language = _language({name: cell.strip() for name, cell in zip(names, cells, strict=True)}, where)
        if language.code in found:
            raise BadInput(f"{where}: language {language.code} is there twice; remove one")
        found[language.code] = language
    return dict(sorted(found.items()))


def differing(own: dict[str, Language]) -> list[str]:
    """Where a table says other things of the paper's languages than the paper, as lines: `zul: joshi 5 (not 2), pool no (not yes)`."""
    lines = []
    for code, one in own.items():
        known = paper().get(code, one)
        both = [(name.name, _text(getattr(one, name.name)), _text(getattr(known, name.name))) for name in fields(Language)]
        if said := [f"{name} {mine or 'none'} (not {theirs or 'none'})" for name, mine, theirs in both if mine != theirs]:
            lines.append(f"{code}: {', '.join(said)}")
    return lines


def _vector(text: str) -> str:
    """The code of a language with a vector; an empty cell says that there is none."""
    if text and text not in standard() and not LOCAL_USE.fullmatch(text):
        raise BadInput(f"a code of ISO 639-3 is required, or nothing; got `{text}`; {nearest(text, standard())}")
    return text


READERS = {
    "code": resolve,
    "vector": _vector,
    "joshi": traits.joshi,
    "seen": traits.seen,
    "pool": traits.flag,
    "script": traits.script,
}


def _language(row: dict[str, str], where: str) -> Language:
    given = {one.name: row[one.name] for one in fields(Language)}
    given |= {name: traits.read(reader, row[name], f"{where}: column {name}") for name, reader in READERS.items()}
    language = Language(**{**given, "name": given["name"] or given["code"]})  # type: ignore[arg-type]
    if (stated := row.get("level")) and traits.read(traits.level, stated, f"{where}: column level") != language.level:
        raise BadInput(
            f"{where}: class {row['joshi'] or 'unknown'} is level {language.level}, column level says {stated}; mend one of the two"
        )
    return language


@functools.cache
def paper() -> dict[str, Language]:
    """The 65 languages of Table 5, English, and those of Table 7 that are only evaluated; code -> language.

    Joshi classes of the latter are -1 where Tables 5 and 7 give none (the paper counts them as low-resource).
    """
    return read(DATA / "languages.csv")


@functools.cache
def table7() -> dict[tuple[str, str, str], int]:
    """(language, task, set) -> test sentences: Table 7, its slips mended (`printed` beside `sentences` in data/table7.csv)."""
    with (DATA / "table7.csv").open(encoding="utf-8", newline="") as file:
        return {(row["language"], row["task"], row["set"]): int(row["sentences"]) for row in csv.DictReader(file)}


def known(code: str, languages: dict[str, Language]) -> Language:
    """The language of a code, in whatever spelling; BadInput where it is no code, or the table has no such language."""
    ours = code if code in languages else resolve(code)
    if ours not in languages:
        raise BadInput(f"unknown language `{code}`; {nearest(ours, languages)}; `realignment languages` lists those at hand")
    return languages[ours]
