"""Text as characters: its normal form, what two spellings of one sentence share, and the script its letters belong to."""

import functools
import hashlib
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable

# Invisible and never part of a spelling: zero-width space, word joiner, byte order mark, directional marks and isolates.
# The joiners U+200C and U+200D stay: Persian and the scripts of India are spelt with them.
INVISIBLE = "\u200b\u2060\ufeff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
BREAKS = "\t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029"  # control characters that part words
CONTROL = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
STRANGE = re.compile(f"[{INVISIBLE}{BREAKS}{CONTROL}]")
_INVISIBLE, _BREAKS, _CONTROL = (re.compile(f"[{characters}]") for characters in (INVISIBLE, BREAKS, CONTROL))

# Scripts as Table 5 names them -> first words of the Unicode names of their letters, where they are not the script's own name.
LETTERS = {
    "Amharic": ("ETHIOPIC",),
    "Burmese": ("MYANMAR",),
    "Chinese": ("CJK",),
    "Japanese": ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"),
    "Korean": ("HANGUL", "CJK"),
}
_NAMES = {"ETHIOPIC": "Amharic", "MYANMAR": "Burmese", "CJK": "Chinese", "HANGUL": "Korean"}


def normalise(text: str) -> tuple[str, tuple[str, ...]]:
    """NFC without control and invisible characters, ends stripped; and what was mended. Idempotent."""
    mended = []
    if STRANGE.search(text):
        bare = _INVISIBLE.sub("", text)
        if bare != text:
            mended.append("invisible character")
        plain = _CONTROL.sub("", _BREAKS.sub(" ", bare))
        if plain != bare:
            mended.append("control character")
        text = plain
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
        mended.append("not NFC")
    return text.strip(), tuple(mended)


def marked(source: str, target: str) -> bytes:
    """What tells pairs of sentences apart: 8 bytes, so that a million fit (two pairs share a mark with a chance of 1 in 10^7)."""
    return hashlib.blake2b(f"{source}\t{target}".encode("utf-8", "replace"), digest_size=8).digest()


def has_letter(text: str) -> bool:
    return any(character.isalpha() for character in text)


def has_surrogate(text: str) -> bool:
    """Whether half a character (JSON's \\ud800) is in the text: it cannot be written as UTF-8."""
    return any("\ud800" <= character <= "\udfff" for character in text)


@functools.cache
def _ignored() -> re.Pattern:
    """Runs of punctuation, symbols, separators, controls and joiners."""
    kinds = {"Cc", "Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp"}
    wanted = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in kinds]
    spans, start = [], wanted[0]
    for here, following in zip(wanted, [*wanted[1:], -1], strict=True):
        if following != here + 1:
            spans.append(f"\\U{start:08x}-\\U{here:08x}")
            start = following
    return re.compile("[" + "".join(spans) + "]+")


def spelt(text: str) -> tuple[str, ...]:
    """What two spellings of a sentence share: its words, NFKC, casefolded, without punctuation and symbols."""
    return tuple(_ignored().sub(" ", unicodedata.normalize("NFKC", text).casefold()).split())


@functools.cache
def _kind(character: str) -> str:
    """First word of the Unicode name of a letter; "" for what is no letter."""
    return unicodedata.name(character, "").split(" ")[0] if character.isalpha() else ""


def letters(texts: Iterable[str]) -> Counter:
    """First words of Unicode names (LATIN, CYRILLIC, CJK) -> letters in `texts`."""
    counts: Counter = Counter()
    for character, number in Counter("".join(texts)).items():
        if kind := _kind(character):
            counts[kind] += number
    return counts


def share_of(counts: Counter, script: str) -> float | None:
    """Share of letters (as `letters` counts them) that belong to `script`, as Table 5 names it; None where there is no letter."""
    if not counts:
        return None
    return sum(counts[kind] for kind in LETTERS.get(script, (script.upper().partition(" ")[0],))) / counts.total()


def script_of(texts: Iterable[str]) -> str:
    """The script most letters belong to, as Table 5 names it; "" where there is no letter."""
    counts = letters(texts)
    if counts["HIRAGANA"] + counts["KATAKANA"] > counts.total() / 20:
        return "Japanese"
    if not counts:
        return ""
    kind = min(counts, key=lambda one: (-counts[one], one))
    return _NAMES.get(kind, kind.capitalize())
