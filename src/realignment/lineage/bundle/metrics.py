"""How predictions are scored, for verify.py: accuracy, F1 over entities, F1 over the words of answers and exact match, the share of right pairs."""

import json
import math
import re
import string
import unicodedata
from collections import Counter

ARTICLES = {  # what MLQA's evaluation script (facebookresearch/MLQA, mlqa_evaluation_v1.py) leaves out of the answers of a language
    "ara": r"\sال^|ال",
    "deu": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "eng": r"\b(a|an|the)\b",
    "spa": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vie": r"\b(của|là|cái|chiếc|những)\b",
}
CHARACTERS = {"zho"}  # each Chinese character is a word of these


def score(task, gold, guesses, code):
    """Of accuracy over words or pairs, F1 over entities (NER) or words of answers (XQuAD), or right pairs (retrieval); None: undefined."""
    if task == "retrieval":
        return sum(map(str.__eq__, gold, guesses)) / len(gold) if len(gold) > 1 else None
    if task == "xquad":
        return best(overlap, gold, guesses, code)
    pairs = [(one.split(" "), other.split(" ")) for one, other in zip(gold, guesses)]
    if task != "ner":
        right = [tag == guess for one, other in pairs for tag, guess in zip(one, other)]
        return sum(right) / len(right) if right else None
    both = [(entities(one), entities(other)) for one, other in pairs]
    there, found, right = (sum(map(len, one)) for one in ([a for a, _ in both], [b for _, b in both], [a & b for a, b in both]))
    precision, recall = right / max(found, 1), right / max(there, 1)
    return (2 * precision * recall / (precision + recall) if right else 0.0) if there else None


def exact(gold, guesses, code):
    """The share of answers that are one of the gold's; None: undefined."""
    return best(lambda one, other: float(one == other), gold, guesses, code)


def entities(sentence):
    """(kind, start, end) of each entity of BIO tags, by seqeval's default rule: an I- that continues none begins one."""
    found, kind, start = set(), "", 0
    for place, tag in enumerate([*sentence, "O"]):
        if tag[:2] != "I-" or tag[2:] != kind:
            found |= {(kind, start, place)} if kind else set()
            kind, start = tag[2:], place
    return found


def best(measure, gold, guesses, code):
    """Mean over questions of the best of their answers, which a line of gold lists as JSON."""
    pairs = [([words(one, code) for one in json.loads(answers)], words(guess, code)) for answers, guess in zip(gold, guesses)]
    found = [max(measure(guess, one) for one in answers) for answers, guess in pairs]
    return math.fsum(found) / len(found) if found else None


def words(answer, code):
    """Lower case, without punctuation and articles."""
    kept = "".join(one for one in answer.lower() if one not in string.punctuation and unicodedata.category(one)[0] != "P")
    kept = re.sub(ARTICLES[code], " ", kept) if code in ARTICLES else kept
    return (re.sub("([\u4e00-\u9fa5])", r" \1 ", kept) if code in CHARACTERS else kept).split()


def overlap(guess, answer):
    """F1 over words, each as often as it occurs."""
    common = sum((Counter(guess) & Counter(answer)).values())
    precision, recall = common / max(len(guess), 1), common / max(len(answer), 1)
    return 2 * precision * recall / (precision + recall) if common else 0.0
