"""What the averages of Tables 8 and 10 hold: recomputed from the authors' scores, language by language."""

import statistics
from collections import defaultdict
from itertools import pairwise

from realignment.languages import table as languages
from realignment.paper import explained
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import listed, subset
from realignment.paper.paper import Paper
from realignment.paper.printed import MAIN, POOLS, TABLES, TASKS
from realignment.paper.runs import LABELS
from realignment.results import scores
from realignment.results.headings import ENCODERS
from realignment.results.scores import Row

MACROLANGUAGES = {"que": "Quechua"}  # WikiANN's, which is in no table


@check("cells-recomputed", "Tables 8 to 11", "number")
def cells_recomputed(paper: Paper) -> Result:
    """Printed means and deviations against the authors' scores, averages of seeds (averages.tsv) and rows that are one run (printed-twice)."""
    tables = (*MAIN.values(), *POOLS.values())
    cells = [one for number in sorted(tables, key=int) for one in explained.table(paper, number)]
    lost = {one.reason: [] for one in cells if not one.agrees}
    for one in cells:
        if not one.agrees:
            lost[one.reason].append(f"{ENCODERS[one.printed.model]} {one.printed.subset} {one.printed.task}")
    shared = lost.pop(explained.TWIN, [])
    off = [name for names in lost.values() for name in names]
    out = len(cells) - len(off) - len(shared)
    filled = [f"{ENCODERS[model]} {subset(name)} {task.upper()}" for model, name, task in paper.averages]
    return Result(
        bool(off),
        f"Tables 8 to 11 print {len(cells)} means with their deviations.",
        f"By the paper's rule {out - len(filled)} of {len(cells)} cells come out of the authors' scores to 0.01, mean and deviation, and {len(filled)} out of the stored averages of its seeds; {len(shared)} more are those of "
        f"another row with the same languages (printed-twice), and {len(off)} do not come out.",
        {
            "cells": len(cells),
            "come out of the scores to 0.01": out - len(filled),
            "come out of averages of seeds": filled,
            "those of another row": shared,
            "do not come out": off,
        },
    )


@check("english-counts", "Tables 8 and 10", "number")
def english_counts(paper: Paper) -> Result:
    """English is the language of training: how much higher the averages are with it."""
    gaps: dict[str, list[float]] = defaultdict(list)
    agree = {"with English": 0, "without": 0}
    for model, table in MAIN.items():
        for name in paper.subsets(model):
            for task in TASKS:
                means = [paper.cell(model, name, groups, [task]).mean for groups in (scores.AVERAGED, scores.WITHOUT_ENGLISH)]
                if means[0] is not None and means[1] is not None:
                    gaps[task].append(means[0] - means[1])
                    for way, mean in zip(agree, means, strict=True):
                        cell = paper.cells[table, name, task]
                        agree[way] += abs(mean - cell.mean) < cell.tolerance
    lower = [f"{statistics.fmean(found):.2f} ({task.upper()})" for task, found in gaps.items()]
    english = languages.paper()["eng"].name
    sizes = any(row["language"].startswith(english) for row in paper.rows("table7.tsv") if "training" not in row["language"])
    return Result(
        agree["with English"] > agree["without"],
        paper.quote("other-languages"),
        "The averages of Tables 8 and 10 include English, the language of fine-tuning; without it they are lower, on average over the rows, "
        f"by {listed(lower)} points.",
        {f"printed cells that come out {way}": count for way, count in agree.items()},
        f"{'Table 7 lists English among the test sets, and every' if sizes else 'Every'} row is raised in the same way.",
    )


@check("french-of-afrixnli", "Section 3.2", "number")
def french_of_afrixnli(paper: Paper) -> Result:
    """Printed NLI cells come out with the French of AfriXNLI, not with that of XNLI."""
    stored: dict[tuple, float] = {}
    for row in paper.raw:
        if row["task"] == "nli" and row["language"] == "fra":
            stored[LABELS[row["model"]], row["subset"], row["seed"], row["evalset"]] = float(row["score"])
    agree = {"afrixnli": 0, "xnli": 0}
    for model, table in MAIN.items():
        names = paper.runs.items(model, ["nli"], scores.AVERAGED)["nli"]
        for name in paper.subsets(model):
            for evalset in agree:
                means = []
                for seed, held in paper.runs.rows[Row(model, name)].items():
                    values = [
                        stored.get((model, name, seed, evalset), 0) if code == "fra" else held["nli", code] for code in names
                    ]
                    means.append(100 * statistics.fmean(values))
                cell = paper.cells[table, name, "nli"]
                agree[evalset] += abs(statistics.fmean(means) - cell.mean) < cell.tolerance
    return Result(
        agree["afrixnli"] > agree["xnli"],
        paper.quote("african-languages"),
        f"The French of AfriXNLI counts in place of XNLI's: with it {agree['afrixnli']} printed NLI cells come out, with XNLI's {agree['xnli']}.",
        {f"printed NLI cells that come out with the French of {name}": count for name, count in agree.items()},
    )


