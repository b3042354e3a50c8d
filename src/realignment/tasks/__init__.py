"""The three tasks: labels, metric, and how one run of predictions is scored."""

from realignment.tasks import ner, nli, pos

MODULES = {"pos": pos, "ner": ner, "nli": nli}
LABELS = {name: module.LABELS for name, module in MODULES.items()}
PAIRS = {name for name, module in MODULES.items() if module.KIND == "pair"}
