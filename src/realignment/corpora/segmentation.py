"""Where the words of a text begin and end: Unicode's default word boundaries (UAX #29), or the reference code's pattern."""

import functools
import itertools
import re
from collections.abc import Sequence

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
    cuts = [match.start() for match in _boundaries().finditer(text)]
    edges = sorted({0, *cuts, len(text)})
    return [(start, end) for start, end in itertools.pairwise(edges) if not text[start:end].isspace()]


def word_of_character(text: str, splitter: str) -> list[int]:
    """For each character the index of its word; white space counts to the word after it, and to the last one at the end."""
    found = spans(text, splitter)
    owner = [max(len(found) - 1, -1)] * len(text)
    place = 0
    for index, (_, end) in enumerate(found):
        owner[place:end] = [index] * (end - place)
        place = end
    return owner


def spaced(words: Sequence[str]) -> list[str]:
    """Words as they stand in running text: all but the first with the blank before them, which some tokenizers make part of a token."""
    return [word if number == 0 else f" {word}" for number, word in enumerate(words)]
