"""How often `realignment study --settle` says what is not so, finds what is there, and how many seeds it takes: questions made up by the thousand.

    python benchmarks/settling.py [--questions 10000]    (some minutes)

Each question has four seeds of a whole study behind it, shaped like the authors' runs (data/published, worlds of verdicts.py), plans by their
spread, and goes to its end with fresh seeds of the same world. Writes benchmarks/results/settling.json, one row per encoder, world and truth.
`picked`: the row that looked best in the study is held against random_10, where no row is better; beside it what a t test
that counts the study's seeds again would have said.
"""

import argparse
import json
import platform
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy
import verdicts
from verdicts import Shape, World, interval

from realignment.core.console import table
from realignment.paper.paper import Paper
from realignment.results import comparisons, settling
from realignment.results.scores import Row
from realignment.results.settling import Question, Spread
from realignment.statistics import inference
from realignment.statistics.two_batches import Batch

ROOT = Path(__file__).parents[1]
DELTA, POWER, MOST, SEEN = 0.5, 0.8, 40, 4
OURS, THEIRS = "uriel_diverse_10", "random_10"
WORLDS = (verdicts.even, verdicts.uneven, verdicts.own, verdicts.jumps, verdicts.heavy)
BLOCK = 250
QUESTION = Question(Row("", OURS), Row("", THEIRS), ("pos",), DELTA, POWER, MOST)


def average(about: Shape) -> Shape:
    """The average over tasks and languages alone."""
    place = about.columns.index(comparisons.AVERAGE)
    return replace(
        about,
        columns=about.columns[place : place + 1],
        residuals=about.residuals[..., place : place + 1],
        languages=about.languages[place : place + 1],
    )


def spreads(seen: np.ndarray, about: Shape, ours: np.ndarray, theirs: int) -> list[Spread]:
    """Of each study [rows, seeds], what `settling.spread` says of the row `ours` and the random row `theirs`."""
    own, seeds = seen.var(-1, ddof=1), seen.shape[-1]
    variance, freedom, total, least = np.empty_like(own), np.empty_like(own), {}, 0.0
    for random in (False, True):
        part = about.random == random
        found = inference.spread(own[:, part], np.full(part.sum(), seeds - 1.0))
        variance[:, part], freedom[:, part] = inference.at_least(found.variance, least), found.freedom
        least, total[random] = found.pooled[..., None], part.sum() * (seeds - 1.0)
    each = np.arange(len(seen))
    sides = [(variance[each, place], freedom[each, place]) for place in (ours, np.full(len(seen), theirs))]
    free = inference.satterthwaite(*sides, sum(total.values()))
    return [Spread(float(sd), float(one)) for sd, one in zip(np.sqrt(sides[0][0] + sides[1][0]), free, strict=True)]


def settle(spread: Spread, fresh: np.ndarray) -> tuple[str, int, int]:
    """(outcome, seeds, batches) of one question whose fresh differences come in this order."""
    looks, first = settling.first(QUESTION, spread)
    batches = [Batch.of(fresh[: first.n])]
    said = settling.outcome(QUESTION, looks, batches)
    if not said:
        second = settling.second(QUESTION, looks, batches[0], spread)
        batches.append(Batch.of(fresh[first.n : first.n + second.n]))
        said = settling.outcome(QUESTION, looks, batches)
    return said, sum(one.n for one in batches), len(batches)


