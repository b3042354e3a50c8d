"""What this bundle's tables say of chance, computed again by the standard library alone, to nine digits; verify.py calls it.

Standard errors, degrees of freedom, p and verdicts follow from the scores that verify.py confirms; power.py and draws.py have the tables
beside those. The variance of a row is drawn towards the pooled one of its column, the less the more uneven they are (Smyth 2004). Where rows share
their seeds, what a seed adds to all is taken out first. Of random subsets the unit is the draw; they have a pool of their own and never count
as quieter than the others. The comparisons of one file are judged together (Holm 1979): none of them may be missing from it.
"""

import importlib.util
import json
import math
import sys
from collections import Counter
from pathlib import Path
from statistics import fmean, variance

HERE = Path(__file__).resolve().parent
CAUTION, LEAST, LEVEL, ENOUGH = 1.0, 1e-3, 0.05, 15


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


CHANCE, COSINES, DRAWS, LAYOUT, LIKELIHOOD, MODEL, PAIRED, POWER, ROWS = map(
    load, ("chance", "cosines", "draws", "layout", "likelihood", "model", "paired", "power", "rows")
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


def noise(values, taken=False):
    """(row -> (variance, degrees of freedom, those of its pool, units), the pooled variance of fixed rows, its weight, the share of degrees of freedom
    that is left); `values` are row -> seed -> score, and `taken` says that what seeds add was taken out of them."""
    found, least, told = {}, math.nan, (math.nan, 0.0, 1.0)
    for random in (False, True):
        held = {row: units(row, one) for row, one in values.items() if one and ROWS.drawn(row) == random}
        kept = 1 - 1 / len(held) if taken and held and not random else 1.0
        free = [(len(one) - 1) * kept for one in held.values()]
        own = [variance(one) / kept if len(one) > 1 else 0.0 for one in held.values()]
        drawn, reach, pooled, own = spread(own, free)
        for row, one, far in zip(held, drawn, reach):
            floor = least * len(held[row]) / len(values[row]) if random else -math.inf
            found[row] = floor if one < floor else one, far, sum(free), held[row]
        least, told = (pooled, (pooled, own, kept)) if not random else (least, told)
    return (found, *told)


def units(row, held):
    """A value a run, of a random subset one a draw: the first part of a seed's label."""
    found = {}
    for seed, value in held.items():
        found.setdefault(seed.split(".")[0] if ROWS.drawn(row) else seed, []).append(value)
    return [fmean(one) for one in found.values()]


def training(seed):
    """The part of a seed's label that a draw of languages does not follow."""
    parts = seed.split(".")[1:] or [seed]
    return ".".join(parts) if len({*parts}) > 1 else parts[0]


def without_seeds(values):
    """Rows that share their seeds, less what each seed adds to all fixed ones of them; none where fewer than ENOUGH degrees of freedom would be left."""
    counts = Counter(frozenset(held) for row, held in values.items() if held and not ROWS.drawn(row))
    seeds = max(counts, key=lambda one: (counts[one], len(one), sorted(one)), default=frozenset())
    if (counts[seeds] - 1) * (len(seeds) - 1) < ENOUGH:
        return {}
    rows = [row for row, held in values.items() if not ROWS.drawn(row) and held.keys() == seeds]
    means = {seed: fmean(values[row][seed] for row in rows) for seed in seeds}
    whole = fmean(means.values())
    found = {row: {seed: one - means[seed] + whole for seed, one in values[row].items()} for row in rows}
    for row, held in values.items():
        trained = Counter(map(training, held))
        if ROWS.drawn(row) and trained.keys() == seeds and len({*trained.values()}) == 1:
            found[row] = {seed: one - means[training(seed)] + whole for seed, one in held.items()}
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

    chance, cosines, likelihood, model, names, pairs = CHANCE, COSINES, LIKELIHOOD, MODEL, ROWS, PAIRED

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
        """`noise` of every row but the floors; that of rows which share their seeds, seeds taken out, or None."""
        name = encoder, repr(sorted(items.items()))
        if name not in self.known:
            rows = sorted({row for (one, row), _ in self.runs if one == encoder and row not in ROWS.FLOORS})
            values = {row: self.by_seed(encoder, row, items) for row in rows}
            constant = {"none"} if [*items] == ["retrieval"] else set()  # fine-tuning only has no seeds there
            shared = without_seeds({row: one for row, one in values.items() if row not in constant})
            self.known[name] = noise(values), noise(shared, True) if shared else None
        return self.known[name]

    def by_seed(self, encoder, row, items):
        """Label of a run's seeds -> its value; a run that lacks a language has none."""
        needed = {(task, code) for task, codes in items.items() for code in codes}
        held = {
            seed: one for (which, seed), one in self.runs.items() if which == (encoder, row) and needed and needed <= one.keys()
        }
        return {
            seed: fmean(fmean(one[task, code] for code in codes) for task, codes in items.items()) for seed, one in held.items()
        }

    def compared(self, encoder, row, base, items):
        apart, shared = self.column(encoder, items)
        about = shared if shared and {row, base} <= shared[0].keys() else apart
        return compared(about[0], row, base, [*items] == ["retrieval"] and base == "none")

    def check(self, name):
        plain = name.removeprefix("beside-")
        encoder = max((one[0][0] for one in self.scores if plain.startswith(f"{one[0][0]}-")), key=len, default="")
        kind, _, task = plain[:-4].removeprefix(f"{encoder}-").partition("-")
        if kind == "gains":
            self.gains(name, encoder, task)
        elif kind in ("verdicts", "random", "otherwise"):
            ROWS.family(self, name, encoder, kind, task)
            self.verdicts(name, encoder, kind, task)
        elif kind == "model":
            MODEL.check(self, name, encoder, task, OUTLINE.place)
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
            1e-7 if kind.startswith(("detectable", "power", "model")) else 1e-9
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
