"""A question that two batches of fresh pairs answer: how large each is, what they say together, and with which error rates.

Each batch has a one-sided p of Student's t of its own, and the two are combined as normal quantiles with equal weights (Lehmacher and Wassmer
1999) against one critical value for both looks (Pocock 1977). For normal differences each p is uniform whatever was seen before its
batch began, so both sizes may follow from all of that and the error rates hold exactly: those of an internal pilot with four
pairs do not, and Stein's rule (1945), which does, tests for ever with the three degrees of freedom of its pilot.
"""

import bisect
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEAST = 3  # pairs of a batch: fewer than two degrees of freedom find nothing
MOST = 100_000  # pairs beyond which nobody is told a number
NOTHING = 1e-9  # a spread that rounding makes of differences that all agree
LARGEST = 8.0  # of a normal quantile; beyond that a p is 0
HIGHER, LOWER, SMALL, OPEN = "higher", "lower", "small", "open"
Numbers = np.ndarray | np.floating | float


@dataclass(frozen=True)
class Batch:
    """Differences of fresh pairs, or an array of such batches of one size; `sd` has ddof = 1."""

    n: int
    mean: Numbers
    sd: Numbers

    @classmethod
    def of(cls, differences: Sequence[float]) -> "Batch":
        values = np.asarray(differences, float)
        mean, sd = float(values.mean()), float(values.std(ddof=1))
        return cls(len(values), mean, sd if sd > NOTHING * (1 + abs(mean)) else 0.0)


@functools.cache
def critical(level: float, looks: int) -> float:
    """Of one-sided tests at `level`: the normal quantile that one look, or either of two, has to reach."""
    from scipy import integrate, optimize, special

    if looks == 1:
        return float(special.ndtri(1 - level))

    def below(limit: float) -> float:
        """P(first < limit, (first + second) / sqrt 2 < limit)."""
        inner = integrate.quad(lambda z: math.exp(-z * z / 2) * special.ndtr(2**0.5 * limit - z), -10, limit, epsabs=1e-12)[0]
        return inner / math.sqrt(2 * math.pi)

    return float(optimize.brentq(lambda limit: below(limit) - (1 - level), 0.1, 6.0, xtol=1e-10))


def quantile(batch: Batch, least: float = 0.0) -> Numbers:
    """The normal quantile of a batch's p against a mean of at most `least`; a spread of 0 is none that could be judged by."""
    from scipy import special

    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(
            np.asarray(batch.sd) > 0, (np.asarray(batch.mean) - least) / (np.asarray(batch.sd) / batch.n**0.5), 0.0
        )
    tail = special.ndtri(special.stdtr(batch.n - 1, -np.abs(statistic)))
    return np.clip(-np.sign(statistic) * tail, -LARGEST, LARGEST)


def combined(batches: Sequence[Batch], least: float = 0.0) -> Numbers:
    """That of all batches together."""
    return sum(quantile(one, least) for one in batches) / len(batches) ** 0.5


def mirrored(batches: Sequence[Batch]) -> list[Batch]:
    return [Batch(one.n, -one.mean, one.sd) for one in batches]


@dataclass(frozen=True)
class Rule:
    """`level` is that of the two-sided test, and of each side of the equivalence test; `delta` in the unit of the differences."""

    delta: float
    looks: int
    level: float

    @property
    def sides(self) -> tuple[float, float]:
        """Critical values of a difference, and of each side of an equivalence."""
        return critical(self.level / 2, self.looks), critical(self.level, self.looks)

    def answers(self, batches: Sequence[Batch]) -> np.ndarray:
        """HIGHER or LOWER than 0, SMALL (nearer to 0 than `delta`), or OPEN; a difference that is both has its sign said."""
        different, alike = self.sides
        near = (combined(batches, -self.delta) >= alike) & (combined(mirrored(batches), -self.delta) >= alike)
        said = np.where(near, SMALL, OPEN)
        said = np.where(combined(mirrored(batches)) >= different, LOWER, said)
        return np.where(combined(batches) >= different, HIGHER, said)

    def interval(self, batches: Sequence[Batch]) -> tuple[float, float]:
        """The differences that no look so far refuses, as a repeated confidence interval has it; infinite where there is no spread."""
        from scipy import optimize

        if any(not one.sd > 0 for one in batches):
            return -np.inf, np.inf
        limit, reach = self.sides[0], max(abs(one.mean) + 1e4 * one.sd for one in batches)

        def least(several: Sequence[Batch]) -> float:
            return optimize.brentq(lambda shift: float(combined(several, shift)) - limit, -reach, reach)

        return least(batches), -least(mirrored(batches))


