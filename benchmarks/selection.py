"""Every row of Table 6 that the vectors decide: seconds and gap of its proof, against greedy and, where it takes minutes at most, all sets.

    python benchmarks/selection.py [--enumerate 10000000]

Writes benchmarks/results/selection.json: one row per row of Table 6, and one for comparing all sets of five.
"""

import argparse
import json
import math
import os
import platform
import time
from itertools import combinations, islice
from pathlib import Path

import numpy as np

from realignment.languages import table as languages
from realignment.languages import uriel
from realignment.paper import table6_recomputed
from realignment.selection import heuristics
from realignment.selection.space import Effort, Space
from realignment.subsets import naming, registry

ROOT = Path(__file__).parents[1]
BLOCK = 200_000  # sets at once


def best_of_all(space: Space, pool: list[str], n: int, most: bool) -> tuple[float, float]:
    """(objective, seconds) of comparing every set."""
    began = time.perf_counter()
    place = {code: row for row, code in enumerate(space.codes)}
    pull = space.distances[:, space.rows(space.anchors)].sum(axis=1)
    sets = combinations([place[code] for code in pool], n)
    best = -math.inf
    while block := list(islice(sets, BLOCK)):
        rows = np.array(block)
        sums = pull[rows].sum(axis=1)
        for a, b in combinations(range(n), 2):
            sums += space.distances[rows[:, a], rows[:, b]]
        best = max(best, float((sums if most else -sums).max()))
    return round(abs(best), 4), time.perf_counter() - began


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--enumerate", type=int, default=10_000_000, help="sets compared one by one at most")
    limit = given.parse_args().enumerate
    vectors = uriel.read(ROOT / "data/uriel/uriel_plus_66.tsv.gz")
    paper = languages.paper()
    space = heuristics.space([one for one in paper.values() if one.vector], vectors)
    about = {"python": platform.python_version(), "numpy": np.__version__, "cores": os.cpu_count(), "device": platform.machine()}
    rows = []
    for row in table6_recomputed.table6(vectors):
        parts = naming.parse(row["name"])
        rule = registry.RULES[parts.heuristic]
        pool = [one for one in paper.values() if one.pool and (not parts.pool or registry.POOLS[parts.pool].holds(one))]
        greedy = heuristics.computed(rule, space, pool, paper["eng"], heuristics.Wish(row["n"], effort=Effort(greedy=True)))
        kept = {name: row[name] for name in ("name", "n", "objective_computed", "bound", "gap", "proven", "seconds", "solver")}
        may = [one.code for one in pool if rule.may(one, paper["eng"])]
        sets = math.comb(len(may), row["n"]) if row["n"] <= len(may) else 0
        everything = None
        if not rule.group and 0 < sets <= limit:
            value, seconds = best_of_all(space, may, row["n"], rule.most)
            everything = {"sets": sets, "objective": value, "seconds": round(seconds, 2)}
            assert abs(value - row["objective_computed"]) < 1e-3, row["name"]
        behind = abs(greedy.objective - row["objective_computed"]) / row["objective_computed"]
        rows.append({**kept, "greedy": greedy.objective, "greedy_behind": round(behind, 6), "enumerated": everything, **about})
        extra = f"; all {sets:,} sets: the same, {everything['seconds']} s" if everything else ""
        print(
            f"{row['name']}: {row['seconds']} s, gap {row['gap']:.2%}, proven {row['proven']}; greedy {behind:.2%} behind{extra}"
        )
    target = ROOT / "benchmarks/results/selection.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    proven, seconds = sum(row["proven"] for row in rows), sum(row["seconds"] for row in rows)
    print(f"{proven} of {len(rows)} proven, {seconds:.1f} s in all, {max(row['seconds'] for row in rows):.1f} s the longest")


if __name__ == "__main__":
    main()
