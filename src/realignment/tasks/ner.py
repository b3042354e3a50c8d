"""Named entities: persons, organisations and locations in BIO, F1 over entities (seqeval)."""

LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
METRIC = "f1"
KIND = "words"
