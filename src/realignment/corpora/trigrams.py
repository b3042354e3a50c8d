"""How well a text fits others: runs of three characters, their probabilities, and nats per run under them (Dunning 1994).

A text is read without case, punctuation and symbols. A run that a model has not seen costs as much as one seen less than once.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from realignment.corpora.text import spelt

RUN = 3  # characters
UNSEEN = 3.0  # nats that a run not seen costs beside one seen once


def runs(sentence: str) -> list[str]:
    """The runs of a sentence, with a space at both ends."""
    bare = f" {' '.join(spelt(sentence))} "
    return [bare[start : start + RUN] for start in range(len(bare) - RUN + 1)] if len(bare) > 2 else []


def counted(sentences: Iterable[str], most: int) -> Counter:
    """Runs of the first sentences, until there are `most`."""
    found: Counter = Counter()
    size = 0
    for sentence in sentences:
        some = runs(sentence)
        found.update(some)
        size += len(some)
        if size >= most:
            break
    return found


@dataclass(frozen=True)
class Model:
    """What a text expects of others."""

    logs: dict[str, float]
    unseen: float

    @classmethod
    def of(cls, counts: Counter) -> "Model":
        total = counts.total() + len(counts)
        return cls({run: math.log(number / total) for run, number in counts.items()}, math.log(1 / max(total, 1)) - UNSEEN)

    def cost(self, counts: Counter) -> float:
        """Nats a run of a text; the fewer, the more alike."""
        return -sum(number * self.logs.get(run, self.unseen) for run, number in counts.items()) / counts.total()

    def known(self, counts: Counter) -> float:
        """Share of a text's runs that were seen."""
        return sum(number for run, number in counts.items() if run in self.logs) / counts.total()
