"""Rows of the tables with the same languages: one run printed under two names, and runs made anew."""

from collections import defaultdict
from itertools import combinations

from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import counted, listed, rounded, row, subset
from realignment.paper.paper import Paper
from realignment.paper.printed import POOLED, TASKS
from realignment.paper.runs import name
from realignment.results import scores
from realignment.results.headings import ENCODERS

Stored = dict[
    tuple[str, str, str, str], dict[tuple[str, str, str], str]
]  # run -> (set, language, metric) -> score as it is stored


def same(paper: Paper) -> list[list[str]]:
    """Names of the printed rows that Table 6 gives the same languages, as printed.tsv calls them."""
    names: dict[frozenset, list[str]] = defaultdict(list)
    for one in paper.lists.values():
        names[frozenset(one.used)].append(one.name.removesuffix(f"_{POOLED}") if "__" in one.name else one.name)
    return [found for found in names.values() if len(found) > 1]


def twins(paper: Paper) -> list[tuple[str, str, str]]:
    """(encoder, one row, another) whose every printed mean and deviation is the same."""
    found = []
    for names in same(paper):
        for model in ENCODERS:
            held = {one: tuple(paper.source(model, one, task).shown for task in TASKS) for one in names}
            found += [(model, one, other) for one, other in combinations(names, 2) if held[one] == held[other]]
    return found


def _stored(paper: Paper, wanted: set[tuple[str, str]]) -> Stored:
    """Of the rows (encoder, subset) that are wanted."""
    held: Stored = defaultdict(dict)
    for one in (one for where, found in paper.stored.items() if (where.encoder, where.subset) in wanted for one in found):
        held[name(one)][one["evalset"], one["language"], one["metric"]] = one["score"]
    return held


def _full(one: str) -> str:
    return f"{one}_{POOLED}" if "__" in one else one


@check("printed-twice", "Tables 9 and 11", "wording")
def printed_twice(paper: Paper) -> Result:
    """Rows that are one run under two names, in print and in the stored files; how far rows of the same languages that were run anew lie apart."""
    found = twins(paper)
    held = _stored(paper, {(model, _full(one)) for model, *names in found for one in names})
    equal, lacking = [], []
    for model, one, other in found:
        runs = {run: values for run, values in held.items() if run[:2] == (model, _full(one))}
        mates = {run: held.get((model, _full(other), *run[2:])) for run in runs}
        equal += [f"{ENCODERS[model]} {run[3].upper()} of seed {run[2]}" for run, mate in mates.items() if mate == runs[run]]
        for which in (one, other):
            whole = [
                task
                for task in TASKS
                if paper.cell(model, _full(which), scores.AVERAGED, (task,)).n == len(paper.claims["random-seeds"].numbers)
            ]
            lacking += [f"{row(model, which)} {task.upper()}" for task in TASKS if task not in whole]
    noise: dict[str, float] = defaultdict(float)
    for names in same(paper):
        for model in ENCODERS:
            for task in TASKS:
                means = [paper.source(model, one, task).mean for one in names]
                noise[task] = max(noise[task], max(means) - min(means))
    return Result(
        bool(found),
        f"Tables 8 to 11 have rows of the same languages under several names: {'; '.join(listed(map(subset, names)) for names in same(paper)) or 'none'}.",
        f"{counted(len(found), 'pair')} of such rows {'repeats' if len(found) == 1 else 'repeat'} every mean and deviation: "
        f"{listed(f'{row(model, one)} and {subset(other)}' for model, one, other in found)}. It is one run printed under two names, which is not said: for {len(lacking)} of their cells "
        f"no whole set of seeds is stored, and where both have a file, scores of {len(equal)} runs are the same to the last digit.",
        {"pairs": [f"{ENCODERS[model]}: {one} = {other}" for model, one, other in found], "runs stored twice": equal, "cells without a whole set of seeds": lacking,
         **{f"largest difference of rows run anew, {task.upper()}": gap for task, gap in rounded(dict(noise)).items()}},
        f"The sets are the same, so that one run answers for both. Where the same languages were run anew, rows lie up to {listed(f'{gap:.2f} {task.upper()}' for task, gap in noise.items())} "
        "apart, which is what running again does.",
    )  # fmt: skip
