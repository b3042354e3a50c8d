"""The groups of languages that tables have a column for: resource levels, low-resource split by whether an encoder has seen the language."""

import functools

from realignment.languages.codes import resolved
from realignment.languages.table import Language

UNKNOWN = "Unknown class"
GROUPS = ("HRL", "MRL", "LRL seen", "LRL unseen", UNKNOWN, "OOD", "English")


def seen_by(language: Language, seen: str | list[str]) -> bool:
    """Whether an encoder whose `seen` setting is mbert, xlmr, english or a list of codes was pretrained on the language; a generated language
    is seen where the one that it shadows is."""
    if isinstance(seen, list):
        return not {language.code, language.shadow_of}.isdisjoint(_seen_codes(tuple(seen)))
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


def outside(language: Language) -> bool:
    """Whether the paper's averages leave a language out, whoever has seen it: it is not in the pool, and by the table no encoder has seen it."""
    return not (language.is_pivot or language.pool or language.seen)
