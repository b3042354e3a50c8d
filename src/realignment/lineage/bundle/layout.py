"""Our numbers in the layout of the paper's tables, for verdicts.py: columns that verify.py leaves, and those beside the paper's own."""

import math
from statistics import fmean

ENGLISH = {"english": "English", "cross-lingual": "Average without English"}  # of Table 4


def check(tables, name, encoder):
    """What the paper prints and what its authors' runs give stays counted as not recomputed."""
    program, beside = tables.program, name.startswith("beside-")
    for number, line in enumerate(tables.lines(name), 2):
        for column, given in line.items():
            title, _, part = column.replace(" †", "").rpartition(" ")
            ours = title.endswith(" ours") if beside else title not in program.TASKS
            if not (ours and title and part in ("mean", "std", "n")):
                continue
            row, items = place(tables, encoder, line, title[: -len(" ours")] if beside else title)
            values = tables.units(encoder, row, items, False)
            mean = fmean(values) if values else None
            std = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1)) if len(values) > 1 else None
            again = {"mean": mean, "std": std, "n": len(values) if values or given else None}[part]
            tables.hold(part, name, (number, column), given, again)


def place(tables, encoder, line, title):
    """(row, items) of a number: Tables 2 and 4 name a task in each line, the others in the column, beside the average of all."""
    if "Task" in line:
        task = tables.program.TASKS[line["Task"]]
        average = ENGLISH.get(line.get("Languages"), "Average")
        return "none" if "Languages" in line else "all_65", tables.items(encoder, average, "levels", task)
    items = tables.items(encoder, "Average" if title == "Avg." else title, "paper", "")
    return line["Name"], items if title != "Avg." or len(items) == len(tables.program.TASKS) else {}
