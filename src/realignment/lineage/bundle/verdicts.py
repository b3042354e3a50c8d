"""Checks what this bundle's tables say of chance, to nine digits, with nothing but Python's standard library: `python3 -I verdicts.py`.

Standard errors, degrees of freedom, p, verdicts and places among random draws are computed again from the scores that verify.py confirms,
and the numbers of languages looked up. The variance of a row is
drawn towards the pooled one of its column, the less the more uneven they are (Smyth 2004). Of random subsets the unit is the draw; they have
a pool of their own and never count as quieter than the others. The comparisons of one file are judged together (Holm 1979).
"""

import importlib.util
import json
import math
import sys
from pathlib import Path
from statistics import fmean, variance

HERE = Path(__file__).resolve().parent
CAUTION, LEAST, LEVEL = 1.0, 1e-3, 0.05
FLOORS = ("untrained", "hypothesis", "majority")


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


CHANCE = load("chance")


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
    return error, freedom, CHANCE.two_sided((fmean(ours) - fmean(theirs)) / error, freedom), math.sqrt(other / (one + other))


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
        self.known, subsets = {}, json.loads((HERE / "data" / "subsets.json").read_text("utf-8"))["subsets"]
        self.sizes = {name: one["n"] for name, one in subsets.items()}

    def drawn(self, row):
        return "random" in row and self.program.re.search(r"(^|__)random_\d+( |$)", row) is not None

    def items(self, encoder, title, kind, task):
        groups = {(one[2], one[4]): one[5] for one in self.scores if one[0][0] == encoder}
        return self.program.items_of(title, kind, task, groups)

    def column(self, encoder, title, kind, task):
        """(`noise` of every row but the floors, whether fine-tuning only has no seeds there)."""
        items = self.items(encoder, title, kind, task)
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
        elif kind in ("draws", "standings"):
            self.draws(path, encoder)
        if kind in ("levels", "gains", "tasks", "retrieval", "sets"):
            self.languages(path)

    def gains(self, path, encoder, kind, task):
        for number, line in enumerate(self.program.rows(f"tables/{path.name}"), 2):
            for column in (one for one in line if one.endswith(" error")):
                about, constant = self.column(encoder, column[: -len(" error")].replace(" †", ""), kind, task)
                found = compared(about, line["Name"], "none", constant, self.drawn)
                self.hold("error", f"tables/{path.name}, line {number}, {column}", line[column], found and found[0])

    def draws(self, path, encoder):
        """How random subsets spread over their draws, and how many draws a subset is above, ties for half."""
        for number, line in enumerate(self.program.rows(f"tables/{path.name}"), 2):
            items = self.items(encoder, line["column"], "verdicts", "")
            runs = self.program.values(self.runs, (encoder, line["subset"]), items)
            units = self.program.values(self.runs, (encoder, line.get("random", line["subset"])), items, draws=True)
            above = sum((one < fmean(runs)) + (one == fmean(runs)) / 2 for one in units)
            spread = 100 * math.sqrt(variance(units)) if len(units) > 1 else None
            again = {
                "draws": len(units),
                "runs": len(runs),
                "sd of total": spread,
                "above": above,
                "percentile": 100 * above / len(units),
            }
            for column in again.keys() & line.keys():
                self.hold(column, f"tables/{path.name}, line {number}, {column}", line[column], again[column])

    def languages(self, path):
        """On how many languages a row was realigned: what data/subsets.json says, or its name."""
        for number, line in enumerate(self.program.rows(f"tables/{path.name}"), 2):
            subset = line["Name"].split(" ")[0]
            named = self.program.re.search(r"[^_]_(\d+)$", subset)
            size = "" if subset in FLOORS else self.sizes.get(subset, int(named[1]) if named else 0)
            self.hold("Languages", f"tables/{path.name}, line {number}, Languages", line["Languages"], size)

    def verdicts(self, path, encoder, kind, task):
        lines, found = list(self.program.rows(f"tables/{path.name}")), []
        for line in lines:
            about, retrieval = self.column(encoder, line["column"], kind, task)
            constant = retrieval and line["against"] == "none"
            found.append(compared(about, line["subset"], line["against"], constant, self.drawn))
        holm, shares = CHANCE.adjusted([one and one[2] for one in found])
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
    tables = Tables(load("verify"))
    program = tables.program
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
