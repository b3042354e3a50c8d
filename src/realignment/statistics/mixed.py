"""One model over all runs of a column: rows fixed; training seed, draw of languages and residual random; by restricted maximum likelihood.

  score of a run = mean of its row + seed + draw + residual

Draws covary as `nested.kernel` says; seeds and residuals are independent. `design.Design` says which run is of which row. Scores may have
axes before the last, the registries of a simulation, which are fitted at once.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from realignment.statistics import inference
from realignment.statistics.design import SMALL, Design, Scores
from realignment.statistics.inference import Numbers

COMPONENTS = ("seed", "draw", "residual")
STEPS = 100
ROUNDING = 1e-24  # a share of the mean square that rounding leaves where there is no variance
LEAST = 1e-8  # of the other variances: a residual below it is none; the likelihood has no value at 0 itself
CLOSE = 1e-11  # change of variances, as a share of all variance, at which a fit is done


def fit(design: Design, scores: Scores) -> "Fit":
    reduced, squares = design.reduced(np.asarray(scores, float))
    held = reduced @ design.contrasts
    count = max(design.contrasts.shape[1] + design.freedom, 1)
    scale = np.asarray(((held**2).sum(-1) + squares) / count)
    scale = np.where(scale > ROUNDING * (reduced**2).mean(-1), scale, 0.0)  # seeds that all agree
    unit = np.where(scale > 0, scale, 1.0)
    found, known = _variances(design, held / np.sqrt(unit)[..., None], squares / unit)
    found[..., 2] = np.where(found[..., 2] > 1.001 * LEAST * found[..., :2].sum(-1), found[..., 2], 0.0)
    return Fit(design, scores, reduced, found * scale[..., None], known / np.square(unit)[..., None, None])


def _variances(design: Design, held: np.ndarray, squares: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Variances of COMPONENTS and their information, by Fisher scoring: none below 0, the residual not below LEAST, no step that lowers the
    likelihood."""
    lead = held.shape[:-1]
    held, squares = held.reshape(-1, held.shape[-1]), np.reshape(squares, -1)
    at = np.tile(np.where(design.live, 1 / design.live.sum(), 0.0), (len(held), 1))
    now, slope, known = _likelihood(design, at, held, squares)
    going = np.arange(len(held))
    for _ in range(STEPS):
        step = _step(design, at[going], slope[going], known[going])
        share, better = np.ones(len(going)), np.zeros(len(going), bool)
        for _ in range(12):  # halves the step where it goes too far
            new = np.maximum(at[going] + share[:, None] * step, 0.0)
            new[:, 2] = np.maximum(new[:, 2], np.maximum(at[going][:, 2] / 8, LEAST * new[:, :2].sum(-1)))
            told = _likelihood(design, new, held[going], squares[going])
            better = told[0] >= now[going] - 1e-12
            if better.all():
                break
            share = np.where(better, share, share / 2)
        moved = np.abs(new - at[going]).max(-1)
        keep = going[better]
        at[keep], now[keep], slope[keep], known[keep] = new[better], *(one[better] for one in told)
        going = going[better & (moved > CLOSE)]
        if not len(going):
            break
    return at.reshape(*lead, 3), known.reshape(*lead, 3, 3)


