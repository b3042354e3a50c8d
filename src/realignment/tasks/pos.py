"""Part-of-speech tagging: the 17 universal tags, accuracy over words."""

TITLE, COLUMN = "POS", 2
LABELS = (
    "ADJ",
    "ADP",
    "ADV",
    "AUX",
    "CCONJ",
    "DET",
    "INTJ",
    "NOUN",
    "NUM",
    "PART",
    "PRON",
    "PROPN",
    "PUNCT",
    "SCONJ",
    "SYM",
    "VERB",
    "X",
)
METRIC = "accuracy"
KIND = "words"  # one label per word
AVERAGED = True
MISSING = ""  # predicted for a word that the length limit cut off: never right
UNDEFINED = "no word in the gold"


def score(gold: list[list[str]], predicted: list[list[str]]) -> float | None:
    """Share of words whose tag is right, over all sentences together; None without a word."""
    pairs = [one == other for tags, found in zip(gold, predicted, strict=True) for one, other in zip(tags, found, strict=True)]
    return sum(pairs) / len(pairs) if pairs else None


def majority(gold: list[list[str]]) -> list[list[str]]:
    """The floor: every word the most frequent tag of the set itself (ties by alphabet)."""
    tags = [tag for sentence in gold for tag in sentence]
    most = max(sorted(set(tags)), key=tags.count, default=MISSING)
    return [[most] * len(sentence) for sentence in gold]