def power(n: int, sd: float, delta: float, limit: float) -> float:
    """With which a batch of `n` pairs reaches the normal quantile `limit` where their mean is `delta`."""
    from scipy import special

    needed = special.stdtrit(n - 1, special.ndtr(limit))
    return float(1 - special.nctdtr(n - 1, delta * n**0.5 / sd, needed))


def alike(n: int, sd: float, delta: float, limits: tuple[float, float]) -> float:
    """With which a batch of pairs without a difference reaches `limits` on both sides of an equivalence; a bound from below."""
    return max(sum(power(n, sd, delta, limit) for limit in limits) - 1, 0.0)


def needed(sd: float, delta: float, wanted: float, limit: float, most: int = MOST) -> int | None:
    """Pairs of one batch that finds `delta` with the power `wanted`; None where `most` do not."""
    from scipy import special

    low = max(int((special.ndtri(wanted) + limit) ** 2 * (sd / delta) ** 2), LEAST)  # as if the spread were known: never too many
    for top in (min(low + 20, most), most):
        sizes = range(low, top + 1)
        place = bisect.bisect_left(sizes, True, key=lambda n: power(n, sd, delta, limit) >= wanted)  # it grows with n
        if place < len(sizes):
            return sizes[place]
    return None


@dataclass(frozen=True)
class Plan:
    """Of a batch: pairs, its chance to answer (by the spread it was planned with), and whether that is what was asked for."""

    n: int
    chance: float
    whole: bool


def first(sd: float, delta: float, wanted: float, level: float, most: int) -> tuple[int, Plan]:
    """(looks, the first batch). Two looks where a batch of the wanted power leaves room for another below `most`, else one."""
    n = needed(sd, delta, wanted, critical(level / 2, 2), most)
    if n is not None and n + LEAST <= most:
        return 2, Plan(n, power(n, sd, delta, critical(level / 2, 2)), True)
    limit = critical(level / 2, 1)
    n = needed(sd, delta, wanted, limit, most)
    return 1, Plan(n or most, power(n or most, sd, delta, limit), n is not None)


def second(rule: Rule, batch: Batch, sd: float, wanted: float, most: int) -> Plan:
    """The batch after one that left the question open: enough to find `delta` on the side that was seen, or no difference, whichever takes
    fewer pairs; all of `most` where neither does."""
    different, same = (limit * 2**0.5 for limit in rule.sides)
    seen = batch if batch.mean >= 0 else mirrored([batch])[0]
    left = different - float(quantile(seen))
    sides = tuple(same - float(quantile(one, -rule.delta)) for one in (batch, *mirrored([batch])))

    def chance(n: int) -> float:
        return max(power(n, sd, rule.delta, left), alike(n, sd, rule.delta, sides))

    sizes = range(LEAST, most + 1)
    place = bisect.bisect_left(sizes, True, key=lambda n: chance(n) >= wanted)  # it grows with n
    n = sizes[min(place, len(sizes) - 1)]
    return Plan(n, chance(n), place < len(sizes))


def limits(sd: float, freedom: float, level: float) -> tuple[float, float]:
    """Confidence limits of a standard deviation with so many degrees of freedom, by chi-square."""
    from scipy import special

    tails = special.chdtri(freedom, [level / 2, 1 - level / 2])
    return tuple(float(sd * (freedom / tail) ** 0.5) for tail in tails)
