"""The tasks: a module each, with its labels, its metric and how predictions are scored. Nothing else lists them.

A module has TITLE and COLUMN (what tables call it, and where it stands in them), LABELS, METRIC, KIND (`words`: a label per word; `pair`:
one per pair of sentences; `span`: an answer from a context), AVERAGED (whether the averages over tasks and S* of Equation 2 hold it, as the
paper's hold NLI, POS and NER), MISSING (what counts as predicted for a word that the length limit cut off), UNDEFINED (what the gold lacks
where there is no score), `score` and `majority`. The `score` of one of KIND `span` is also told the language, by whose words answers are
compared, and so is its `exact`.
"""

from realignment.tasks import ner, nli, pos, xquad

MODULES = {"pos": pos, "ner": ner, "nli": nli, "xquad": xquad}
TASKS = tuple(MODULES)
LABELS = {name: module.LABELS for name, module in MODULES.items()}
KINDS = {name: module.KIND for name, module in MODULES.items()}
PAIRS = frozenset(name for name, kind in KINDS.items() if kind == "pair")
QUESTIONS = frozenset(name for name, kind in KINDS.items() if kind == "span")
SPANS = frozenset(name for name, labels in LABELS.items() if any(label.startswith("B-") for label in labels))  # tags in BIO
AVERAGED = frozenset(name for name, module in MODULES.items() if module.AVERAGED)
TITLES = {name: MODULES[name].TITLE for name in sorted(MODULES, key=lambda name: MODULES[name].COLUMN)}  # in the order of tables


def score(task: str, gold: list, predicted: list, language: str) -> float | None:
    """In [0, 1], by the metric of the task; None where the gold leaves it undefined. `language` is ISO 639-3."""
    score_of = MODULES[task].score
    return score_of(gold, predicted, language) if task in QUESTIONS else score_of(gold, predicted)


def exact(task: str, gold: list, predicted: list, language: str) -> float | None:
    """Of a task of KIND `span`: the share of predictions that are right to the letter, which stands beside its F1."""
    return MODULES[task].exact(gold, predicted, language)
