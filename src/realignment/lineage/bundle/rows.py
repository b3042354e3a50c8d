"""Rows of this bundle's tables, for verdicts.py: what their names say, and that no row and no comparison is missing."""

import re
from collections import Counter

FLOORS = ("aligned", "untrained", "hypothesis", "majority")  # and the ceiling: rows that are compared with nothing
OTHERWISE = ("equal_pairs", "words")
LEVELS = ("HRL", "MRL", "LRL seen", "LRL unseen", "Unknown class", "Out of distribution", "Average without English")
FAMILIES = {"levels": LEVELS, "tasks": ("NLI", "POS", "NER", "XQuAD"), "english": ("English", "Average"), "retrieval": LEVELS}


def drawn(row):
    """Whether the languages of a row are drawn anew for each of its seeds."""
    return re.search(r"(^|__)random_\d+( |$)", row) is not None


def size(tables, row):
    """On how many languages a row was realigned: what data/subsets.json says, or its name."""
    subset = row.split(" ")[0]
    named = re.search(r"[^_]_(\d+)$", subset)
    return tables.sizes.get(subset, int(named[1]) if named else 0)


def of(tables, encoder, tasks):
    """The rows that have a score in one of the tasks."""
    return {row for ((one, row), _), held in tables.runs.items() if one == encoder and any(task in tasks for task, _ in held)}


def check(tables, name, encoder, kind, task):
    """The column of numbers of languages; and one line a row that has a score there."""
    lines = [one for one in enumerate(tables.lines(name), 2) if "Name" in one[1]]
    for number, line in lines:
        again = "" if line["Name"] in FLOORS else size(tables, line["Name"])
        if kind != "paper" or line["Languages"] == str(again):  # the paper prints other numbers of some: those are not ours
            tables.hold("Languages", name, (number, "Languages"), line["Languages"], again)
    if kind == "paper":
        return
    there = {one[2] for one in tables.scores if one[0][0] == encoder}
    every = tables.program.TASKS.values() if kind == "tasks" else tables.program.averaged(there)
    tasks = [task] if task else ["retrieval"] if kind == "retrieval" else every
    rows = of(tables, encoder, tasks)
    if kind == "sets":
        rows = {row for (one, row), _, of_task, *_ in tables.scores if one == encoder and of_task == task}
    whole(tables, name, [line["Name"] for _, line in lines], rows - {"none", *FLOORS} if kind == "gains" else rows)


def whole(tables, name, given, expected):
    """A line each of what is expected, and no other."""
    counts = Counter(given)
    for one in sorted({*counts, *expected}):
        tables.program.check("tables, lines", f"tables/{name}, lines of {one}", counts[one], int(one in expected))


def family(tables, name, encoder, kind, task):
    """Every comparison of a family: those that are missing would make the others look more certain."""
    found = pairs(tables, encoder, kind, titled(tables, encoder)[task])
    whole(tables, name, [(line["against"], line["subset"], line["column"]) for line in tables.lines(name)], found)


def pairs(tables, encoder, kind, columns):
    """(reference, row, title) of every comparison of a family."""
    rows = of(tables, encoder, {task for items in columns.values() for task in items}) - {*FLOORS}
    other = {"random": lambda row: same_size(tables, row), "otherwise": plain}.get(kind)
    both = [(row, other(row)) for row in sorted(rows)] if other else against(rows)
    return [(base, row, title) for row, base in both if base in rows for title in columns]


def titled(tables, encoder):
    """Kind -> title -> items: the columns of each family, without those that an earlier one has."""
    known, found = [], {}
    for kind, titles in FAMILIES.items():
        columns = {title: tables.items(encoder, title, "verdicts", kind) for title in titles}
        columns = {} if kind == "english" and not columns["English"] else columns
        found[kind] = {title: items for title, items in columns.items() if items and sorted(items.items()) not in known}
        known += [sorted(items.items()) for items in columns.values()]
    return found


def told(tables, encoder, row, items):
    """The verdicts on a row against fine-tuning only, of the tables of verdicts that have its column, under whatever title."""
    found = set()
    for kind, columns in titled(tables, encoder).items():
        titles = [title for title, one in columns.items() if sorted(one.items()) == sorted(items.items())]
        for line in tables.lines(f"{encoder}-verdicts-{kind}.csv") if titles else ():
            if (line["against"], line["subset"]) == ("none", row) and line["column"] in titles:
                found.add(line["verdict"])
    return found


def against(rows):
    """Every row and fine-tuning only, then every row and all languages; no two rows twice."""
    found = []
    for stem in ("none", r"all(_\d+)?"):
        for base in sorted(row for row in rows if re.fullmatch(stem, row)):
            found += [(row, base) for row in sorted(rows) if row != base and (base, row) not in found]
    return found


def plain(row):
    """The row that one realigned otherwise is compared with; "" for any other."""
    subset, _, control = row.partition(" ")
    return subset if control in OTHERWISE else ""


def same_size(tables, row):
    """The random row of a subset's pool and size; "" where there can be none."""
    if drawn(row) or " " in row:
        return ""
    pool, parted, _ = row.rpartition("__")
    named = re.search(r"[^_]_(\d+)$", row)
    return f"{pool}{parted}random_{int(named[1]) if named else size(tables, row)}"
