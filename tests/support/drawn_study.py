"""A study with several random draws, whose effects of languages, seeds and chance are planted."""

from statistics import fmean

import numpy as np

from realignment.results import averages, tables
from realignment.results.scores import Score
from realignment.selection.heuristics import random_draw

POOL = [f"l{number:02}" for number in range(30)]
SIZES = {"none": 0, **{f"{name}_{n}": n for name in ("uriel_diverse", "family_diverse", "random") for n in (5, 10)}}
SD = {"language": 4.0, "seed": 1.0, "residual": 0.5}  # points


def scores(draws: int, seeds: int, key: int = 0) -> tuple[list[Score], dict[tuple[str, str], frozenset[str]]]:
    """Those of `none`, four chosen sets of five and ten, and random ones of both sizes, every draw with every training seed; and what each of the latter drew."""
    chance = np.random.default_rng(key)
    effects = dict(zip(POOL, chance.normal(0, SD["language"], len(POOL)), strict=True))
    common, found, drawn = chance.normal(0, SD["seed"], seeds), [], {}

    def run(subset: str, seed: int, effect: float, label: str) -> None:
        points = 50 + effect + common[seed] + chance.normal(0, SD["residual"])
        found.append(Score("small", subset, "", label, "pos", "pos", "deu", "HRL", float(points) / 100, 100))

    for row, gain in {
        "none": 0,
        "uriel_diverse_5": 3,
        "uriel_diverse_10": 5,
        "family_diverse_5": 1,
        "family_diverse_10": 2,
    }.items():
        for seed in range(seeds):
            run(row, seed, gain, str(seed))
    for size in (5, 10):
        for draw in range(draws):
            names = random_draw(POOL, size, draw)
            drawn[f"random_{size}", str(draw)] = frozenset(names)
            for seed in range(seeds):
                label = str(draw) if draw == seed else f"{draw}.{seed}.{seed}.{seed}"
                run(f"random_{size}", seed, fmean(effects[one] for one in names) - fmean(effects.values()), label)
    return found, drawn


def study(draws: int, seeds: int, key: int = 0) -> tables.Study:
    found, drawn = scores(draws, seeds, key)
    return tables.Study(
        averages.collect(found), "small", SIZES, drawn=drawn, pools=dict.fromkeys(("random_5", "random_10"), len(POOL))
    )
