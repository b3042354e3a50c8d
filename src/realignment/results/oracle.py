"""S* of Equation 2: the subset that is best on the test scores themselves, and what is left of it on a seed that did not choose."""

import math
from collections.abc import Mapping, Sequence

from realignment.results import draws, floors, formatting, headings, verdicts
from realignment.results.scores import Row
from realignment.results.tables import Items, Study, marked
from realignment.statistics.summary import Difference, Summary

CHOSEN = (
    "S* of Equation 2 is chosen on test scores, so its score flatters it: the best of many rows is partly the luckiest. "
    "A seed apart: chosen by the mean of the other seeds, read on the seed left out, averaged over seeds. Its gain has the verdict of the "
    "tables of gains (~: cannot be told from none); its lead over the next subset has none, since the two were chosen by looking."
)


def subsets(study: Study, tasks: Sequence[str]) -> list[dict]:
    """One row per average: the best subset, its lead over the next one, its gain over fine-tuning only.

    A subset that lacks a run which another has is no candidate, and named: its mean would be over other seeds. A random subset has one value per
    training seed, the mean over its draws, or it would lack what chosen subsets never have.
    """
    judged = verdicts.of_study(study, tasks)
    return [_row(judged, title, items) for title, items in study.group_columns(tasks).items()]


def _row(judged: verdicts.Verdicts, title: str, items: Items) -> dict:
    study = judged.study
    held = {row: _by_training(row, study.runs.by_seed(row, items)) for row in study.rows(list(items)) if not row.control}
    chosen = {row: values for row, values in held.items() if not draws.drawn(row)}
    most = max(map(len, (chosen or held).values()), default=0)
    full = {row: values for row, values in held.items() if values and len(values) == most}
    ranked = sorted(full, key=lambda row: (-_summary(full[row]).mean, headings.order(row)))
    best, second = (ranked[0] if ranked else None), (ranked[1] if len(ranked) > 1 else None)
    none = Row(study.encoder, "none")
    gain = judged.gain(best, items) if best and best != none and none in full else Difference(Summary(()), Summary(()))
    lacking = [headings.label(row) for row in held if row not in full]
    return {
        "encoder": study.title,
        "average over": f"{title} {floors.MARK}" if marked({title: items}) else title,
        "S*": headings.label(best) if best else formatting.MISSING,
        "score": formatting.text(_summary(full.get(best, {})), most),
        "n": most,
        "a seed apart": formatting.text(Summary(apart(full)), most),
        "next": headings.label(second) if second else formatting.MISSING,
        "lead": _lead(full[best], full[second]) if best and second else formatting.MISSING,
        "gain over fine-tuning only": formatting.text(gain, most),
        "candidates": len(full),
        "not complete": ", ".join(lacking),
    }


def _by_training(row: Row, values: Mapping[str, float]) -> Mapping[str, float]:
    """Training seed -> value; of a random subset whose draws have the same training seeds the mean over draws, of any other every run."""
    of_draw = list(draws.by_draw(values).values()) if draws.drawn(row) else []
    if len(of_draw) < 2 or any(one.keys() != of_draw[0].keys() for one in of_draw):
        return values
    return {seed: math.fsum(one[seed] for one in of_draw) / len(of_draw) for seed in of_draw[0]}


def _lead(best: Mapping[str, float], second: Mapping[str, float]) -> str:
    """In points, without a standard error."""
    return formatting.points(_summary(best).mean - _summary(second).mean)


def _summary(values: Mapping[str, float]) -> Summary:
    return Summary(tuple(values.values()))


def apart(full: Mapping[Row, Mapping[str, float]]) -> tuple[float, ...]:
    """One value per seed: the score there of the subset that is best by the mean of the other seeds; none below two common seeds."""
    seeds = set.intersection(*(set(values) for values in full.values())) if full else set()
    if len(seeds) < 2:
        return ()
    found = []
    for seed in sorted(seeds):
        others = {row: math.fsum(values[one] for one in seeds if one != seed) for row, values in full.items()}
        chosen = min(others, key=lambda row: (-others[row], headings.order(row)))
        found.append(full[chosen][seed])
    return tuple(found)
