"""A study's random draws under one model: what its questions are, what it takes from records, and variances that are planted."""

from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest

from realignment.report import comparison_tables
from realignment.results import averages, tables
from realignment.results.scores import Score
from realignment.results.study_model import StudyModel
from realignment.selection.heuristics import random_draw

POOL = [f"l{number:02}" for number in range(30)]
SD = {"language": 4.0, "seed": 1.0, "residual": 0.5}  # points


def study(draws: int, seeds: int, key: int = 0) -> tables.Study:
    """`none`, four chosen sets of five and ten, and random ones of both sizes, every draw with every training seed."""
    chance = np.random.default_rng(key)
    effects = dict(zip(POOL, chance.normal(0, SD["language"], len(POOL)), strict=True))
    common, found, drawn = chance.normal(0, SD["seed"], seeds), [], {}

    def run(subset: str, seed: int, effect: float, label: str) -> None:
        points = 50 + effect + common[seed] + chance.normal(0, SD["residual"])
        found.append(Score("small", subset, "", label, "pos", "pos", "deu", "HRL", points / 100, 100))

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
    sizes = {"none": 0, **{f"{name}_{n}": n for name in ("uriel_diverse", "family_diverse", "random") for n in (5, 10)}}
    return tables.Study(averages.collect(found), "small", sizes, drawn=drawn, pools=dict.fromkeys(("random_5", "random_10"), 30))


def test_draws_of_one_seed_lie_within_one_another_here_too():
    """So that a study of ours has chains as the authors' runs have."""
    for seed in range(5):
        assert set(random_draw(POOL, 5, seed)) < set(random_draw(POOL, 10, seed)) < set(random_draw(POOL, 20, seed))


def test_planted_variances_and_leads_are_found():
    found = StudyModel(study(25, 3), ["pos"]).tables()
    (variances,) = found["variances"]
    planted = np.random.default_rng(0).normal(0, SD["language"], len(POOL)).std(ddof=1)
    assert variances["sd of languages"] == pytest.approx(planted, rel=0.2)
    assert variances["sd of draws of 5"] == pytest.approx(planted * (1 / 5 - 1 / 30) ** 0.5, rel=0.2)
    assert variances["sd of the residual"] == pytest.approx(SD["residual"], rel=0.1)
    leads = {one["question"]: one for one in found["leads"]}
    for name, truth in {"Most diverse from English": 4.0, "Most diverse families": 1.5}.items():
        one = leads[f"{name} minus random at equal size"]
        assert one["sizes"] == "5, 10" and one["low"] < truth < one["high"]
        assert one["difference"] == pytest.approx(truth, abs=1.0)


def test_a_lead_is_the_difference_of_the_means_of_draws():
    one = study(4, 3)
    rows = {row.subset: fmean(100 * value for value in one.runs.by_seed(row, {"pos": ["deu"]}).values()) for row in one.runs.rows}
    wanted = fmean(rows[f"uriel_diverse_{n}"] - rows[f"random_{n}"] for n in (5, 10))
    (lead,) = [lead for lead in StudyModel(one, ["pos"]).tables()["leads"] if lead["question"].startswith("Most diverse from")]
    assert lead["difference"] == pytest.approx(wanted)


@pytest.mark.parametrize("without", ["languages", "pool", "draws"])
def test_there_is_no_model_where_draws_are_not_known_by_their_languages_or_are_one(without):
    one = study(1 if without == "draws" else 3, 3)
    one = replace(one, **{"languages": {"drawn": {}}, "pool": {"pools": {}}, "draws": {}}[without])
    assert StudyModel(one, ["pos"]).tables() == {}


def test_the_report_has_the_tables_of_the_model():
    one = study(3, 3)
    found = comparison_tables.of_study(one, ["pos"])
    assert {"model-leads", "model-variances", "model-settling"} <= set(found)
    view = next(view for view in comparison_tables.views(one, found) if view.id == "small-model-leads")
    assert [section for section, _ in view.parts] == sorted(one["question"] for one in found["model-leads"])
