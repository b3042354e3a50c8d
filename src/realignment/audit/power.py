"""What differences four seeds can show: tests from printed means and deviations, and the difference a test would find."""

import statistics
from collections.abc import Iterable, Sequence

from realignment.published import Printed

LEVEL, POWER = 0.05, 0.8
SEEDS = 4


def p_values(pairs: Iterable[tuple[Printed, Printed]]) -> list[float]:
    """Two-sided p of Welch's test of each pair of cells, seeds taken as independent."""
    from scipy import stats

    return [
        float(stats.ttest_ind_from_stats(one.mean, one.std, SEEDS, other.mean, other.std, SEEDS, equal_var=False).pvalue)
        for one, other in pairs
    ]


def holm(values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given."""
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=lambda index: values[index])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = highest
    return adjusted


def detectable(deviation: float, seeds: int = SEEDS) -> float:
    """The true difference of two rows that a two-sided t test at 5 % finds in 80 of 100 repetitions, in units of `deviation`'s."""
    from scipy import optimize, stats

    freedom = 2 * (seeds - 1)
    bound = stats.t.ppf(1 - LEVEL / 2, freedom)

    def missing(effect: float) -> float:
        return stats.nct.sf(bound, freedom, effect) + stats.nct.cdf(-bound, freedom, effect) - POWER

    return float(optimize.brentq(missing, 0, 10) * deviation * (2 / seeds) ** 0.5)


def deviation(stds: Iterable[float | None]) -> float:
    """Root mean square of the deviations within rows."""
    return statistics.fmean(std**2 for std in stds if std is not None) ** 0.5
