"""Where the words of a text begin and end: Unicode's default word boundaries (UAX #29), or the reference code's pattern."""

import bisect
import functools
import itertools
import re
from collections.abc import Iterable, Sequence

SPLITTERS = ("unicode", "reference-code")


@functools.cache
def _boundaries():
    import regex

    return regex.compile(r"(?w)\b")


# Leaves out combining marks, so words of Hindi, Bengali, Tamil, tone-marked Yoruba and others fall into pieces.
REFERENCE = re.compile(r"\w+|[^\w\s]+")


def normalise(text: str, splitter: str) -> str:
    """The text that is tokenised: as it stands, or for `reference-code` its pieces joined by spaces."""
    return " ".join(REFERENCE.findall(text)) if splitter == "reference-code" else text


def spans(text: str, splitter: str) -> list[tuple[int, int]]:
    """(start, end) of each word in characters, in order; white space belongs to none, a punctuation mark is a word."""
    if splitter == "reference-code":
        return [match.span() for match in re.finditer(r"\S+", text)]
    edges = dict.fromkeys([0, *(match.start() for match in _boundaries().finditer(text)), len(text)])
    return [(start, end) for start, end in itertools.pairwise(edges) if not text[start:end].isspace()]


def words_at(text: str, places: Iterable[int], splitter: str) -> tuple[list[int], int]:
    """(the index of the word that each place, in characters, is in; how many words there are).

    White space counts to the word after it, and to the last one at the end; without a word the index is -1.
    """
    ends = [end for _, end in spans(text, splitter)]
    last = len(ends) - 1
    return [min(bisect.bisect_right(ends, place), last) for place in places], len(ends)


def spaced(words: Sequence[str]) -> list[str]:
    """Words as they stand in running text: all but the first with the blank before them, which some tokenizers make part of a token."""
    return [word if number == 0 else f" {word}" for number, word in enumerate(words)]
