"""Sentence pairs whose relation holds by construction.

The hypothesis is drawn first and knows nothing of the label, so that it alone tells nothing; the premise is then made to fit. It repeats
the hypothesis (entailment), changes its verb, adjective or subject into another that neither repeats nor opposes it (neutral), or turns
the verb into its opposite or the polarity around (contradiction). A plain premise may add a place, whatever the label.
"""

from random import Random

from realignment.sources.sample import concepts
from realignment.sources.sample.meanings import Clause, NounPhrase, Sentence, Speaker

PAIRED = [word for pair in concepts.OPPOSITES for word in pair]


def pair(label: str, speaker: Speaker) -> tuple[Sentence, Sentence]:
    """(premise, hypothesis) of the relation `label`."""
    hypothesis = _hypothesis(speaker)
    premise = hypothesis
    if label == "contradiction":
        premise = _contradicting(hypothesis, speaker.rng)
    elif label == "neutral":
        premise = _unrelated(hypothesis, speaker.rng)
    if not premise.negated and speaker.rng.random() < 0.5:
        relation = speaker.rng.choice(concepts.PLACE_RELATIONS)
        premise = premise._replace(obliques=((relation, NounPhrase(speaker.rng.choice(concepts.PLACES), determiner="definite")),))
    return Sentence(premise), Sentence(hypothesis)


def _hypothesis(speaker: Speaker) -> Clause:
    """Subject with an adjective that has an opposite, a verb that has one, an object."""
    rng = speaker.rng
    subject = NounPhrase(rng.choice(concepts.PERSONS), determiner="definite", adjectives=(rng.choice(PAIRED),))
    patient = NounPhrase(rng.choice([*concepts.PERSONS, *concepts.ANIMALS]), determiner=rng.choice(("definite", "indefinite")))
    return Clause(subject, rng.choice(concepts.OPPOSED), patient, tense=rng.choice(("present", "past")), negated=rng.random() < 0.2)


def _contradicting(clause: Clause, rng: Random) -> Clause:
    """The same sentence with its polarity turned, or, of a plain one, with an opposite verb."""
    if clause.negated or rng.random() < 0.35:
        return clause._replace(negated=not clause.negated)
    return clause._replace(verb=concepts.OPPOSITE[clause.verb])


def _unrelated(clause: Clause, rng: Random) -> Clause:
    """The same sentence with another verb, subject or adjective that neither repeats nor opposes it."""
    chance = rng.random()
    if chance < 0.34:
        return clause._replace(verb=_other(concepts.OPPOSED, clause.verb, rng))
    subject = clause.subject
    if chance < 0.67:
        return clause._replace(subject=subject._replace(adjectives=(_other(PAIRED, subject.adjectives[0], rng),)))
    return clause._replace(subject=subject._replace(head=rng.choice([noun for noun in concepts.PERSONS if noun != subject.head])))


def _other(words: list[str], word: str, rng: Random) -> str:
    return rng.choice([other for other in words if other not in (word, concepts.OPPOSITE[word])])
