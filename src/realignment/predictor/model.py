"""What a set of languages is expected to gain, for one encoder and task: the task's mean by one Gaussian process over sets, how each evaluated
language departs from it by a second one over sets and languages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from realignment.predictor import departures
from realignment.predictor.departures import Departures
from realignment.predictor.ground import Ground
from realignment.predictor.likeness import PARTS, Likeness
from realignment.predictor.measured import Measured
from realignment.statistics import kriging

Sets = Sequence[Collection[str]]
MEAN = "mean"  # the task's mean, beside languages and groups


@dataclass(frozen=True)
class Expected:
    """Of some sets; points. `means` and `spreads` of the task's mean, of its languages, or of groups of them, without the noise of runs."""

    means: Float[np.ndarray, "sets columns"]
    spreads: Float[np.ndarray, "sets columns"]  # standard deviations of the process
    noise: Float[np.ndarray, " columns"]  # standard deviation of one run


@dataclass(frozen=True)
class Model:
    """Fitted to what was measured."""

    measured: Measured
    likeness: Likeness
    process: kriging.Process
    departures: Departures | None  # None where only means are asked for

    def mean(self, sets: Sets) -> tuple[np.ndarray, np.ndarray]:
        """(expected gains of the task's mean, their covariance), without the noise of runs."""
        return self._at(sets)

    def expected(self, sets: Sets) -> Expected:
        """Of the task's mean, then of each evaluated language."""
        count = len(self.measured.languages)
        return self.grouped(sets, np.vstack([self.measured.average, np.eye(count)]))

    def grouped(self, sets: Sets, weights: Float[np.ndarray, "columns languages"]) -> Expected:
        """Of means over languages, by their weights. Those of the task's languages average to the task's mean."""
        assert self.departures is not None
        mean, covariance = self._at(sets)
        apart = self.departures.means(sets, weights - self.measured.average)
        squares = self.departures.variances(sets, weights - self.measured.average)
        spread = np.sqrt(np.maximum(np.diag(covariance)[:, None] + squares, 0.0))
        return Expected(mean[:, None] + apart, spread, self.measured.noise_of(weights))

    def elsewhere(self, sets: Sets, code: str) -> Float[np.ndarray, " sets"]:
        """Expected gains of a language that was not evaluated."""
        assert self.departures is not None
        cross = self.likeness.kernels(sets, self.likeness.sets)
        seen = bool(self.likeness.ground.seen([code], self.measured.seen)[0])
        return self.process.means(cross, self._levels(sets)) + self.departures.elsewhere(sets, code, seen)

    def values(self, sets: Sets, weights: Float[np.ndarray, " languages"]) -> Float[np.ndarray, " sets"]:
        """Expected gains of one group of languages, of many sets at once."""
        assert self.departures is not None
        cross = self.likeness.kernels(sets, self.likeness.sets)
        mean = self.process.means(cross, self._levels(sets))
        return mean + self.departures.means(sets, (weights - self.measured.average)[None])[:, 0]

    def joint(self, sets: Sets, weights: Float[np.ndarray, " languages"]) -> tuple[np.ndarray, np.ndarray]:
        """(expected gains of one group of languages, their covariance), without the noise of runs."""
        assert self.departures is not None
        apart = weights - self.measured.average
        mean, covariance = self._at(sets)
        return mean + self.departures.means(sets, apart[None])[:, 0], covariance + self.departures.covariance(sets, apart)

    def mixed(
        self, sets: Sets, mix: Float[np.ndarray, "answers sets"], weights: Float[np.ndarray, "groups languages"]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(expected gains, their variances) of mixtures of sets, in groups of languages; answers x groups, without the noise of runs."""
        assert self.departures is not None
        apart = weights - self.measured.average
        mean, covariance = self._at(sets)
        common = np.einsum("as,st,at->a", mix, covariance, mix, optimize=True)
        means = (mix @ mean)[:, None] + mix @ self.departures.means(sets, apart)
        return means, np.maximum(common, 0.0)[:, None] + self.departures.variances(sets, apart, mix)

    def _at(self, sets: Sets) -> tuple[np.ndarray, np.ndarray]:
        cross, own = self.likeness.kernels(sets, self.likeness.sets), self.likeness.kernels(sets, sets)
        return self.process.at(cross, own, self._levels(sets))

    def above_last(self, source: str) -> float:
        """By how much the level of a source is above that of the last, points; not a number where it has no set here."""
        sources = self.measured.sources
        return float(self.process.effects[sources.index(source)] - self.process.effects[-1]) if source in sources else np.nan

    def _levels(self, sets: Sets) -> np.ndarray:
        """A set that was not run is expected as the last source would have run it."""
        last = len(self.measured.sources) - 1
        return np.eye(last + 1)[np.full(len(sets), last)]


def fit(
    measured: Measured,
    ground: Ground,
    *,
    parts: Sequence[str] = PARTS,
    start: np.ndarray | None = None,
    by_language: bool = True,
    apart: Collection[str] = departures.PARTS,
) -> Model:
    """`start`: variances of a similar fit, to begin from; the same numbers come out sooner, to about six digits. `apart`: what languages
    depart from the mean by."""
    sets = [one.languages for one in measured.sets]
    unseen = ~ground.seen(measured.languages, measured.seen) & measured.averaged
    likeness = Likeness(ground, sets, measured.languages, unseen, tuple(parts))
    kernels = likeness.kernels(sets, sets)
    levels = np.array([[one.source == source for source in measured.sources] for one in measured.sets], float)
    process = kriging.fit(kernels, 1 / measured.runs, measured.means, levels, start)
    return Model(measured, likeness, process, Departures.fit(measured, likeness, apart) if by_language else None)
