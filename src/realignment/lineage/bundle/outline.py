"""Which tables, columns and lines a study of these scores has, and what they call rows and languages, for verdicts.py.

What is taken out of a table cannot be recomputed from it, and a number under another name is another number. Of tables in the paper's layout
nothing is said here: which there are depends on the paper.
"""

GROUPS = ("HRL", "MRL", "LRL seen", "LRL unseen", "Unknown class", "Out of distribution", "English")
CALLED = {"OOD": "Out of distribution", "": "Outside the groups"}  # as a section of languages
ENCODERS = {"mbert": "mBERT", "xlmr": "XLM-R"}
OTHER = "Other subsets"
KNOWN = {
    "all": ("Baselines", "All languages"),
    "xtreme_r": ("Baselines", "Present in XTREME-R"),
    "african": ("Baselines", "Present in Africa"),
    "none": ("Baselines", "Fine-tuning only"),
    "uriel_diverse": ("Featural diversity", "Most diverse from English"),
    "uriel_similar": ("Featural diversity", "Least diverse from English"),
    "family_diverse": ("Phylogenetic diversity", "Most diverse families"),
    "family_indoeuropean": ("Phylogenetic diversity", "Most diverse families within Indo-European"),
    "script_diverse": ("Script diversity", "Most diverse scripts"),
    "latin_diverse": ("Script diversity", "Most diverse using Latin script"),
    "latin_similar": ("Script diversity", "Least diverse using Latin script"),
    "random": ("Random selection", "Random, seeded"),
}
CONTROLS = {
    "equal_pairs": ("Realigned otherwise", "equal pairs per language"),
    "words": ("Realigned otherwise", "on words"),
    "shuffled": ("Controls", "shuffled pairs"),
    "self": ("Controls", "English with itself"),
}
JUDGED = ("against", "subset", "column", "n", "n against", "difference", "error", "degrees of freedom")
HEADS = {  # kind of table -> all its columns, or those before its numbers
    "verdicts": (*JUDGED, "p", "p Dunnett", "p Holm", "p BH", "detectable", "verdict"),
    "random": (*JUDGED, "p", "p Dunnett", "p Holm", "p BH", "detectable", "verdict"),
    "otherwise": (*JUDGED, "p", "p Dunnett", "p Holm", "p BH", "detectable", "verdict"),
    "detectable": (
        *("column", "n", "rows", "sd", "p even variances"),
        *(f"{which}, {when}" for when in ("now", "n = 10") for which in ("alone", "in the table")),
    ),
    "model-leads": (
        *("column", "question", "sizes", "difference", "low", "high", "error", "degrees of freedom", "p"),
        *(f"{what} by seed" for what in ("difference", "low", "high", "p")),
    ),
    "model-variances": ("column", "sd of languages", "sd of seeds", "sd of the residual", "rows", "runs", "chains"),
    "model-settling": (
        *("column", "half-width now", "twice the chains", "twice the seeds"),
        *(f"runs for ±{width:g}, more {what}" for width in (1.0, 0.5, 0.25) for what in ("chains", "seeds")),
    ),
    "draws": ("subset", "column", "draws", "runs", "sd of total", "sd of draw", "sd of training seed", "how"),
    "standings": ("subset", "column", "random", "draws", "above", "percentile"),
    "correlation": ("subset", "column", "n", "spearman", "lowest", "highest", "seeds"),
    "paired": ("subset", "column", "language", "retrieval gain", "task gain"),
    "best": (
        *("encoder", "average over", "S*", "score", "n", "a seed apart", "next", "lead"),
        *("gain over fine-tuning only", "candidates", "not complete"),
    ),
    "languages": ("Section", "Code", "Language"),
    "gradients": ("encoder", "task", "subset", "group", "cosine", "std", "n", "cosine of single batches", "error over batches"),
}
ROWS = ("Section", "Subset", "Name", "Languages")  # before the numbers of the other tables
FLOORS = {
    "aligned": ("Ceiling", "Aligned already, fine-tuned only"),
    "untrained": ("Floors", "Untrained encoder"),
    "hypothesis": ("Floors", "Hypothesis only"),
    "majority": ("Floors", "Majority label"),
}


