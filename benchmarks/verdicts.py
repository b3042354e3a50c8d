"""How often a table of verdicts says `better` where nothing is, and how often it finds what is there: registries made up by the thousand.

    python benchmarks/verdicts.py [--registries 4000]

Shaped like the authors' runs (data/published): their subsets, tasks, seeds, spreads. Writes benchmarks/results/verdicts.json:
`false` holds one row per encoder, kind of table, world and rule; `power` one row per encoder, world, number of seeds and true difference.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy

from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.results import averages, comparisons, draws, noise, tables
from realignment.results.scores import Row, Score
from realignment.statistics import inference

ROOT = Path(__file__).parents[1]
RULES = {"moderated": None, "pooled": np.inf, "apart": 0.0}  # weight of the pooled variance; the first is what the package does
BLOCK = 500  # registries at once
JUMPS, JUMP = 0.03, 30.0  # share of runs in which one language jumps, by so many points; the authors' jump by 20 to 36
SMALL = ("none", "all_65", "uriel_diverse_10", "uriel_similar_10", "latin_diverse_10", "family_diverse_10", "random_10")


@dataclass(frozen=True)
class Shape:
    """Real runs that registries are made after; points."""

    real: tuple[Row, ...]
    columns: tuple[str, ...]
    residuals: np.ndarray  # [real, seeds, columns] around the row's mean, widened to the sample variance
    languages: np.ndarray  # [columns] by how many a jump of one language is divided
    places: tuple[int, ...]  # which real rows a registry has

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self.real[place] for place in self.places)

    @property
    def random(self) -> np.ndarray:
        return np.array([draws.drawn(row) for row in self.rows])

    @property
    def sd(self) -> np.ndarray:
        """[real, columns]"""
        return np.sqrt((self.residuals**2).mean(1))

    def alike(self, random: bool) -> np.ndarray:
        """Places of the real rows that are random, or fixed."""
        return np.array([place for place, row in enumerate(self.real) if draws.drawn(row) == random])

    def only(self, names: tuple[str, ...]) -> "Shape":
        return replace(self, places=tuple(place for place, row in enumerate(self.real) if row.subset in names))


def shape(study: tables.Study, kind: str) -> Shape:
    """Rows whose runs are whole in every column."""
    columns = (comparisons.task_columns if kind == "tasks" else comparisons.level_columns)(study, TASKS)
    held = {}
    for row in comparisons.rows(study, columns):
        values = [study.runs.cell(row, items).values for items in columns.values()]
        if len({len(found) for found in values}) == 1 and values[0]:
            held[row] = 100 * np.array(values).T
    values = np.array(list(held.values()))
    seeds = values.shape[1]
    residuals = (values - values.mean(1, keepdims=True)) * np.sqrt(seeds / (seeds - 1))
    sizes = [min(len(names) for names in items.values()) * len(items) for items in columns.values()]
    return Shape(tuple(held), tuple(columns), residuals, np.array(sizes), tuple(range(len(held))))


World = Callable[
    [Shape, int, int, np.random.Generator], np.ndarray
]  # shape, registries, seeds -> noise [.., columns, rows, seeds]


def even(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """Normal; fixed rows of one spread, random rows of the spread each has."""
    pooled = np.sqrt((about.sd[about.alike(False)] ** 2).mean(0))
    sd = np.where(about.random[:, None], about.sd[list(about.places)], pooled)
    return chance.standard_normal((count, len(about.columns), len(about.rows), seeds)) * sd.T[..., None]


def shared(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """Even, and a quarter of the variance is the seed's own, the same in every row."""
    own = even(about, count, seeds, chance)
    common = chance.standard_normal((count, len(about.columns), 1, seeds)) * np.sqrt((about.sd**2).mean(0))[:, None, None]
    return np.sqrt(0.75) * own + np.sqrt(0.25) * common


