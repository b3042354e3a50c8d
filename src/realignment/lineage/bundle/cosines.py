"""The cosines of gradients in tables/gradients.csv, for verdicts.py: over the runs of study.json, which holds one of each run and group.

Those of the runs need the weights: they are counted as not recomputed.
"""

import json
import math
from statistics import fmean

COLUMNS = ("encoder", "task", "subset", "group")


def held(program):
    """(encoder, task, subset) -> the gradients of its records."""
    path, found = program.HERE / "study.json", {}
    for one in json.loads(path.read_text("utf-8"))["records"] if path.is_file() else []:
        if one.get("gradients"):
            row = one["cell"]["encoder"], one["task"], " ".join(filter(None, (one["cell"]["subset"], one["cell"]["control"])))
            found.setdefault(row, []).append((one["name"], one["gradients"]))
    return found


def expected(program):
    """(encoder, task, subset, group) -> what each run says of the group; a group that a loss does not reach in some run is left out."""
    found = {}
    for row, runs in held(program).items():
        for group in runs[0][1]:
            told = [one.get(group, {}) for _, one in runs]
            if all(one.get(what) is not None for one in told for what in ("cosine", "mean")):
                found[(*row, group)] = told
    return found


def check(tables, name):
    """Means over runs, their spread and number."""
    program, known = tables.program, expected(tables.program)
    for number, line in enumerate(tables.lines(name), 2):
        told = known.get(tuple(line[one] for one in COLUMNS), [])
        for column, again in row(told).items():
            tables.hold(f"gradients: {column}", name, (number, column), line[column], again)
    for runs in held(program).values():
        for run, groups in runs:
            program.left.update({f"study.json, {run}, {group}": "cosines of gradients of a run" for group in groups})


def row(told):
    """The numbers of a line by the cosines of its runs; none without a run."""
    cosines, errors = [one["cosine"] for one in told], [one.get("error") for one in told]
    mean = math.fsum(cosines) / len(cosines) if told else None
    std = math.sqrt(math.fsum((one - mean) ** 2 for one in cosines) / (len(told) - 1)) if len(told) > 1 else None
    within = math.sqrt(fmean(one**2 for one in errors)) if told and None not in errors else None
    batches = fmean(one["mean"] for one in told) if told else None
    return {"cosine": mean, "std": std, "n": len(told), "cosine of single batches": batches, "error over batches": within}
