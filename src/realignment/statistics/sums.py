"""Sums of quantities that are known up to factors: an error that several share does not average out.

A quantity is its middle times e^(errors). Each error is normal with mean 0: one of its own, drawn anew for every quantity, and others by name,
which are the same for all that name them. The sum is taken for lognormal, with the mean and the variance that the sum has:

  mean       of a part e^((own^2 + sum of shared^2) / 2) times the sum of its middles; means add up
  variance   what is shared: per name (sum over parts of mean x c)^2, where c^2 = e^(shared^2) - 1; what is own: c^2 times the sum of squared means

Where deviations were estimated from few values, quantiles are those of Student's t; degrees of freedom of a sum are Welch's and Satterthwaite's, all
that is estimated taken for one estimate.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist

LEVEL = 0.9
MANY = 1e6  # degrees of freedom of a deviation that is assumed, not estimated


@dataclass(frozen=True)
class Part:
    """Quantities of one kind: the sum of their middles, the sum of the squares of their middles, standard deviations of logarithms."""

    middles: float
    squares: float
    own: float
    shared: Mapping[str, float] = field(default_factory=dict)
    freedom: float = MANY  # of `own`, and of those of `shared` whose name is in `estimated`
    estimated: frozenset[str] = frozenset()

    @property
    def swell(self) -> float:
        """The mean of a quantity over its middle."""
        return math.exp((self.own**2 + sum(one**2 for one in self.shared.values())) / 2)

    @property
    def mean(self) -> float:
        return self.middles * self.swell


@dataclass(frozen=True)
class Interval:
    """`mean` is expected, `low` to `high` holds the sum with probability LEVEL."""

    mean: float
    low: float
    high: float

    def times(self, factor: float) -> "Interval":
        return Interval(self.mean * factor, self.low * factor, self.high * factor)


def total(parts: Iterable[Part]) -> Interval:
    """The sum over all quantities of all parts."""
    parts = [one for one in parts if one.middles > 0]
    mean = math.fsum(one.mean for one in parts)
    if not parts:
        return Interval(0.0, 0.0, 0.0)
    by_name: dict[str, float] = defaultdict(float)
    for part in parts:
        for name, deviation in part.shared.items():
            by_name[name] += part.mean * math.sqrt(_relative(deviation))
    freedom = {name: part.freedom for part in parts for name in part.estimated}
    variances = [(value**2, freedom.get(name, MANY)) for name, value in by_name.items()]
    variances += [(_relative(part.own) * part.squares * part.swell**2, part.freedom) for part in parts]
    variance = math.fsum(value for value, _ in variances)
    if not variance:
        return Interval(mean, mean, mean)
    estimated = math.fsum(value for value, many in variances if many < MANY)
    fewest = min(many for _, many in variances)  # deviations of one place are one estimate, whatever they are of
    degrees = min(MANY, variance**2 / max(estimated**2 / fewest, variance**2 / MANY))
    spread = math.sqrt(math.log1p(variance / mean**2))
    reach = _student(degrees) * spread
    middle = mean * math.exp(-(spread**2) / 2)
    return Interval(mean, middle * math.exp(-reach), middle * math.exp(reach))


def _student(degrees: float) -> float:
    from scipy import special  # of a tenth of a second; `scipy.stats` takes two

    return float(special.stdtrit(degrees, (1 + LEVEL) / 2))


def _relative(deviation: float) -> float:
    """Variance over squared mean of a lognormal, by the deviation of its logarithm."""
    return math.expm1(deviation**2)


def of_range(low: float, high: float) -> tuple[float, float]:
    """(middle, standard deviation of the logarithm) of what lies between two numbers with probability LEVEL."""
    return math.sqrt(low * high), math.log(high / low) / (2 * NormalDist().inv_cdf((1 + LEVEL) / 2))
