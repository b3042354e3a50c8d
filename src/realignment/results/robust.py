"""Beside means, what a few languages cannot turn: interquartile means, how often a run is above another, how many languages gain how much.

After Agarwal et al. 2021 (rliable), with a language of a task for their task. Averages go over languages within a task, then over tasks.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from realignment.results import draws, headings
from realignment.results.scores import WITHOUT_ENGLISH, Row
from realignment.results.tables import Items, Study
from realignment.statistics import inference

TRIMMED = 0.25  # share of scores that is left out at either end
STEPS = (-5.0, -2.0, -1.0, 0.0, 1.0, 2.0, 5.0, 10.0)  # gains in points, of `profiles`
COUNTED = "nli"  # the task whose items are independent: one pair, one answer
ITEMS = f"item error, {headings.task(COUNTED)}"
REFERENCES = ("none", "all")  # stems
Scores = list[np.ndarray]  # a task each: [runs, languages] in points


@dataclass(frozen=True)
class Held:
    """The runs of a row that are whole in every task; `draw`: which draw of languages each is of, or which run."""

    scores: Scores
    draw: list[str]


def held(study: Study, row: Row, items: Items) -> Held | None:
    """None where no run is whole."""
    found, labels = study.runs.rows.get(row, {}), []
    for label, one in found.items():
        if all((task, code) in one for task, codes in items.items() for code in codes):
            labels.append(label)
    if not labels or not items:
        return None
    scores = [100 * np.array([[found[label][task, code] for code in codes] for label in labels]) for task, codes in items.items()]
    return Held(scores, [label.partition(".")[0] if draws.drawn(row) else label for label in labels])


def middle(scores: Scores) -> float:
    """Interquartile mean: over all runs and languages of a task without the lowest and the highest quarter, then over tasks."""
    ranked = [np.sort(one, axis=None) for one in scores]
    out = [int(TRIMMED * len(one)) for one in ranked]
    return float(np.mean([one[few : len(one) - few].mean() for one, few in zip(ranked, out, strict=True)]))


def error(one: Held) -> float | None:
    """Standard error of `middle` over draws or runs, by leaving each out (jackknife); None of one."""
    units = list(dict.fromkeys(one.draw))
    if len(units) < 2:
        return None
    place = np.array([units.index(draw) for draw in one.draw])
    left = np.array([middle([scores[place != unit] for scores in one.scores]) for unit in range(len(units))])
    return float(np.sqrt((len(units) - 1) * left.var()))


def above(ours: Held, base: Held) -> tuple[float, float, float]:
    """How often a run of `ours` scores more than one of `base` in a language, ties for half; and its 95 % interval.

    The interval is that of a statistic of two samples (DeLong 1988), runs or draws for the observations, with Student's t; nan where it has no spread.
    """
    won = np.mean([((x[:, None] > y) + (x[:, None] == y) / 2).mean(-1) for x, y in zip(ours.scores, base.scores, strict=True)], 0)
    sides = [_by_draw(won.mean(1), ours.draw), _by_draw(won.mean(0), base.draw)]
    share = float(won.mean())
    if min(map(len, sides)) < 2:
        return share, math.nan, math.nan
    parts = [(one.var(ddof=1) / len(one), len(one) - 1.0) for one in sides]
    freedom = float(inference.satterthwaite(*parts, most=sum(free for _, free in parts)))
    half = float(inference.critical(freedom)) * math.sqrt(sum(part for part, _ in parts)) if freedom else math.nan
    return share, max(share - half, 0.0), min(share + half, 1.0)


def _by_draw(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    return np.array([values[[name == one for name in names]].mean() for one in dict.fromkeys(names)])


def rows(study: Study, tasks: Sequence[str]) -> list[Row]:
    return [row for row in study.rows(tasks) if not headings.apart(row)]


def middles(study: Study, tasks: Sequence[str]) -> list[dict]:
    """One row per subset: mean and interquartile mean with the error of seeds, and the error of items where that is known; points, without English.

    `none` and `all`: how often a run is above one of fine-tuning only, and of all languages, in a language.
    """
    items = study.items(tasks, WITHOUT_ENGLISH)
    known = {row: one for row in rows(study, tasks) if (one := held(study, row, items))}
    bases = {
        stem: next((row for row in known if not row.control and row.subset.partition("_")[0] == stem), None)
        for stem in REFERENCES
    }
    found = []
    for row, one in known.items():
        means = np.mean([scores.mean(-1) for scores in one.scores], 0)
        by_unit = _by_draw(means, one.draw)
        told: dict[str, object] = {
            "subset": headings.label(row),
            "mean": float(means.mean()),
            "seed error of the mean": float(by_unit.std(ddof=1) / len(by_unit) ** 0.5) if len(by_unit) > 1 else None,
            "interquartile mean": middle(one.scores),
            "seed error of the interquartile mean": error(one),
            ITEMS: item_error(study, one, items),
        }
        for stem, base in bases.items():
            share = above(one, known[base]) if base and base != row else (math.nan,) * 3
            told |= {f"above {stem}": share[0], f"above {stem}, low": share[1], f"above {stem}, high": share[2]}
        found.append({name: None if isinstance(value, float) and math.isnan(value) else value for name, value in told.items()})
    return found


def item_error(study: Study, one: Held, items: Mapping[str, Sequence[str]]) -> float | None:
    """Standard error of the mean over languages of a task whose items are independent, by score and number of items, of one run; None where numbers are not known."""
    if COUNTED not in items:
        return None
    codes, place = items[COUNTED], list(items).index(COUNTED)
    counts = np.array([study.runs.sizes.get((COUNTED, code), 0) for code in codes], float)
    share = one.scores[place].mean(0) / 100
    return float(100 * np.sqrt((share * (1 - share) / counts).sum()) / len(codes)) if counts.all() else None


def profiles(study: Study, tasks: Sequence[str]) -> list[dict]:
    """One row per subset: the share of languages, over runs and tasks, that gain more than each of STEPS over the mean of fine-tuning only."""
    items = study.items(tasks, WITHOUT_ENGLISH)
    none = held(study, Row(study.encoder, "none"), items)
    if not none:
        return []
    found = []
    for row in rows(study, tasks):
        one = held(study, row, items)
        if one and row.subset != "none":
            gains = [scores - base.mean(0) for scores, base in zip(one.scores, none.scores, strict=True)]
            shares = {step: float(np.mean([(gain > step).mean() for gain in gains])) for step in STEPS}
            found.append({"subset": headings.label(row), **{f"more than {step:+g}": share for step, share in shares.items()}})
    return found
