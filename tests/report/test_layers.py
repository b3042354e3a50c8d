"""The figure of cosines over blocks: the numbers of its records, a line a row, and no panel with more lines than can be told apart."""

import math
import statistics

import pytest
from small_grid import chain, finished

from realignment.report.figures import layers
from realignment.results import gradients

GROUPS = ("embedding", "layer_01", "layer_02")


def records(subsets, seeds=(17, 23, 42)):
    """Cosines that follow from subset, seed and group."""
    found = []
    for place, subset in enumerate(subsets):
        for seed in seeds:
            job = chain(seed)[-1]
            cell = type(job.cell)(job.cell.encoder, subset, job.cell.seeds, "")
            told = {
                group: {"cosine": 0.1 * place + 0.01 * number + seed / 10_000, "mean": 0.5, "error": 0.1}
                for number, group in enumerate(GROUPS)
            }
            found.append(finished(type(job)("evaluate", cell, "pos", job.params, job.inputs, parent=job.key), gradients=told))
    return found


def lines(axis) -> dict[str, tuple[list[float], list[float], list[float]]]:
    """Label -> x, mean, error."""
    found = {}
    for box in axis.containers:
        x, y = (list(values) for values in box.lines[0].get_data())
        bars = box.lines[2][0].get_segments() if box.lines[2] else []
        found[box.get_label()] = (x, y, [float(bar[1][1] - bar[0][1]) / 2 for bar in bars])
    return found


def test_a_line_has_the_mean_of_its_seeds_and_their_standard_error():
    figure = layers.cosines(gradients.of_records(records(["none", "all"])))
    (axis,) = figure.axes
    found = lines(axis)
    assert list(found) == ["all", "none"] or list(found) == ["none", "all"]
    x, y, errors = found["all"]
    wanted = [[0.1 + 0.01 * number + seed / 10_000 for seed in (17, 23, 42)] for number in range(3)]
    assert [round(place) for place in x] == [0, 1, 2]
    assert y == pytest.approx([statistics.fmean(values) for values in wanted])
    assert errors == pytest.approx([statistics.stdev(values) / math.sqrt(3) for values in wanted])
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["emb.", "1", "2"]


def test_one_seed_has_no_error():
    (axis,) = layers.cosines(gradients.of_records(records(["none"], (17,)))).axes
    assert lines(axis)["none"][2] == []


def test_many_rows_are_parted_by_heuristic_with_fine_tuning_only_in_each():
    subsets = ["none", "all", *(f"{name}_{n}" for name in ("uriel_diverse", "latin_diverse", "random") for n in (5, 10, 20))]
    figure = layers.cosines(gradients.of_records(records(subsets)))
    panels = {axis.get_title(): list(lines(axis)) for axis in figure.axes if axis.get_visible()}
    assert len(panels) == 4 and all("none" in held and len(held) <= layers.TOGETHER for held in panels.values())
    assert {name for held in panels.values() for name in held} == set(subsets)


def test_a_group_that_a_loss_does_not_reach_in_a_run_is_left_out():
    made = records(["none"])
    made[1] = finished(made[1].job, gradients={**made[1].gradients, "layer_02": {"cosine": None, "mean": None, "error": None}})
    assert [one.group for one in gradients.of_records(made)] == ["embedding", "layer_01"]
