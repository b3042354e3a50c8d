"""How often `recommend` is right in worlds whose truth is known: the authors' sets and runs, with gains that are made up.

    python benchmarks/searched.py [--worlds N]

Writes benchmarks/results/searched.json. The same number of worlds gives the same file; forty of each kind take four minutes of one core. A set that was looked for is
expected to gain too much (the winner's curse): `needed` is by what the intervals of any set would have to be multiplied to hold 90 % of such sets, which
`recommended.SEARCHED` follows; `inside` is what intervals hold with that factor and `narrow` without it, `told` how often a set is said to be above random draws of its size, `wrong` how
often it is and its lead is none, and `looks` how often its interval without the factor says so.
"""

import argparse
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from predictor import given, plain, text

from realignment.predictor import calibrated, recommended
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured
from realignment.predictor.recommended import SEARCHED, Recommended
from realignment.predictor.wish import Wish

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "benchmarks/results/searched.json"
KEY = ("xlmr", "pos")
SIZES = (5, 10, 20)
AIMED = (), ("sna", "xho", "zul")  # the task's mean, and a few targets, in turn
WORLDS = 40
Truth = Callable[[Sequence[Collection[str]]], np.ndarray]  # sets -> sets x languages, points


def nothing(measured: Measured, ground: Ground, random: np.random.Generator) -> Truth:
    """Each language gains what it gained on average, whatever the set."""
    return lambda sets: np.tile(measured.gains.mean(0), (len(sets), 1))


def smooth(measured: Measured, ground: Ground, random: np.random.Generator) -> Truth:
    """Languages of a set help by their share, relatives alike; size helps up to a point; unseen languages gain by their nearest language of the set."""
    amount, count = measured.means.std(), len(ground.codes)
    helps = np.linalg.cholesky(ground.kin) @ random.normal(size=count)
    taste, liked = random.normal(size=(6, count)), random.normal(size=(6, len(measured.languages)))
    slopes = np.where(ground.seen(measured.languages, measured.seen), -1.0, -4.0)
    far = np.nan_to_num(ground.distances, nan=float(np.nanmean(ground.distances)))[ground.rows(measured.languages)]

    def truth(sets: Sequence[Collection[str]]) -> np.ndarray:
        shares, logs = ground.shares(sets), np.log([len(codes) / 10 for codes in sets])
        common = 2.5 * shares @ helps + 0.4 * logs - 0.3 * logs**2
        near = np.array([far[:, row > 0].min(1) for row in shares])
        return measured.gains.mean(0) + amount * (common[:, None] + slopes * (near - near.mean()) + shares @ taste.T @ liked)

    return truth


def rough(measured: Measured, ground: Ground, random: np.random.Generator) -> Truth:
    """As smooth, and pairs of languages help or hinder one another, which no part of the model knows; an unseen language gains when it is in the set."""
    base, amount, count = smooth(measured, ground, random), measured.means.std(), len(ground.codes)
    pairs = np.tril(random.normal(size=(count, count)), -1)
    own, unseen = ground.rows(measured.languages), ~ground.seen(measured.languages, measured.seen)

    def truth(sets: Sequence[Collection[str]]) -> np.ndarray:
        shares = ground.shares(sets)
        common = 12 * np.einsum("si,ij,sj->s", shares, pairs, shares)
        return base(sets) + amount * (common[:, None] + 3 * (shares[:, own] > 0) * unseen)

    return truth


def found(measured: Measured, ground: Ground, world: int, make: Callable[..., Truth]) -> Iterator[dict]:
    """One row per size, and of the chosen one."""
    random = np.random.default_rng(world)
    truth, sets = make(measured, ground, random), [one.languages for one in measured.sets]
    apart = measured.apart / np.sqrt(len(measured.apart))
    noise = random.normal(size=(len(sets), len(apart))) @ apart / np.sqrt(measured.runs)[:, None]
    made = calibrated.fit(replace(measured, gains=truth(sets) + noise), ground)
    wish = Wish({KEY: made}, AIMED[world % len(AIMED)])
    by_size = recommended.best(wish, [code for code, one in ground.languages.items() if one.pool and not one.is_pivot], SIZES)
    chosen = recommended.first(by_size)
    for one in by_size.values():
        yield {"chosen": one is chosen, **judged(one, lambda some: truth(some) @ wish.weights[KEY])}


def judged(one: Recommended, truth: Truth) -> dict:
    gain, drawn = truth([one.languages])[0], truth(recommended.draws(one.pool, one.size)).mean()
    return {
        "told": one.lead.told and one.lead.gain > 0,
        "looks": SEARCHED * one.lead.gain > one.lead.half,
        "none": gain <= drawn + 1e-9,
        "gain": abs(one.gain.gain - gain) / one.gain.half,
        "lead": abs(one.lead.gain - (gain - drawn)) / one.lead.half,
    }


def row(name: str, sets: str, some: Sequence[dict]) -> dict:
    def share(values: Sequence[bool]) -> float:
        return float(np.mean(values))

    numbers = {"told": share([one["told"] for one in some]), "wrong": share([one["told"] and one["none"] for one in some])}
    numbers["looks"] = share([one["looks"] for one in some])
    for kind in ("gain", "lead"):
        off = np.array([one[kind] for one in some])
        numbers |= {
            f"inside_{kind}": share(off <= 1),
            f"narrow_{kind}": share(SEARCHED * off <= 1),
            f"needed_{kind}": SEARCHED * float(np.quantile(off, calibrated.SHARE)),
        }
    return {"world": name, "sets": sets, "of": len(some), **numbers}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--worlds", type=int, default=WORLDS, help="of each kind")
    count = asked.parse_args().worlds
    measured, ground = given(ROOT)
    rows = []
    with calibrated.one_thread():
        for make in (nothing, smooth, rough):
            every = [one for world in range(count) for one in found(measured[KEY], ground, world, make)]
            rows += [
                row(make.__name__, "chosen", [one for one in every if one["chosen"]]),
                row(make.__name__, "of each size", every),
            ]
    TARGET.write_text(text(plain({"factor": SEARCHED, "worlds": count, "rows": rows})), encoding="utf-8")


if __name__ == "__main__":
    main()
