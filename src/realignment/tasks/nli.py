"""Natural language inference: does the premise entail the hypothesis, say nothing of it, or contradict it."""

TITLE, COLUMN = "NLI", 1
LABELS = ("entailment", "neutral", "contradiction")
METRIC = "accuracy"
KIND = "pair"  # one label per pair of sentences
AVERAGED = True
MISSING = ""
UNDEFINED = "no pair in the gold"


def score(gold: list[str], predicted: list[str]) -> float | None:
    """Share of pairs whose label is right; None without a pair."""
    return sum(one == other for one, other in zip(gold, predicted, strict=True)) / len(gold) if gold else None


def majority(gold: list[str]) -> list[str]:
    """The floor: the most frequent label of the set itself (ties by alphabet)."""
    return [max(sorted(set(gold)), key=gold.count)] * len(gold) if gold else []