def _others(about: Shape, count: int, chance: np.random.Generator, each: tuple[int, ...] = ()) -> np.ndarray:
    """Real rows of the same kind, fixed or random, for each row: [registries, rows, *each]."""
    return np.stack([chance.choice(about.alike(random), (count, *each)) for random in about.random], axis=1)


def uneven(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """Normal; each row has the spread that some real row was seen with, chance of four seeds and all: wider apart than they are."""
    sd = about.sd[_others(about, count, chance)]
    return chance.standard_normal((count, len(about.columns), len(about.rows), seeds)) * sd.transpose(0, 2, 1)[..., None]


def uneven_shared(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """Uneven, and a quarter of the variance is the seed's own."""
    common = chance.standard_normal((count, len(about.columns), 1, seeds)) * np.sqrt((about.sd**2).mean(0))[:, None, None]
    return np.sqrt(0.75) * uneven(about, count, seeds, chance) + np.sqrt(0.25) * common


def resampled(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """Each run errs as some real run did, in all columns at once."""
    run = chance.integers(about.residuals.shape[1], size=(count, len(about.rows), seeds))
    return about.residuals[_others(about, count, chance, (seeds,)), run].transpose(0, 3, 1, 2)


def own(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """Each run errs as some run of its own row did, blurred by Silverman's rule for four values: uneven, skewed."""
    return _own(about, (count, seeds), chance, blur=1.06 * 4**-0.2)


def lumpy(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """As `own`, hardly blurred: runs fall into two or three lumps, and all seeds of a row may fall into one."""
    return _own(about, (count, seeds), chance, blur=0.5)


def _own(about: Shape, size: tuple[int, int], chance: np.random.Generator, blur: float) -> np.ndarray:
    """`blur` in standard deviations of the row; the variance stays what it is."""
    rows, (count, seeds) = np.array(about.places), size
    run = chance.integers(about.residuals.shape[1], size=(count, len(rows), seeds))
    found = about.residuals[rows[None, :, None], run].transpose(0, 3, 1, 2)
    return (found + blur * chance.standard_normal(found.shape) * about.sd[rows].T[..., None]) / np.sqrt(1 + blur**2)


def jumps(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """Resampled, and in some runs one language jumps."""
    noise = resampled(about, count, seeds, chance)
    jump = (chance.random(noise.shape) < JUMPS) * chance.choice([-JUMP, JUMP], noise.shape)
    return noise + jump / about.languages[:, None, None]


def heavy(about: Shape, count: int, seeds: int, chance: np.random.Generator) -> np.ndarray:
    """Worse than any seen: Student's t with 5 degrees of freedom, variances of the rows apart as 3 / chi-squared of 3."""
    sd = np.sqrt((about.sd**2).mean(0))[:, None, None]
    spread = np.sqrt(3 / chance.chisquare(3, (count, len(about.columns), len(about.rows), 1)))
    return chance.standard_t(5, (*spread.shape[:3], seeds)) * np.sqrt(3 / 5) * spread * sd


WORLDS: tuple[World, ...] = (even, shared, uneven, uneven_shared, resampled, own, lumpy, jumps, heavy)


def judge(values: np.ndarray, about: Shape, weight: float | None) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """Adjusted p and difference, [registries, columns, pairs]; many registries at once, as `comparisons.compare` does one."""
    seeds, mean, fixed = values.shape[-1], values.mean(-1), ~about.random
    taken = (fixed.sum() - 1) * (seeds - 1) >= noise.ENOUGH  # what a seed adds to all fixed rows
    common = values[..., fixed, :].mean(-2, keepdims=True) if taken else 0.0
    own_variance = (values - common).var(-1, ddof=1)
    variance, freedom, total, least = np.empty_like(mean), np.empty_like(mean), {}, 0.0
    for random in (False, True):
        part = about.random == random
        kept = 1 - 1 / fixed.sum() if taken and not random else 1.0
        found = inference.spread(own_variance[..., part] / kept, np.full(part.sum(), (seeds - 1) * kept), weight)
        variance[..., part], freedom[..., part] = inference.at_least(found.variance, least) / seeds, found.freedom
        least = found.pooled[..., None]
        total[random] = part.sum() * (seeds - 1) * kept
    place = {row: number for number, row in enumerate(about.rows)}
    pairs = [(place[row], place[base]) for row, base in _pairs(about)]
    ours, base = map(list, zip(*pairs, strict=True))
    most = np.array([sum(total[random] for random in {bool(about.random[a]), bool(about.random[b])}) for a, b in pairs])
    freedoms = inference.satterthwaite((variance[..., ours], freedom[..., ours]), (variance[..., base], freedom[..., base]), most)
    difference = mean[..., ours] - mean[..., base]
    error = np.sqrt(variance[..., ours] + variance[..., base])
    with np.errstate(divide="ignore", invalid="ignore"):
        p = inference.two_sided(difference / error, freedoms)
    return inference.holm(p.reshape(len(p), -1)).reshape(p.shape), difference, pairs


def _pairs(about: Shape) -> list[tuple[Row, Row]]:
    study = registry(np.zeros((len(about.columns), len(about.rows), 1)), about)
    return comparisons.pairs(study, _items(about))


def _items(about: Shape) -> dict[str, dict[str, list[str]]]:
    return {title: {title: ["deu"]} for title in about.columns}


def registry(values: np.ndarray, about: Shape) -> tables.Study:
    """One registry the way a study's runs are read: one task per column, one language; [columns, rows, seeds] in points."""
    found = [
        Score(row.encoder, row.subset, "", str(seed), title, title, "deu", "HRL", values[column, number, seed] / 100)
        for number, row in enumerate(about.rows)
        for column, title in enumerate(about.columns)
        for seed in range(values.shape[-1])
    ]
    return tables.Study(averages.collect(found), about.rows[0].encoder)


def same_as_the_package(values: np.ndarray, about: Shape) -> None:
    """Fails where the verdicts of many registries at once are not those that the package gives for each."""
    adjusted, difference, _ = judge(values, about, None)
    for one in range(len(values)):
        study = registry(values[one], about)
        found = comparisons.against_references(study, _items(about))
        quick = [
            comparisons.UNDECIDED if not p < inference.LEVEL else comparisons.BETTER if d > 0 else comparisons.WORSE
            for p, d in zip(adjusted[one].T.ravel(), difference[one].T.ravel(), strict=True)
        ]
        assert [row["verdict"] for row in found] == quick


def interval(count: int, of: int) -> list[float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.959964, count / of
    middle, half = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return [round((middle - half) / (1 + z * z / of), 5), round((middle + half) / (1 + z * z / of), 5)]


def blocks(world: World, about: Shape, count: int, seeds: int, key: int) -> Iterator[np.ndarray]:
    chance = np.random.default_rng(key)
    for start in range(0, count, BLOCK):
        yield world(about, min(BLOCK, count - start), seeds, chance)


def false_verdicts(world: World, about: Shape, count: int, seeds: int) -> list[dict]:
    """No row differs from another: the share of tables that hold a `better`, and any verdict at all; a row a rule."""
    found = {rule: np.zeros(2, int) for rule in RULES}
    for values in blocks(world, about, count, seeds, key=1):
        for rule, weight in RULES.items():
            adjusted, difference, _ = judge(values, about, weight)
            told = adjusted < inference.LEVEL
            found[rule] += [(told & (difference > 0)).any((1, 2)).sum(), told.any((1, 2)).sum()]
    return [
        {
            "world": world.__name__,
            "rule": rule,
            "rows": len(about.rows),
            "seeds": seeds,
            "tests": len(_pairs(about)) * len(about.columns),
            "registries": count,
            "false_better": better / count,
            "interval": interval(better, count),
            "false_any": told / count,
            "interval_any": interval(told, count),
        }
        for rule, (better, told) in found.items()
    ]


def power(world: World, about: Shape, count: int, seeds: int, difference: float) -> dict:
    """Every other fixed row, all languages and all random rows are better than `none` by `difference`: how many are told to be.

    `wrong`: the share of tables that hold a verdict against the truth.
    """
    place = {row.subset: number for number, row in enumerate(about.rows)}
    truth = np.where(np.arange(len(about.rows)) % 2 == 0, difference, 0.0) + np.where(about.random, difference, 0.0)
    truth = np.minimum(truth, difference)
    truth[place["none"]], truth[place["all_65"]] = 0.0, difference
    told, random, wrong = np.zeros(len(about.columns)), np.zeros(len(about.columns)), 0
    for values in blocks(world, about, count, seeds, key=2):
        adjusted, seen, pairs = judge(values + truth[:, None], about, None)
        gap = np.array([truth[a] - truth[b] for a, b in pairs])
        verdict = np.where(adjusted < inference.LEVEL, np.sign(seen), 0)
        wrong += int(((verdict != 0) & (verdict != np.sign(gap))).any((1, 2)).sum())
        real = np.array([b == place["none"] and gap[number] > 0 for number, (_, b) in enumerate(pairs)])
        drawn = np.array([about.random[a] for a, _ in pairs])
        told += (verdict[..., real & ~drawn] > 0).mean(-1).sum(0)
        random += (verdict[..., real & drawn] > 0).mean(-1).sum(0)
    shares = {title: round(float(one), 4) for title, one in zip(about.columns, told / count, strict=True)}
    drawn_shares = {title: round(float(one), 4) for title, one in zip(about.columns, random / count, strict=True)}
    head = {"world": world.__name__, "seeds": seeds, "difference": difference, "registries": count}
    return {
        **head,
        "found": shares,
        "found_random_rows": drawn_shares,
        "wrong": wrong / count,
        "interval": interval(wrong, count),
    }


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--registries", type=int, default=4000, help="made up for each rate of false verdicts")
    count, began = given.parse_args().registries, time.perf_counter()
    false, found = [], []
    for study in Paper(ROOT).studies:
        for kind in ("tasks", "levels"):
            about = shape(study, kind)
            same_as_the_package(resampled(about, 3, 4, np.random.default_rng(3)) * 3, about)
            plans = [(about, 4)] + ([(about.only(SMALL), 2), (about.only(SMALL), 4)] if kind == "tasks" else [])
            for one, seeds in plans:
                for world in WORLDS:
                    false += [
                        {"encoder": study.encoder, "table": kind, **row} for row in false_verdicts(world, one, count, seeds)
                    ]
                    _say(false[-len(RULES) :])
            if kind == "tasks":
                for world in (even, shared, resampled):
                    for seeds in (2, 4, 10):
                        for difference in (0.5, 1.0, 2.0):
                            found.append({"encoder": study.encoder, **power(world, about, count // 4, seeds, difference)})
                            print("power", *found[-1].values())
    about = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    content = {
        **about,
        "level": inference.LEVEL,
        "caution": inference.CAUTION,
        "seconds": round(time.perf_counter() - began),
        "false": false,
        "power": found,
    }
    target = ROOT / "benchmarks/results/verdicts.json"
    target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    worst = max((row for row in false if row["rule"] == "moderated"), key=lambda row: row["false_better"])
    print(f"the worst of the rule in use: {worst}")


def _say(listed: list[dict]) -> None:
    one = listed[0]
    rates = "; ".join(
        f"{row['rule']} {row['false_better']:.2%} [{row['interval'][0]:.2%}, {row['interval'][1]:.2%}], any {row['false_any']:.2%}"
        for row in listed
    )
    print(f"{one['encoder']} {one['table']}, {one['rows']} rows x {one['seeds']} seeds, {one['world']}: {rates}", flush=True)


if __name__ == "__main__":
    main()
