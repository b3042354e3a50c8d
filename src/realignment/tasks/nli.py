"""Natural language inference: does the premise entail the hypothesis, say nothing of it, or contradict it."""

LABELS = ("entailment", "neutral", "contradiction")
METRIC = "accuracy"
KIND = "pair"  # one label a pair of sentences
