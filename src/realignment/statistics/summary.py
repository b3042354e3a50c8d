"""What a few seeds say: mean, sample standard deviation, and whether a difference is larger than its noise."""

import math
from collections.abc import Sequence
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


def summary(values: Sequence[float]) -> Summary:
    return Summary(tuple(values))


@dataclass(frozen=True)
class Difference:
    """`ours` minus `base`, seeds taken as independent; None where one of the two is missing."""

    ours: Summary
    base: Summary

    @property
    def n(self) -> int:
        """Seeds of the side that has fewer."""
        return min(self.ours.n, self.base.n)

    @property
    def mean(self) -> float | None:
        if self.ours.mean is None or self.base.mean is None:
            return None
        return self.ours.mean - self.base.mean

    @property
    def error(self) -> float | None:
        """Standard error (Welch); None below two seeds on a side."""
        if self.ours.std is None or self.base.std is None:
            return None
        return math.sqrt(self.ours.std**2 / self.ours.n + self.base.std**2 / self.base.n)

    def uncertain(self, errors: float) -> bool:
        """Whether |difference| is below `errors` standard errors; also where there is no standard error to compare with."""
        return self.mean is None or self.error is None or abs(self.mean) < errors * self.error
