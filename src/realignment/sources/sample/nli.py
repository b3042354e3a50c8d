"""Sentence pairs whose relation holds by construction.

The hypothesis is drawn first and knows nothing of the label, so that it alone tells nothing; the premise is then made to fit. It repeats
the hypothesis (entailment), tells of something else altogether (neutral), or of the opposite person who does the opposite (contradiction).
An affirmative premise may add a place, whatever the label.
"""

from realignment.sources.sample import concepts
from realignment.sources.sample.meanings import Clause, NounPhrase, Sentence, Speaker

PAIRED = [word for pair in concepts.OPPOSITES for word in pair]


def pair(label: str, speaker: Speaker) -> tuple[Sentence, Sentence]:
    """(premise, hypothesis) of the relation `label`."""
    hypothesis = _hypothesis(speaker)
    premise = hypothesis
    if label == "contradiction":
        premise = _opposite(hypothesis)
    elif label == "neutral":
        premise = _unrelated(hypothesis, speaker)
    if not premise.negated and speaker.rng.random() < 0.5:
        relation = speaker.rng.choice(concepts.PLACE_RELATIONS)
        premise = premise._replace(obliques=((relation, NounPhrase(speaker.rng.choice(concepts.PLACES), determiner="definite")),))
    return Sentence(premise), Sentence(hypothesis)


def _hypothesis(speaker: Speaker) -> Clause:
    """Subject with an adjective that has an opposite, a verb that has one, an object."""
    rng = speaker.rng
    subject = NounPhrase(rng.choice(concepts.PERSONS), determiner="definite", adjectives=(rng.choice(PAIRED),))
    patient = NounPhrase(rng.choice([*concepts.PERSONS, *concepts.ANIMALS]), determiner=rng.choice(("definite", "indefinite")))
    return Clause(
        subject, rng.choice(concepts.OPPOSED), patient, tense=rng.choice(("present", "past")), negated=rng.random() < 0.4
    )


def _opposite(clause: Clause) -> Clause:
    """A clause with the opposites of the verb and of the subject's adjectives."""
    adjectives = tuple(concepts.OPPOSITE[word] for word in clause.subject.adjectives)
    return clause._replace(subject=clause.subject._replace(adjectives=adjectives), verb=concepts.OPPOSITE[clause.verb])


def _unrelated(clause: Clause, speaker: Speaker) -> Clause:
    """A clause of the same tense and polarity that shares no content word with `clause` and has no opposite of one."""
    while True:
        other = _hypothesis(speaker)._replace(tense=clause.tense, negated=clause.negated)
        if not {*_content(other), *(concepts.OPPOSITE.get(word) for word in _content(other))} & _content(clause):
            return other


def _content(clause: Clause) -> set[str]:
    return {clause.verb, *(word for noun in (clause.subject, clause.object) if noun for word in (noun.head, *noun.adjectives))}
