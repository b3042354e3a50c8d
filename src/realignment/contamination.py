"""Which sides of a bitext are sentences of an evaluation set: equal once case, width, punctuation and white space are gone."""

import functools
from collections import Counter
from collections.abc import Iterable

from realignment.text import bare

key = functools.lru_cache(maxsize=400_000)(bare)  # an English sentence comes once a language


def known(examples: Iterable[dict], name: str) -> dict[str, str]:
    """Key -> name of the set, of the test sentences among `examples` (words, or premise and hypothesis)."""
    found: dict[str, str] = {}
    for example in examples:
        if example["split"] == "test":
            sides = [" ".join(example["words"])] if "words" in example else [example["premise"], example["hypothesis"]]
            for side in sides:
                if side and (one := key(side)):
                    found.setdefault(one, name)
    return found


def matches(sentences: Iterable[str | None], keys: dict[str, str]) -> dict[int, str]:
    """Row -> set, of the sentences that are in `keys`."""
    found = {}
    for row, sentence in enumerate(sentences):
        if sentence and (name := keys.get(key(sentence))):
            found[row] = name
    return found


def summary(pairs: int, source: dict[int, str], target: dict[int, str], examples: int = 5) -> dict:
    """Counts of one bitext: matched English and target sides, by set, and the first rows."""
    rows = sorted({*source, *target})
    return {
        "pairs": pairs,
        "contaminated": len(rows),
        "source_side": dict(sorted(Counter(source.values()).items())),
        "target_side": dict(sorted(Counter(target.values()).items())),
        "first_rows": rows[:examples],
    }
