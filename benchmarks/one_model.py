"""Whether the intervals of the one model cover what they say, on made-up registries with nested draws, beside two other tests.

    python benchmarks/one_model.py [--registries 4000]

Each registry has a language effect for every language of a pool; each chain is a random order of the pool, and a random row's draw is the mean of the first k
languages. Variances are those that the model finds in the authors' runs. Writes benchmarks/results/one_model.json: one row per design, world and test.
"""

import argparse
import itertools
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy

from realignment.paper.model import SIZES, TEAMS, AuthorsModel
from realignment.paper.paper import Paper
from realignment.results import headings
from realignment.statistics import inference, mixed, nested
from realignment.statistics.design import Design

ROOT = Path(__file__).parents[1]
TRUE = (0.0, 0.5, 1.0)  # points of true difference
BLOCK = 500  # registries at once
MAIN = "main"


@dataclass(frozen=True)
class Shape:
    """A study: fixed rows, random rows by size from one pool, further pools of which each has a random row of ten."""

    name: str
    fixed: int
    sizes: tuple[int, ...]
    pool: int
    chains: int
    seeds: int = 1  # training seeds on each draw; with one, a draw and a seed change together
    pools: tuple[int, ...] = ()  # their sizes

    def runs(self) -> tuple[list, list, list, list]:
        """Row, training seed and chain of each run, and its place in `draws`; -1 for fixed rows."""
        seeds = range(self.chains if self.seeds == 1 else self.seeds)
        found = [(f"fixed {row}", seed, "", -1) for row in range(self.fixed) for seed in seeds]
        for place, row in enumerate([*self.sizes, *(f"pool {number}" for number in range(len(self.pools)))]):
            both = [(chain, chain) for chain in seeds] if self.seeds == 1 else itertools.product(range(self.chains), seeds)
            found += [(row, seed, chain, place * self.chains + chain) for chain, seed in both]
        return tuple(map(list, zip(*found, strict=True)))

    def design(self) -> Design:
        rows, seeds, chains, _ = self.runs()
        return Design(rows, seeds, nested.kernel([self._draw(row, chain) for row, chain in zip(rows, chains, strict=True)]))

    def _draw(self, row: int | str, chain: int) -> nested.Draw | None:
        if str(row).startswith("fixed"):
            return None
        pool, size = (self.pools[int(row.split()[1])], 10) if isinstance(row, str) else (self.pool, row)
        return nested.Draw((row if isinstance(row, str) else MAIN, chain), frozenset(map(str, range(size))), pool)


AUTHORS = Shape("the authors' runs", 49, SIZES, 65, 4, pools=(44, 25, 40, 15, 40, 45, 25, 20))
SHAPES = (
    AUTHORS,
    Shape("main rows alone", 29, SIZES, 65, 4),
    Shape("a study, four draws with four seeds each", 7, (5, 10), 40, 4, 4),
    Shape("a study, four draws, seeds change with them", 7, (5, 10), 40, 4),
    Shape("a study, three draws of one size, seeds change with them", 5, (10,), 40, 3),
)


@dataclass(frozen=True)
class World:
    """Standard deviations in points; how effects of languages and residuals are distributed, and how draws depend on size."""

    name: str
    language: float
    seed: float
    residual: float
    effects: Callable[[np.random.Generator, tuple], np.ndarray] = field(default=lambda chance, size: chance.standard_normal(size))
    errors: Callable[[np.random.Generator, tuple], np.ndarray] = field(default=lambda chance, size: chance.standard_normal(size))
    even: bool = False  # every draw varies as one of ten does, whatever its size


def heavy(chance: np.random.Generator, size: tuple) -> np.ndarray:
    """Student's t with four degrees of freedom, of variance 1."""
    return chance.standard_t(4, size) / 2**0.5


def few(chance: np.random.Generator, size: tuple) -> np.ndarray:
    """One language in ten has an effect."""
    return chance.standard_normal(size) * (chance.random(size) < 0.1) * 10**0.5


def registries(shape: Shape, world: World, count: int, chance: np.random.Generator) -> np.ndarray:
    """[count, runs] in points, no row better than another."""
    _, seeds, _, places = shape.runs()
    drawn = [_draws(shape.sizes, shape.pool, shape.chains, world, (count, chance))]
    drawn += [_draws((10,), pool, shape.chains, world, (count, chance)) for pool in shape.pools]
    draws = np.concatenate([np.zeros((count, 1)), *drawn], 1)  # the first is of fixed rows
    common = chance.standard_normal((count, max(seeds) + 1)) * world.seed
    return draws[:, np.array(places) + 1] + common[:, seeds] + world.errors(chance, (count, len(seeds))) * world.residual


def _draws(sizes: tuple[int, ...], pool: int, chains: int, world: World, by: tuple[int, np.random.Generator]) -> np.ndarray:
    """[count, sizes x chains]: means of nested samples less that of the pool."""
    count, chance = by
    effects = world.effects(chance, (count, pool)) * world.language
    order = chance.permuted(np.tile(np.arange(pool), (count, chains, 1)), axis=-1)
    taken = np.take_along_axis(effects[:, None], order, -1).cumsum(-1)
    means = np.stack([taken[..., k - 1] / k for k in sizes], 1) - effects.mean(-1)[:, None, None]
    if world.even:
        means *= np.sqrt([nested.of_size(10, pool) / nested.of_size(k, pool) for k in sizes])[:, None]
    return means.reshape(count, -1)