def _step(design: Design, at: np.ndarray, slope: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Scoring over the components that may move: one that is as small as it may be and would go below stays."""
    least = LEAST * at[:, :2].sum(-1, keepdims=True) * (0.0, 0.0, 1.0)
    free = design.live & ((at > least) | (slope > 0))
    both = free[:, :, None] & free[:, None, :]
    step = np.linalg.solve(np.where(both, known, np.eye(3)), np.where(free, slope, 0.0)[..., None])[..., 0]
    stuck = free & (at <= least) & (step < 0)
    if stuck.any():
        free, both = free & ~stuck, (free & ~stuck)[:, :, None] & (free & ~stuck)[:, None, :]
        step = np.linalg.solve(np.where(both, known, np.eye(3)), np.where(free, slope, 0.0)[..., None])[..., 0]
    return step


def _likelihood(
    design: Design, at: np.ndarray, held: np.ndarray, squares: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logarithm of the restricted likelihood, its slope and expected information, by component."""
    seen = np.array(design.seen)
    inverse = np.linalg.inv(np.einsum("bj,jkl->bkl", at, seen))
    determinant = -np.linalg.slogdet(inverse)[1]
    solved = np.einsum("bkl,bl->bk", inverse, held)
    value = determinant + (solved * held).sum(-1) + design.freedom * np.log(at[:, 2]) + squares / at[:, 2]
    whole = [inverse @ seen[0], inverse @ seen[1], inverse]
    known = np.empty((len(at), 3, 3))
    slope = np.empty((len(at), 3))
    for i, one in enumerate(whole):
        slope[:, i] = np.einsum("bk,kl,bl->b", solved, seen[i], solved) - np.einsum("bkk->b", one)
        for j in range(i + 1):
            known[:, i, j] = known[:, j, i] = np.einsum("bkl,blk->b", one, whole[j]) / 2
    slope[:, 2] += squares / at[:, 2] ** 2 - design.freedom / at[:, 2]
    known[:, 2, 2] += design.freedom / (2 * at[:, 2] ** 2)
    return -value / 2, slope / 2, known


@dataclass(frozen=True)
class Estimate:
    """A contrast of rows with its standard error and Satterthwaite's degrees of freedom; one value per registry."""

    value: Numbers
    error: Numbers
    freedom: Numbers

    @property
    def p(self) -> Numbers:
        with np.errstate(invalid="ignore", divide="ignore"):
            return inference.two_sided(self.value / self.error, self.freedom)

    def interval(self, level: float = inference.LEVEL) -> tuple[Numbers, Numbers]:
        """Holds the contrast with probability 1 - `level`; nan without degrees of freedom."""
        half = inference.critical(self.freedom, level) * self.error
        return self.value - half, self.value + half


@dataclass(frozen=True)
class Fit:
    """Variances of COMPONENTS (`variance`; that of `draw` is of single languages) and the information they were estimated with."""

    design: Design
    scores: np.ndarray
    reduced: np.ndarray
    variance: np.ndarray  # [*registries, components]
    information: np.ndarray  # [*registries, components, components]

    def contrast(self, weights: dict[Hashable, float]) -> Estimate:
        """Of the means of rows by name; exact where every row was run with the same seeds, else by generalised least squares."""
        design = self.design
        wanted = np.array([weights.get(name, 0.0) for name in design.names])
        target = np.zeros(design.means.shape[1])
        np.add.at(target, [design.column[row] for row in range(len(wanted))], wanted)
        within, alone = np.zeros(self.scores.shape[:-1]), 0.0
        for group in (one for one in design.groups if not one.drawn):
            about = wanted[group.rows] - wanted[group.rows].mean()
            within = within + self.scores[..., group.runs].mean(-1) @ about
            alone += float((about**2).sum()) / len(group.seeds)
        load = self._loads(target)
        parts = np.stack([np.einsum("...k,kl,...l->...", load, one, load) for one in design.kernels], -1)
        parts = np.where(np.abs(parts) > SMALL, parts, 0.0)
        parts[..., 2] += alone
        variance = (parts * self.variance).sum(-1)
        spread = np.einsum("...i,...ij,...j->...", parts, self._uncertainty, parts)
        with np.errstate(invalid="ignore", divide="ignore"):
            freedom = np.where(spread > 0, 2 * variance**2 / spread, 0.0)
        return Estimate((load * self.reduced).sum(-1) + within, np.sqrt(variance), freedom)

    def _loads(self, target: np.ndarray) -> np.ndarray:
        """By which each reduced score enters the estimate."""
        design, at = self.design, self.variance.copy()
        whole = at.sum(-1)
        at[..., 2] = np.where(whole > 0, np.maximum(at[..., 2], LEAST * whole), 1.0)
        solved = np.linalg.solve(np.einsum("...j,jkl->...kl", at, np.array(design.kernels)), design.means)
        inner = design.means.T @ solved
        return np.einsum(
            "...kl,...l->...k", solved, np.linalg.solve(inner, np.broadcast_to(target, inner.shape[:-1])[..., None])[..., 0]
        )

    @cached_property
    def _uncertainty(self) -> np.ndarray:
        """Covariance of the estimated variances. Each is scaled first: beside a tiny residual's information that of draws would be taken for rounding."""
        live = np.ix_(self.design.live, self.design.live)
        found = np.zeros_like(self.information)
        told = self.information[(..., *live)]
        unit = np.sqrt(np.einsum("...ii->...i", told))
        unit = np.where(unit > 0, unit, 1.0)
        both = unit[..., :, None] * unit[..., None, :]
        found[(..., *live)] = np.linalg.pinv(told / both) / both
        return found
