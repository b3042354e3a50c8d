"""The languages: codes, script, family, resource level, who has seen them. ISO 639-3 inside; other codes only in the table."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from realignment.errors import BadInput, nearest

GROUPS = ("HRL", "MRL", "LRL seen", "LRL unseen", "OOD", "English")
ENGLISH = "eng"


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
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise BadInput(f"{path}: the table of languages is required and does not exist; make it with `dvc repro fetch`") from None
    languages = [
        Language(**{**row, "joshi": int(row["joshi"]), "seen": tuple(row["seen"].split()), "pool": row["pool"] == "yes"})  # type: ignore[arg-type]
        for row in rows
    ]
    return {language.code: language for language in sorted(languages, key=lambda one: one.code)}


def known(code: str, languages: dict[str, Language]) -> Language:
    """The language of a code; BadInput names the nearest codes."""
    if code not in languages:
        raise BadInput(f"unknown language `{code}`; {nearest(code, languages)}; `realignment languages` lists them")
    return languages[code]
