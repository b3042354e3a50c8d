"""What a study of this size could see: the least difference between two rows that its tests find, column by column."""

from collections.abc import Mapping, Sequence

import numpy as np

from realignment.results import comparisons, draws, noise
from realignment.results.scores import Row
from realignment.results.tables import Items, Study
from realignment.statistics import inference


def detectable(study: Study, columns: Mapping[str, Items], level: float = inference.LEVEL, more: int = 10) -> list[dict]:
    """One row per column: the least difference (points) found with 80 % power between two rows of median spread.

    At the n of most rows and at `more` seeds; for one comparison alone, and as the largest of every comparison of the table; None where
    scores cannot differ by so much.
    """
    wanted = comparisons.pairs(study, columns)
    measured = comparisons.measured(study, columns)
    found = comparisons.compare(study, columns, wanted, measured)
    tests = max(sum(one.freedom > 0 for one in found), 1)
    listed = []
    for title, known in measured.items():
        cells, about = known.cells, known.most
        fixed = [row for row in about.variance if not draws.drawn(row)]
        counts = sorted(cells[row].n for row in fixed)
        n = counts[len(counts) // 2] if counts else 0
        row = {"column": title, "n": n, "rows": len(fixed), "sd": _points(about.pooled**0.5), "p even variances": about.even}
        for when, size in (("now", n), (f"n = {more}", more)):
            for name, count in (("alone", 1), ("in the table", tests)):
                row[f"{name}, {when}"] = _least(about, fixed, size, level / count) if n > 1 else float("nan")
        listed.append({name: None if isinstance(value, float) and np.isnan(value) else value for name, value in row.items()})
    return listed


def _points(value: float) -> float:
    return 100 * float(value)


def _least(about: noise.Noise, fixed: Sequence[Row], size: int, level: float) -> float:
    """Points, of two fixed rows of `size` seeds; the pooled variance keeps the weight it has now."""
    variance, each = float(np.median([about.variance[row] for row in fixed])), (size - 1) * about.kept
    total = len(fixed) * each
    free = min(2 * min(about.weight + each, total), total)
    return comparisons.points_found(float(inference.detectable((2 * variance / size) ** 0.5, float(free), level)))
