"""One model over all runs of a column, for verdicts.py: tables/*-model-leads.csv, -variances.csv and -settling.csv.

The variances given are held against the conditions that restricted maximum likelihood sets them; what is said of leads is computed from them. Draws are those
of study.json; likelihood.py has the arithmetic.
"""

import json
import math
from statistics import fmean, variance

NEAR, LEVEL, HALF = (
    1e-5,
    0.05,
    1.959963984540054,
)  # of the slope of the likelihood, as a share of what it is made of; p; of the normal distribution
ROUNDING = 1e-9  # points
WIDTHS = (1.0, 0.5, 0.25)
COLUMNS = (
    "Average without English",
    "NLI",
    "POS",
    "NER",
    "XQuAD",
    "HRL",
    "MRL",
    "LRL seen",
    "LRL unseen",
    "Unknown class",
    "Out of distribution",
)


def drawn(tables, encoder):
    """(random row, subset seed) -> (chain, languages, size of the pool), by study.json and data/subsets.json."""
    here, found = tables.program.HERE, {}
    pools = {
        name: len(one.get("pool") or ())
        for name, one in json.loads((here / "data" / "subsets.json").read_text("utf-8"))["subsets"].items()
    }
    study = here / "study.json"
    for one in json.loads(study.read_text("utf-8"))["records"] if study.is_file() else ():
        cell = one["cell"]
        if (
            one["verb"] == "realign"
            and cell["encoder"] == encoder
            and tables.names.drawn(cell["subset"])
            and pools.get(cell["subset"])
        ):
            row, seed = cell["subset"], str(cell["seeds"]["subset"])
            found[row, seed] = (row.rpartition("__")[0], seed), frozenset(one["languages"]), pools[row]
    return found


def critical(chance, freedom):
    """What Student's t stays within in 95 of 100."""
    low, high = 0.0, 1.0
    while chance.two_sided(high, freedom) > LEVEL:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if chance.two_sided(middle, freedom) > LEVEL else (low, middle)
    return high


def questions(tables, encoder, rows, place):
    """Title -> size -> (row, random row)."""
    found = {}
    for row in sorted(rows, key=lambda one: tables.names.size(tables, one)):
        base = tables.names.same_size(tables, row)
        if base in rows:
            found.setdefault(f"{place(row)[1]} minus random at equal size", {})[str(tables.names.size(tables, row))] = row, base
    return found


def by_seed(chance, pairs):
    """(difference, low, high, p) of pairs of rows seed by seed; Nones where they share no two seeds."""
    seeds = set.intersection(*({*one} & {*other} for one, other in pairs))
    gaps = [fmean(one[seed] - other[seed] for one, other in pairs) for seed in sorted(seeds)]
    if len(gaps) < 2:
        return (None,) * 4
    middle, error = fmean(gaps), math.sqrt(variance(gaps) / len(gaps))
    if not error:
        return middle, None, None, None
    half = critical(chance, len(gaps) - 1.0) * error
    return middle, middle - half, middle + half, chance.two_sided(middle / error, len(gaps) - 1.0)


def columns(tables, encoder):
    """Title -> items, each once."""
    found = {}
    for title in COLUMNS:
        items = tables.items(encoder, title, "verdicts", "")
        if items and items not in found.values():
            found[title] = items
    return found


def values_of(tables, encoder, items):
    """Row -> seed -> points, of the plain rows that have a run there."""
    rows = [row for row in tables.names.of(tables, encoder, {*items}) if " " not in row and row not in tables.names.FLOORS]
    values = {row: {seed: 100 * one for seed, one in tables.by_seed(encoder, row, items).items()} for row in rows}
    return {row: held for row, held in values.items() if held}


def possible(tables, values, draws):
    """Whether every random row of a column has two draws or more there, all of them known."""
    held = {row: {seed.split(".")[0] for seed in values[row]} for row in filter(tables.names.drawn, values)}
    return bool(held) and all(len(one) > 1 and all((row, draw) in draws for draw in one) for row, one in held.items())


def alike(tables, values):
    """Whether rows differ by the same in every run of one training seed: nothing is said of a difference that has no error."""
    most = max(sorted(values), key=lambda row: len(values[row]))
    common = {tables.likelihood.training(seed): one for seed, one in values[most].items()}
    gaps = [[one - common.get(tables.likelihood.training(seed), 0.0) for seed, one in held.items()] for held in values.values()]
    return all(max(held) - min(held) <= ROUNDING for held in gaps)


def columns_of(tables, encoder):
    """(title -> `Column` with the variances that the table gives, draws)."""
    key = "model", encoder
    if key not in tables.known:
        draws, found, given = (
            drawn(tables, encoder),
            {},
            {line["column"]: line for line in tables.lines(f"{encoder}-model-variances.csv")},
        )
        for title, items in columns(tables, encoder).items():
            values = values_of(tables, encoder, items)
            if title in given and possible(tables, values, draws):
                found[title] = tables.likelihood.Column(values, draws, tables.names)
                deviations = [float(given[title][f"sd of {name}"]) for name in ("seeds", "languages", "the residual")]
                found[title].solve([one**2 for one in deviations])
        tables.known[key] = found, draws
    return tables.known[key]


