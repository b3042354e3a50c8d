"""What this bundle's tables say of chance, computed again by the standard library alone, to nine digits; verify.py calls it.

Standard errors, degrees of freedom, p and verdicts follow from the scores that verify.py confirms; power.py and draws.py have the tables
beside those. The variance of a row is drawn towards the pooled one of its column, the less the more uneven they are (Smyth 2004). Of random
subsets the unit is the draw; they have a pool of their own and never count as quieter than the others. The comparisons of one file are
judged together (Holm 1979): none of them may be missing from it.
"""

import importlib.util
import json
import math
import sys
from pathlib import Path
from statistics import fmean, variance

HERE = Path(__file__).resolve().parent
CAUTION, LEAST, LEVEL = 1.0, 1e-3, 0.05


def load(name):
    """A program that lies beside this one, as a module; it leaves no file behind."""
    about = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(about)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        about.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


CHANCE, COSINES, DRAWS, LAYOUT, PAIRED, POWER, ROWS = map(
    load, ("chance", "cosines", "draws", "layout", "paired", "power", "rows")
)
OUTLINE, SCORED = map(load, ("outline", "scored"))


def weight(variances, freedom, pooled):
    """Degrees of freedom of the pooled variance in every row: infinite where rows vary as evenly as chance has it."""
    count = len(variances)
    if count < 2 or not pooled:
        return 0.0
    logs = [math.log(max(v, LEAST * pooled)) - CHANCE.polygamma(0, f / 2) + math.log(f / 2) for v, f in zip(variances, freedom)]
    chance = [CHANCE.polygamma(1, f / 2) for f in freedom]
    kurtosis = fmean(CHANCE.polygamma(3, f / 2) / one**2 for f, one in zip(freedom, chance))
    beyond = variance(logs) * (1 + CAUTION * math.sqrt(2 / (count - 1) + kurtosis / count)) - fmean(chance)
    if beyond <= 0:
        return math.inf
    beyond = max(beyond, 1e-8)
    return 2 * CHANCE.trigamma_inverse(beyond)


def spread(variances, freedom):
    """(variance of each row, its degrees of freedom, the pooled variance, its weight in each row)."""
    whole = sum(freedom)
    if not whole:
        return [math.nan] * len(variances), [0.0] * len(variances), math.nan, 0.0
    known = [(v, f) for v, f in zip(variances, freedom) if f]
    pooled = sum(v * f for v, f in known) / whole
    own = weight(*zip(*known), pooled)
    drawn = [
        pooled if own == math.inf else (own * pooled + f * v) / (own + f) if own + f else math.nan
        for v, f in zip(variances, freedom)
    ]
    reach = [min(own + f, whole) for f in freedom]
    return [v if f > 0 else math.nan for v, f in zip(drawn, reach)], reach, pooled, own


def noise(cells):
    """Row -> (variance, degrees of freedom, those of its pool, units); `cells` are row -> (values of units, number of runs)."""
    found, least = {}, math.nan
    for random in (False, True):
        held = {row: cell for row, cell in cells.items() if cell[0] and ROWS.drawn(row) == random}
        free = [float(len(units) - 1) for units, _ in held.values()]
        own = [variance(units) if len(units) > 1 else 0.0 for units, _ in held.values()]
        own, reach, pooled, _ = spread(own, free)
        for row, one, far in zip(held, own, reach):
            units, runs = held[row]
            floor = least * len(units) / runs if random else -math.inf
            found[row] = floor if one < floor else one, far, sum(free), units
        least = pooled if not random else least
    return found


def compared(about, row, base, constant):
    """(standard error, degrees of freedom, p, the reference's part in the error) of a difference; None where no error is known."""
    if row not in about or base not in about:
        return None
    (one, free, whole, ours), (other, against, rest, theirs) = about[row], about[base]
    one, other = one / len(ours), 0.0 if constant else other / len(theirs)
    most = whole + (rest if not constant and ROWS.drawn(row) != ROWS.drawn(base) else 0.0)
    terms = [
        v * v / f if f else math.inf if v else math.nan for v, f in ((one, free), (other, math.inf if constant else against))
    ]
    freedom = (one + other) ** 2 / sum(terms) if sum(terms) else math.nan
    freedom, error = min(freedom, most) if math.isfinite(freedom) else 0.0, math.sqrt(one + other)
    if not (error > 0 and freedom > 0):
        return None
    return error, freedom, CHANCE.two_sided((fmean(ours) - fmean(theirs)) / error, freedom), math.sqrt(other / (one + other))


def close(given, again, near=1e-9):
    if given == "" or again is None or isinstance(again, str):
        return given == ("" if again is None else again)
    return math.isclose(float(given), again, rel_tol=near)


