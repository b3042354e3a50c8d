"""Names of persons, places and organisations: the same sounds in every language, so that they look like loanwords."""

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from realignment.sources.sample import concepts
from realignment.sources.sample.lexicon import Phonotactics
from realignment.sources.sample.scripts import CONSONANTS, VOWELS

KINDS = ("PER", "LOC", "ORG")
ENDINGS = {"PER": "", "LOC": "via", "ORG": "tek"}  # of some places and organisations, in every language
SIZES = {"given": 60, "family": 60, "LOC": 90, "ORG": 90}
# Which stretch of each list a text may use: training and test names are disjoint, running text knows some of both.
STRETCHES = {"text": (0.0, 0.7), "train": (0.0, 0.5), "test": (0.5, 1.0)}


class Name(NamedTuple):
    """One mention. `parts` are sounds or digits."""

    kind: str  # PER | LOC | ORG
    parts: tuple[str, ...]
    cue: str  # concept of the cue word, or ""
    latin: bool  # written in Latin letters in every script, as brands are


@dataclass(frozen=True)
class Names:
    """The names one kind of text may use."""

    given: list[str]
    family: list[str]
    LOC: list[str]
    ORG: list[str]

    def draw(self, kind: str, rng: Random) -> Name:
        """A person or a place has one or two parts and perhaps a title or a cue word; an organisation may end in a number or carry its cue word."""
        cue = rng.choice(concepts.CUES[kind]) if rng.random() < 0.8 else ""
        if kind == "PER":
            parts = (rng.choice(self.given), rng.choice(self.family)) if rng.random() < 0.5 else (rng.choice(self.given),)
            return Name(kind, parts, cue, False)
        parts = (rng.choice(getattr(self, kind)),)
        if kind == "ORG" and rng.random() < 0.4:
            parts += (str(rng.randint(10, 99)),)
        elif kind == "LOC" and rng.random() < 0.2:
            parts += (rng.choice(self.LOC),)
        return Name(kind, parts, cue, kind == "ORG" and rng.random() < 0.5)


def pools(rng: Random) -> dict[str, Names]:
    """Names for `text` (bitext), `train` and `test` (evaluation sets)."""
    sounds = Phonotactics(CONSONANTS, VOWELS, 0.25)
    taken: set[str] = set()
    lists: dict[str, list[str]] = {}
    for kind, size in SIZES.items():
        lists[kind] = []
        while len(lists[kind]) < size:
            ending = ENDINGS.get(kind, "") if rng.random() < 0.4 else ""
            name = sounds.word(rng, 2) + ending
            if name not in taken:
                taken.add(name)
                lists[kind].append(name)
    return {
        use: Names(**{kind: names[round(low * len(names)) : round(high * len(names))] for kind, names in lists.items()})
        for use, (low, high) in STRETCHES.items()
    }
