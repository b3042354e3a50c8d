"""Our numbers in the layout of the paper's tables, for verdicts.py, alone and beside the paper's own."""

import json
import math
from statistics import fmean

ENGLISH, CROSS = "english", "cross-lingual"  # of Table 4; Table 3 is CROSS alone
TOKENS, WORDS, AFTER = "Avg. tokens", "FastAlign", "with realignment"
RESUMED = "resumed_after_step"  # a curve of a record's usage
ENCODERS = {"mbert": "mBERT", "xlmr": "XLM-R"}  # label -> what a table of several encoders calls it


def check(tables, name, encoder):
    """What the paper prints and what its authors' runs give stays counted as not recomputed."""
    program, beside = tables.program, name.startswith("beside-")
    for number, line in enumerate(tables.lines(name), 2):
        for column, given in line.items():
            title, _, part = column.replace(" †", "").rpartition(" ")
            ours = title.endswith(" ours") or not beside
            if not (ours and title and part in ("mean", "std", "n")):
                continue
            title = title[: -len(" ours")] if beside else title
            if line.get("Task", "POS") in program.TASKS:
                values = of_cell(tables, encoder, line, title)
            elif part != "n":  # hours, of all encoders of the table
                named = {each["Encoder"].lstrip("'") for each in tables.lines(name)} if not encoder else ()
                labels = [one for one in (called(tables, each) for each in sorted(named)) if one]
                values = hours(tables, labels or [encoder], title)
            else:
                continue
            mean = fmean(values) if values else None
            std = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1)) if len(values) > 1 else None
            again = {"mean": mean, "std": std, "n": len(values) if values or given else None}[part]
            tables.hold(part, name, (number, column), given, again)


def of_cell(tables, encoder, line, title):
    """A value a run. Tables 2 to 4 name a task in each line, the others in the column, beside the average of all."""
    program = tables.program
    if "Task" not in line:
        encoder = encoder or called(tables, line["Section"].lstrip("'"))
        tasks = (
            [one for one in program.TASKS.values() if one not in program.BESIDE] if title == "Avg." else [program.TASKS[title]]
        )
        items = averaged(tables, encoder, tasks)
        return tables.units(encoder, line["Name"], items if len(items) == len(tasks) else {}, False)
    task = program.TASKS[line["Task"]]
    if "Encoder" in line:
        encoder = encoder or called(tables, line["Encoder"].lstrip("'"))
        return tables.units(encoder, whole(tables, encoder, title), averaged(tables, encoder, [task]), False)
    encoder = encoder or called(tables, title)
    return every(tables, (encoder, whole(tables, encoder, "") if title == AFTER else "none"), task, line.get("Languages", CROSS))


def averaged(tables, encoder, tasks):
    """Task -> the languages of its averages: for every encoder those in the pool, those that the table says some encoder has seen, English."""
    if "outside" not in tables.known:
        lines = tables.program.rows("data/languages.csv")
        out = {
            one["code"]
            for one in lines
            if one["pool"] != "yes" and not one["seen"] and "eng" not in (one["code"], one["shadow_of"])
        }
        tables.known["outside"] = out
    mine = {(one[2], one[4]) for one in tables.scores if one[0][0] == encoder and one[4] not in tables.known["outside"]}
    return {task: codes for task in tasks if (codes := sorted(code for each, code in mine if each == task))}


def called(tables, title):
    """The label of an encoder, by its title."""
    return next((one for one in sorted({one for (one, _), *_ in tables.scores}) if ENCODERS.get(one, one) == title), "")


def whole(tables, encoder, title):
    """The row of all languages; in the column of words that on words, where the plain rows are on sentences."""
    rows = {row for (one, row), *_ in tables.scores if one == encoder}
    known = [one for one in ("all_65", "all") if {one, f"{one} words"} & rows]
    name = known[0] if known else "all_65"
    return f"{name} words" if title == WORDS and not on_words(tables) else name


def realigned(tables):
    """The records of realignments."""
    if "realigned" not in tables.known:
        path = tables.program.HERE / "study.json"
        records = json.loads(path.read_text("utf-8"))["records"] if path.is_file() else []
        tables.known["realigned"] = [one for one in records if one["verb"] == "realign"]
    return tables.known["realigned"]


def on_words(tables):
    """Whether the plain rows are realigned on words."""
    return any(one["params"].get("unit") == "words" for one in realigned(tables) if not one["cell"]["control"])


def hours(tables, encoders, title):
    """Of each seed that every encoder has, of every kind that was timed, the mean of its realignments' hours; those that were interrupted are
    left out, and a row of the languages of another has the hours of that one."""
    kinds, found = {one: {(each, whole(tables, each, one)) for each in encoders} for one in (TOKENS, WORDS)}, {}
    computed = {one["key"]: one for one in realigned(tables)}
    for one in realigned(tables):
        cell = one["cell"]
        row = cell["encoder"], f"{cell['subset']} {cell['control']}".strip()
        run = computed.get(one["shared"]) if one.get("shared") else one  # of two rows of the same languages one was computed
        if run and RESUMED not in run.get("usage", {}):
            found.setdefault(row, {})[tuple(cell["seeds"].values())] = run["seconds"] / 3600
    timed = {row for rows in kinds.values() if rows & found.keys() for row in rows}
    seeds = set.intersection(*(set(found.get(row, ())) for row in timed)) if timed else ()
    return [fmean(found[row][seed] for row in kinds[title]) for seed in sorted(seeds)] if kinds[title] <= timed else []


def every(tables, row, task, languages):
    """Of each run the plain mean of its scores: English's own sets, or all others. A run that lacks one has none."""
    mine = [one for one in tables.scores if one[0][0] == row[0] and one[2] == task]
    mine = [one for one in mine if (one[5] == "English" and one[3] not in tables.program.AFRICAN) == (languages == ENGLISH)]
    wanted, found = {(one[3], one[4]) for one in mine}, {}
    for one in mine:
        if one[0] == row:
            found.setdefault(one[1], {})[one[3], one[4]] = one[6]
    return [math.fsum(held.values()) / len(held) for held in found.values() if held.keys() == wanted]
