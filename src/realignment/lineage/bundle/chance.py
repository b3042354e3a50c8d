"""Distributions by the standard library alone, for verdicts.py: the gamma function's derivatives, Student's t, Dunnett's test, families of p."""

import functools
import math

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def polygamma(order, x):
    """Derivative `order` of the digamma function: its recurrence up to 30, then the asymptotic series."""
    whole = 0.0
    while x < 30:
        whole, x = whole + x ** -(order + 1), x + 1
    first = math.factorial(order - 1) / x**order if order else -math.log(x)
    terms = ((2 * k + 2, one) for k, one in enumerate(BERNOULLI))
    rest = sum(one * math.factorial(k + order - 1) / math.factorial(k) / x ** (k + order) for k, one in terms)
    whole = math.factorial(order) * (whole + 0.5 * x ** -(order + 1)) + first + rest
    return whole if order % 2 else -whole


def trigamma_inverse(value):
    """Where trigamma has a value, by Newton's method on the reciprocal."""
    x = 0.5 + 1 / value
    for _ in range(12):
        slope = polygamma(1, x)
        x += slope * (1 - slope / value) / polygamma(2, x)
    return x


def two_sided(t, freedom):
    """p of Student's t: the incomplete beta function, by its continued fraction."""
    x, y = freedom / (freedom + t * t), t * t / (freedom + t * t)
    a, b = freedom / 2, 0.5
    if not y:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, y, x)
    return _beta(a, b, x, y)


def _beta(a, b, x, y):
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(y)) / a
    upper, lower, found = 1.0, 1 / (1 - (a + b) * x / (a + 1)), 1 / (1 - (a + b) * x / (a + 1))
    for m in range(1, 500):
        for one in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            lower, upper = 1 / (1 + one * lower), 1 + one / upper
            found *= lower * upper
        if abs(lower * upper - 1) < 1e-16:
            break
    return front * found


@functools.cache
def chi_square(freedom, tail, upper):
    """Where a tail of the chi-square distribution has a probability, by halving."""
    low, high = -800.0, 12.0
    for _ in range(200):
        middle = (low + high) / 2
        larger = _gamma(freedom / 2, math.exp(middle) / 2, upper) < tail
        low, high = (low, middle) if larger == upper else (middle, high)
    return math.exp(low)


def _gamma(a, x, upper):
    """A tail of the incomplete gamma function: its series, or its continued fraction."""
    front = math.exp(a * math.log(x) - x - math.lgamma(a)) if x else 0.0
    if x < a + 1:
        term = whole = 1 / a
        for k in range(1, 2000):
            term *= x / (a + k)
            whole += term
            if term < 1e-17 * whole:
                break
        return 1 - front * whole if upper else front * whole
    below = 0.0
    for k in range(300, 0, -1):
        below = k * (a - k) / (x + 2 * k + 1 - a + below)
    return front / (x + 1 - a + below) if upper else 1 - front / (x + 1 - a + below)


def dunnett(t, freedom, parts):
    """P that the largest of several differences from one reference is as large (Dunnett 1955), by the report's quadrature."""
    ends = [math.log(chi_square(freedom, tail, upper) / freedom) / 2 for tail, upper in ((1 - (1 - 1e-11), False), (1e-11, True))]
    alike = {}
    for part in parts:
        alike[round(part * 1000) / 1000] = alike.get(round(part * 1000) / 1000, 0) + 1
    above = below = 0.0
    for step in range(49):
        scale = ends[0] + (ends[1] - ends[0]) * step / 48
        limit, dense = abs(t) * math.exp(scale), math.exp(freedom * scale - freedom / 2 * math.exp(2 * scale))
        for place in range(25):
            shared = 8 * place / 24
            density = dense * math.exp(-(shared**2) / 2) * (2 if place else 1)
            whole = 0.0
            for part, count in alike.items():
                rest = math.sqrt(2 * max(1 - part**2, 1e-300))
                outside = (math.erfc((limit + part * shared) / rest) + math.erfc((limit - part * shared) / rest)) / 2
                whole += count * math.log1p(-min(outside, 1 - 1e-16))
            above, below = above - density * math.expm1(whole), below + density
    return above / below


