"""One generated language: from a meaning to words with their universal part of speech, name tag and concept."""

from random import Random
from typing import NamedTuple

from realignment.sources.sample import concepts
from realignment.sources.sample.lexicon import Lexicon
from realignment.sources.sample.meanings import Clause, NounPhrase, Sentence
from realignment.sources.sample.names import Name
from realignment.sources.sample.scripts import spell
from realignment.sources.sample.typology import Typology


class Token(NamedTuple):
    word: str
    pos: str
    ner: str
    concept: str  # "" for parts of names, digits and punctuation


class Grammar:
    """A language. Forms are spelt once and kept."""

    def __init__(self, typology: Typology, lexicon: Lexicon, script: str):
        self.typology, self.lexicon, self.script = typology, lexicon, script
        self._tokens: dict[tuple, Token] = {}

    def sentence(self, sentence: Sentence) -> list[Token]:
        """All words in order, the closing mark last."""
        words = self.clause(sentence.main)
        if sentence.second:
            second = self.clause(sentence.second)
            if sentence.joiner in concepts.COORDINATORS:
                words = [*words, self.token(sentence.joiner, "CCONJ"), *second]
            elif self.typology.subordinator == "before":
                words = [*words, self.token(sentence.joiner, "SCONJ"), *second]
            else:
                words = [*second, self.token(sentence.joiner, "SCONJ"), *words]
        words.append(Token(sentence.mark, "PUNCT", "O", ""))
        return words

    def clause(self, clause: Clause) -> list[Token]:
        how = self.typology
        subject = self.phrase(clause.subject, "")
        direct = self.phrase(clause.object, "-object") if clause.object else []
        oblique = [token for relation, phrase in clause.obliques for token in self.adpositional(relation, phrase)]
        adverb = [self.token(clause.adverb, "ADV")] if clause.adverb else []
        verb = self.verb(clause)
        if how.order == "SOV":
            return [*subject, *adverb, *oblique, *direct, *verb]
        core = [*verb, *subject, *direct] if how.order == "VSO" else [*subject, *verb, *direct]
        return [*oblique, *core, *adverb] if how.oblique == "before" else [*core, *oblique, *adverb]

    def verb(self, clause: Clause) -> list[Token]:
        """The verb with its tense and negation, as affixes or words."""
        how = self.typology
        affixes = []
        if clause.negated and how.negation in ("prefix", "suffix"):
            affixes.append(("-not", how.negation))
        if clause.tense == "past" and how.tense != "word":
            affixes.append(("-past", how.tense))
        words = [self.token(clause.verb, "VERB", *affixes)]
        if clause.negated and how.negation in ("before", "after"):
            words = _beside(words, [self.token("not", "PART")], how.negation)
        auxiliary = "will" if clause.tense == "future" else "did" if clause.tense == "past" and how.tense == "word" else ""
        return _beside(words, [self.token(auxiliary, "AUX")], "after" if how.order == "SOV" else "before") if auxiliary else words

    def adpositional(self, relation: str, phrase: NounPhrase) -> list[Token]:
        return _beside(self.phrase(phrase, ""), [self.token(relation, "ADP")], self.typology.adposition)

    def phrase(self, phrase: NounPhrase, case: str) -> list[Token]:
        """A noun phrase; `case` is the affix its head takes in a language with case, or ""."""
        how = self.typology
        if phrase.name:
            return self.name(phrase.name)
        if phrase.head in concepts.PRONOUNS:
            return [self.token(phrase.head, "PRON", *self._case(case))]
        affixes = []
        if phrase.plural and how.plural in ("prefix", "suffix"):
            affixes.append(("-plural", how.plural))
        if phrase.determiner == "definite" and how.article == "suffix":
            affixes.append(("-the", "suffix"))
        words = [self.token(phrase.head, "NOUN", *affixes, *self._case(case))]
        if phrase.plural and how.plural == "word" and not phrase.numeral:
            words = [self.token("many", "DET"), *words]
        if phrase.owner:
            words = _beside(words, self.owner(phrase.owner), how.genitive)
        if phrase.adjectives:
            words = _beside(words, [self.token(adjective, "ADJ") for adjective in phrase.adjectives], how.adjective)
        if phrase.numeral:
            digits = phrase.numeral.isdigit()
            number = Token(phrase.numeral, "NUM", "O", "") if digits else self.token(phrase.numeral, "NUM")
            words = _beside(words, [number], how.numeral)
        if phrase.determiner in ("this", "that"):
            return _beside(words, [self.token(phrase.determiner, "DET")], how.demonstrative)
        if phrase.determiner and how.article in ("before", "after"):
            return _beside(words, [self.token(phrase.determiner, "DET")], how.article)
        return words

    def owner(self, owner: NounPhrase) -> list[Token]:
        """With a case affix, or with a word between owner and owned."""
        if self.typology.case != "none" and not owner.name:
            return self.phrase(owner, "-owner")
        between = "after" if self.typology.genitive == "before" else "before"
        return _beside(self.phrase(owner, ""), [self.token("of", "ADP")], between)

    def name(self, name: Name) -> list[Token]:
        """The cue word of an organisation belongs to its name; titles and cue words of places do not."""
        script = "Latin" if name.latin else self.script
        words = [
            Token(part if part.isdigit() else spell(part, script), "NUM" if part.isdigit() else "PROPN", name.kind, "")
            for part in name.parts
        ]
        if name.cue and name.kind == "ORG":
            words = _beside(words, [self.token(name.cue, "NOUN")._replace(ner=name.kind)], self.typology.adjective)
        words = [token._replace(ner=f"{'I' if place else 'B'}-{name.kind}") for place, token in enumerate(words)]
        if name.cue and name.kind != "ORG":
            words = _beside(words, [self.token(name.cue, "NOUN")], self.typology.genitive)
        return words

    def token(self, concept: str, pos: str, *affixes: tuple[str, str]) -> Token:
        """The word of a concept with (affix, side) pairs attached, innermost first."""
        token = self._tokens.get((concept, pos, affixes))
        if token is None:
            sounds = self.lexicon.words[concept]
            for affix, side in affixes:
                sounds = sounds + self.lexicon.words[affix] if side == "suffix" else self.lexicon.words[affix] + sounds
            token = self._tokens[concept, pos, affixes] = Token(spell(sounds, self.script), pos, "O", concept)
        return token

    def _case(self, case: str) -> list[tuple[str, str]]:
        return [(case, self.typology.case)] if case and self.typology.case != "none" else []


def _beside(words: list[Token], others: list[Token], side: str) -> list[Token]:
    return [*others, *words] if side == "before" else [*words, *others]


def text(tokens: list[Token], foreign: Grammar | None = None, share: float = 0.0, rng: Random | None = None) -> str:
    """Running text; with `foreign`, about `share` of the words are its bare words (in its script), as on the web."""
    words = [token.word for token in tokens]
    if foreign is not None and share and rng is not None:
        for place, token in enumerate(tokens):
            if token.concept and rng.random() < share:
                words[place] = foreign.token(token.concept, token.pos).word
    return " ".join(words[:-1]) + words[-1]
