"""Heatmaps: exactly the uncertain cells are hatched, missing ones marked, and a map of a whole grid stays small."""

import re
import xml.etree.ElementTree as tree

import numpy as np
import pytest

from realignment.report.figures import heatmaps, style
from realignment.statistics.summary import Difference, Summary

SURE = Difference(Summary((0.9, 0.91)), Summary((0.5, 0.51)), 0.01, certain=True)
UNSURE = Difference(Summary((0.5, 0.6)), Summary((0.4, 0.6)), 0.1)
MISSING = Difference(Summary(()), Summary((0.5, 0.6)))


def panel(values: list[list[Difference]]) -> heatmaps.Panel:
    rows, columns = (
        tuple(f"{letter}{number}" for number in range(size)) for letter, size in (("r", len(values)), ("c", len(values[0])))
    )
    return heatmaps.Panel("XLM-R", rows, columns, tuple(map(tuple, values)), (("Baselines", len(values)),))


def hatched(values: list[list[Difference]], axis=None) -> set[tuple[int, int]]:
    """The cells (row, column) that the path of hatches covers."""
    axis = axis or heatmaps.tiles(panel(values)).axes[0]
    found = set()
    for patch in axis.patches:
        if patch.get_hatch():
            boxes = patch.get_path().vertices.reshape(-1, 5, 2)
            for left, right, top in zip(boxes[:, 0, 0], boxes[:, 1, 0], boxes[:, 0, 1], strict=True):
                found |= {(int(top), column) for column in range(int(left), int(right))}
    return found


def test_exactly_the_uncertain_cells_are_hatched():
    chance = np.random.default_rng(0)
    kinds = chance.integers(0, 3, (12, 9))
    values = [[(SURE, UNSURE, MISSING)[kind] for kind in line] for line in kinds]
    assert hatched(values) == {(row, column) for row, column in np.argwhere(kinds == 1).tolist()}
    assert hatched([[SURE, MISSING]]) == set()
    assert hatched([[UNSURE, SURE], [SURE, UNSURE]]) == {(0, 0), (1, 1)}


def test_each_panel_of_a_matrix_hatches_its_own_uncertain_cells():
    first, second = [[SURE, UNSURE], [MISSING, SURE]], [[UNSURE, UNSURE, SURE], [SURE, SURE, UNSURE]]
    axes = heatmaps.matrix([panel(first), panel(second)], "points").axes
    assert [hatched(values, axis) for values, axis in zip((first, second), axes, strict=False)] == [
        {(0, 1)},
        {(0, 0), (0, 1), (1, 2)},
    ]


def test_what_is_beyond_a_point_is_as_dark_as_a_point_in_a_matrix():
    one, two, half = (Difference(Summary((gain,)), Summary((0.0,)), certain=True) for gain in (0.01, 0.02, 0.005))
    patches = heatmaps.matrix([panel([[one, two, half]])], "points").axes[0].patches
    assert len(patches) == 2
    assert sum(max(patch.get_facecolor()[:3]) < 0.6 for patch in patches) == 1, "both of a point and of two are the darkest"


def test_hatches_come_into_the_picture():
    assert "<pattern" in style.svg(heatmaps.heatmap([panel([[UNSURE]])]), "a", "")
    assert "<pattern" not in style.svg(heatmaps.heatmap([panel([[SURE]])]), "a", "")


def test_cells_of_one_gain_have_one_shade_and_gains_and_losses_differ():
    up, down = (
        Difference(Summary((0.6,)), Summary((0.5,)), 0.01, certain=True),
        Difference(Summary((0.5,)), Summary((0.6,)), 0.01, certain=True),
    )
    patches = heatmaps.tiles(panel([[up, down, up]])).axes[0].patches
    colours = {patch.get_facecolor(): len(patch.get_path().vertices) // 5 for patch in patches}
    assert sorted(colours.values()) == [1, 2]
    gain, loss = sorted(colours, key=colours.get, reverse=True)  # two cells gain, one loses
    assert gain[2] > gain[0], "blue"
    assert loss[0] > loss[2], "red"


def test_no_gain_is_as_good_as_white():
    same = Difference(Summary((0.5, 0.5)), Summary((0.5, 0.5)))
    (patch,) = [one for one in heatmaps.tiles(panel([[same]])).axes[0].patches if not one.get_hatch()]
    assert min(patch.get_facecolor()[:3]) > 0.95


def test_a_missing_cell_is_marked_and_a_present_one_shows_its_points():
    text = style.svg(heatmaps.heatmap([panel([[SURE, MISSING]])]), "a", "")
    texts = [text.strip() for text in tree.fromstring(text).itertext() if text.strip()]
    assert "—" in texts
    assert "+40.0" in texts


@pytest.mark.slow
@pytest.mark.parametrize("rows", [64, 75])
def test_a_map_of_a_whole_grid_takes_few_bytes_and_few_shapes(rows):
    chance = np.random.default_rng(1)
    base = Summary((0.5, 0.51, 0.49, 0.5))
    gains = chance.normal(0, 0.05, (rows, 33))
    values = [[Difference(Summary((0.5 + gain, 0.51 + gain)), base) for gain in line] for line in gains.tolist()]
    text = style.svg(heatmaps.tiles(panel(values)), "a", "")
    assert len(text) < 150_000
    assert len(re.findall(r"<(?:path|rect|use)\b", text)) < 200
