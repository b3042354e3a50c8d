"""How the gain of each evaluated language departs from the task's mean: a slope on its own distance to the set, one for seen and one for unseen
languages, and a Gaussian process that is a product of one over sets and one over languages.

Kronecker products keep it cheap (Saatçi 2011): one eigendecomposition of sets, one of languages.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from realignment.predictor.ground import Ground
from realignment.predictor.likeness import Likeness
from realignment.predictor.measured import Measured

ALIKE = 0.6  # of a language's departures, the share that is like those of languages close to it
REACH = 0.25  # distance at which that has fallen to 1 / e
OTHERWISE = 0.3  # of it what stays where an encoder has seen one of two languages and not the other
STEPS = np.exp(np.linspace(np.log(0.05), np.log(20), 13))  # ratios of noise to signal that are tried
PARTS = SLOPES, SIMILARITY = ("slopes", "similarity")
OWN = 9.0  # variance of a language's lasting departure, in units of that of its departures by set
Sets = Sequence[Collection[str]]
Known = tuple[Sequence[str], np.ndarray]  # codes, and whether the encoder has seen each


@dataclass(frozen=True)
class Departures:
    """Fitted. Weights over languages make groups of them."""

    likeness: Likeness
    languages: tuple[str, ...]
    seen: Bool[np.ndarray, " languages"]
    alike: Float[np.ndarray, "languages languages"]
    slopes: Float[np.ndarray, " languages"]  # points per unit of distance
    centre: Float[np.ndarray, " languages"]  # mean distance over the sets that were run
    runs: np.ndarray
    sets: tuple[np.ndarray, np.ndarray]  # eigenvalues and eigenvectors of the sets' covariance, weighted by runs
    across: tuple[np.ndarray, np.ndarray]  # of the languages'
    solved: np.ndarray  # sets x languages: inverse covariance times the departures
    ratio: float  # noise over signal
    scale: float  # variance of the signal

    @classmethod
    def fit(cls, measured: Measured, likeness: Likeness, parts: Collection[str] = PARTS) -> "Departures":
        """Without slopes a distance counts for nothing by itself, without similarity each language is like itself alone."""
        sets, languages = likeness.sets, measured.languages
        apart = measured.gains - measured.means[:, None]
        far = likeness.ground.nearest(languages, sets)
        seen, centre = likeness.ground.seen(languages, measured.seen), _centre(far)
        slopes = _slopes(_moved(far, centre), apart, seen) * (SLOPES in parts)
        left = apart - slopes * _moved(far, centre)
        alike = _alike(likeness.ground, languages, seen) if SIMILARITY in parts else np.eye(len(languages))
        root = np.sqrt(measured.runs)
        kernel = _over_sets(likeness, sets, sets) * np.outer(root, root)
        (values, vectors), (across, axes) = np.linalg.eigh(kernel), np.linalg.eigh(alike)
        turned = vectors.T @ (left * root[:, None]) @ axes
        ratio, scale = _ratio(np.outer(np.maximum(values, 0), np.maximum(across, 0)), turned)
        solved = vectors @ (turned / (np.outer(np.maximum(values, 0), np.maximum(across, 0)) + ratio)) @ axes.T
        turns = (values, vectors), (across, axes)
        return cls(likeness, languages, seen, alike, slopes, centre, root, *turns, solved, ratio, scale)

    def means(self, sets: Sets, weights: Float[np.ndarray, "groups languages"]) -> Float[np.ndarray, "sets groups"]:
        """Expected departures of groups of languages."""
        moved = _moved(self.likeness.ground.nearest(self.languages, sets), self.centre)
        return (self._cross(sets) @ self.solved @ self.alike + self.slopes * moved) @ weights.T

    def elsewhere(self, sets: Sets, code: str, seen: bool) -> Float[np.ndarray, " sets"]:
        """Expected departures of a language that was not evaluated: by its likeness to those that were, and its own distance to the sets."""
        ground, same = self.likeness.ground, self.seen == seen
        far, own = (ground.nearest([code], some) for some in (sets, self.likeness.sets))
        slope = self.slopes[same][0] if same.any() else 0.0
        alike = ALIKE * _close(ground, (self.languages, self.seen), ([code], np.array([seen])))
        return (self._cross(sets) @ self.solved @ alike)[:, 0] + slope * _moved(far, _centre(own))[:, 0]

    def variances(
        self, sets: Sets, weights: Float[np.ndarray, "groups languages"], mix: Float[np.ndarray, "answers sets"] | None = None
    ) -> Float[np.ndarray, "answers groups"]:
        """Of sets, or of mixtures of them (rows of weights)."""
        mix = np.eye(len(sets)) if mix is None else mix
        own = np.einsum("as,st,at->a", mix, _over_sets(self.likeness, sets, sets), mix, optimize=True)
        known = (mix @ self._cross(sets) @ self.sets[1]) ** 2 @ self._learned(weights)
        prior = np.outer(own, np.einsum("gi,ij,gj->g", weights, self.alike, weights))
        return self.scale * np.maximum(prior - known, 0.0)

    def covariance(self, sets: Sets, weights: Float[np.ndarray, " languages"]) -> Float[np.ndarray, "sets sets"]:
        """Between sets, of one group of languages."""
        turned = self._cross(sets) @ self.sets[1]
        known = (turned * self._learned(weights[None])[:, 0]) @ turned.T
        return self.scale * (_over_sets(self.likeness, sets, sets) * (weights @ self.alike @ weights) - known)

    def _cross(self, sets: Sets) -> np.ndarray:
        return _over_sets(self.likeness, sets, self.likeness.sets) * self.runs

    def _learned(self, weights: np.ndarray) -> Float[np.ndarray, "sets groups"]:
        """By eigenvector of the sets that were run, how much of a group's variance they take away."""
        (values, _), (across, axes) = self.sets, self.across
        spread = np.outer(np.maximum(values, 0), np.maximum(across, 0)) + self.ratio
        return (1 / spread) @ ((weights @ self.alike @ axes) ** 2).T


