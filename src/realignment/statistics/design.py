"""Which run is of which row, seed and draw, reduced to what restricted likelihood needs (mixed.py).

Fixed rows, and draws, that were run with the same seeds are rotated: means stay, what is left of them holds the residual alone and enters as a sum of
squares. So the likelihood is that of all runs, and its matrices are small.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from realignment.statistics.inference import Numbers

SMALL = 1e-12  # a kernel below it is rounding
Scores = Float[np.ndarray, "*registries runs"]


@dataclass(frozen=True)
class Group:
    """Units that were run with the same seeds: fixed rows, or draws of random rows."""

    rows: np.ndarray  # the row of each unit
    runs: np.ndarray  # [units, seeds] which runs
    seeds: np.ndarray  # which seeds
    drawn: bool

    @property
    def freedom(self) -> int:
        """Of what is left when units and seeds are taken out."""
        return (len(self.rows) - 1) * (len(self.seeds) - 1)

    def kept(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights of the runs [reduced, units, seeds] in what is kept of them, and how much of the residual is in it: fixed rows' mean by seed; of draws the
        mean of each, and what seeds differ by on average."""
        units, seeds = self.runs.shape
        if not self.drawn:
            return np.repeat(np.eye(seeds)[:, None], units, 1) / units, np.full(seeds, 1 / units)
        means = np.repeat(np.eye(units)[..., None], seeds, 2) / seeds
        apart = np.repeat(np.linalg.svd(np.ones((1, seeds)))[2][1:, None], units, 1) / units if seeds > 1 else means[:0]
        return np.concatenate([means, apart]), np.repeat([1 / seeds, 1 / units], [units, seeds - 1])


class Design:
    """Which run is of which row and seed, and how draws covary. Rows and seeds are called as they were given."""

    def __init__(
        self,
        row: Sequence[Hashable],
        seed: Sequence[Hashable],
        draws: Float[np.ndarray, "runs runs"],
        draw: Sequence[Hashable] | None = None,
    ) -> None:
        """`draws`: covariance of the draws of two runs in units of the variance between languages; 0 for a run of a fixed row, alike for runs of one draw.
        `draw` names them, "" of a fixed row: draws of a whole pool covary with nothing; without it they are told by `draws`.
        ValueError where a fixed row or a draw has two runs of one seed."""
        self.names = list(dict.fromkeys(row))
        places = [{one: place for place, one in enumerate(dict.fromkeys(held))} for held in (row, seed)]
        rows, seeds = ([place[one] for one in held] for place, held in zip(places, (row, seed), strict=True))
        self.shared = len(set(seeds)) < len(seeds)
        told = [line.tobytes() if line[place] > 0 else "" for place, line in enumerate(draws)]
        self.groups = _grouped(rows, seeds, told if draw is None else draw)
        columns = [
            (one, one if group.drawn else f"group {place}")
            for place, group in enumerate(self.groups)
            for one in group.rows.tolist()
        ]
        order = list(dict.fromkeys(which for _, which in columns))
        self.column = {one: order.index(which) for one, which in columns}  # of `means`: fixed rows of a group share one
        parts = [group.kept() for group in self.groups]
        weights = np.zeros((sum(len(noise) for _, noise in parts), len(rows)))
        ends = np.cumsum([0, *(len(noise) for _, noise in parts)])
        for group, (kept, noise), start in zip(self.groups, parts, ends.tolist(), strict=False):
            weights[start : start + len(noise), group.runs.ravel()] = kept.reshape(len(noise), -1) / np.sqrt(noise)[:, None]
        self.weights = weights
        self.means = weights @ np.eye(len(order))[[self.column[one] for one in rows]]
        common = weights @ np.eye(len({*seeds}))[seeds]
        self.kernels = [common @ common.T, weights @ draws @ weights.T, np.eye(len(weights))]

    @cached_property
    def contrasts(self) -> Float[np.ndarray, "reduced left"]:
        """What no mean of a row enters, orthonormal."""
        return np.linalg.svd(self.means)[0][:, self.means.shape[1] :]

    @cached_property
    def seen(self) -> list[np.ndarray]:
        """The kernels of COMPONENTS among `contrasts`."""
        return [self.contrasts.T @ one @ self.contrasts for one in self.kernels]

    @cached_property
    def live(self) -> np.ndarray:
        """Which components the runs can tell anything of: a seed only where rows share it."""
        return np.array(
            [self.shared and np.abs(self.seen[0]).max(initial=0) > SMALL, np.abs(self.seen[1]).max(initial=0) > SMALL, True]
        )

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the residual alone."""
        return sum(group.freedom for group in self.groups)

    def reduced(self, scores: Scores) -> tuple[np.ndarray, Numbers]:
        """What is kept of the runs, weighted so that the residual is in each alike; the sum of squares of the residual alone."""
        squares: Numbers = np.zeros(scores.shape[:-1])
        for group in self.groups:
            held = scores[..., group.runs]
            left = held - held.mean(-2)[..., None, :] - (held.mean(-1) - held.mean((-1, -2))[..., None])[..., None]
            squares = squares + (left**2).sum((-1, -2))
        return scores @ self.weights.T, squares


def _grouped(rows: Sequence[int], seeds: Sequence[int], draws: Sequence[Hashable]) -> list[Group]:
    units: dict[tuple[int, Hashable], dict[int, int]] = {}  # a fixed row, or a draw of a random one -> seed -> run
    for place, (row, seed, draw) in enumerate(zip(rows, seeds, draws, strict=True)):
        held = units.setdefault((row, draw), {})
        if held.setdefault(seed, place) != place:
            raise ValueError(f"one run per row, draw and seed is required; row {row} has two of seed {seed}")
    found: dict[tuple[bool, tuple[int, ...]], list[tuple[int, Hashable]]] = {}
    for unit, held in units.items():
        found.setdefault((unit[1] != "", tuple(sorted(held))), []).append(unit)
    return [
        Group(
            np.array([row for row, _ in some]),
            np.array([[units[unit][seed] for seed in shared] for unit in some]),
            np.array(shared),
            drawn,
        )
        for (drawn, shared), some in found.items()
    ]
