"""Retrieval gain beside task gain, language by language, for verdicts.py: tables/*-paired.csv and *-correlation.csv."""

import math

LEAST, DIGITS, SAME = 3, 12, (2e-7, 1e-9)  # gains in retrieval and in a task no further apart are ties


def realigned(tables, encoder):
    """The rows that have gains in a task: all but fine-tuning only and the floors."""
    return sorted(tables.names.of(tables, encoder, set(tables.program.TASKS.values())) - {"none", *tables.names.FLOORS})


def points(tables, encoder, row, task, seed=""):
    """Language -> (retrieval gain, task gain): means over the runs of either side, or those of one seed, which retrieval before has not."""
    ours, theirs = (runs(tables, (encoder, one)) for one in (row, "none"))
    found = {}
    for code in tested(tables, encoder, task):
        gains = [gain(ours, theirs, (one, code), (seed, seed * (one == task))) for one in ("retrieval", task)]
        if None not in gains:
            found[code] = tuple(gains)
    return found


def runs(tables, row):
    return [(label, held) for (one, label), held in tables.runs.items() if one == row]


def tested(tables, encoder, task):
    """The languages with a score in a task, but English."""
    if (encoder, task) not in tables.known:
        mine = {one[4] for one in tables.scores if one[0][0] == encoder and one[2] == task and one[5] != "English"}
        tables.known[encoder, task] = sorted(mine)
    return tables.known[encoder, task]


def gain(ours, theirs, item, seeds):
    """Mean of one side minus mean of the other; of either the run of one seed where that is not "". None where a side has no score."""
    sides = [
        [held[item] for label, held in runs if item in held and seed in ("", label)] for runs, seed in zip((ours, theirs), seeds)
    ]
    return round(math.fsum(sides[0]) / len(sides[0]) - math.fsum(sides[1]) / len(sides[1]), DIGITS) if all(sides) else None


def lines(tables, encoder):
    """Kind of table -> (columns that name a line, what they say in each line)."""
    held = {
        (row, title): points(tables, encoder, row, task)
        for row in realigned(tables, encoder)
        for title, task in tables.program.TASKS.items()
    }
    held = {place: found for place, found in held.items() if found}
    pairs = [(*place, code) for place, found in held.items() for code in found]
    return {"correlation": (("subset", "column"), [*held]), "paired": (("subset", "column", "language"), pairs)} if held else {}


def check(tables, name, encoder):
    known = {}
    for number, line in enumerate(tables.lines(name), 2):
        place = line["subset"], tables.program.TASKS[line["column"]]
        if place not in known:
            known[place] = points(tables, encoder, *place)
        again = one_of(known[place], line["language"]) if "language" in line else whole(tables, encoder, place, known[place])
        for column, value in again.items():
            tables.hold(f"pairs: {column}", name, (number, column), line[column], value)


def one_of(found, code):
    return {column: 100 * value for column, value in zip(("retrieval gain", "task gain"), found.get(code, ()))}


def whole(tables, encoder, place, found):
    labels = sorted({label for (one, label) in tables.runs if one == (encoder, place[0])})
    single = [spearman([*points(tables, encoder, *place, seed).values()]) for seed in labels]
    known = [one for one in single if one is not None]
    lowest, highest = (min(known), max(known)) if known else (None, None)
    return {"n": len(found), "spearman": spearman([*found.values()]), "lowest": lowest, "highest": highest, "seeds": len(known)}


def spearman(pairs):
    """Of (x, y); ties have their mean rank. None of fewer than three, or where one side is the same throughout."""
    if len(pairs) < LEAST:
        return None
    apart = [[one - (len(pairs) + 1) / 2 for one in ranks(side, same)] for side, same in zip(zip(*pairs), SAME)]
    spread = math.sqrt(math.fsum(x * x for x in apart[0]) * math.fsum(y * y for y in apart[1]))
    return math.fsum(x * y for x, y in zip(*apart)) / spread if spread else None


def ranks(values, same):
    groups = []  # of the numbers of tied values, in order
    for number in sorted(range(len(values)), key=values.__getitem__):
        if groups and values[number] - values[groups[-1][-1]] <= same:
            groups[-1].append(number)
        else:
            groups.append([number])
    below, found = 0, {}
    for tied in groups:
        found.update(dict.fromkeys(tied, below + (len(tied) + 1) / 2))
        below += len(tied)
    return [found[number] for number in range(len(values))]
