"""Named entities: persons, organisations and locations in BIO, F1 over entities (seqeval)."""

TITLE, COLUMN = "NER", 3
LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
METRIC = "f1"
KIND = "words"
AVERAGED = True
MISSING = "O"
UNDEFINED = "no entity in the gold"


def score(gold: list[list[str]], predicted: list[list[str]]) -> float | None:
    """Micro F1 over entities of all sentences, after `repair` of the predictions; 0 where nothing is right.

    None where the gold holds no entity: there is nothing to find, whatever is predicted.
    """
    from seqeval.metrics import f1_score

    if all(tag == "O" for tags in gold for tag in tags):
        return None
    return float(f1_score(gold, [repair(tags) for tags in predicted], zero_division=0))


def repair(tags: list[str]) -> list[str]:
    """An I- that continues no entity of its type begins one: B- (as the reference code, after Wu et al.)."""
    mended: list[str] = []
    for tag in tags:
        begins = tag.startswith("I-") and (not mended or mended[-1][1:] != tag[1:])
        mended.append("B-" + tag[2:] if begins else tag)
    return mended


def majority(gold: list[list[str]]) -> list[list[str]]:
    """The floor: no entity anywhere."""
    return [["O"] * len(sentence) for sentence in gold]
