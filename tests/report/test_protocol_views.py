"""What benchmarks/results/predictor.json holds: it is of the data at hand, its means follow from its rows, its rows from the runs."""

import importlib.util
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from realignment.paper.printed import TASKS
from realignment.predictor import calibrated, folds, protocol, unevaluated
from realignment.report import protocol_views

ROOT = Path(__file__).parents[2]
FOUND = json.loads((ROOT / protocol_views.RESULTS).read_text(encoding="utf-8"))


def program():
    spec = importlib.util.spec_from_file_location("predictor_benchmark", ROOT / "benchmarks" / "predictor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_of_the_runs_at_hand_and_of_no_others(tmp_path):
    assert protocol_views.read(ROOT)["data"] == protocol_views.digests(ROOT)
    for path in (protocol_views.RESULTS, *(Path("data") / "published" / name for name in protocol_views.DATA)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    assert protocol_views.rows(tmp_path) == protocol_views.rows(ROOT)
    with (tmp_path / "data" / "published" / "subsets.tsv").open("a") as file:
        file.write("\n")
    assert protocol_views.read(tmp_path) == {}
    assert protocol_views.rows(tmp_path) == []


@pytest.mark.parametrize(("rows", "means"), [("protocol", "averages"), ("ablation", "ablation_averages")])
def test_means_follow_from_rows_of_the_papers_tasks(rows, means):
    for mean in FOUND[means]:
        some = [
            one
            for one in FOUND[rows]
            if (one["predictor"], one["left_out"]) == (mean["predictor"], mean["left_out"]) and one["task"] in TASKS
        ]
        assert len(some) == mean["of"] == 6
        for name in protocol.NUMBERS:
            values = [one.get(name) for one in some]
            assert (name in mean) is (None not in values)
            if name in mean:
                assert mean[name] == pytest.approx(math.fsum(values) / 6, abs=2e-6)


def test_every_predictor_is_asked_of_every_encoder_and_task_both_ways_or_says_why_not():
    asked = {(one["encoder"], one["task"], one["left_out"], one["predictor"]) for one in FOUND["protocol"]}
    assert len(asked) == len(FOUND["protocol"]) == 2 * 4 * 2 * 9
    for one in FOUND["protocol"]:
        silent = one["left_out"] == folds.SET and one["predictor"].startswith("pairs")
        assert ("why" in one) is silent
        assert (one.get("error") is None) is silent


def test_knowing_the_nested_sets_makes_this_predictor_look_better():
    means = {one["left_out"]: one["error"] for one in FOUND["averages"] if one["predictor"] == protocol.OURS}
    assert means[folds.SET] < means[folds.HEURISTIC]


def test_goals_are_told_as_the_numbers_have_them():
    text = " ".join(protocol_views.goals(FOUND))
    ours = next(one for one in FOUND["averages"] if (one["predictor"], one["left_out"]) == (protocol.OURS, folds.HEURISTIC))
    for name, (limit, side) in protocol_views.GOALS.items():
        reached = ours[name] <= limit if side == "or less" else ours[name] >= limit
        told = f"{ours[name]:.2f}, the aim was {limit:.2f} {side}: {'reached' if reached else 'not reached'}"
        assert told in text


def test_an_error_of_unevaluated_languages_is_the_mean_over_those_whose_distances_are_known():
    view = protocol_views.elsewhere(FOUND)
    shown = {cells[0].text: [cell.text for cell in cells] for cells in dict(view.parts)["Languages of known distances"]}
    some = [
        one
        for one in FOUND["languages"]
        if (one["encoder"], one["task"]) == ("xlmr", "nli") and one[unevaluated.NEAREST] is not None
    ]
    assert shown["XLM-R, NLI"][1] == str(len(some))
    assert shown["XLM-R, NLI"][-1] == f"{np.mean([one[protocol.OURS] for one in some]):.2f}"


@pytest.mark.slow
def test_its_rows_follow_from_the_runs_of_one_encoder_and_task():
    benchmark, key = program(), ("xlmr", "nli")
    found, ground = benchmark.given(ROOT)
    alone = {key: found[key]}
    models = {key: calibrated.fit(found[key], ground)}
    rows = protocol.table(alone, ground, slow=False)
    same(benchmark.plain(list(benchmark.coverage(models))), "coverage")
    same(benchmark.plain(list(benchmark.left_out(models))), "left_out")
    same(benchmark.plain(list(unevaluated.rows(found[key], ground))), "languages")
    same([one for one in benchmark.plain(rows) if "why" not in one], "protocol", left_out=folds.HEURISTIC)


def same(rows, kind: str, **which) -> None:
    """The rows of one encoder and task are those of the file."""
    held = [one for one in FOUND[kind] if (one["encoder"], one["task"]) == ("xlmr", "nli") and which.items() <= one.items()]
    held = [one for one in held if not str(one.get("predictor")).startswith("pairs")]
    assert len(rows) == len(held)
    for mine, theirs in zip(rows, held, strict=True):
        assert mine.keys() == theirs.keys()
        for name, value in mine.items():
            assert value == (pytest.approx(theirs[name], abs=2e-3) if isinstance(value, float) else theirs[name]), (
                name,
                mine,
                theirs,
            )


def test_a_number_that_is_none_is_null():
    assert program().plain({"a": [math.nan, 1 / 3], "b": (math.inf,)}) == {"a": [None, 0.333333], "b": [None]}
