"""What the averages of Tables 8 and 10 hold: recomputed from the authors' scores, language by language."""

import statistics
from collections import defaultdict

from realignment import published, scores
from realignment.audit import Result, check
from realignment.audit.paper import MAIN, Paper
from realignment.scores import Row


@check("cells-recomputed", "Tables 8 and 10", "number", "realignment published show --table 8")
def cells_recomputed(paper: Paper) -> Result:
    """Cells that do not come out of the stored scores; what the printed mBERT baseline takes the African languages to be."""
    cells = [cell for table in published.TABLES for cell in published.table(paper.root, table, paper.runs)]
    missing = [cell for cell in cells if not cell.agrees]
    evidence: dict[str, object] = {"cells": len(cells), "come out to 0.01": len(cells) - len(missing)}
    evidence |= {f"Table {one.printed.table} {one.printed.subset} {one.printed.task}": one.reason for one in missing}
    if any((one.printed.subset, one.printed.task) == ("none", "pos") for one in missing):
        evidence["African POS that the printed 62.20 implies".replace("62.20", f"{paper.cells['8', 'none', 'pos'].mean:.2f}")] = (
            round(implied(paper), 1)
        )
        african = [("pos", code) for code in lacking(paper)]
        evidence["the same in XLM-R's baseline"] = round(_mean(paper, Row("xlmr", "none"), african), 1)
    return Result(
        bool(missing),
        f"{len(cells)} cells",
        f"{len(cells) - len(missing)} of {len(cells)} come out of the stored scores; {len(missing)} cannot be recomputed",
        evidence,
    )


def lacking(paper: Paper) -> list[str]:
    """Languages of the POS average that the stored mBERT baseline has no score of."""
    (held, *_) = paper.runs.rows[Row("mbert", "none")].values()
    return [code for code in paper.runs.items("mbert", ["pos"], scores.AVERAGED)["pos"] if ("pos", code) not in held]


def implied(paper: Paper) -> float:
    """Mean POS score of those languages, points, if the printed baseline of mBERT is right."""
    names, absent = paper.runs.items("mbert", ["pos"], scores.AVERAGED)["pos"], lacking(paper)
    known = _mean(paper, Row("mbert", "none"), [("pos", code) for code in names if code not in absent])
    return (paper.cells["8", "none", "pos"].mean * len(names) - known * (len(names) - len(absent))) / len(absent)


def _mean(paper: Paper, row: Row, items: list[tuple[str, str]]) -> float:
    return 100 * statistics.fmean(held[item] for held in paper.runs.rows[row].values() for item in items)


@check("english-counts", "Tables 8 and 10", "number", "realignment published show --table 10")
def english_counts(paper: Paper) -> Result:
    """English is the language of training: how much higher the averages are with it."""
    gaps: dict[str, list[float]] = defaultdict(list)
    agree = {"with English": 0, "without": 0}
    for model, table in MAIN.items():
        for subset in paper.subsets(model):
            for task in published.TASKS:
                means = [paper.cell(model, subset, groups, [task]).mean for groups in (scores.AVERAGED, scores.WITHOUT_ENGLISH)]
                if means[0] is not None and means[1] is not None:
                    gaps[task].append(means[0] - means[1])
                    for way, mean in zip(agree, means, strict=True):
                        cell = paper.cells[table, subset, task]
                        agree[way] += abs(mean - cell.mean) < cell.tolerance
    return Result(
        agree["with English"] > agree["without"],
        paper.quote("other-languages"),
        f"the averages hold English itself: without it they are lower by {', '.join(f'{statistics.fmean(found):.2f} {task.upper()}' for task, found in gaps.items())}",
        {f"printed cells that come out {way}": count for way, count in agree.items()},
    )


@check("french-of-afrixnli", "Section 3.2", "number")
def french_of_afrixnli(paper: Paper) -> Result:
    """Printed NLI cells come out with the French of AfriXNLI, not with that of XNLI."""
    stored: dict[tuple, float] = {}
    for row in published.raw(paper.root):
        if row["task"] == "nli" and row["language"] == "fra":
            stored[published.LABELS[row["model"]], row["subset"], row["seed"], row["evalset"]] = float(row["score"])
    agree = {"afrixnli": 0, "xnli": 0}
    for model, table in MAIN.items():
        names = paper.runs.items(model, ["nli"], scores.AVERAGED)["nli"]
        for subset in paper.subsets(model):
            for evalset in agree:
                means = []
                for seed, held in paper.runs.rows[Row(model, subset)].items():
                    values = [
                        stored.get((model, subset, seed, evalset), 0) if code == "fra" else held["nli", code] for code in names
                    ]
                    means.append(100 * statistics.fmean(values))
                cell = paper.cells[table, subset, "nli"]
                agree[evalset] += abs(statistics.fmean(means) - cell.mean) < cell.tolerance
    return Result(
        agree["afrixnli"] > agree["xnli"],
        paper.quote("african-languages"),
        "the French of AfriXNLI counts in place of XNLI's",
        {f"printed NLI cells that come out with the French of {name}": count for name, count in agree.items()},
    )


@check("never-realigned", "Section 3.2", "wording")
def never_realigned(paper: Paper) -> Result:
    """Languages that the averages hold and the pool does not (English apart)."""
    items = paper.runs.items("xlmr", published.TASKS, scores.WITHOUT_ENGLISH)
    outside = [f"{code} ({task.upper()})" for task, names in items.items() for code in names if code not in paper.pool]
    return Result(
        bool(outside),
        paper.quote("in-distribution"),
        f"the averages hold {', '.join(outside)}, never realigned",
        {"languages": outside},
    )


@check("thai-ner", "Tables 8 to 11, NER", "number")
def thai_ner(paper: Paper) -> Result:
    """The language of the NER average with the lowest scores, over every run of both encoders."""
    found: dict[str, list[float]] = defaultdict(list)
    for held in (held for seeds in paper.runs.rows.values() for held in seeds.values()):
        for (task, code), value in held.items():
            if task == "ner":
                found[code].append(100 * value)
    highest = {code: max(values) for code, values in found.items()}
    low = min(highest, key=highest.__getitem__)
    return Result(
        highest[low] < 10,
        paper.quote("caption-8", "caption-10"),
        f"`{low}` NER is never above {highest[low]:.1f} F1 in {len(found[low])} runs and counts in every average",
        {"mean": round(statistics.fmean(found[low]), 2), "highest": round(highest[low], 2)},
    )


@check("random-draws", "Tables 8 and 10, random rows", "wording")
def random_draws(paper: Paper) -> Result:
    """Each seed has its own draw: the printed deviation of a random row is that of draws and of training together."""
    drawn: dict[str, set[str]] = defaultdict(set)
    for (_, subset, _, _), codes in published.subset_languages(paper.root).items():
        if subset.startswith("random_"):
            drawn[subset].add(" ".join(sorted(codes.split())))
    stds: dict[bool, list[float]] = defaultdict(list)
    for (table, subset, task), cell in paper.cells.items():
        if table in published.TABLES and task == "nli":
            stds[subset in drawn].append(cell.std or 0.0)
    ratio = statistics.median(stds[True]) / statistics.median(stds[False])
    return Result(
        min(map(len, drawn.values()), default=0) > 1,
        paper.quote("random-seeds"),
        f"each seed draws other languages, so ± holds two sources that cannot be parted: the NLI deviation is {ratio:.1f} times that of other rows",
        {
            **{f"draws of {subset}": len(found) for subset, found in drawn.items()},
            "median NLI std, random over others": round(ratio, 2),
        },
    )
