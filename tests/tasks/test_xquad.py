"""Answers as MLQA's evaluation script compares them, against the same rules written word by word and in fractions."""

import random
import string
from fractions import Fraction

import pytest

from realignment.tasks import xquad

ARTICLES = {  # words that are dropped, as the script lists them
    "eng": ["a", "an", "the"],
    "spa": ["un", "una", "unos", "unas", "el", "la", "los", "las"],
    "deu": ["ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"],
    "vie": ["của", "là", "cái", "chiếc", "những"],
}
CHARACTERS = {
    "ara": "الكتاب ",
    "zho": "北京大学ab ",
    "tha": "กขค ",
    "rus": "абвГ ",
}
MARKS = string.punctuation + "。，«»—؟"


def by_hand(answer: str, language: str) -> list[str]:
    """The words of an answer, character by character and word by word."""
    kept = "".join(one for one in answer.lower() if one not in MARKS)
    if language == "ara":
        kept = kept.replace("ال", " ")
    if language == "zho":
        kept = "".join(f" {one} " if "\u4e00" <= one <= "\u9fa5" else one for one in kept)
    return [word for word in kept.split() if word not in ARTICLES.get(language, ())]


def f1(guess: list[str], answer: list[str]) -> Fraction:
    """Twice what both have over what each has, as fractions."""
    left, common = list(answer), 0
    for word in guess:
        if word in left:
            left.remove(word)
            common += 1
    return Fraction(2 * common, len(guess) + len(answer)) if common else Fraction(0)


def drawn(chance: random.Random, language: str) -> str:
    if language in CHARACTERS:
        return "".join(chance.choice(CHARACTERS[language] + chance.choice(MARKS)) for _ in range(chance.randint(0, 12)))
    words = [chance.choice([*ARTICLES[language], "red", "house", "The", "ÉL", "x"]) for _ in range(chance.randint(0, 6))]
    return " ".join(word + chance.choice(["", "", chance.choice(MARKS), "  "]) for word in words)


@pytest.mark.parametrize("language", [*ARTICLES, *CHARACTERS])
def test_answers_are_compared_by_the_rule_of_their_language(language):
    chance = random.Random(language)
    for _ in range(300):
        gold = [[drawn(chance, language) for _ in range(chance.randint(1, 3))] for _ in range(4)]
        guesses = [drawn(chance, language) for _ in gold]
        words = [
            ([by_hand(one, language) for one in answers], by_hand(guess, language))
            for answers, guess in zip(gold, guesses, strict=True)
        ]
        score = sum(max(f1(guess, one) for one in answers) for answers, guess in words) / 4
        assert xquad.score(gold, guesses, language) == pytest.approx(float(score), abs=1e-12)
        assert xquad.exact(gold, guesses, language) == sum(guess in answers for answers, guess in words) / 4


def test_the_floor_answers_every_question_with_the_commonest_answer():
    gold = [["b"], ["a", "x"], ["b"], ["a"], ["x"]]
    assert xquad.majority(gold) == ["a"] * 5 and xquad.majority([]) == []
    assert xquad.score(gold, xquad.majority(gold), "rus") == pytest.approx(2 / 5)
