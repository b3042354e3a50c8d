"""Checks what this bundle's tables say of chance, to nine digits, with nothing but Python's standard library: `python3 -I verdicts.py`.

Standard errors, degrees of freedom, p and verdicts are computed again from the scores that verify.py confirms. The variance of a row is
drawn towards the pooled one of its column, the less the more uneven they are (Smyth 2004). Of random subsets the unit is the draw; they have
a pool of their own and never count as quieter than the others. The comparisons of one file are judged together (Holm 1979).
"""

import functools
import importlib.util
import math
import sys
from pathlib import Path
from statistics import fmean, variance

HERE = Path(__file__).resolve().parent
CAUTION, LEAST, LEVEL = 1.0, 1e-3, 0.05
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
FLOORS = ("untrained", "hypothesis", "majority")
GAINS = ("gains", "gains-retrieval")


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


def weight(variances, freedom, pooled):
    """Degrees of freedom of the pooled variance in every row: infinite where rows vary as evenly as chance has it."""
    count = len(variances)
    if count < 2 or not pooled:
        return 0.0
    logs = [math.log(max(v, LEAST * pooled)) - polygamma(0, f / 2) + math.log(f / 2) for v, f in zip(variances, freedom)]
    chance = [polygamma(1, f / 2) for f in freedom]
    kurtosis = fmean(polygamma(3, f / 2) / one**2 for f, one in zip(freedom, chance))
    beyond = variance(logs) * (1 + CAUTION * math.sqrt(2 / (count - 1) + kurtosis / count)) - fmean(chance)
    if beyond <= 0:
        return math.inf
    beyond = max(beyond, 1e-8)
    x = 0.5 + 1 / beyond  # where trigamma is `beyond`, by Newton's method on the reciprocal
    for _ in range(12):
        slope = polygamma(1, x)
        x += slope * (1 - slope / beyond) / polygamma(2, x)
    return 2 * x


def spread(variances, freedom):
    """(variance of each row, its degrees of freedom, the pooled variance)."""
    whole = sum(freedom)
    if not whole:
        return [math.nan] * len(variances), [0.0] * len(variances), math.nan
    known = [(v, f) for v, f in zip(variances, freedom) if f]
    pooled = sum(v * f for v, f in known) / whole
    own = weight(*zip(*known), pooled)
    drawn = [
        pooled if own == math.inf else (own * pooled + f * v) / (own + f) if own + f else math.nan
        for v, f in zip(variances, freedom)
    ]
    reach = [min(own + f, whole) for f in freedom]
    return [v if f > 0 else math.nan for v, f in zip(drawn, reach)], reach, pooled


def noise(cells, drawn):
    """Row -> (variance, degrees of freedom, those of its pool, units); `cells` are row -> (values of units, number of runs)."""
    found, least = {}, math.nan
    for random in (False, True):
        held = {row: cell for row, cell in cells.items() if cell[0] and drawn(row) == random}
        free = [float(len(units) - 1) for units, _ in held.values()]
        own = [variance(units) if len(units) > 1 else 0.0 for units, _ in held.values()]
        own, reach, pooled = spread(own, free)
        for row, one, far in zip(held, own, reach):
            units, runs = held[row]
            floor = least * len(units) / runs if random else -math.inf
            found[row] = floor if one < floor else one, far, sum(free), units
        least = pooled if not random else least
    return found


def compared(about, row, base, constant, drawn):
    """(standard error, degrees of freedom, p, the reference's part in the error) of a difference; None where no error is known."""
    if row not in about or base not in about:
        return None
    (one, free, whole, ours), (other, against, rest, theirs) = about[row], about[base]
    one, other = one / len(ours), 0.0 if constant else other / len(theirs)
    most = whole + (rest if not constant and drawn(row) != drawn(base) else 0.0)
    terms = [
        v * v / f if f else math.inf if v else math.nan for v, f in ((one, free), (other, math.inf if constant else against))
    ]
    freedom = (one + other) ** 2 / sum(terms) if sum(terms) else math.nan
    freedom, error = min(freedom, most) if math.isfinite(freedom) else 0.0, math.sqrt(one + other)
    if not (error > 0 and freedom > 0):
        return None
    return error, freedom, two_sided((fmean(ours) - fmean(theirs)) / error, freedom), math.sqrt(other / (one + other))


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


