"""The paper's data files as the tests of the audit read them: by themselves, without the code that is tested."""

import csv
import functools
import gzip
import statistics
from collections import defaultdict
from pathlib import Path

from realignment.paper import experiment
from realignment.paper.audit import findings as audit
from realignment.paper.paper import Paper

ROOT = Path(__file__).parents[2]
PUBLISHED, DATA = ROOT / "data/published", ROOT / "src/realignment/data"
MODELS = {"mBERT": ("8", "bert-base-multilingual-cased", "mbert"), "XLM-R": ("10", "xlm-roberta-base", "xlmr")}
TASKS = ("nli", "pos", "ner")
THE_PAPER = Paper(ROOT)  # as the package reads it; one for all test files


def lines(path: Path, delimiter: str = "\t") -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL))


PRINTED = lines(PUBLISHED / "printed.tsv")
CELLS = {
    (row["table"], row["subset"], row["task"]): (float(row["mean"]), float(row["std"] or 0))
    for row in PRINTED
    if row["table"] != "1"
}
FIRST = {(row["model"], row["subset"], row["task"]): float(row["mean"]) for row in PRINTED if row["table"] == "1"}
LISTS = {row["name"]: row for row in lines(DATA / "table6.csv", ",")}
POOL = {row["code"]: row for row in lines(DATA / "languages.csv", ",") if row["pool"] == "yes"}


def mean(table: str, subset: str) -> float:
    return sum(CELLS[table, subset, task][0] for task in TASKS) / 3


@functools.cache
def raw_scores() -> dict[tuple[str, ...], dict[str, float]]:
    """(model, subset, task, evalset, language) -> seed -> points; exact match of XQuAD is `xquad_em`."""
    scores = defaultdict(dict)
    with gzip.open(PUBLISHED / "scores.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            task = row["task"] + ("_em" if row["metric"] == "exact_match" else "")
            scores[row["model"], row["subset"], task, row["evalset"], row["language"]][row["seed"]] = 100 * float(row["score"])
    return scores


@functools.cache
def findings() -> dict[str, dict]:
    """The audit of this checkout by id, computed once for all test files."""
    return {row["id"]: row for row in audit.findings(THE_PAPER)}


@functools.cache
def imported() -> list[dict]:
    """The authors' runs as the tracking store gets them."""
    return list(experiment.runs(THE_PAPER))


def average(raw, model: str, subset: str, task: str, codes) -> float:
    """Over languages, the African set first; every seed is complete."""
    sets = {
        "nli": ("afrixnli", "americasnli", "indonli", "myanmar_xnli", "xnli"),
        "pos": ("masakhapos", "udpos"),
        "ner": ("masakhaner2", "wikiann"),
    }
    values = []
    for code in codes:
        held = next(raw[model, subset, task, name, code] for name in sets[task] if (model, subset, task, name, code) in raw)
        values.append(statistics.fmean(held.values()))
    return statistics.fmean(values)
