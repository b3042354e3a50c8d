"""Pseudo-words: inherited within a family with sound changes, borrowed from the pivot, or a language's own."""

from dataclasses import dataclass
from random import Random

from realignment.sources.sample import concepts
from realignment.sources.sample.scripts import CONSONANTS, VOWELS

INHERITED, BORROWED = 0.75, 0.12  # shares of the vocabulary; the rest is a language's own
CHANGES = 2  # sound changes since the language left its family


@dataclass(frozen=True)
class Phonotactics:
    """Which sounds a family's words are made of."""

    consonants: str
    vowels: str
    closed: float  # share of syllables that end in a consonant

    @classmethod
    def drawn(cls, rng: Random) -> "Phonotactics":
        return cls(
            "".join(rng.sample(CONSONANTS, 13)), "".join(rng.sample(VOWELS, rng.choice((4, 5)))), rng.choice((0.15, 0.3, 0.45))
        )

    def word(self, rng: Random, syllables: int) -> str:
        """Sounds of a new word."""
        sounds = []
        for _ in range(syllables):
            sounds += rng.choice(self.consonants), rng.choice(self.vowels)
            if rng.random() < self.closed:
                sounds.append(rng.choice(self.consonants))
        return "".join(sounds)


@dataclass(frozen=True)
class Lexicon:
    """Sounds of each concept, and where the word came from: inherited, borrowed or own."""

    words: dict[str, str]
    origins: dict[str, str]


def ancestor(rng: Random) -> tuple[Phonotactics, dict[str, str]]:
    """The proto-language of a family: its phonotactics and the sounds of every concept."""
    sounds = Phonotactics.drawn(rng)
    words: dict[str, str] = {}
    taken: set[str] = set()
    for concept in _all():
        words[concept] = _fresh(concept, sounds, rng, taken)
    return sounds, words


def lexicon(rng: Random, family: tuple[Phonotactics, dict[str, str]], pivot: Lexicon | None) -> Lexicon:
    """The words of one language; without `pivot` (for the pivot itself, and in a null world) none are borrowed."""
    sounds, inherited = family
    changes = _sound_changes(rng, sounds)
    words: dict[str, str] = {}
    origins: dict[str, str] = {}
    taken: set[str] = set()
    for concept in _all():
        chance = rng.random()
        word, origin = "", "own"
        if chance < INHERITED:
            word, origin = inherited[concept].translate(changes), "inherited"
        elif pivot is not None and chance < INHERITED + BORROWED and concept in _CONTENT:
            word, origin = pivot.words[concept], "borrowed"
        if not word or word in taken:
            word, origin = _fresh(concept, sounds, rng, taken), "own"
        taken.add(word)
        words[concept], origins[concept] = word, origin
    return Lexicon(words, origins)


_CONTENT = frozenset(concepts.CONTENT)


def _all() -> list[str]:
    return [*concepts.FUNCTION, *concepts.AFFIXES, *concepts.CONTENT]


def _fresh(concept: str, sounds: Phonotactics, rng: Random, taken: set[str]) -> str:
    """A word no concept has yet: two syllables or one for content, one else; an affix is an open syllable."""
    open_sounds = Phonotactics(sounds.consonants, sounds.vowels, 0.0)
    while True:
        if concept.startswith("-"):
            word = open_sounds.word(rng, 1)
        else:
            word = sounds.word(rng, rng.choice((1, 2, 2)) if concept in _CONTENT else 1)
        if word not in taken:
            taken.add(word)
            return word


def _sound_changes(rng: Random, sounds: Phonotactics) -> dict[int, str]:
    """A table for str.translate: consonants of the family that became others."""
    old = rng.sample(sounds.consonants, CHANGES)
    return {ord(sound): rng.choice([other for other in CONSONANTS if other != sound]) for sound in old}
