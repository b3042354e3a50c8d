"""What of a word its tokens do not stand for: characters that a tokenizer drops, and letters that its normalizer replaces or removes."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

BLANKS = "▁Ġ"  # what SentencePiece and byte-level tokenizers write for a blank


@dataclass(frozen=True)
class Token:
    """A token of a word: which of its characters it covers, and whether it is the unknown token."""

    text: str
    start: int
    end: int
    unknown: bool


def blank(token: str) -> bool:
    return not token.strip(BLANKS).strip()


def lost(word: str, normal: str, tokens: Sequence[Token], dropped: int = 0) -> tuple[int, int]:
    """(unknown, all) tokens of a word, of which the normalizer makes `normal` and the model drops `dropped` runs (see `drops`).

    Unknown are the unknown token, a token that stands for replaced letters alone, and each run of characters that no token covers. A word
    of which nothing is left but a blank is unknown as a whole. Marks that the normalizer strips, and what is not seen, are no loss.
    """
    seen = {place for place, character in enumerate(word) if _seen(character)}
    held = [token for token in tokens if not blank(token.text)]
    if seen and not held:
        return max(len(tokens), 1), max(len(tokens), 1)
    gone = replaced(word, normal)
    covered = {place for token in held for place in range(token.start, token.end)}
    unknown = sum(token.unknown or _stands_for(token, seen, gone) for token in held)
    bare = sorted(_bare(word, normal, seen - covered, covered, gone)) if seen - covered else []
    runs = max(dropped, sum(place - 1 not in bare for place in bare))
    return unknown + runs, len(tokens) + runs


def drops(given: str, taken: str) -> int:
    """Runs of characters that a model without an unknown token left out of `given`; `taken` is the text of its tokens.

    Such a model drops every character it has no piece for, and gives the tokens behind it places that are too far to the front.
    """
    runs, place, open_ = 0, 0, False
    for character in given:
        if taken[place : place + 1] == character:
            place, open_ = place + 1, False
        elif _seen(character) and not blank(character) and not open_:
            runs, open_ = runs + 1, True
    return runs


def _stands_for(token: Token, seen: set[int], gone: set[int]) -> bool:
    """Whether all that can be seen of what a token covers is in `gone`."""
    places = seen.intersection(range(token.start, token.end))
    return bool(places) and places <= gone


def _seen(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind[0] not in "CZ" or kind in ("Co", "Cn")


def replaced(word: str, normal: str) -> set[int]:
    """Places of letters, digits and pictures that `normal` holds in no form: case, accents and compatibility forms are no difference."""
    if word == normal:
        return set()
    left, places = Counter(_fold(normal)), set()
    for place, character in enumerate(word):
        kind = unicodedata.category(character)
        if kind[0] in "LN" or kind == "So":
            wanted = Counter(_fold(character))
            if wanted <= left:
                left -= wanted
            else:
                places.add(place)
    return places


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(one for one in plain if unicodedata.category(one)[0] != "M")


def _bare(word: str, normal: str, open_: set[int], covered: set[int], gone: set[int]) -> set[int]:
    """Of the places that no token covers those that are a loss: not what a covered character before it takes in (NFKC), nor what the
    normalizer strips."""
    kept = set(unicodedata.normalize("NFKD", normal.casefold()))
    found, start = set(), 0
    for place in range(len(word)):
        if place and not _composes(word[start:place], word[place]):
            start = place
        if place in open_ and covered.isdisjoint(range(start, place)):
            forms = set(unicodedata.normalize("NFKD", word[place].casefold()))
            if place in gone or forms <= kept:
                found.add(place)
    return found


def _composes(before: str, character: str) -> bool:
    """Whether a character becomes part of the one before it in composed text."""
    alone = unicodedata.normalize("NFKC", before)
    return len(unicodedata.normalize("NFKC", before + character)) <= len(alone)
