"""Retrieval gain beside task gain, language by language: do languages whose translations are found more often also gain in a task?

Rows and encoders are never pooled: a correlation over several of them can be of another sign than that within each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from realignment.results import headings
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.study_tables import realigned
from realignment.results.tables import Study
from realignment.statistics import ranks
from realignment.subsets import naming

NOTE = (
    "Of each language, points gained in retrieval over the encoder before realignment, and in the task over fine-tuning only, both as means over "
    "seeds; Spearman's coefficient over the n languages that have both, English left out; gains in retrieval less than 0.00002 points apart are ties. `lowest` and `highest` are the coefficients of single seeds. "
    "This describes these languages and is no test: they are no sample, related ones gain together, and the scatter of few seeds draws a coefficient "
    "towards zero. A language whose translations were found before realignment has nothing left to gain in retrieval."
)
DIGITS = 12  # of a gain; what is beyond is rounding
# Gains in retrieval and in a task no further apart are ties: shares that were kept as float32 set equal gains apart by up to 1.2e-7. Means over 100 seeds of shares of
# 10,000 pairs are 1e-6 apart at least.
SAME = 2e-7, 1e-9


@dataclass(frozen=True)
class Point:
    """A language; gains of scores in [0, 1]."""

    language: str
    group: str
    retrieval: float
    task: float


def points(study: Study, row: Row, task: str, seed: str = "") -> list[Point]:
    """The languages of a row that have both gains, sorted; of one seed, whose label fine-tuning only has too, or as means over all."""
    none, runs = Row(row.encoder, "none"), study.runs.rows
    groups = study.runs.group.get(row.encoder, {})
    found = []
    both = ((code, group) for (one, code), group in groups.items() if one == task and (RETRIEVAL, code) in groups)
    for code, group in sorted(one for one in both if one[1] != "English"):
        gains = [
            _gain(runs.get(row, {}), runs.get(none, {}), (RETRIEVAL, code), seed, ""),
            _gain(runs.get(row, {}), runs.get(none, {}), (task, code), seed, seed),
        ]
        if None not in gains:
            found.append(Point(code, group, *gains))
    return found


def _gain(ours: dict, theirs: dict, item: tuple[str, str], seed: str, base: str) -> float | None:
    """Mean over the runs of either side that have the item, those of one seed where it is given."""
    first, second = _mean(ours, item, seed), _mean(theirs, item, base)
    return None if first is None or second is None else round(first - second, DIGITS)


def _mean(runs: dict, item: tuple[str, str], seed: str) -> float | None:
    if seed:
        return runs.get(seed, {}).get(item)
    values = [one[item] for one in runs.values() if item in one]
    return fsum(values) / len(values) if values else None


def coefficient(found: Sequence[Point]) -> float | None:
    return ranks.spearman([one.retrieval for one in found], [one.task for one in found], SAME)


def of_rows(study: Study, tasks: Sequence[str]) -> list[dict]:
    """One plain row per realigned row and task with a language that has both gains."""
    listed = []
    for row in realigned(study, tasks):
        for task in tasks:
            if not (found := points(study, row, task)):
                continue
            single = [coefficient(points(study, row, task, seed)) for seed in sorted(study.runs.rows[row])]
            known = [one for one in single if one is not None]
            listed.append({
                "subset": headings.label(row), "column": headings.task(task), "n": len(found), "spearman": coefficient(found),
                "lowest": min(known, default=None), "highest": max(known, default=None), "seeds": len(known),
            })  # fmt: skip
    return listed


def paired(study: Study, tasks: Sequence[str]) -> list[dict]:
    """The points behind `of_rows`, one plain row each, in points."""
    return [
        {
            "subset": headings.label(row),
            "column": headings.task(task),
            "language": one.language,
            "retrieval gain": 100 * one.retrieval,
            "task gain": 100 * one.task,
        }
        for row in realigned(study, tasks)
        for task in tasks
        for one in points(study, row, task)
    ]


def shown(study: Study, tasks: Sequence[str]) -> Row | None:
    """The row that a page shows language by language: that of all languages, else the first plain one; None without any."""
    plain = [row for row in realigned(study, tasks) if not row.control and any(points(study, row, task) for task in tasks)]
    return next((row for row in plain if naming.split(row.subset).heuristic == "all"), plain[0] if plain else None)
