"""Extractive question answering (XQuAD, trained on SQuAD 1.1): the answer is a span of the context; F1 over the words of an answer, exact match.

Answers are compared as the evaluation script of MLQA does it (facebookresearch/MLQA, mlqa_evaluation_v1.py, commit 5ef5c73): lower case, no
punctuation, no articles, one blank between words. What it takes for an article of a language stands in ARTICLES; Hindi and Chinese have none there.
It knows seven languages. Of any other one (Greek, Romanian, Russian, Thai, Turkish) words stand between blanks and nothing is an article; the
script of SQuAD 1.1, which XTREME runs on XQuAD, would take a, an and the out of every language, and parts no Chinese.
"""

import functools
import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable

TITLE, COLUMN = "XQuAD", 4
LABELS = ("start", "end")  # what the head gives each token a number for
METRIC = "f1"
KIND = "span"  # an answer from a context
AVERAGED = False  # no average of the paper holds it
MISSING = ""
UNDEFINED = "no question in the gold"

ARTICLES = {
    "ara": r"\sال^|ال",
    "deu": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "eng": r"\b(a|an|the)\b",
    "spa": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vie": r"\b(của|là|cái|chiếc|những)\b",
}
MIXED = frozenset({"zho"})  # each Chinese character is a word; what else there is stands between blanks
CHINESE = re.compile("[\u4e00-\u9fa5]")


def score(gold: list[list[str]], predicted: list[str], language: str) -> float | None:
    """Mean over questions of the F1 against the answer that fits best; None without a question. `language` is ISO 639-3."""
    return _mean(f1, gold, predicted, language)


def exact(gold: list[list[str]], predicted: list[str], language: str) -> float | None:
    """Share of questions whose prediction is one of the answers, both normalised; None without a question."""
    return _mean(lambda *both: float(normalised(both[0], language) == normalised(both[1], language)), gold, predicted, language)


def majority(gold: list[list[str]]) -> list[str]:
    """The floor: the commonest answer of the set itself, of each question the first (ties by alphabet)."""
    firsts = Counter(answers[0] for answers in gold)
    return [min(firsts, key=lambda one: (-firsts[one], one))] * len(gold) if gold else []


def f1(predicted: str, answer: str, language: str) -> float:
    """Over the words of both, each as often as it occurs."""
    found, wanted = normalised(predicted, language).split(), normalised(answer, language).split()
    common = sum((Counter(found) & Counter(wanted)).values())
    if not common:
        return 0.0
    precision, recall = common / len(found), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


@functools.lru_cache(maxsize=100_000)
def normalised(text: str, language: str) -> str:
    """An answer as it is compared."""
    bare = "".join(one for one in text.lower() if not _punctuation(one))
    if language in ARTICLES:
        bare = re.sub(ARTICLES[language], " ", bare)
    if language in MIXED:
        bare = CHINESE.sub(lambda one: f" {one[0]} ", bare)
    return " ".join(bare.split())


def _punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def _mean(measure: Callable[[str, str, str], float], gold: list[list[str]], predicted: list[str], language: str) -> float | None:
    best = [max(measure(guess, one, language) for one in answers) for answers, guess in zip(gold, predicted, strict=True)]
    return math.fsum(best) / len(best) if best else None