def tests(shape: Shape, design: Design, values: np.ndarray) -> dict[str, mixed.Estimate]:
    """Name -> as many chosen rows as there are sizes minus the random rows, mean over sizes."""
    rows, _, chains, _ = shape.runs()
    chosen = [f"fixed {number}" for number in range(len(shape.sizes))]
    weights = {row: 1 / len(chosen) for row in chosen} | {k: -1 / len(chosen) for k in shape.sizes}
    found = {"one model": mixed.fit(design, values).contrast(weights)}
    held = {row: np.stack([values[:, [place for place, one in enumerate(rows) if one == row and chain in ("", chains[place])]].mean(-1) for chain in range(shape.chains)], -1)
            for row in shape.sizes}  # fmt: skip
    fixed = {row: values[:, [place for place, one in enumerate(rows) if one == row]] for row in chosen}
    if shape.seeds == 1:
        gaps = np.mean([fixed[row] - held[k] for row, k in zip(chosen, shape.sizes, strict=True)], 0)
        found["by seed"] = _of(gaps.mean(-1), gaps.var(-1, ddof=1) / shape.chains, np.full(len(gaps), shape.chains - 1.0))
    parts = [
        (one.var(-1, ddof=1) / one.shape[-1] / len(chosen) ** 2, one.shape[-1] - 1) for one in (*fixed.values(), *held.values())
    ]
    variance = sum(one for one, _ in parts)
    gap = np.mean([fixed[row].mean(-1) - held[k].mean(-1) for row, k in zip(chosen, shape.sizes, strict=True)], 0)
    found["sizes as independent"] = _of(gap, variance, variance**2 / sum(one**2 / free for one, free in parts))
    return found


def _of(value: np.ndarray, variance: np.ndarray, freedom: np.ndarray) -> mixed.Estimate:
    return mixed.Estimate(value, np.sqrt(variance), freedom)


def measured(shape: Shape, world: World, count: int) -> list[dict]:
    """One row per test."""
    design, chance = shape.design(), np.random.default_rng(len(shape.name) * 1000 + len(world.name))
    told: dict[str, list[np.ndarray]] = {}
    for start in range(0, count, BLOCK):
        values = registries(shape, world, min(BLOCK, count - start), chance)
        for name, one in tests(shape, design, values).items():
            told.setdefault(name, []).append(np.array([one.value, *one.interval()]))
    rows = []
    for name, found in told.items():
        value, low, high = np.concatenate(found, 1)
        shares = {f"found at {gap:g}": float((low + gap > 0).mean()) for gap in TRUE[1:]}
        covered = (low <= 0) & (high >= 0)
        rows.append(
            {
                "design": shape.name,
                "world": world.name,
                "test": name,
                "registries": count,
                "covers": float(covered.mean()),
                "covers_interval": interval(int(covered.sum()), count),
                "false_better": float((low > 0).mean()),
                "false_better_interval": interval(int((low > 0).sum()), count),
                "half_width": float(np.median((high - low) / 2)),
                "sd": float(value.std()),
                **shares,
            }
        )
    return rows


def interval(count: int, of: int) -> list[float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.959964, count / of
    middle, half = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return [round(float(one), 5) for one in ((middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of))]


def worlds(paper: Paper) -> list[World]:
    """As the model finds the authors' averages and tasks, and some in which it is wrong."""
    model, found = AuthorsModel(paper), []
    for team in TEAMS:
        for column in ("Average", *(headings.task(task) for task in ("nli", "pos", "ner"))):
            seed, language, residual = np.sqrt(model.model(team, column).fit.variance).tolist()
            found.append(World(f"{headings.encoder(team)} {column}", language, seed, residual))
    base = next(one for one in found if one.name == "XLM-R Average")
    sd = (base.language, base.seed, base.residual)
    return [
        *found,
        World("languages of heavy tails", *sd, effects=heavy),
        World("few languages have an effect", *sd, effects=few),
        World("residuals of heavy tails", *sd, errors=heavy),
        World("draws of every size vary alike", *sd, even=True),
        World("draws do not matter", 0.0, *sd[1:]),
    ]


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--registries", type=int, default=4000, help="made up for each world")
    count, began, rows = given.parse_args().registries, time.perf_counter(), []
    made = worlds(Paper(ROOT))
    for shape in SHAPES:
        for world in made if shape is AUTHORS else [one for one in made if one.name.startswith(("XLM-R", "mBERT NER", "draws"))]:
            rows += measured(shape, world, count)
            print(shape.name, world.name, *(f"{one['test']}: {one['covers']:.3f} {one['false_better']:.3f} ±{one['half_width']:.2f} {one['found at 0.5']:.2f} {one['found at 1']:.2f};" for one in rows if (one["design"], one["world"]) == (shape.name, world.name)), flush=True)  # fmt: skip
    about = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__, "level": inference.LEVEL}
    content = {**about, "seconds": round(time.perf_counter() - began), "rows": rows}
    target = ROOT / "benchmarks/results/one_model.json"
    target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
