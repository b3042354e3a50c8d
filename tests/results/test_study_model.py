"""A study's random draws under one model: what its questions are, what it takes from records, and variances that are planted."""

from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest
from drawn_study import POOL, SD, SIZES, scores, study

from realignment.report import comparison_tables
from realignment.results import averages
from realignment.results.study_model import StudyModel
from realignment.selection.heuristics import random_draw


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


def test_a_task_that_has_one_seed_so_far_is_left_out_and_the_others_stay():
    found, _ = scores(3, 3)
    begun = [replace(one, task="ner", set="ner") for one in found if one.seed == "0"]
    whole = study(3, 3)
    tables = comparison_tables.of_study(replace(whole, runs=averages.collect(found + begun)), ["pos", "ner"])
    told = {one["column"] for one in tables["model-leads"]}
    assert "POS" in told and "NER" not in told
    alone = {one["question"]: one for one in comparison_tables.of_study(whole, ["pos"])["model-leads"]}
    for one in tables["model-leads"]:
        if one["column"] == "POS":
            assert one["difference"] == pytest.approx(alone[one["question"]]["difference"])


def test_draws_of_the_whole_pool_are_told_from_one_another():
    """Each is all thirty languages, and was run with the same seeds as the others."""
    found, drawn = scores(3, 3)
    found += [replace(one, subset="random_30") for one in found if one.subset == "random_10"]
    drawn |= {("random_30", str(draw)): frozenset(POOL) for draw in range(3)}
    one = replace(study(3, 3), runs=averages.collect(found), sizes=SIZES | {"random_30": 30}, drawn=drawn)
    told = StudyModel(replace(one, pools=one.pools | {"random_30": len(POOL)}), ["pos"]).tables()
    (variances,) = told["variances"]
    assert (variances["runs"], variances["sd of draws of 30"]) == (len(found), 0.0)
    before = {lead["question"]: lead["difference"] for lead in StudyModel(study(3, 3), ["pos"]).tables()["leads"]}
    assert {lead["question"]: lead["difference"] for lead in told["leads"]} == pytest.approx(before)


def test_the_half_width_now_is_that_of_the_leads_of_draws_that_share_seeds():
    """Two sizes; six chains with the same three seeds, and so three runs of a chosen row."""
    one = StudyModel(study(6, 3), ["pos"])
    found = one.tables()
    (settling,), errors = found["settling"], {lead["error"] for lead in found["leads"]}
    assert all(settling["half-width now"] == pytest.approx(1.959964 * error, rel=1e-6) for error in errors)
    model = one.model(found["leads"][0]["column"])
    asked = [len(held) for row, held in model.values.items() if row.subset.startswith(("random", "uriel"))]
    assert model.plan(*one.drawn).runs(6, 3) == sum(asked)
    assert settling["runs for ±0.25, more chains"] % 4 == 0  # chains with a seed of their own


def test_the_report_has_the_tables_of_the_model():
    one = study(3, 3)
    found = comparison_tables.of_study(one, ["pos"])
    assert {"model-leads", "model-variances", "model-settling"} <= set(found)
    view = next(view for view in comparison_tables.views(one, found) if view.id == "small-model-leads")
    assert [section for section, _ in view.parts] == sorted(one["question"] for one in found["model-leads"])
