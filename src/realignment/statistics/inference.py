"""Whether a difference of means is larger than its noise: variances shared over rows, many tests at once, what could be seen.

Arrays hold rows in their last axis; axes before it are registries of the same shape, so that a simulation judges many at once.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

CAUTION = 1.0  # standard errors by which the unevenness of variances is taken above its estimate
FLOOR = 1e-3  # least variance in logarithms, as a share of the pooled one: seeds may agree by chance
LEVEL = 0.05
POWER = 0.8
Numbers = np.ndarray | np.floating | float  # one, or an array of them
Each = Float[np.ndarray, "*registries rows"]
Overall = Float[np.ndarray, "*registries"] | np.floating | float  # one a registry


@dataclass(frozen=True)
class Spread:
    """Variances of the rows of one column, drawn towards their pooled variance.

    Each row counts as its own `freedom` and `weight` more of the pooled variance (Smyth 2004): even variances are all but pooled,
    uneven ones stay near their own. `weight` follows from the unevenness of the logarithms of the variances beyond what
    chance gives, plus one standard error of it, so that few rows do not pass for even ones.
    """

    variance: Each  # nan where nothing is known
    freedom: Each  # degrees of freedom of `variance`; never above those of all rows together; 0 where unknown
    weight: Overall  # infinite: pooled; 0: each row on its own
    pooled: Overall


def spread(variances: Each, freedom: Float[np.ndarray, " rows"], weight: float | None = None) -> Spread:
    """Of variances with ddof = 1 and their `freedom` (seeds less one; 0 where a row has one seed).

    A given `weight` is taken instead of the estimate.
    """
    total, known = float(freedom.sum()), freedom > 0
    lead = variances.shape[:-1]
    if not total:
        nothing = np.full(variances.shape, np.nan)
        return Spread(nothing, np.zeros(variances.shape), np.zeros(lead), np.full(lead, np.nan))
    held = variances[..., known]
    pooled = (held * freedom[known]).sum(-1) / total
    found = _weight(held, freedom[known], pooled) if weight is None else np.full(lead, float(weight))
    share = np.where(np.isinf(found), 1.0, found)[..., None]  # beside `own`
    own = np.where(np.isinf(found)[..., None], 0.0, freedom)
    with np.errstate(invalid="ignore", divide="ignore"):
        mixed = (share * np.asarray(pooled)[..., None] + own * np.where(known, variances, 0.0)) / (share + own)
    reach = np.minimum(found[..., None] + freedom, total)
    return Spread(np.where(reach > 0, mixed, np.nan), np.broadcast_to(reach, variances.shape), found, pooled)


def _weight(variances: np.ndarray, freedom: np.ndarray, pooled: Numbers) -> np.ndarray:
    """Degrees of freedom of the pooled variance in every row; 0 with a single row, and where there is no spread at all."""
    from scipy import special

    rows = variances.shape[-1]
    if rows < 2:
        return np.zeros(np.shape(pooled))
    with np.errstate(divide="ignore"):
        logs = (
            np.log(np.maximum(variances, FLOOR * np.asarray(pooled)[..., None]))
            - special.digamma(freedom / 2)
            + np.log(freedom / 2)
        )
    chance = special.polygamma(1, freedom / 2)
    kurtosis = (special.polygamma(3, freedom / 2) / chance**2).mean()
    with np.errstate(invalid="ignore"):
        seen = logs.var(-1, ddof=1) * (1 + CAUTION * np.sqrt(2 / (rows - 1) + kurtosis / rows))
    beyond = np.where(pooled > 0, seen - chance.mean(), np.inf)
    return np.where(np.isinf(beyond), 0.0, np.where(beyond > 0, 2 * _trigamma_inverse(np.maximum(beyond, 1e-8)), np.inf))


def _trigamma_inverse(value: Numbers) -> Numbers:
    """x with trigamma(x) = value, by Newton's method on the reciprocal (Smyth 2004, appendix)."""
    from scipy import special

    value = np.where(np.isfinite(value), value, 1.0)
    x = 0.5 + 1 / value
    for _ in range(12):
        slope = special.polygamma(1, x)
        x = x + slope * (1 - slope / value) / special.polygamma(2, x)
    return x


def at_least(variance: Each, least: Numbers) -> Each:
    """The larger of the two; a variance that is not known stays so, a bound that is not known binds nothing."""
    return np.where(variance < least, least, variance)


def even(variances: Float[np.ndarray, " rows"], freedom: Float[np.ndarray, " rows"]) -> float:
    """p of Bartlett's test that variances are even; nan below two rows with spread."""
    from scipy import special

    known = (freedom > 0) & (variances > 0)
    held, free = variances[known], freedom[known]
    if len(held) < 2:
        return float("nan")
    total, pooled = free.sum(), (held * free).sum() / free.sum()
    statistic = total * np.log(pooled) - (free * np.log(held)).sum()
    scale = 1 + ((1 / free).sum() - 1 / total) / (3 * (len(held) - 1))
    return float(special.chdtrc(len(held) - 1, statistic / scale))


