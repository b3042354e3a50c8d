"""Runs whose gains are known: sets of the paper's languages, drawn by several heuristics, and scores that follow from a planted rule and noise."""

from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

import numpy as np

from realignment.languages import table as languages
from realignment.languages import uriel
from realignment.predictor.experiment import Experiment
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured
from realignment.results import averages
from realignment.results.scores import Score

ROOT = Path(__file__).resolve().parents[2]
POOL = ("ara", "eus", "fin", "hau", "hin", "ibo", "ind", "kin", "rus", "sna", "swa", "tur", "vie", "wol", "yor", "zho")
EVALUATED = {"deu": "HRL", "fra": "HRL", "swa": "LRL seen", "sna": "LRL unseen", "yor": "LRL seen", "wol": "LRL unseen"}
HEURISTICS = ("uriel_diverse", "uriel_similar", "family_diverse", "latin_diverse", "random")
Rule = Callable[[Collection[str], str], float]  # (set, evaluated language) -> points gained


@cache
def ground() -> Ground:
    return Ground(languages.paper(), uriel.read(ROOT / "data" / "uriel" / "uriel_plus_66.tsv.gz"))


def planted(codes: Collection[str], language: str) -> float:
    """Shares of Swahili and Shona help all, five points at most; a language in the set gains one more."""
    return 5 * len({"swa", "sna"} & set(codes)) / len(codes) + (language in codes)


def nothing(codes: Collection[str], language: str) -> float:
    return 0.0


def experiment(
    rule: Rule = planted, *, noise: float = 0.2, seed: int = 0, per_heuristic: int = 6, tasks=("pos",), source="made_up"
) -> Experiment:
    """Five heuristics by `per_heuristic` sets of 3 to 8 languages; three runs of each set, one of each random draw; `noise` points a score."""
    random = np.random.default_rng(seed)
    scores, lists = [], {}
    for task in tasks:
        for run in ("1", "2", "3"):
            scores += [_score("none", run, task, code, 50 + random.normal(0, noise)) for code in EVALUATED]
    drawn = np.random.default_rng(7)
    for heuristic in HEURISTICS:
        for place in range(per_heuristic):
            size = 3 + place % 6
            runs = ("1",) if heuristic == "random" else ("1", "2", "3")
            codes = tuple(sorted(drawn.choice(POOL, size, replace=False).tolist()))
            subset = f"{heuristic}_{size}" if place < 6 else f"joshi_3__{heuristic}_{size + place}"
            for task in tasks:
                for run in runs:
                    lists["xlmr", subset, run, task] = codes
                    scores += [
                        _score(subset, run, task, code, 50 + rule(codes, code) + random.normal(0, noise)) for code in EVALUATED
                    ]
    return Experiment(source, averages.collect(scores), lists, {"xlmr": "xlmr"}, languages.paper())


def measured(rule: Rule = planted, **how) -> Measured:
    return experiment(rule, **how).measured()["xlmr", "pos"]


def _score(subset: str, seed: str, task: str, code: str, points: float) -> Score:
    return Score("xlmr", subset, "", seed, task, "udpos", code, EVALUATED[code], points / 100)
