"""Questions whose answer is a span of a passage, by construction.

A passage is a few sentences of different persons who do something to different things. The question says who and did what, and leaves the thing
out; the answer is the thing as its sentence says it. Verbs may come twice, so that the person decides.
"""

from typing import NamedTuple

from realignment.sources.sample import concepts
from realignment.sources.sample.grammar import Grammar, text
from realignment.sources.sample.meanings import Clause, NounPhrase, Sentence, Speaker

SENTENCES = (2, 4)  # of a passage, from and to


class Asked(NamedTuple):
    """A passage and the number of the sentence whose object is asked for."""

    passage: tuple[Clause, ...]
    place: int


def asked(speaker: Speaker) -> Asked:
    rng = speaker.rng
    many = rng.randint(*SENTENCES)
    persons, things = rng.sample(concepts.PERSONS, many), rng.sample(concepts.THINGS, many)
    verbs = [*concepts.ACTIONS, *concepts.BUSINESS]
    clauses = tuple(
        Clause(
            NounPhrase(person, determiner="definite"),
            rng.choice(verbs),
            NounPhrase(
                thing,
                determiner=rng.choice(("definite", "indefinite")),
                adjectives=(rng.choice(concepts.COLOURS),) * (rng.random() < 0.4),
            ),
            tense=rng.choice(("present", "past")),
        )
        for person, thing in zip(persons, things, strict=True)
    )
    return Asked(clauses, rng.randrange(many))


def example(one: Asked, grammar: Grammar) -> dict:
    """Question, context, its answer and the character it begins at, in a language."""
    clause = one.passage[one.place]
    sentences = [grammar.sentence(Sentence(each)) for each in one.passage]
    answer, words = grammar.phrase(clause.object, "-object"), sentences[one.place]
    first = next(place for place in range(len(words)) if words[place : place + len(answer)] == answer)
    before = " ".join([*map(text, sentences[: one.place]), *(word.word for word in words[:first])])
    return {
        "question": text(grammar.sentence(Sentence(clause._replace(object=None), mark="?"))),
        "context": " ".join(map(text, sentences)),
        "answers": [" ".join(word.word for word in answer)],
        "starts": [len(before) + 1 if before else 0],
    }