class Tables:
    """The tables of a bundle and the scores they are of; `program` is verify.py, which counts what agrees."""

    chance, cosines, names, pairs, spread = CHANCE, COSINES, ROWS, PAIRED, staticmethod(spread)

    def __init__(self, program, scores):
        self.program, self.scores, self.runs, self.known = program, scores, program.collect(scores), {}
        path = program.HERE / "data" / "subsets.json"
        self.sizes = {name: one["n"] for name, one in json.loads(path.read_text("utf-8"))["subsets"].items()}

    def lines(self, name):
        """Of a table; none where there is no such table."""
        return list(self.program.rows(f"tables/{name}")) if (self.program.HERE / "tables" / name).is_file() else []

    def items(self, encoder, title, kind, task):
        groups = {(one[2], one[4]): one[5] for one in self.scores if one[0][0] == encoder}
        return self.program.items_of(title, kind, task, groups)

    def units(self, encoder, row, items, draws=True):
        """A value a run; of a random subset one a draw, or with `draws` false one a run as well."""
        return self.program.values(self.runs, (encoder, row), items, draws)

    def column(self, encoder, items):
        """(`noise` of every row but the floors, whether fine-tuning only has no seeds there)."""
        name = encoder, repr(sorted(items.items()))
        if name not in self.known:
            rows = sorted({row for (one, row), _ in self.runs if one == encoder and row not in ROWS.FLOORS})
            both = {row: [self.units(encoder, row, items, draws) for draws in (True, False)] for row in rows}
            self.known[name] = noise({row: (units, len(runs)) for row, (units, runs) in both.items()})
        return self.known[name], [*items] == ["retrieval"]

    def compared(self, encoder, row, base, items):
        about, retrieval = self.column(encoder, items)
        return compared(about, row, base, retrieval and base == "none")

    def check(self, name):
        plain = name.removeprefix("beside-")
        encoder = max((one[0][0] for one in self.scores if plain.startswith(f"{one[0][0]}-")), key=len, default="")
        kind, _, task = plain[:-4].removeprefix(f"{encoder}-").partition("-")
        if kind == "gains":
            self.gains(name, encoder, task)
        elif kind in ("verdicts", "random", "otherwise"):
            ROWS.family(self, name, encoder, kind, task)
            self.verdicts(name, encoder, kind, task)
        elif kind == "detectable":
            POWER.check(self, name, encoder, task)
        elif kind in ("draws", "standings"):
            DRAWS.check(self, name, encoder)
        elif kind in ("correlation", "paired"):
            PAIRED.check(self, name, encoder)
        elif kind == "paper":
            LAYOUT.check(self, name, encoder)
        elif name == "best.csv":
            DRAWS.best(self)
        elif name == "gradients.csv":
            COSINES.check(self, name)
        if kind in ("levels", "exact", "gains", "tasks", "retrieval", "sets", "paper"):
            ROWS.check(self, name, encoder, kind, task)

    def gains(self, name, encoder, task):
        for number, line in enumerate(self.lines(name), 2):
            for column in (one for one in line if one.endswith(" error")):
                items = self.items(encoder, column[: -len(" error")].replace(" †", ""), "gains", task)
                found = self.compared(encoder, line["Name"], "none", items)
                self.hold("error", name, (number, column), line[column], found and found[0])

    def judged(self, lines, encoder, kind, task):
        """What `compared` says of each line of a table of verdicts."""
        items = {title: self.items(encoder, title, kind, task) for title in {line["column"] for line in lines}}
        return [self.compared(encoder, line["subset"], line["against"], items[line["column"]]) for line in lines]

    def verdicts(self, name, encoder, kind, task):
        lines = self.lines(name)
        found = self.judged(lines, encoder, kind, task)
        holm, shares = CHANCE.adjusted([one and one[2] for one in found])
        tests = max(sum(one is not None for one in found), 1)
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
                "p Dunnett": one and CHANCE.dunnett(gain / one[0], one[1], alike),
                "p Holm": holm[number],
                "p BH": shares[number],
                "detectable": one and POWER.points(one[0] * CHANCE.detectable(one[1], LEVEL / tests)),
                "verdict": "missing" if math.isnan(gain) else told,
            }
            for column, value in again.items():
                self.hold(column, name, (number + 2, column), line[column], value)

    def hold(self, kind, name, place, given, again):
        """Counts whether what stands in a place (line, column) of a table is the number, or the text, that it should be."""
        where = f"tables/{name}, line {place[0]}, {place[1]}"
        near = (
            1e-7 if kind.startswith(("detectable", "power")) else 1e-9
        )  # scipy's noncentral t, which the report asks, is no better
        self.program.left.pop(where, None)
        self.program.check(
            f"tables, {kind}",
            where,
            given,
            given if close(given, again, near) else "" if again is None else again if isinstance(again, str) else repr(again),
        )


def check(program, scores):
    """`program` is verify.py, and `scores` those that it has read."""
    SCORED.check(program)
    check_tables(program, scores)
    OUTLINE.check(Tables(program, scores))


def check_tables(program, scores):
    tables = Tables(program, scores)
    for path in sorted((program.HERE / "tables").glob("*.csv")):
        tables.check(path.name)