def close(given, again):
    if given == "" or again is None or isinstance(again, str):
        return given == ("" if again is None else again)
    return math.isclose(float(given), again, rel_tol=1e-9)


class Tables:
    """The tables of a bundle and the scores they are of."""

    def __init__(self, program):
        self.program = program
        found = [one for one in program.check_scores(Everything()) if one[-1] is not None]
        self.scores, self.runs = found, program.collect(found)
        self.known = {}

    def drawn(self, row):
        return "random" in row and self.program.re.search(r"(^|__)random_\d+( |$)", row) is not None

    def column(self, encoder, title, kind, task):
        """(`noise` of every row but the floors, whether fine-tuning only has no seeds there)."""
        groups = {(one[2], one[4]): one[5] for one in self.scores if one[0][0] == encoder}
        items = self.program.items_of(title, kind, task, groups)
        name = encoder, repr(sorted(items.items()))
        if name not in self.known:
            rows = sorted({row for (one, row), _ in self.runs if one == encoder and row not in FLOORS})
            both = {
                row: [self.program.values(self.runs, (encoder, row), items, draws) for draws in (True, False)] for row in rows
            }
            self.known[name] = noise({row: (units, len(runs)) for row, (units, runs) in both.items()}, self.drawn)
        return self.known[name], [*items] == ["retrieval"]

    def check(self, path):
        encoder = max((one[0][0] for one in self.scores if path.name.startswith(f"{one[0][0]}-")), key=len, default="")
        kind, _, task = path.name[:-4].removeprefix(f"{encoder}-").partition("-")
        if kind == "gains":
            self.gains(path, encoder, kind, task)
        elif kind in ("verdicts", "random"):
            self.verdicts(path, encoder, kind, task)

    def gains(self, path, encoder, kind, task):
        for number, line in enumerate(self.program.rows(f"tables/{path.name}"), 2):
            for column in (one for one in line if one.endswith(" error")):
                about, constant = self.column(encoder, column[: -len(" error")].replace(" †", ""), kind, task)
                found = compared(about, line["Name"], "none", constant, self.drawn)
                self.hold("error", f"tables/{path.name}, line {number}, {column}", line[column], found and found[0])

    def verdicts(self, path, encoder, kind, task):
        lines, found = list(self.program.rows(f"tables/{path.name}")), []
        for line in lines:
            about, retrieval = self.column(encoder, line["column"], kind, task)
            constant = retrieval and line["against"] == "none"
            found.append(compared(about, line["subset"], line["against"], constant, self.drawn))
        holm, shares = adjusted([one and one[2] for one in found])
        for number, (line, one) in enumerate(zip(lines, found)):
            alike = [
                other[3]
                for each, other in zip(lines, found)
                if other and (each["column"], each["against"]) == (line["column"], line["against"])
            ]
            gain = float(line["difference"] or "nan") / 100
            told = "cannot tell at this n" if not one or holm[number] >= LEVEL else "better" if gain > 0 else "worse"
            again = {
                "error": one and 100 * one[0],
                "degrees of freedom": one[1] if one else 0.0,
                "p": one and one[2],
                "p Dunnett": one and dunnett(gain / one[0], one[1], alike),
                "p Holm": holm[number],
                "p BH": shares[number],
                "verdict": "missing" if math.isnan(gain) else told,
            }
            for column, value in again.items():
                self.hold(column, f"tables/{path.name}, line {number + 2}, {column}", line[column], value)

    def hold(self, column, where, given, again):
        self.program.check(column, where, given, given if close(given, again) else "" if again is None else repr(again))


class Everything:
    """Holds every path: verify.py has recomputed the scores already, and they are taken here as they stand."""

    def __contains__(self, path):
        return True


def main():
    about = importlib.util.spec_from_file_location("verify", HERE / "verify.py")
    program = importlib.util.module_from_spec(about)
    about.loader.exec_module(program)
    tables = Tables(program)
    program.total.clear()
    for path in sorted((HERE / "tables").glob("*.csv")):
        tables.check(path)
    for column, count in program.total.items():
        print(f"{column}: {count:,} recomputed, {program.agree[column]:,} agree to nine digits")
    print(
        f"WRONG, {len(program.faults):,} in all; the first: {program.faults[0]}"
        if program.faults
        else "all that is recomputed agrees"
    )
    sys.exit(bool(program.faults))


if __name__ == "__main__":
    main()