def check(tables):
    """Every table, column and line that there must be, and the names in them; what is missing is named."""
    best = []
    for encoder in sorted({one for (one, _), *_ in tables.scores}):
        columns, keys = tables_of(tables, encoder), lines_of(tables, encoder)
        for name in sorted({*columns, *keys}):
            if there(tables, f"{encoder}-{name}.csv"):
                titles(tables, f"{encoder}-{name}.csv", name, columns.get(name, tables.model.titles(tables, encoder, name)))
                lines(tables, f"{encoder}-{name}.csv", *keys.get(name, ((), None)))
        for name in columns:
            names(tables, f"{encoder}-{name}.csv", name)
        for name in (one for one in columns if one.startswith("languages-")):
            languages(tables, encoder, name.partition("-")[2])
        best += [(ENCODERS.get(encoder, encoder), title) for title in levels(tables, encoder, "levels", "")]
    gradients(tables)
    if there(tables, "best.csv"):
        if best:  # else the file is empty
            titles(tables, "best.csv", "best", ())
        lines(tables, "best.csv", ("encoder", "average over"), best)


def gradients(tables):
    """A line each of what the records compare."""
    wanted = tables.cosines.expected(tables.program)
    if tables.cosines.held(tables.program) and there(tables, "gradients.csv"):
        titles(tables, "gradients.csv", "gradients", ())
        lines(tables, "gradients.csv", tables.cosines.COLUMNS, wanted)


def there(tables, name):
    found = (tables.program.HERE / "tables" / name).is_file()
    tables.program.check("tables, files", f"tables/{name}", "there" if found else "missing", "there")
    return found


def titles(tables, name, kind, expected):
    """The columns of a table are those before its numbers and the `expected`, and no other: nobody would look at one more."""
    given = {one.lstrip("'").replace(" †", "") for one in tables.program.rows(f"tables/{name}").fieldnames or ()}
    wanted = {*(HEADS.get(kind) or HEADS.get(kind.partition("-")[0], ROWS)), *expected}
    for one in sorted(given | wanted):
        there, due = ("there" if one in each else "missing" for each in (given, wanted))
        tables.program.check("tables, columns", f"tables/{name}, column {one}", there, due)


def lines(tables, name, columns, expected):
    """A line each of what is expected, by the columns that name it; None: rows.py says which there must be."""
    if expected is not None:
        given = [tuple(line[one].replace(" †", "") for one in columns) for line in tables.lines(name)]
        tables.names.whole(tables, name, given, expected)


def levels(tables, encoder, kind, task):
    """The groups that have a language, then the averages."""
    found = [title for title in (*GROUPS, "Average") if tables.items(encoder, title, kind, task)]
    return [*found, *(["Average without English"] if "English" in found and without(tables, encoder, kind, task) else [])]


def without(tables, encoder, kind, task):
    return tables.items(encoder, "Average without English", kind, task)


def tables_of(tables, encoder):
    """Kind of table -> the columns of its numbers."""
    mine = [(task, name, group) for (one, _), _, task, name, _, group, _ in tables.scores if one == encoder]
    tasks, found = {task for task, *_ in mine}, {}
    if tasks - {"retrieval"}:
        found["levels"] = found["gains"] = levels(tables, encoder, "levels", "")
        pairs = [
            (title, tables.items(encoder, title, "tasks", ""))
            for one in tables.program.TASKS
            for title in (one, f"{one} without English")
        ]
        found["tasks"] = [title for title, items in pairs if items]
    if "retrieval" in tasks:
        found["retrieval"] = found["gains-retrieval"] = levels(tables, encoder, "retrieval", "")
    for task in tasks - {"retrieval"}:
        found[f"levels-{task}"] = levels(tables, encoder, "levels", task)
        found |= {f"exact-{task}": found[f"levels-{task}"]} if task in tables.program.BESIDE else {}
        held = {name: {group for one, each, group in mine if (one, each) == (task, name)} for _, name, _ in mine}
        wanted = {title: tables.program.GROUPS.get(title, {title}) for title in (*GROUPS, "all")}
        found[f"sets-{task}"] = [
            f"{name} {title}" for name, groups in held.items() for title, one in wanted.items() if groups & one
        ]
    for task in tasks:
        found[f"languages-{task}"] = sorted(tables.names.of(tables, encoder, {task}))
    return {
        kind: [f"{title} {part}" for title in held for part in ("mean", "error" if kind.startswith("gains") else "std", "n")]
        for kind, held in found.items()
    }