def _centre(far: np.ndarray) -> Float[np.ndarray, " languages"]:
    """Mean distance of each language over the sets of which it is known."""
    known = ~np.isnan(far)
    return np.where(known, far, 0.0).sum(0) / np.maximum(known.sum(0), 1)


def _moved(far: np.ndarray, centre: np.ndarray) -> Float[np.ndarray, "sets languages"]:
    """From the mean distance; 0 where a distance is not known, whatever else is asked."""
    return np.nan_to_num(far - centre)


def _slopes(off: np.ndarray, apart: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Least squares within languages, one slope for those seen and one for those unseen."""
    found = np.zeros(len(seen))
    for group in (seen, ~seen):
        moved, gained = off[:, group], apart[:, group] - apart[:, group].mean(0)
        if (moved**2).sum() > 1e-12:
            found[group] = (moved * gained).sum() / (moved**2).sum()
    return found


def _alike(ground: Ground, languages: Sequence[str], seen: np.ndarray) -> np.ndarray:
    close = _close(ground, (languages, seen), (languages, seen))
    np.fill_diagonal(close, 1.0)
    return _definite((1 - ALIKE) * np.eye(len(languages)) + ALIKE * close)


def _close(ground: Ground, first: Known, second: Known) -> Float[np.ndarray, "first second"]:
    """0 where a distance is not known."""
    far = ground.distances[np.ix_(ground.rows(first[0]), ground.rows(second[0]))]
    same = first[1][:, None] == second[1][None]
    return np.nan_to_num(np.exp(-far / REACH)) * np.where(same, 1.0, OTHERWISE)


def _definite(matrix: np.ndarray) -> np.ndarray:
    """The nearest matrix without negative eigenvalues."""
    values, axes = np.linalg.eigh(matrix)
    return axes @ np.diag(np.maximum(values, 0.0)) @ axes.T


def _over_sets(likeness: Likeness, first: Sets, second: Sets) -> np.ndarray:
    return OWN + sum(likeness.kernels(first, second)) / len(likeness.parts)


def _ratio(values: np.ndarray, turned: np.ndarray) -> tuple[float, float]:
    """(noise over signal, signal) of the greatest likelihood; `values`: eigenvalues of the whole covariance."""
    best = None
    for ratio in STEPS:
        scale = float((turned**2 / (values + ratio)).mean())
        loss = np.log(values + ratio).sum() + turned.size * np.log(max(scale, 1e-300))
        if best is None or loss < best[0]:
            best = loss, float(ratio), scale
    assert best is not None
    return best[1], best[2]
