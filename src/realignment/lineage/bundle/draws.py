"""Random subsets, and the best subset of Equation 2, for verdicts.py: tables/*-draws.csv, *-standings.csv and best.csv."""

import math
from statistics import fmean, stdev

HOW = {
    "one": "draw and training seed change together: not told apart",
    "single": "one draw",
    "uneven": "training seeds neither the same for every draw nor different: not told apart",
    "shared": "every draw with one and the same training seed: its spread is not told apart",
    "crossed": "every draw with the same training seeds",
    "nested": "every draw with training seeds of its own",
}


def by_seed(tables, row, items):
    """Label of the seeds -> value of the run."""
    runs = {seed: {(one, seed): held} for (one, seed), held in tables.runs.items() if one == row}
    found = {seed: tables.program.values(one, row, items) for seed, one in runs.items()}
    return {seed: values[0] for seed, values in found.items() if values}


def check(tables, name, encoder):
    """How random subsets spread over their draws, and how many draws a subset is above, ties for half."""
    for number, line in enumerate(tables.lines(name), 2):
        items = tables.items(encoder, line["column"], "verdicts", "")
        if "random" in line:
            runs, units = (tables.units(encoder, line[one], items) for one in ("subset", "random"))
            above = sum((one < fmean(runs)) + (one == fmean(runs)) / 2 for one in units)
            again = {"draws": len(units), "above": above, "percentile": 100 * above / len(units)}
        else:
            values = by_seed(tables, (encoder, line["subset"]), items)
            draws = by_draw(values)
            means = [fmean(runs.values()) for runs in draws.values()]
            *both, how = parts(draws, means)
            spread = [stdev(means) if len(means) > 1 else None, *both]
            names = ("sd of total", "sd of draw", "sd of training seed")
            again = {name: None if one is None else 100 * one for name, one in zip(names, spread)}
            again.update({"draws": len(draws), "runs": len(values), "how": HOW[how]})
        for column, value in again.items():
            tables.hold(column, name, (number, column), line[column], value)


def by_draw(values):
    """Draw -> training seed, or seeds where they differ -> value; a label of one part is both."""
    found = {}
    for seed, value in values.items():
        draw, _, rest = seed.partition(".")
        training = set((rest or draw).split("."))
        found.setdefault(draw, {})[rest if len(training) > 1 else training.pop()] = value
    return found


def by_training(values):
    """Training seed, or seeds where they differ -> the mean over draws, where all draws have the same; else every run."""
    draws = [*by_draw(values).values()]
    if len(draws) < 2 or any(one.keys() != draws[0].keys() for one in draws):
        return values
    return {seed: math.fsum(one[seed] for one in draws) / len(draws) for seed in draws[0]}


def parts(draws, means):
    """(sd of draws, sd of training seeds, how the two are told apart), by analysis of variance; None where they are not."""
    seeds, runs = [set(one) for one in draws.values()], sum(map(len, draws.values()))
    if len(draws) < 2:
        return None, None, "single"
    if all(one == seeds[0] for one in seeds):
        return (
            (*crossed([[one[seed] for seed in sorted(one)] for one in draws.values()]), "crossed")
            if len(seeds[0]) > 1
            else (None, None, "shared")
        )
    if len(set.union(*seeds)) < runs:
        return None, None, "uneven"
    if runs == len(draws):
        return None, None, "one"
    return (*nested([[*one.values()] for one in draws.values()], means), "nested")


def crossed(table):
    rows, columns = [fmean(one) for one in table], [fmean(one) for one in zip(*table)]
    whole, far, wide = fmean(rows), len(rows) - 1, len(columns) - 1
    rest = math.fsum((value - row - column + whole) ** 2 for row, one in zip(rows, table) for column, value in zip(columns, one))
    left = rest / (far * wide)
    draw = math.fsum((one - whole) ** 2 for one in rows) / far - left / len(columns)
    seed = math.fsum((one - whole) ** 2 for one in columns) / wide - left / len(rows)
    return math.sqrt(max(draw, 0.0)), math.sqrt(max(seed, 0.0) + left)


