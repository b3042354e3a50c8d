"""Regression by a Gaussian process whose covariance is a sum of given kernels: variances by restricted maximum likelihood, and what follows for
other points. Fixed effects (a constant, or one constant per source) are free.

Rasmussen and Williams 2006, chapters 2 and 5; the restricted likelihood is Harville's (1974).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Kernels = Sequence[Float[np.ndarray, "points points"]]
Across = Sequence[Float[np.ndarray, "others points"]]  # between other points and the fitted ones
Own = Sequence[Float[np.ndarray, "others others"]]
TRUST = 4.0  # variance of the normal prior of each log variance: a component that the values say nothing of stays near its share
NARROW, WIDE = -9.0, 4.0  # log shares of the variance of the values
JITTER = 1e-8  # of the variance of the values, so that points that coincide can be inverted


@dataclass(frozen=True)
class Process:
    """A fitted process. Variances are in squared units of the values, one per kernel, then that of the noise of weight 1."""

    variances: Float[np.ndarray, " variances"]
    effects: Float[np.ndarray, " effects"]  # the fixed ones
    design: Float[np.ndarray, "points effects"]
    inverse: Float[np.ndarray, "points points"]  # of the covariance of the values
    known: Float[np.ndarray, "effects effects"]  # covariance of the fixed effects
    weighted: Float[np.ndarray, " points"]  # inverse @ (values - design @ effects)

    def at(self, cross: Across, own: Own, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(means, covariance) of the process at other points, without noise."""
        across = self._summed(cross)
        alone = self._summed(own)
        back = across @ self.inverse
        rest = design - back @ self.design
        return self.means(cross, design), alone - back @ across.T + rest @ self.known @ rest.T

    def means(self, cross: Across, design: np.ndarray) -> Float[np.ndarray, " others"]:
        return design @ self.effects + self._summed(cross) @ self.weighted

    def _summed(self, kernels: Sequence[np.ndarray]) -> np.ndarray:
        return np.asarray(sum(share * kernel for share, kernel in zip(self.variances[:-1], kernels, strict=True)))


def fit(kernels: Kernels, noise: np.ndarray, values: np.ndarray, design: np.ndarray, start: np.ndarray | None = None) -> Process:
    """`noise`: of each value, its noise variance as a multiple of that of weight 1. `start`: variances to begin from."""
    from scipy.optimize import minimize

    parts = [*map(np.asarray, kernels), np.diag(noise)]
    scale = _scale(values, design)
    share = np.full(len(parts), -np.log(len(parts)))
    first = share if start is None else np.clip(np.log(np.maximum(start, 1e-12) / scale), NARROW, WIDE)
    bounds = [(NARROW, WIDE)] * len(parts)
    found = minimize(_loss, first, (parts, values / np.sqrt(scale), design, share), jac=True, method="L-BFGS-B", bounds=bounds)
    return given(kernels, noise, values, design, np.exp(found.x) * scale)


def given(kernels: Kernels, noise: np.ndarray, values: np.ndarray, design: np.ndarray, variances: np.ndarray) -> Process:
    """The process of known variances."""
    scale = _scale(values, design)
    total = _total([*kernels, np.diag(noise)], variances) + JITTER * scale * np.eye(len(values))
    inverse = np.linalg.inv(total)
    inverse = (inverse + inverse.T) / 2
    known = np.linalg.inv(design.T @ inverse @ design)
    effects = known @ design.T @ inverse @ values
    return Process(np.asarray(variances), effects, design, inverse, known, inverse @ (values - design @ effects))


def _scale(values: np.ndarray, design: np.ndarray) -> float:
    left = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return max(float(left @ left) / max(len(values) - design.shape[1], 1), 1e-12)


def _total(parts: Sequence[np.ndarray], variances: np.ndarray) -> np.ndarray:
    return np.asarray(sum(one * part for one, part in zip(variances, parts, strict=True)))


def _loss(
    logs: np.ndarray, parts: Kernels, values: np.ndarray, design: np.ndarray, share: np.ndarray
) -> tuple[float, np.ndarray]:
    """Minus the log of restricted likelihood and prior, and its slope, of values of unit variance."""
    variances = np.exp(logs)
    total = _total(parts, variances) + JITTER * np.eye(len(values))
    inverse = np.linalg.inv(total)
    solved = inverse @ design
    inner = design.T @ solved
    project = inverse - solved @ np.linalg.solve(inner, solved.T)
    seen = project @ values
    loss = 0.5 * (np.linalg.slogdet(total)[1] + np.linalg.slogdet(inner)[1] + values @ seen)
    slope = [0.5 * one * ((project * part).sum() - seen @ part @ seen) for one, part in zip(variances, parts, strict=True)]
    return float(loss + ((logs - share) ** 2).sum() / (2 * TRUST)), np.array(slope) + (logs - share) / TRUST
