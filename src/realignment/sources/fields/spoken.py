"""What a row says of itself, whatever its file is called: its split, its language, the languages of its sides."""

import functools
import re
from collections.abc import Mapping

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.sources.spellings import split_of

SPLIT = ("split", "data_split", "dataset_split", "split_name")
MAY_SAY_SPLIT = (
    "set",
    "subset",
    "partition",
    "part",
    "fold",
    "phase",
    "semeval_set",
)  # where their value is one; else they say other things
LANGUAGE = (
    *("language", "lang", "lang_code", "language_code", "langcode", "languagecode", "lang_id", "language_id", "language_name"),
    *("lang_name", "lang_iso", "iso", "iso_code", "iso639", "iso639_1", "iso639_3", "iso_639_1", "iso_639_3", "locale", "lg", "lng"),
)  # fmt: skip
SIDES = (  # of the source, of the target
    (
        *("src_lang", "source_lang", "source_language", "src_language", "lang_src", "srclang", "sourcelang", "sourcelanguage"),
        *("source_code", "src_code", "source_lang_code", "src_lang_code", "from_lang", "lang_from"),
    ),
    (
        *("tgt_lang", "trg_lang", "target_lang", "target_language", "tgt_language", "trg_language", "lang_tgt", "lang_trg"),
        *("tgtlang", "trglang", "targetlang", "targetlanguage", "target_code", "tgt_code", "target_lang_code", "tgt_lang_code"),
        *("to_lang", "lang_to"),
    ),
)
MAY_SAY_SIDE = (("from",), ("to",))  # where their value is a language
DIRECTION = (
    *("direction", "translation_direction", "lang_pair", "language_pair", "langpair", "languagepair", "lang_direction"),
    *("lp", "pair", "langs", "lang_dir"),
)
FIELDS = frozenset((*SPLIT, *MAY_SAY_SPLIT, *LANGUAGE, *DIRECTION, *(name for some in (*SIDES, *MAY_SAY_SIDE) for name in some)))
NO_LANGUAGE = ("und", "mul", "mis", "zxx")
OTHER_SPLIT = "of another split, by its own field"
OTHER_LANGUAGE = "in other languages, by its own fields"


def of(content: Mapping[str, object], without: tuple[str, ...] = ()) -> dict[str, object]:
    """The fields of a row that say something of it; those in `without` hold its text."""
    return {name: content[name] for name in content if name in FIELDS and name not in without}


def astray(content: Mapping[str, object], split: str) -> str:
    """Why a row is none of `split` (train, dev, test) by its own field; "" where it is, or says nothing."""
    for name in (*SPLIT, *MAY_SAY_SPLIT):
        value = content.get(name)
        sure = name in SPLIT and value not in (None, "")
        said = split_said(value) if isinstance(value, str) and (sure or not re.search(r"\s", value)) else ""
        if sure or said:
            return "" if said == split else OTHER_SPLIT if said else f"its field {name} says no split (train, dev, test)"
    return ""


@functools.lru_cache(maxsize=1000)
def split_said(value: str) -> str:
    """The one split that a value names with one of its words (`validation_matched`, `train-r1`); "" where it names none or two."""
    found = {split_of(word) for word in re.split(r"[\W_]+", value)} - {""}
    return found.pop() if len(found) == 1 else ""


def languages_of(content: Mapping[str, object]) -> list[str]:
    """Every language that a row says it is in."""
    said = [language(content[name]) for name in LANGUAGE if isinstance(content.get(name), str)]
    return [one for one in dict.fromkeys(said) if one]


def sides(content: Mapping[str, object]) -> tuple[str, str]:
    """The languages that a row says its source and target are in; "" for one it does not say, the value itself where that is no language."""
    found = []
    for sure, perhaps in zip(SIDES, MAY_SAY_SIDE, strict=True):
        values = [str(content[name]) for name in sure if content.get(name) not in (None, "")]
        said = [language(value) or value.strip().casefold() for value in values]
        said += [language(content[name]) for name in perhaps if isinstance(content.get(name), str)]
        found.append(next(filter(None, said), ""))
    if any(found):
        return found[0], found[1]
    directions = (direction(content[name]) for name in DIRECTION if isinstance(content.get(name), str))
    return next(filter(any, directions), ("", ""))


@functools.lru_cache(maxsize=1000)
def direction(value: str) -> tuple[str, str]:
    """Both languages of `sw-en`, `swh_Latn-eng_Latn`, `en2sw`, `sw -> en`, `Swahili to English`; ("", "") where they are not two."""
    for cut in re.finditer(r"\s*(?:-+>|=+>|→|\bto\b|2|[-_|/:,])\s*", value):
        both = language(value[: cut.start()]), language(value[cut.end() :])
        if all(both) and both[0] != both[1]:
            return both
    return "", ""


@functools.lru_cache(maxsize=10_000)
def language(value: str) -> str:
    """The language that a value names, by any code or by its English name; "" where it names none."""
    word = value.strip()
    try:
        code = languages.resolve(word)
    except BadInput:
        code = _names().get(word.casefold(), "")
    return "" if code in NO_LANGUAGE else code


@functools.cache
def _names() -> dict[str, str]:
    """English names, casefolded and without what stands in brackets -> the code; those of two languages name none."""
    found: dict[str, set[str]] = {}
    for code, row in languages.standard().items():
        found.setdefault(row["name"].partition(" (")[0].casefold(), set()).add(languages.resolve(code))
    single = {name: codes.pop() for name, codes in found.items() if len(codes) == 1}
    return single | {one.name.casefold(): code for code, one in languages.paper().items()}