def adjusted(p):
    """(p of Holm, p of Benjamini and Hochberg); None stays and does not count."""
    order = sorted((one, number) for number, one in enumerate(p) if one is not None)
    holm, shares, most, least = list(p), list(p), 0.0, 1.0
    for rank, (one, number) in enumerate(order):
        most = max(most, min(1.0, one * (len(order) - rank)))
        holm[number] = most
    for rank, (one, number) in reversed(list(enumerate(order))):
        least = min(least, one * len(order) / (rank + 1))
        shares[number] = least
    return holm, shares


def even(variances, freedom):
    """p of Bartlett's test that variances are even; None below two rows with spread."""
    known = [(v, f) for v, f in zip(variances, freedom) if v > 0 and f > 0]
    if len(known) < 2:
        return None
    whole = sum(f for _, f in known)
    pooled = sum(v * f for v, f in known) / whole
    statistic = whole * math.log(pooled) - math.fsum(f * math.log(v) for v, f in known)
    scale = 1 + (math.fsum(1 / f for _, f in known) - 1 / whole) / (3 * (len(known) - 1))
    return _gamma((len(known) - 1) / 2, max(statistic / scale, 0.0) / 2, True)


@functools.cache
def critical(freedom, level):
    """Where the p of Student's t is a level, by halving."""
    low, high = -50.0, 300.0  # logarithms
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(math.exp(middle), freedom) > level else (low, middle)
    return math.exp(low)


@functools.cache
def detectable(freedom, level):
    """The least true difference, in standard errors, that a test at a level finds four times in five (noncentral t), by Newton's method."""
    limit = critical(freedom, level)
    most, found, step = 2.0**20, min(limit, 2.0**20), 1.0  # the report looks no further
    for _ in range(100):
        missed, slope = _missed(limit, found, freedom)
        step = (missed - 0.2) / slope
        found = min(max(found + step, found / 2), 2 * found, most)
        if abs(step) < 1e-12 * found or found == most:
            break
    return found


def _missed(limit, shift, freedom):
    """(P that noncentral t stays below a limit, what that loses with more shift), by the trapezoidal rule.

    Over the normal part where it is narrow beside the estimated standard deviation, else over the logarithm of the latter.
    """
    whole = slope = 0.0
    if shift > 30:
        for place in range(-16, 17):
            dense, scale = math.exp(-((place / 2) ** 2) / 2) / math.sqrt(2 * math.pi) / 2, (place / 2 + shift) / limit
            whole += dense * _gamma(freedom / 2, freedom * scale**2 / 2, True)
            slope += dense * math.exp(_density(math.log(scale), freedom)) / scale / limit
        return whole, slope
    step = min(0.1, 0.4 / math.sqrt(2 * freedom), 0.4 / max(shift, 1.0))
    low, high = -40 / freedom - 1, 1 / math.sqrt(freedom)
    low = max(low, math.log((shift - 8.5) / limit)) if shift > 8.6 else low
    while freedom * (high - math.exp(2 * high) / 2 + 0.5) > -40:
        high += step
    for place in range(math.ceil((high - low) / step) + 1):
        at = low + place * step
        dense, apart = step * math.exp(_density(at, freedom)), limit * math.exp(at) - shift
        whole += dense * math.erfc(-apart / math.sqrt(2)) / 2
        slope += dense * math.exp(-(apart**2) / 2) / math.sqrt(2 * math.pi)
    return whole, slope


def _density(at, freedom):
    """Of the logarithm of an estimated standard deviation over the true one, as a logarithm."""
    half = freedom / 2
    return math.log(2) + half * math.log(half) - math.lgamma(half) + freedom * at - half * math.exp(2 * at)
