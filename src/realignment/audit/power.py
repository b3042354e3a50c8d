"""What differences four seeds can show: tests from printed means and deviations, and the difference a test would find."""

import statistics
from collections.abc import Iterable, Sequence

from realignment import inference
from realignment.published import Printed
from realignment.statistics import Summary

LEVEL = inference.LEVEL
SEEDS = 4


def p_values(pairs: Iterable[tuple[Printed, Printed]]) -> list[float]:
    """Two-sided p of Welch's test of each pair of cells, seeds taken as independent."""
    from scipy import stats

    return [
        float(stats.ttest_ind_from_stats(one.mean, one.std, SEEDS, other.mean, other.std, SEEDS, equal_var=False).pvalue)
        for one, other in pairs
    ]


def pooled(pairs: Sequence[tuple[Summary, Summary]]) -> tuple[float, float]:
    """(mean difference of the pairs, p): every side's seeds as independent, degrees of freedom by Satterthwaite."""
    sides = [(one.std**2 / one.n, one.n - 1.0) for pair in pairs for one in pair if one.std is not None]
    gap = statistics.fmean(one.mean - other.mean for one, other in pairs if one.mean is not None and other.mean is not None)
    variance = sum(value for value, _ in sides)
    freedom = variance**2 / sum(value**2 / free for value, free in sides)
    return gap, float(inference.two_sided(gap / (variance**0.5 / len(pairs)), freedom))


def holm(values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given."""
    import numpy as np

    return inference.holm(np.array(values)).tolist()


def detectable(deviation: float, seeds: int = SEEDS) -> float:
    """The true difference of two rows that a two-sided t test at 5 % finds in 80 of 100 repetitions, in units of `deviation`'s."""
    return float(inference.detectable(deviation * (2 / seeds) ** 0.5, 2.0 * (seeds - 1)))


def deviation(stds: Iterable[float | None]) -> float:
    """Root mean square of the deviations within rows."""
    return statistics.fmean(std**2 for std in stds if std is not None) ** 0.5
