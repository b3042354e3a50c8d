"""The tags of the African POS sets: how the authors' code reads them, and which stored files and tables that reaches."""

import statistics
from collections import defaultdict
from collections.abc import Iterable

from realignment.paper import runs
from realignment.paper.audit.registry import Result, check
from realignment.paper.audit.wording import listed, row
from realignment.paper.paper import Paper
from realignment.results import scores
from realignment.results.scores import Row

TAGS = "multilingual_eval/datasets/token_classification.py at 2351db3"  # the list of tags without `_`
MASAKHAPOS = "masakhapos"


@check("african-tags", "Tables 8 to 11, POS", "number")
def african_tags(paper: Paper) -> Result:
    """Words whose tag the authors' code reads as another, and the points that scores may lack for it: their share.

    A model that is right on every such word is scored wrong on it. Counted are the languages of `african_tags.tsv`; those of the
    average that are not are taken to be like the others.
    """
    misread, counts = paper.facts.misread, defaultdict(dict)
    for one in paper.rows("african_tags.tsv"):
        counts[one["language"]][one["tag"]] = int(one["words"])
    averaged, scored = paper.runs.items("xlmr", ["pos"], scores.AVERAGED)["pos"], _scored(paper)
    shares = {code: _share(counts[code], misread) for code in scored if code in counts}
    without = statistics.fmean(_share(counts[code], set(misread) - {"AUX"}) for code in shares)
    mean, most = statistics.fmean(shares.values()), max(shares.values())
    points = {
        "on the POS average": len(scored) * mean / len(averaged),
        "on the POS average, were the languages not counted like the highest": (
            (sum(shares.values()) + (len(scored) - len(shares)) * most) / len(averaged)
        ),
        "on the POS average, words of AUX left aside": len(scored) * without / len(averaged),
    }
    return Result(
        mean > 0,
        paper.quote("masakhapos"),
        f"The authors' code reads {listed(misread)} of MasakhaPOS as other tags ({TAGS}): {min(shares.values()):.0f} to {most:.0f} % of the words "
        f"of a language, {mean:.0f} % on average. Over the {len(scored)} African languages of the {len(averaged)} (the {len(scored) - len(shares)} without counts assumed to be like the other {len(shares)}) "
        f"the POS average may thus be too low by up to {points['on the POS average']:.1f} points, {points['on the POS average, words of AUX left aside']:.1f} if AUX is read rightly.",
        {f"{code}: % of words": round(share, 1) for code, share in shares.items()}
        | {"languages counted, in the average": (len(shares), len(scored)), "mean share, %": round(mean, 2)}
        | {"XLM-R on all 65, mean of these languages": round(_african(paper, "all_65", list(shares)), 1)}
        | {f"points {name}": round(value, 1) for name, value in points.items()},
        "All rows are scored alike, so that differences between rows suffer less; what becomes of AUX depends on the version of the code.",
        "The POS models evaluated once more with tags matched by name, where they were kept, or the runs repeated.",
    )


def _share(tags: dict[str, int], mixed: Iterable[str]) -> float:
    return 100 * sum(tags.get(tag, 0) for tag in mixed) / sum(tags.values())


def _african(paper: Paper, subset: str, codes: list[str]) -> float:
    held = paper.runs.rows[Row("xlmr", subset)].values()
    return 100 * statistics.fmean(one["pos", code] for one in held for code in codes)


@check("african-files", "Tables 8 to 11, POS", "number")
def african_files(paper: Paper) -> Result:
    """Printed POS cells against their rows' scores as stored, and against the same with African scores at zero.

    Some stored files (an earlier commit of the pools', one of mBERT's fine-tuning only) were read through another list of tags
    altogether, which puts their African scores near zero; `data/published/README.md` names them.
    """
    african, count = _african_means(paper), len(_scored(paper))
    reached, compared = [], 0
    for cell in (cell for cell in paper.cells.values() if cell.task == "pos"):
        mean = paper.cell(cell.model, cell.row.subset, scores.AVERAGED, ("pos",)).mean
        low = african.get((cell.model, cell.row.subset))
        if mean is None or low is None:
            continue
        compared += 1
        share = count / len(paper.runs.items(cell.model, ["pos"], scores.AVERAGED)["pos"])
        if abs(cell.mean - (mean - share * low)) < abs(cell.mean - mean):
            reached.append(f"Table {cell.table}: {row(cell.model, cell.subset)}")
    lowest = min(african.values(), default=0.0)
    return Result(
        bool(reached),
        paper.quote("masakhapos"),
        f"Some files that the authors stored have African scores near zero, for their tags were read through another list altogether (data/published/README.md). Of {compared} POS "
        f"cells of Tables 8 to 11 {f'those files reach {len(reached)}: {listed(reached)}' if reached else 'none rests on such a file'}; the lowest African mean of a row is {lowest:.1f}.",
        {"cells compared": compared, "cells that rest on such a file": reached, "lowest African mean of a row": round(lowest, 1)},
        "What reaches every one of them is the list that african-tags speaks of.",
    )


def _african_means(paper: Paper) -> dict[tuple[str, str], float]:
    """(encoder, subset) -> mean of its African POS scores; mBERT's fine-tuning only from its stored means."""
    held: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in paper.raw:
        if one["evalset"] == MASAKHAPOS and (MASAKHAPOS, one["language"]) not in runs.LEFT_OUT:
            held[runs.LABELS[one["model"]], runs.subset(one)].append(100 * float(one["score"]))
    for one in paper.rows("mbert_none_pos.tsv"):
        if one["evalset"] == MASAKHAPOS:
            held[runs.LABELS[one["model"]], one["subset"]].append(float(one["mean"]))
    return {key: statistics.fmean(values) for key, values in held.items()}


def _scored(paper: Paper) -> list[str]:
    """African languages of the POS average."""
    african = {one["language"] for one in paper.raw if one["evalset"] == MASAKHAPOS}
    return [code for code in paper.runs.items("xlmr", ["pos"], scores.AVERAGED)["pos"] if code in african]
