"""The least differences that a study of its size would find, for verdicts.py: tables/*-detectable-*.csv."""

import math
from statistics import median, variance

MORE, LEVEL = 10, 0.05  # seeds, and p


def check(tables, name, encoder, task):
    lines = tables.lines(name.replace("-detectable-", "-verdicts-"))
    tests = max(sum(one is not None for one in tables.judged(lines, encoder, "verdicts", task)), 1)
    for number, line in enumerate(tables.lines(name), 2):
        items = tables.items(encoder, line["column"], "verdicts", task)
        apart, shared = tables.column(encoder, items)
        about, pooled, weight, kept = shared or apart
        fixed = {row: one for row, one in about.items() if not tables.names.drawn(row)}
        units = [one[3] for one in fixed.values()]
        free = [(len(one) - 1) * kept for one in units]
        own = [variance(one) / kept if len(one) > 1 else 0.0 for one in units]
        counts = sorted(map(len, units))
        n = counts[len(counts) // 2] if counts else 0
        again = {"n": n, "rows": len(fixed), "sd": 100 * math.sqrt(pooled), "p even variances": tables.chance.even(own, free)}
        for when, seeds in (("now", n), (f"n = {MORE}", MORE)):
            for which, count in (("alone", 1), ("in the table", tests)):
                found = n > 1 and least(tables.chance, [one[0] for one in fixed.values()], (weight, kept), seeds, LEVEL / count)
                again[f"{which}, {when}"] = found or None
        again["sd"] = None if math.isnan(again["sd"]) else again["sd"]
        for column, value in again.items():
            tables.hold(f"power: {column}", name, (number, column), line[column], value)


def least(chance, variances, about, seeds, level):
    """`points` between two fixed rows of median variance and so many seeds; `about`: the pooled variance keeps its weight, and each row its share."""
    weight, each = about[0], (seeds - 1) * about[1]
    middle, whole = median(variances) if not any(map(math.isnan, variances)) else 0.0, len(variances) * each
    freedom = min(2 * min(weight + each, whole), whole)
    if not (middle > 0 and freedom > 0):
        return None
    return points(math.sqrt(2 * middle / seeds) * chance.detectable(float(freedom), level))


def points(least):
    """Of a difference in [0, 1]; None above 100: scores cannot differ by so much."""
    return 100 * least if least <= 1 else None