def lines(tables, encoder, place):
    """Kind of table -> (columns that name a line, what they say in each), as outline.py wants them; `place` is its own."""
    asked, draws = [], drawn(tables, encoder)
    for title, items in columns(tables, encoder).items():
        values = values_of(tables, encoder, items)
        if possible(tables, values, draws) and not alike(tables, values):
            asked += [(title, question) for question in questions(tables, encoder, values, place)]
    titles = [(title,) for title in dict.fromkeys(title for title, _ in asked)]
    found = {
        "model-leads": (("column", "question"), asked),
        "model-variances": (("column",), titles),
        "model-settling": (("column",), titles),
    }
    return found if asked else {}


def titles(tables, encoder, name):
    """The columns of a table that depend on the study."""
    if name != "model-variances":
        return ()
    return [f"sd of draws of {k}" for k in sizes_of(tables, None, drawn(tables, encoder))[0]]


def check(tables, name, encoder, kind, place):
    """`place` as outline.py has it."""
    found, draws = columns_of(tables, encoder)
    lines = tables.lines(name)
    for number, line in enumerate(lines, 2):
        about = found.get(line["column"])
        if about:
            again = {"leads": lead, "variances": varied, "settling": settled}[kind](tables, encoder, (line, about, draws), place)
            for column, value in again.items():
                tables.hold(f"model: {column}", name, (number, column), line.get(column, ""), value)


def lead(tables, encoder, given, place):
    line, about, _ = given
    pairs = questions(tables, encoder, about.values, place).get(line["question"], {})
    if not pairs:
        return {"question": "no question of these runs"}
    weights = {}
    for row, base in pairs.values():
        weights[row], weights[base] = weights.get(row, 0.0) + 1 / len(pairs), weights.get(base, 0.0) - 1 / len(pairs)
    value, error, freedom = about.contrast(weights)
    half = critical(tables.chance, freedom) * error
    told = by_seed(tables.chance, [(about.values[row], about.values[base]) for row, base in pairs.values()])
    return {
        "sizes": ", ".join(pairs), "difference": value, "low": value - half, "high": value + half, "error": error, "degrees of freedom": freedom,
        "p": tables.chance.two_sided(value / error, freedom), **{f"{what} by seed": one for what, one in zip(("difference", "low", "high", "p"), told)},
    }  # fmt: skip


def runs_of(tables, about):
    """Of the random row that has most: draws, and training seeds a draw."""
    held = []
    for row in filter(tables.names.drawn, about.values):
        draws = [seed.split(".")[0] for seed in about.values[row]]
        held.append((len({*draws}), max(map(draws.count, draws))))
    return max(held)


def shared_seeds(tables, about):
    """Whether draws of a random row share training seeds, so that chosen rows have those alone."""
    drawn = filter(tables.names.drawn, about.values)
    return any(len({*map(tables.likelihood.training, about.values[row])}) < len(about.values[row]) for row in drawn)


def sizes_of(tables, about, draws):
    """(sizes of the random rows of the pool that has most, how many languages it has)."""
    rows = sorted(row for row, _ in draws if " " not in row)
    rows = list(dict.fromkeys(rows))
    pools = [row.rpartition("__")[0] for row in rows]
    most = max(dict.fromkeys(pools), key=pools.count)
    mine = [row for row, pool in zip(rows, pools) if pool == most]
    return sorted(tables.names.size(tables, row) for row in mine), next(
        one[2] for (row, _), one in draws.items() if row == mine[0]
    )


def varied(tables, encoder, given, place):
    """The three variances are where the likelihood is highest, or 0 and it falls from there; the others follow."""
    line, about, draws = given
    sizes, pool = sizes_of(tables, about, draws)
    found = {}
    for column, at, live, (slope, size) in zip(
        ("sd of seeds", "sd of languages", "sd of the residual"), about.at, about.live, about.slopes
    ):
        best = (not live and not at) or abs(slope) <= NEAR * size or (not at and slope <= 0)
        found[column] = float(line[column]) if best else "not where the likelihood is highest"
    found |= {f"sd of draws of {k}": math.sqrt(about.at[1] * (1 / k - 1 / pool)) for k in sizes}
    return {**found, "rows": len(about.values), "runs": sum(map(len, about.values.values())), "chains": runs_of(tables, about)[0]}


def settled(tables, encoder, given, place):
    _, about, draws = given
    sizes, pool = sizes_of(tables, about, draws)
    chains, each = runs_of(tables, about)
    shared = about.at[1] * (math.fsum(1 / max(k, other) for k in sizes for other in sizes) / len(sizes) ** 2 - 1 / pool)

    crossed = shared_seeds(tables, about)

    def width(chains, seeds, crossed):
        return HALF * math.sqrt(shared / chains + noise(chains, crossed) / seeds)

    def noise(chains, crossed):
        return about.at[2] / len(sizes) * (1 / chains + (1 if crossed else 1 / chains))

    found = {
        "half-width now": width(chains, each, crossed),
        "twice the chains": width(2 * chains, each, crossed),
        "twice the seeds": width(chains, 2 * each, crossed),
    }
    for wanted in WIDTHS:
        left = (wanted / HALF) ** 2 - shared / chains
        seeds = max(1, math.ceil(noise(chains, crossed) / left)) if left > 0 else None
        found[f"runs for ±{wanted:g}, more chains"] = 2 * len(sizes) * max(2, math.ceil((width(1, 1, False) / wanted) ** 2))
        found[f"runs for ±{wanted:g}, more seeds"] = (
            None if seeds is None else len(sizes) * seeds * (chains + (1 if crossed else chains))
        )
    return found
