"""The languages: codes, script, family, resource level, who has seen them. ISO 639-3 inside; other codes only in the table."""

import csv
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from realignment.errors import BadInput, nearest

GROUPS = ("HRL", "MRL", "LRL seen", "LRL unseen", "OOD", "English")
ENGLISH = "eng"
DATA = Path(__file__).parent / "data"
INDO_EUROPEAN = frozenset(  # branches that count as Indo-European, however finely `family` is written
    {"Albanian", "Armenian", "Baltic", "Balto-Slavic", "Celtic", "Germanic", "Hellenic", "Indo-Aryan", "Indo-European"}
    | {"Indo-Iranian", "Iranian", "Italic", "Romance", "Slavic"}
)
LOCAL_USE = re.compile(r"q[a-t][a-z]")  # ISO 639-3 leaves qaa-qtz to local use: our generated languages
ALIASES = (  # columns of codes.csv whose values name one language
    *("iso639_1", "individual", "table6", "aliases", "opus100", "nllb"),
    *("udpos", "udpos_xtreme", "wikiann", "masakhapos", "masakhaner", "glottocode"),
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
        """HRL, MRL or LRL (Joshi class 5, 3-4, 0-2: footnote 3 of the paper)."""
        return "HRL" if self.joshi == 5 else "MRL" if self.joshi >= 3 else "LRL"


def seen_by(language: Language, seen: str | list[str]) -> bool:
    """Whether an encoder whose `seen` setting is mbert, xlmr, english or a list of codes was pretrained on the language."""
    if isinstance(seen, list):
        return language.code in seen
    return language.is_pivot if seen == "english" else seen in language.seen


def group(language: Language, seen: str | list[str]) -> str:
    """One of GROUPS: the resource level, low-resource split by `seen`; out-of-distribution and English apart."""
    if language.is_pivot:
        return "English"
    if not language.pool and not seen_by(language, seen):
        return "OOD"
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
    """Code -> language, sorted by code."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            required = [one.name for one in fields(Language)]
            if missing := [name for name in required if name not in (rows.fieldnames or ())]:
                raise BadInput(f"{path}: columns {', '.join(required)} are required; {', '.join(missing)} missing")
            languages = [_language(row, f"{path} line {rows.line_num}") for row in rows]
    except FileNotFoundError:
        raise BadInput(f"{path}: the table of languages is required and does not exist; make it with `dvc repro fetch`") from None
    return {language.code: language for language in sorted(languages, key=lambda one: one.code)}


def _language(row: dict[str, str], where: str) -> Language:
    try:
        joshi = int(row["joshi"])
    except (TypeError, ValueError):
        raise BadInput(f"{where}: column joshi must be a class 0-5, or -1 where unknown; got {row['joshi']!r}") from None
    given = {one.name: row[one.name] or "" for one in fields(Language)}
    return Language(**{**given, "joshi": joshi, "seen": tuple(given["seen"].split()), "pool": given["pool"] == "yes"})  # type: ignore[arg-type]


@functools.cache
def paper() -> dict[str, Language]:
    """The 65 languages of Table 5, English, and those of Table 7 that are only evaluated; code -> language.

    Joshi classes of the latter are -1 where Tables 5 and 7 give none (the paper counts them as low-resource).
    """
    return read(DATA / "languages.csv")


@functools.cache
def codes() -> dict[str, dict[str, str]]:
    """ISO 639-3 -> what other sources call the language: a row of `data/codes.csv`, "" where a source has none."""
    with (DATA / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


@functools.cache
def table7() -> dict[tuple[str, str, str], int]:
    """(language, task, set) -> test sentences: Table 7, its slips mended (`printed` beside `sentences` in data/table7.csv)."""
    with (DATA / "table7.csv").open(encoding="utf-8", newline="") as file:
        return {(row["language"], row["task"], row["set"]): int(row["sentences"]) for row in csv.DictReader(file)}


@functools.cache
def _aliases() -> dict[str, str]:
    named = {alias.casefold(): code for code, row in codes().items() for column in ALIASES for alias in row[column].split()}
    return named | {code: code for code in codes()}


def spellings(code: str) -> tuple[str, ...]:
    """Every other code of a language, casefolded: what a column or file of it may be called."""
    row = codes().get(code, {})
    return tuple(sorted({alias.casefold() for column in ALIASES if column in row for alias in row[column].split()} - {code}))


def resolve(code: str) -> str:
    """ISO 639-3 of any code in `data/codes.csv` (639-1, OPUS, NLLB, Table 6, glottocode); local-use codes stay as they are."""
    if LOCAL_USE.fullmatch(code):
        return code
    if found := _aliases().get(code.strip().casefold()):
        return found
    raise BadInput(f"unknown language code `{code}`; {nearest(code.casefold(), _aliases())}; `realignment languages` lists them")


def known(code: str, languages: dict[str, Language]) -> Language:
    """The language of a code; BadInput names the nearest codes."""
    if code not in languages:
        raise BadInput(f"unknown language `{code}`; {nearest(code, languages)}; `realignment languages` lists them")
    return languages[code]