def nested(table, means):
    counts, groups = [len(one) for one in table], len(table) - 1
    runs = sum(counts)
    whole = fmean(value for one in table for value in one)
    within = math.fsum((value - mean) ** 2 for one, mean in zip(table, means) for value in one) / (runs - len(table))
    between = math.fsum(n * (mean - whole) ** 2 for n, mean in zip(counts, means)) / groups
    alike = (runs - sum(n * n for n in counts) / runs) / groups
    return math.sqrt(max((between - within) / alike, 0.0)), math.sqrt(within)


def best(tables):
    """S*: the best mean on the test scores; its lead, its gain, and what is left on a seed that did not choose. Text, as it is printed."""
    encoders = {{"mbert": "mBERT", "xlmr": "XLM-R"}.get(one, one): one for (one, _), _ in tables.runs}
    for number, line in enumerate(tables.lines("best.csv"), 2):
        encoder = encoders[line["encoder"]]
        items = tables.items(encoder, line["average over"].replace(" †", ""), "levels", "")
        order = [one["Name"] for one in tables.lines(f"{encoder}-levels.csv")]
        held = {row: by_seed(tables, (encoder, row), items) for row in order if " " not in row and row not in tables.names.FLOORS}
        for column, again in chosen(tables, encoder, items, held).items():
            tables.hold(f"best: {column}", "best.csv", (number, column), line[column].lstrip("'"), again)


def chosen(tables, encoder, items, held):
    """Column of best.csv -> what it should say; `held` are row -> seed -> value, in the order of the tables, which decides between equals."""
    drawn = tables.names.drawn
    held = {row: by_training(values) if drawn(row) else values for row, values in held.items()}
    most = max((len(values) for row, values in held.items() if not drawn(row)), default=max(map(len, held.values()), default=0))
    full = {row: values for row, values in held.items() if values and len(values) == most}
    mean = {row: fmean(values.values()) for row, values in full.items()}
    ranked = sorted(full, key=lambda row: -mean[row])
    first, second = [*ranked, "—", "—"][:2]
    gains = first not in ("—", "none") and "none" in full
    return {
        "S*": first,
        "score": shown([*full[first].values()], most) if ranked else "—",
        "n": most,
        "a seed apart": shown(apart(full), most),
        "next": second,
        "lead": points(mean[first] - mean[second]) if len(ranked) > 1 else "—",
        "gain over fine-tuning only": gain(tables, encoder, items, first, mean) if gains else "—",
        "candidates": len(full),
        "not complete": ", ".join(row for row in held if row not in full),
    }


def apart(full):
    """One value a seed: the score there of what is best by the other seeds."""
    seeds = sorted(set.intersection(*map(set, full.values()))) if full else []
    found = []
    for seed in seeds if len(seeds) > 1 else ():
        others = {row: math.fsum(values[one] for one in seeds if one != seed) for row, values in full.items()}
        found.append(full[max(others, key=others.get)][seed])
    return found


def gain(tables, encoder, items, row, mean):
    """Points and standard error; ~ where the table of verdicts that has the column cannot tell it from none."""
    one = tables.compared(encoder, row, "none", items)
    said = tables.names.told(tables, encoder, row, items)
    spread = f" ± {100 * one[0]:.2f}" if one else ""
    return f"{points(mean[row] - mean['none'])}{spread}{'' if said & {'better', 'worse'} else ' ~'}"


def shown(values, most):
    spread = (
        f" ± {100 * math.sqrt(math.fsum((one - fmean(values)) ** 2 for one in values) / (len(values) - 1)):.2f}"
        if len(values) > 1
        else ""
    )
    return f"{100 * fmean(values):.2f}{spread}" + (f" (n={len(values)})" if len(values) != most else "") if values else "—"


def points(value):
    text = f"{100 * value:+.2f}".replace("-", "−")
    return text if text[1:].strip("0.") else text[1:]