def lines_of(tables, encoder):
    """Kind of table -> (columns that name a line, what they say in each line); None: rows.py says what they say."""
    found, families = {}, tables.names.titled(tables, encoder)
    for kind, columns in families.items():
        parts = ("verdicts", "otherwise", "random") if kind in ("levels", "tasks") else ("verdicts", "otherwise")
        for part in parts if kind != "english" else ("verdicts",):
            if tables.names.pairs(tables, encoder, part, columns):
                found[f"{part}-{kind}"] = (), None
        if kind in ("levels", "tasks") and columns:
            found[f"detectable-{kind}"] = ("column",), [(title,) for title in columns]
    columns = {title: tables.items(encoder, title, "verdicts", "") for title in tables.program.TASKS}
    columns = {title: items for title, items in columns.items() if items}
    rows = tables.names.of(tables, encoder, {task for items in columns.values() for task in items})
    draws = [(row, title) for row in rows if tables.names.drawn(row) and " " not in row for title in columns]
    pairs = [(row, tables.names.same_size(tables, row)) for row in rows - {*FLOORS}]
    held = [(row, title) for row, base in pairs if base for title, items in columns.items()
            if tables.units(encoder, row, items) and tables.units(encoder, base, items)]  # fmt: skip
    found.update({"draws": (("subset", "column"), draws)} if draws else {}, **tables.pairs.lines(tables, encoder))
    found.update(tables.model.lines(tables, encoder, place))
    return {**found, "standings": (("subset", "column"), held)} if held else found


def names(tables, name, kind):
    """Section and title of each row."""
    for number, line in enumerate(tables.lines(name) if not kind.startswith("languages-") else (), 2):
        section, title = place(line["Name"])
        title = "Before realignment" if (kind, line["Name"]) == ("retrieval", "none") else title
        tables.hold("Section", name, (number, "Section"), line["Section"].lstrip("'"), section)
        tables.hold("Subset", name, (number, "Subset"), line["Subset"].lstrip("'"), title)


def place(row):
    """(section, title) of a row by its name."""
    if row in FLOORS:
        return FLOORS[row]
    subset, _, control = row.partition(" ")
    pool, _, rest = subset.rpartition("__")
    stem, _, size = rest.rpartition("_")
    section, title = KNOWN.get(stem if stem and size.isdigit() else rest, (OTHER, subset))
    if pool:
        section, title = OTHER, f"{title}, of the pool {pool}"
    return (CONTROLS[control][0], f"{title}: {CONTROLS[control][1]}") if control else (section, title)


def languages(tables, encoder, task):
    """A line each of the languages with a score, or one that their gold leaves undefined, under their group and by their name."""
    name, known = (
        f"{encoder}-languages-{task}.csv",
        {line["code"]: line["name"] for line in tables.program.rows("data/languages.csv")},
    )
    scores = [line for line in tables.program.rows("tables/scores.csv") if (line["encoder"], line["task"]) == (encoder, task)]
    groups = {line["language"]: line["group"] for line in scores}
    if tables.lines(name):
        lines(tables, name, ("Code",), [(code,) for code in groups])
    for number, line in enumerate(tables.lines(name), 2):
        group = groups.get(line["Code"], "none")
        tables.hold("Section", name, (number, "Section"), line["Section"].lstrip("'"), CALLED.get(group, group))
        tables.hold("Language", name, (number, "Language"), line["Language"].lstrip("'"), known.get(line["Code"], line["Code"]))
