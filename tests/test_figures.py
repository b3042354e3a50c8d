"""Figures: the same bytes every time, marks where a reader needs them, no fixed text colour."""

import re
import xml.etree.ElementTree as tree
from pathlib import Path

import pytest

from realignment import figures, heatmaps, illustrations, plots
from realignment.errors import BadInput
from realignment.statistics import Difference, Summary

SURE, UNSURE = Difference(Summary((0.9, 0.91)), Summary((0.5, 0.51))), Difference(Summary((0.5, 0.6)), Summary((0.4, 0.6)))
MISSING = Difference(Summary(()), Summary((0.5, 0.6)))


def heatmap(*values: Difference) -> heatmaps.Panel:
    return heatmaps.Panel("XLM-R", ("all",), tuple(f"c{number}" for number in range(len(values))), (values,), (("Baselines", 1),))


def drawn(name: str = "name") -> str:
    return figures.svg(heatmaps.heatmap([heatmap(SURE, UNSURE, MISSING)], 2.0), name, "what <it> shows")


def test_the_same_values_give_the_same_bytes():
    assert drawn() == drawn()
    assert not re.search(r"\d{4}-\d\d-\d\dT", drawn())


def test_a_figure_is_well_formed_and_says_what_it_shows():
    root = tree.fromstring(drawn())
    assert root.get("role") == "img"
    assert root.get("aria-label") == "what <it> shows"


def test_uncertain_cells_alone_are_hatched():
    assert "<pattern" in figures.svg(heatmaps.heatmap([heatmap(UNSURE)], 2.0), "a", "")
    assert "<pattern" not in figures.svg(heatmaps.heatmap([heatmap(SURE)], 2.0), "a", "")


def test_a_missing_cell_is_marked_and_a_present_one_shows_its_points():
    texts = [text.strip() for text in tree.fromstring(drawn()).itertext() if text.strip()]
    assert "—" in texts
    assert "+40.0" in texts


def test_text_takes_the_colour_of_the_page():
    text = drawn()
    assert "currentColor" in text
    assert figures.INK not in text


def test_ids_of_two_figures_in_one_page_differ():
    one, other = (set(re.findall(r'\bid="([^"]+)"', drawn(name))) for name in ("one", "other"))
    assert one
    assert not one & other
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", drawn("one")))
    assert used <= one


def test_every_curve_of_a_panel_is_in_the_legend_once():
    curve = plots.Curve("latin", ((5, Summary((0.5, 0.6))), (10, Summary((0.6, 0.7)))))
    text = figures.svg(plots.curves({"mBERT": [curve], "XLM-R": [curve]}, "n", "score"), "a", "")
    assert text.count(">latin<") == 1


def test_only_svg_and_png_are_written(tmp_path):
    with pytest.raises(BadInput, match=r"a figure ends in \.svg or \.png"):
        figures.write(heatmaps.heatmap([heatmap(SURE)], 2.0), tmp_path / "x.pdf")


def test_the_picture_of_the_authors_gains_is_small_enough_for_git(tmp_path):
    path = tmp_path / "gains.png"
    figures.write(illustrations.published_gains(Path(__file__).parents[1], 2.0), path)
    assert path.read_bytes()[:4] == b"\x89PNG"
    assert path.stat().st_size < 150_000
