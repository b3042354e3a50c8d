"""Which sides of a bitext hold evaluation text: an equal sentence, a run of the same words, or a short sentence spelt almost alike.

All three are read without case, width, punctuation and white space. A run of words: 13 of them, as in Brown et al. 2020 (C). Short
sentences: the share of their character 5-grams that they have in common (Jaccard), found by prefix filtering (Chaudhuri et al. 2006):
two sets that share so much share one of their rarest members, so that few pairs are ever compared.
"""

import functools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from realignment.corpora.text import spelt

EQUAL = "equal to an evaluation sentence"
SHARES = "shares a run of words with an evaluation sentence"
SIMILAR = "similar to an evaluation sentence"
GRAM = 5  # characters
TELLING = 4, 20  # words, or characters where words are not parted: from one of them on a sentence belongs to one language
SHORTEST = 3 * GRAM  # characters a sentence must have to be compared by them
UNSPACED = (
    15  # characters a word, on average, from which a text is taken to be written without spaces: two characters count as a word
)

words = functools.lru_cache(maxsize=50_000)(spelt)  # an English sentence comes once a language


def telling(parts: Sequence[str]) -> bool:
    """Whether the words of a sentence are more than a name or an exclamation that many languages share."""
    return len(parts) >= TELLING[0] or sum(map(len, parts)) >= TELLING[1]


class Match(NamedTuple):
    """Where the text is from and how it was recognised."""

    set: str
    reason: str


def known(examples: Iterable[dict], name: str) -> dict[str, str]:
    """Sentence -> name of the set, of the test sentences among `examples`: words, or what their columns but `split` hold as text."""
    found: dict[str, str] = {}
    for example in examples:
        if example["split"] == "test":
            for column, side in example.items():
                if column != "split":
                    found.setdefault(side if isinstance(side, str) else " ".join(side), name)
    return found


class Index:
    """Evaluation sentences of one language; `match` finds them in other text."""

    def __init__(self, sentences: dict[str, str], shared_words: int | None, similar: float | None) -> None:
        self.shared_words, self.similar = shared_words, similar
        self.equal: dict[str, str] = {}
        self.runs: dict[str, str] = {}
        self.short: list[tuple[frozenset[str], str]] = []
        for sentence, name in sentences.items():
            parts = words(sentence)
            if not (bare := "".join(parts)) or bare in self.equal:
                continue
            self.equal[bare] = name
            for run in self._runs(parts):
                self.runs.setdefault(run, name)
            if grams := self._grams(parts, bare):
                self.short.append((grams, name))
        self.frequency = Counter(gram for grams, _ in self.short for gram in grams)
        self.places: dict[str, list[int]] = {}
        for place, (grams, _) in enumerate(self.short):
            for gram in self._rarest(grams):
                self.places.setdefault(gram, []).append(place)

    def match(self, sentence: str | None) -> Match | None:
        """The evaluation sentence that `sentence` holds, the surest way first."""
        parts = words(sentence) if sentence else ()
        bare = "".join(parts)
        if name := self.equal.get(bare):
            return Match(name, EQUAL)
        if name := next((self.runs[run] for run in self._runs(parts) if run in self.runs), None):
            return Match(name, SHARES)
        return self._like(self._grams(parts, bare)) if self.short else None

    def _like(self, grams: frozenset[str]) -> Match | None:
        candidates = {place for gram in self._rarest(grams) for place in self.places.get(gram, ())}
        for place in sorted(candidates):
            other, name = self.short[place]
            common = len(grams & other)
            if common >= self.similar * (len(grams) + len(other) - common):
                return Match(name, SIMILAR)
        return None

    def _units(self, parts: tuple[str, ...]) -> tuple[tuple[str, ...] | str, int]:
        """(words, how many make a run), or characters and twice as many."""
        bare = "".join(parts)
        return (bare, 2 * self.shared_words) if len(bare) > UNSPACED * len(parts) else (parts, self.shared_words)

    def _runs(self, parts: tuple[str, ...]) -> Iterable[str]:
        if not self.shared_words:
            return
        units, length = self._units(parts)
        for start in range(len(units) - length + 1):
            yield " ".join(units[start : start + length])

    def _grams(self, parts: tuple[str, ...], bare: str) -> frozenset[str]:
        """Of sentences too short for a run; none where they are too short for anything."""
        if not self.similar or len(bare) < SHORTEST:
            return frozenset()
        if self.shared_words:
            units, length = self._units(parts)
            if len(units) >= length:
                return frozenset()
        return frozenset(bare[start : start + GRAM] for start in range(len(bare) - GRAM + 1))

    def _rarest(self, grams: frozenset[str]) -> list[str]:
        """So many of the rarest that another set with the share `similar` in common holds one of its own rarest among them."""
        if not grams:
            return []
        many = len(grams) - math.ceil(self.similar * len(grams)) + 1
        return sorted(grams, key=lambda gram: (self.frequency[gram], gram))[:many]


def summary(pairs: int, source: dict[int, Match], target: dict[int, Match], examples: int = 5) -> dict:
    """Counts of one bitext: matched English and target sides, by set; pairs by reason; the first rows."""
    rows = sorted({*source, *target})
    reasons = Counter(reason_of(source.get(row), target.get(row)) for row in rows)
    return {
        "pairs": pairs,
        "contaminated": len(rows),
        "reasons": dict(sorted(reasons.items())),
        "source_side": dict(sorted(Counter(one.set for one in source.values()).items())),
        "target_side": dict(sorted(Counter(one.set for one in target.values()).items())),
        "first_rows": rows[:examples],
    }


def reason_of(*sides: Match | None) -> str:
    """Of a pair: the surest of its sides' reasons."""
    return min((one.reason for one in sides if one), key=(EQUAL, SHARES, SIMILAR).index)