@check("never-realigned", "Section 3.2", "wording")
def never_realigned(paper: Paper) -> Result:
    """Languages that the averages include and the pool does not (English apart)."""
    names = {code: one.name for code, one in languages.paper().items()} | MACROLANGUAGES
    items = paper.runs.items("xlmr", TASKS, scores.WITHOUT_ENGLISH)
    outside = [(code, task) for task, codes in items.items() for code in codes if code not in paper.pool]
    shown = [f"{names[code]} ({task.upper()})" for code, task in outside]
    return Result(
        bool(outside),
        paper.quote("in-distribution"),
        f"The averages include {listed(shown)}, which no subset realigns on."
        if outside
        else "Every language of the averages is in the pool.",
        {"languages": [f"{code} ({task.upper()})" for code, task in outside]},
        "The sentence says “mostly”." if outside and "mostly" in paper.claims["in-distribution"].quote else "",
    )


@check("thai-ner", "Tables 8 to 11, NER", "number")
def thai_ner(paper: Paper) -> Result:
    """The language of the NER average with the lowest scores, over every run of both encoders: a property of its data."""
    found: dict[str, list[float]] = defaultdict(list)
    for held in (held for seeds in paper.runs.rows.values() for held in seeds.values()):
        for (task, code), value in held.items():
            if task == "ner":
                found[code].append(100 * value)
    highest = {code: max(values) for code, values in found.items()}
    low = min(highest, key=highest.__getitem__)
    return Result(
        False,
        "Tables 8 to 11 average NER over languages.",
        f"NER in {languages.paper()[low].name} is never above {highest[low]:.1f} F1 in any of {len(found[low])} runs, with or without realignment, so probably a property of the "
        "data; every average carries it alike.",
        {"mean": round(statistics.fmean(found[low]), 2), "highest": round(highest[low], 2)},
    )


@check("random-draws", "Tables 8 and 10, random rows", "number")
def random_draws(paper: Paper) -> Result:
    """Each seed has its own draw, and its draws of the four sizes contain one another."""
    drawn: dict[str, dict[int, set[str]]] = defaultdict(dict)  # seed -> size -> languages
    for (_, name, seed, _), codes in paper.subset_languages.items():
        if name.startswith("random_"):
            drawn[seed][int(name.removeprefix("random_"))] = set(codes.split())
    sizes = sorted(set.union(*(set(held) for held in drawn.values())))
    nested = [seed for seed, held in drawn.items() if all(held[a] < held[b] for a, b in pairwise(sizes))]
    different = {n: len({frozenset(held[n]) for held in drawn.values()}) for n in sizes}
    stds: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for (table, name, task), cell in paper.cells.items():
        if table in TABLES:
            stds[task, name.startswith("random_")].append(cell.std or 0.0)
    ratios = {task.upper(): statistics.median(stds[task, True]) / statistics.median(stds[task, False]) for task in TASKS}
    seeds = {f"{seed:g}" for seed in paper.claims["random-seeds"].numbers}
    return Result(
        set(drawn) != seeds or min(different.values()) < len(seeds),
        paper.quote("random-seeds"),
        f"Each of the {len(seeds)} seeds draws languages of its own. The ± of random rows includes draws and training at once ({listed(f'{ratio:.1f} times that of other rows in {task}' for task, ratio in ratios.items())}). "
        f"The draws of {len(nested)} of {len(drawn)} seeds are nested, the smaller within the larger, so that sizes are not independent.",
        {
            **{f"different draws of {n} languages": count for n, count in different.items()},
            "seeds with nested draws": nested,
            **{f"median {task} deviation, random over others": round(ratio, 2) for task, ratio in ratios.items()},
        },
    )
