"""What is said, before any language: sentences as small trees of concepts and names."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from realignment.sources.sample import concepts
from realignment.sources.sample.names import Name, Names

TOPICS = 6  # a topic holds every sixth concept of each class
SKEW = 2.5  # 1 draws all words of a list alike
ON_TOPIC = 0.75  # share of words that keep to the topic of their sentence


class NounPhrase(NamedTuple):
    head: str  # concept; "" where `name` stands
    plural: bool = False
    determiner: str = ""
    adjectives: tuple[str, ...] = ()
    numeral: str = ""  # concept or digits
    owner: "NounPhrase | None" = None
    name: Name | None = None


class Clause(NamedTuple):
    subject: NounPhrase
    verb: str
    object: NounPhrase | None = None
    obliques: tuple[tuple[str, NounPhrase], ...] = ()  # relation and noun phrase
    adverb: str = ""
    tense: str = "present"  # present | past | future
    negated: bool = False


class Sentence(NamedTuple):
    main: Clause
    joiner: str = ""  # coordinator or subordinator in front of `second`
    second: Clause | None = None
    mark: str = "."


def skewed(words: Sequence[str], rng: Random) -> str:
    """One of `words`, the first ones far more often than the last, as frequencies of words are."""
    return words[int(len(words) * rng.random() ** SKEW)]


class Speaker:
    """Draws sentences. `named` is the share of phrases that are names, where a name fits."""

    def __init__(self, rng: Random, names: Names, named: float):
        self.rng, self.names, self.named = rng, names, named
        self.topic = 0

    def pick(self, words: list[str]) -> str:
        """One of a class of concepts, mostly of the topic at hand: words that go together tell of each other."""
        if self.rng.random() < ON_TOPIC:
            words = words[self.topic % len(words) :: TOPICS]
        return skewed(words, self.rng)

    def sentence(self) -> Sentence:
        """One clause, or two that are joined; on one topic."""
        rng = self.rng
        self.topic = rng.randrange(TOPICS)
        main = self.clause()
        if rng.random() < 0.12:
            joiner = skewed(concepts.COORDINATORS if rng.random() < 0.5 else concepts.SUBORDINATORS, rng)
            return Sentence(main, joiner, self.clause(short=True))
        return Sentence(main, mark="?" if rng.random() < 0.08 else ".")

    def with_name(self) -> Sentence:
        """A sentence with at least one name."""
        while True:
            sentence = self.sentence()
            clauses = [sentence.main, sentence.second] if sentence.second else [sentence.main]
            phrases = [
                phrase
                for clause in clauses
                for phrase in (clause.subject, clause.object, *(p for _, p in clause.obliques))
                if phrase
            ]
            if any(phrase.name for phrase in phrases):
                return sentence

    def clause(self, short: bool = False) -> Clause:
        """Organisations do business, persons and animals act; places follow relations of place."""
        rng, kind = self.rng, self.rng.random()
        tense = rng.choice(("present", "present", "past", "past", "future"))
        negated = rng.random() < 0.12
        obliques = () if short or rng.random() < 0.5 else (self.oblique(),)
        adverb = self.pick(concepts.ADVERBS) if not short and rng.random() < 0.2 else ""
        if kind < 0.25:
            return Clause(self.agent(), self.pick(concepts.EVENTS), None, obliques, adverb, tense, negated)
        if kind < 0.5:
            subject = self.name("ORG") if rng.random() < 1.6 * self.named else self.agent(concepts.PERSONS)
            named = rng.random() < 0.5 * self.named
            bought = self.name("ORG") if named else self.phrase(concepts.THINGS if rng.random() < 0.8 else concepts.PLACES)
            return Clause(subject, self.pick(concepts.BUSINESS), bought, obliques, adverb, tense, negated)
        verb = self.pick(concepts.ACTIONS if kind < 0.8 else concepts.OPPOSED)
        return Clause(self.agent(), verb, self.patient(), obliques, adverb, tense, negated)

    def agent(self, nouns: list[str] | None = None) -> NounPhrase:
        chance = self.rng.random()
        if chance < self.named:
            return self.name("PER")
        if chance < self.named + 0.12:
            return NounPhrase(skewed(concepts.PRONOUNS, self.rng))
        return self.phrase(nouns or (concepts.PERSONS if self.rng.random() < 0.6 else concepts.ANIMALS))

    def patient(self) -> NounPhrase:
        if self.rng.random() < self.named:
            return self.name("PER")
        return self.phrase(self.rng.choice((concepts.PERSONS, concepts.ANIMALS, concepts.THINGS)))

    def oblique(self) -> tuple[str, NounPhrase]:
        rng = self.rng
        if rng.random() < 0.7:
            place = self.name("LOC") if rng.random() < 2 * self.named else self.phrase(concepts.PLACES)
            return skewed(concepts.PLACE_RELATIONS, rng), place
        return skewed(concepts.OTHER_RELATIONS, rng), self.patient()

    def name(self, kind: str) -> NounPhrase:
        return NounPhrase("", name=self.names.draw(kind, self.rng))

    def phrase(self, nouns: list[str]) -> NounPhrase:
        """A common noun with what may stand around it."""
        rng = self.rng
        numeral = ""
        if rng.random() < 0.12:
            numeral = skewed(concepts.NUMBERS, rng) if rng.random() < 0.6 else str(rng.randint(2, 99))
        plural = bool(numeral) or rng.random() < 0.2
        chance = rng.random()
        determiner = (
            "definite" if chance < 0.4 else "this" if chance < 0.5 else "that" if chance < 0.6 else "" if plural else "indefinite"
        )
        adjectives = (self.pick(concepts.ADJECTIVES),) if rng.random() < 0.35 else ()
        owner = None
        if rng.random() < 0.08:
            owner = (
                self.name("PER")
                if rng.random() < 2 * self.named
                else NounPhrase(rng.choice(concepts.PERSONS), determiner="definite")
            )
        return NounPhrase(self.pick(nouns), plural, determiner, adjectives, numeral, owner)
