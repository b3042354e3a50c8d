"""What a few seeds say: mean, sample standard deviation, and the difference of two means."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Summary:
    """Scores of the seeds of one cell. `std` has ddof = 1 and is None below two values; `mean` is None without any."""

    values: tuple[float, ...]
    seeds: tuple[str, ...] = field(default=(), compare=False)  # which run gave each value, where that is known

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float | None:
        return math.fsum(self.values) / self.n if self.values else None

    @property
    def std(self) -> float | None:
        if self.n < 2:
            return None
        mean = self.mean
        return math.sqrt(math.fsum((value - mean) ** 2 for value in self.values) / (self.n - 1))

    @property
    def widest(self) -> float | None:
        """The most that the deviation can be."""
        return self.std


@dataclass(frozen=True)
class Bounded(Summary):
    """A cell known by its mean over `count` seeds and by the ends of its deviation; what each seed gave is not known."""

    values: tuple[float, ...] = ()
    level: float = math.nan
    least: float = 0.0
    most: float = math.inf
    count: int = 0

    @property
    def n(self) -> int:
        return self.count

    @property
    def mean(self) -> float | None:
        return self.level

    @property
    def std(self) -> float | None:
        """None where its ends lie apart."""
        return self.most if self.most == self.least else None

    @property
    def widest(self) -> float | None:
        return self.most


def summary(values: Sequence[float]) -> Summary:
    return Summary(tuple(values))


def over(ours: Mapping[str, float], base: Mapping[str, float]) -> dict[str, float]:
    """Seed -> its gain, so that their mean is the gain of the means; none where the two were not run with the same seeds. A base of one run
    is every seed's."""
    if len(base) == 1:
        base = dict.fromkeys(ours, *base.values())
    return {seed: value - base[seed] for seed, value in ours.items()} if ours.keys() == base.keys() else {}


@dataclass(frozen=True)
class Difference:
    """`ours` minus `base`, with what the comparison of the two says of it (results/verdicts.py); one that nobody judged is not certain."""

    ours: Summary
    base: Summary
    error: float | None = None  # standard error; None where none is known
    certain: bool = False  # the verdict is better or worse
    fixed: bool = False  # `base` is no sample: it was measured once and has no seeds

    @property
    def n(self) -> int:
        """Seeds of the side that has fewer; of `ours` where the base is fixed."""
        return self.ours.n if self.fixed and self.base.n else min(self.ours.n, self.base.n)

    @property
    def by_seed(self) -> dict[str, float]:
        """What each seed gained, see `over`; none where it is not known which run gave a value."""
        if len(self.base.values) != self.base.n:
            return {}
        base = dict(zip(self.base.seeds or map(str, range(self.base.n)), self.base.values, strict=True))
        return over(dict(zip(self.ours.seeds, self.ours.values, strict=bool(self.ours.seeds))), base)

    @property
    def mean(self) -> float | None:
        """None where one of the two is missing."""
        if self.ours.mean is None or self.base.mean is None:
            return None
        return self.ours.mean - self.base.mean