def satterthwaite(ours: tuple[Numbers, Numbers], base: tuple[Numbers, Numbers], most: Numbers) -> np.ndarray:
    """Degrees of freedom of a sum of two variances of means, each given with its own; `most` caps it; 0 where one is unknown.

    Two variances that are both the pooled one are not independent: hence the cap.
    """
    first, free, second, other = map(np.asarray, (*ours, *base))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (first + second) ** 2 / (first**2 / free + second**2 / other)
    return np.where(np.isfinite(found), np.minimum(found, most), 0.0)


def two_sided(statistic: Numbers, freedom: Numbers) -> np.ndarray:
    """p of Student's t; nan without degrees of freedom."""
    from scipy import special

    usable = (freedom > 0) & np.isfinite(statistic)
    return np.where(usable, 2 * special.stdtr(np.where(usable, freedom, 1.0), -np.abs(np.where(usable, statistic, 0.0))), np.nan)


def critical(freedom: Numbers, level: float = LEVEL) -> np.ndarray:
    """What Student's t stays within but for `level`, both sides together; nan without degrees of freedom."""
    from scipy import special

    usable = np.asarray(freedom) > 0
    return np.where(usable, special.stdtrit(np.where(usable, freedom, 1.0), 1 - level / 2), np.nan)


def holm(p: Each) -> Each:
    """Adjusted p of Holm (1979) along the last axis: errors of a whole family; nan stays and does not count."""
    ranked, order, counts = _ranked(p)
    steps = np.arange(p.shape[-1])
    with np.errstate(invalid="ignore"):
        adjusted = np.minimum(1.0, np.maximum.accumulate(ranked * np.maximum(counts - steps, 1), axis=-1))
    return _back(np.where(steps < counts, adjusted, np.nan), order)


def benjamini_hochberg(p: Each) -> Each:
    """Adjusted p of Benjamini and Hochberg (1995) along the last axis: the share of false findings; nan as in `holm`."""
    ranked, order, counts = _ranked(p)
    steps = np.arange(p.shape[-1])
    scaled = np.where(steps < counts, np.where(np.isnan(ranked), 1.0, ranked) * counts / (steps + 1), np.inf)
    adjusted = np.minimum(1.0, np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1])
    return _back(np.where(steps < counts, adjusted, np.nan), order)


def _ranked(p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """p in ascending order (nan last), the order, and how many are known."""
    order = np.argsort(p, axis=-1, kind="stable")
    return np.take_along_axis(p, order, -1), order, (~np.isnan(p)).sum(-1, keepdims=True)


def _back(ranked: np.ndarray, order: np.ndarray) -> np.ndarray:
    out = np.empty_like(ranked)
    np.put_along_axis(out, order, ranked, -1)
    return out


def dunnett(statistic: float, freedom: float, loadings: Float[np.ndarray, " comparisons"]) -> float:
    """P(max |T_i| >= |statistic|) of comparisons with one base (Dunnett 1955), by quadrature: no random numbers.

    `loadings` are the square roots of the base's share in the variance of each difference: sqrt(1/2) where all are alike. Two
    differences then correlate by the product of theirs; uneven variances enter as they are (Hasler and Hothorn 2008), to a
    thousandth: those alike are counted, not computed again.
    """
    from scipy import special

    if not (freedom > 0 and np.isfinite(statistic)):
        return float("nan")
    ends = np.log(special.chdtri(freedom, [1 - 1e-11, 1e-11]) / freedom) / 2
    scale = np.linspace(*ends, 49)  # logarithm of the estimated sd over the true one; even steps converge as fast as any rule
    density = np.exp(freedom * scale - freedom / 2 * np.exp(2 * scale))  # without its constant
    shared = np.linspace(0.0, 8.0, 25)  # the base's own error, one side: the other is its mirror
    density = density[:, None] * np.exp(-(shared**2) / 2) * np.where(shared > 0, 2.0, 1.0)
    loadings, counts = np.unique(np.round(loadings, 3), return_counts=True)
    limit, rest = abs(statistic) * np.exp(scale)[:, None, None], np.sqrt(1 - loadings**2)
    shift = loadings * shared[:, None]
    outside = special.ndtr((-limit - shift) / rest) + special.ndtr((-limit + shift) / rest)
    some = -np.expm1((counts * np.log1p(-np.minimum(outside, 1 - 1e-16))).sum(-1))
    return float((density * some).sum() / density.sum())


def detectable(error: Numbers, freedom: Numbers, level: float = LEVEL, power: float = POWER) -> np.ndarray:
    """Least true difference that a two-sided test at `level` finds with `power`, in units of `error`; nan where none is tested."""
    from scipy import special

    usable = (freedom > 0) & (error > 0)
    free = np.where(usable, freedom, 1.0)
    critical = special.stdtrit(free, 1 - level / 2)
    low, high = np.zeros_like(critical), np.ones_like(critical)
    while np.any(short := (special.nctdtr(free, high, critical) > 1 - power) & (high < 1e6)):
        high = np.where(short, 2 * high, high)
    for _ in range(60):
        middle = (low + high) / 2
        short = special.nctdtr(free, middle, critical) > 1 - power
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(usable, high * error, np.nan)
