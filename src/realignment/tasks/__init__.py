"""The tasks: a module each, with its labels, its metric and how predictions are scored. Nothing else lists them.

A module has TITLE and COLUMN (what tables call it, and where it stands in them), LABELS, METRIC, KIND (`words`: a label per word; `pair`:
one per pair of sentences), MISSING (what counts as predicted for a word that the length limit cut off), UNDEFINED (what the gold lacks
where there is no score), `score` and `majority`.
"""

from realignment.tasks import ner, nli, pos

MODULES = {"pos": pos, "ner": ner, "nli": nli}
TASKS = tuple(MODULES)
LABELS = {name: module.LABELS for name, module in MODULES.items()}
PAIRS = frozenset(name for name, module in MODULES.items() if module.KIND == "pair")
SPANS = frozenset(name for name, labels in LABELS.items() if any(label.startswith("B-") for label in labels))  # tags in BIO
TITLES = {name: MODULES[name].TITLE for name in sorted(MODULES, key=lambda name: MODULES[name].COLUMN)}  # in the order of tables
