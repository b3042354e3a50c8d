"""What tables/scores.csv is of, for verdicts.py: no line more or less than the records have, the groups of languages, the runs in the bundle."""

import json
from collections import Counter, defaultdict

PLACE = ("encoder", "subset", "control", "seed", "task", "set", "language")
LEVELS = {0: "LRL", 1: "LRL", 2: "LRL", 3: "MRL", 4: "MRL", 5: "HRL"}  # by the classes of Joshi et al. 2020


def check(program):
    """`program` is verify.py, which counts what agrees."""
    study, about = (json.loads((program.HERE / name).read_text("utf-8")) for name in ("study.json", "bundle.json"))
    lines = list(program.rows("tables/scores.csv"))
    places(program, study["records"], lines)
    runs(program, study["records"], about["missing"])
    groups(program, study["encoders"], lines)
    models(program, study)
    program.check("study", "bundle.json, study", about["study"], {name: one for name, one in study.items() if name != "records"})


def place(record):
    """(encoder, subset, control, seed, task) of an evaluation; the label of seeds that differ has all four."""
    cell = record["cell"]
    seeds = [str(cell["seeds"][name]) for name in ("subset", "order", "head", "dropout")]
    return (
        cell["encoder"],
        cell["subset"],
        cell["control"],
        ".".join(seeds if len({*seeds}) > 1 else seeds[:1]),
        record["task"] or "retrieval",
    )


def places(program, records, lines):
    """A line each of what the records have scores of, and no other; columns in the order in which verify.py reads them."""
    columns = program.rows("tables/scores.csv").fieldnames
    program.check("tables, columns", "tables/scores.csv, columns", columns, [*PLACE, "group", "score", "n"])
    given = Counter(tuple(line[one] for one in PLACE) for line in lines)
    told = Counter((*place(record), one["set"], one["language"]) for record in records for one in record["scores"])
    for one in sorted({*given, *told}):
        program.check("tables, lines", f"tables/scores.csv, lines of {' '.join(filter(None, one))}", given[one], told[one])


def runs(program, records, missing):
    """The predictions of every evaluation lie in the bundle, or bundle.json says why they do not (path -> why); never both."""
    found = {path.relative_to(program.HERE).as_posix() for path in (program.HERE / "predictions").rglob("*") if path.is_file()}
    told = set()
    for record in records:
        if record["verb"] == "evaluate":
            encoder, subset, control, seed, task = place(record)
            told.add(f"predictions/{encoder}/{'.'.join(filter(None, (subset, control)))}/{task}/s{seed}.csv.gz")
    for path in sorted({*found, *told, *missing}):
        given = [path in told, path in found, path in missing]
        wanted = [True, path in found, path not in found]
        names = ("of a run", "in the bundle", "said to be missing")
        given, wanted = (", ".join(name for name, one in zip(names, each) if one) for each in (given, wanted))
        program.check("predictions, files", path, given, wanted)


def groups(program, encoders, lines):
    """Group of each encoder and language: of tables/scores.csv as data/groups.csv has it, which follows from data/languages.csv."""
    known, told = {line["code"]: line for line in program.rows("data/languages.csv")}, defaultdict(set)
    for number, line in enumerate(program.rows("data/groups.csv"), 2):
        where, one = f"data/groups.csv, line {number}", known.get(line["language"], {})
        for column, again in (
            ("joshi", one.get("joshi")),
            ("pool", one.get("pool")),
            ("group", one and group(one, line["seen"])),
        ):
            program.check("groups", f"{where}, {column}", line[column], again)
        by = encoders[line["encoder"]]["seen"]
        if isinstance(by, str):
            again = pivot(one) if by == "english" else by in one.get("seen", "").split()
            program.check("groups", f"{where}, seen", line["seen"], "yes" if again else "no")
        else:  # a list of codes, which may spell a language in another way
            program.left[f"{where}, seen"] = "languages that a list says an encoder has seen"
        told[line["encoder"], line["language"]].add(line["group"])
    for encoder, code, given in sorted({(line["encoder"], line["language"], line["group"]) for line in lines}):
        program.check("groups", f"tables/scores.csv, group of {code}, {encoder}", given, " or ".join(sorted(told[encoder, code])))


def models(program, study):
    """models.csv has the files of models that the records and the base encoders have, with their hashes."""
    given = Counter(tuple(line[one] for one in ("run", "key", "model", "file", "sha256")) for line in program.rows("models.csv"))
    bases = [*study["encoders"].items(), *([("ceiling", study["ceiling"])] if "ceiling" in study else [])]
    told = Counter(("base encoder", "", label, one["name"], one["sha256"]) for label, one in bases)
    for one in study["records"]:
        told.update((one["name"], one["key"], one["model"], name, value) for name, value in one["files"].items())
    for one in sorted({*given, *told}):
        program.check("models", f"models.csv, lines of {' '.join(filter(None, one))}", given[one], told[one])


def pivot(language):
    return "eng" in (language.get("code"), language.get("shadow_of"))


def group(language, seen):
    """English apart; out of distribution what was neither in the pool nor seen; else the level, the low one parted by what was seen."""
    if pivot(language):
        return "English"
    if language["pool"] != "yes" and seen != "yes":
        return "OOD"
    level = LEVELS.get(int(language["joshi"]), "Unknown class")
    return level if level != "LRL" else f"LRL {'seen' if seen == 'yes' else 'unseen'}"