def rates(world: World, about: Shape, count: int, truth: float, picked: bool = False) -> dict:
    """Of `count` questions where OURS is better by `truth`."""
    names, chance = [row.subset for row in about.rows], np.random.default_rng(5)
    theirs, fixed = names.index(THEIRS), np.flatnonzero(~about.random)
    outcomes, sizes, twice, naive = [], [], 0, 0
    for start in range(0, count, BLOCK):
        values = world(about, min(BLOCK, count - start), SEEN + MOST, chance)[:, 0]
        each, seen = np.arange(len(values)), values[..., :SEEN]
        ours = fixed[seen.mean(-1)[:, fixed].argmax(-1)] if picked else np.full(len(values), names.index(OURS))
        differences = values[each, ours] - values[:, theirs] + truth
        for spread, one in zip(spreads(seen, about, ours, theirs), differences, strict=True):
            outcome, n, batches = settle(spread, one[SEEN:])
            outcomes.append(outcome)
            sizes.append(n)
            twice += batches > 1
            again = Batch.of(one[: SEEN + n])
            naive += abs(float(again.mean)) / float(again.sd) * (SEEN + n) ** 0.5 > scipy.special.stdtrit(SEEN + n - 1, 0.975)
    kinds = {"better": "better", "worse": "worse", "no difference": "no difference", "cannot tell": "cannot tell"}
    shares = {name: sum(one.startswith(start) for one in outcomes) / count for name, start in kinds.items()}
    false = shares["better"] + shares["worse"] if not truth else shares["worse"] + shares["no difference"] * (truth >= DELTA)
    return {
        "world": world.__name__, "truth": truth, "picked": picked, "questions": count, **shares,
        "false": false, "interval": interval(round(false * count), count), "counting the study's seeds again": naive / count,
        "two batches": twice / count, "seeds": {"mean": float(np.mean(sizes)), **{f"{q} %": float(np.percentile(sizes, q)) for q in (5, 50, 95, 100)}},
    }  # fmt: skip


def alternatives(sd: float, count: int) -> dict:
    """What else there is, with normal differences and none of them true: an internal pilot of SEEN seeds that is followed by the usual t test on all of
    them (how often it errs), and Stein's rule (1945); seeds beyond the pilot, beside a first batch of fresh ones."""
    values = np.random.default_rng(6).normal(0, sd, (count, SEEN + MOST))
    pilot, normal, free = values[:, :SEEN].std(1, ddof=1), scipy.special.ndtri([0.975, POWER]).sum(), SEEN - 1
    sizes = np.clip(np.ceil((pilot / DELTA * normal) ** 2).astype(int) + 1, SEEN, SEEN + MOST)
    errs = 0
    for n in np.unique(sizes):
        held = values[sizes == n, :n]
        errs += int((abs(held.mean(1)) / held.std(1, ddof=1) * n**0.5 > scipy.special.stdtrit(n - 1, 0.975)).sum())
    stein = np.maximum(np.ceil((pilot / DELTA * scipy.special.stdtrit(free, [0.975, POWER]).sum()) ** 2), SEEN)
    fresh = settling.first(QUESTION, Spread(sd, 100.0))[1].n
    return {
        "sd": sd,
        "pilot errs": errs / count,
        "interval": interval(errs, count),
        "pilot": float(sizes.mean() - SEEN),
        "stein": float(stein.mean() - SEEN),
        "fresh": fresh,
    }


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--questions", type=int, default=10_000)
    count, found = given.parse_args().questions, []
    for study in Paper(ROOT).studies:
        about = average(verdicts.shape(study, "levels"))
        asked = [(world, truth, False) for world in WORLDS for truth in (0.0, DELTA)]
        asked += [(world, 0.0, True) for world in (verdicts.even, verdicts.own)] + [(verdicts.own, DELTA / 2, False)]
        for world, truth, picked in asked:
            found.append({"encoder": study.encoder, **rates(world, about, count, truth, picked)})
            _say(found[-1])
    about = {
        "made_by": "benchmarks/settling.py", "numpy": np.__version__, "scipy": scipy.__version__, "python": platform.python_version(),
        "delta": DELTA, "power": POWER, "most": MOST, "level": inference.LEVEL, "seen": SEEN,
    }  # fmt: skip
    path = ROOT / "benchmarks" / "results" / "settling.json"
    others = [alternatives(sd, 10 * count) for sd in (0.3, 0.4, 0.5, 0.6, 0.8)]
    path.write_text(json.dumps({**about, "rows": found, "alternatives": others}, indent=1) + "\n", encoding="utf-8")
    table([{**one, "seeds": one["seeds"]["mean"], "interval": ""} for one in found])
    table([{**one, "interval": ""} for one in others])


def _say(row: dict) -> None:
    print(
        f"{row['encoder']} {row['world']} {row['truth']:g}{' picked' if row['picked'] else ''}: false {row['false']:.4f}, seeds {row['seeds']['mean']:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
