"""The one reader of the marks that describe a language: yes or no, resource class, encoders, script, level.

Each takes a cell, however a person, a spreadsheet or this package writes it, and raises BadInput for what means nothing.
"""

import functools
import re
import unicodedata
from collections.abc import Callable

from realignment.core.errors import BadInput, nearest

ENCODERS = ("mbert", "xlmr")  # whose pre-training languages are marked
LEVELS = ("HRL", "MRL", "LRL", "unknown")
EMPTY = frozenset({"", "nan", "none", "null", "na", "n/a", "unknown", "?"})
FLAGS = {
    **dict.fromkeys(("yes", "true", "1", "1.0", "y", "t", "x", "ja", "oui", "si", "sí"), True),
    **dict.fromkeys(("no", "false", "0", "0.0", "n", "f", "nein", "non", ""), False),
}
SCRIPTS = {  # ISO 15924 and Unicode -> as Table 5 names it
    "latn": "Latin", "cyrl": "Cyrillic", "arab": "Arabic", "ethi": "Amharic", "ethiopic": "Amharic", "ge'ez": "Amharic",
    "beng": "Bengali", "mymr": "Burmese", "myanmar": "Burmese", "hans": "Chinese", "hant": "Chinese", "hani": "Chinese",
    "han": "Chinese", "jpan": "Japanese", "kore": "Korean", "hang": "Korean", "hangul": "Korean", "deva": "Devanagari",
    "geor": "Georgian", "grek": "Greek", "gujr": "Gujarati", "guru": "Gurmukhi", "hebr": "Hebrew", "mlym": "Malayalam",
    "taml": "Tamil", "telu": "Telugu", "thai": "Thai", "armn": "Armenian", "khmr": "Khmer", "knda": "Kannada", "laoo": "Lao",
    "orya": "Oriya", "sinh": "Sinhala", "thaa": "Thaana", "tibt": "Tibetan", "tfng": "Tifinagh",
}  # fmt: skip


def flag(text: str) -> bool:
    """yes or no, as this package, a spreadsheet or pandas writes it; nothing is no."""
    word = text.strip().casefold()
    if word not in FLAGS:
        raise BadInput(f"yes or no is required, got `{text.strip()}`")
    return FLAGS[word]


def joshi(text: str) -> int:
    """The class of Joshi et al., 0 to 5; -1 where it is unknown, which an empty cell says too."""
    word = text.strip().casefold()
    if word in EMPTY:
        return -1
    if not re.fullmatch(r"(-1|[0-5])(\.0*)?", word):
        raise BadInput(f"a class 0-5 is required, or -1 or nothing where it is unknown; got `{text.strip()}`")
    return int(word.partition(".")[0])


def level_of(joshi: int) -> str:
    """The resource level of a class: HRL, MRL or LRL (5, 3-4, 0-2: footnote 3 of the paper); `unknown` without one."""
    return "HRL" if joshi == 5 else "MRL" if joshi >= 3 else "LRL" if joshi >= 0 else "unknown"


def seen(text: str) -> tuple[str, ...]:
    """The encoders a language was pre-trained in, sorted: `mbert xlmr`, `mBERT, XLM-R`, `xlmr;mbert`."""
    words = [word for word in re.split(r"[\s,;|/]+", text.strip().casefold()) if word]
    return tuple(sorted({encoder(word) for word in words if word not in EMPTY}))


def encoder(text: str) -> str:
    """One of ENCODERS."""
    word = re.sub(r"[\s_-]+", "", text.strip().casefold())
    if word not in ENCODERS:
        raise BadInput(f"`{text.strip()}` is no encoder that languages are marked for; {nearest(word, ENCODERS)}")
    return word


def level(text: str) -> str:
    """One of LEVELS."""
    found = [one for one in LEVELS if one.casefold() == text.strip().casefold()]
    if not found:
        raise BadInput(f"one of {', '.join(LEVELS)} is required, got `{text.strip()}`")
    return found[0]


def script(text: str) -> str:
    """A script as Table 5 names it, else as Unicode does; an empty cell says nothing of it."""
    word = " ".join(text.split())
    known = {name.casefold(): name for name in SCRIPTS.values()} | SCRIPTS
    if not word or word.casefold() in known:
        return known.get(word.casefold(), "")
    if word.replace("'", "").upper() in _of_unicode():
        return word.replace("'", "").capitalize()
    raise BadInput(f"`{word}` is no script; {nearest(word.casefold(), known)}")


@functools.cache
def _of_unicode() -> frozenset[str]:
    """Names of scripts: what stands before LETTER, SYLLABLE ... in the names of characters."""
    names = (unicodedata.name(letter, "") for letter in map(chr, range(0x20000)) if letter.isalpha())
    ends = re.compile(r" (?:CAPITAL |SMALL |VOWEL )?(?:LETTER|SYLLABLE|SYLLABICS|IDEOGRAPH|CHARACTER)\b")
    return frozenset(ends.split(name)[0] for name in names if ends.search(name))


def read(reader: Callable[[str], object], text: str, where: str) -> object:
    """What `reader` makes of a cell; BadInput begins with `where`."""
    try:
        return reader(text)
    except BadInput as fault:
        raise BadInput(f"{where}: {fault}") from None
