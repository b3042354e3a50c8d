"""Figures: the same bytes every time, hues that stay apart to every eye on both grounds, text in the colour of the page."""

import re
import xml.etree.ElementTree as tree
from itertools import combinations
from pathlib import Path

import made_up
import numpy as np
import pytest
from paper_files import THE_PAPER

from realignment.core.errors import BadInput
from realignment.report.figures import captions, heatmaps, plots, style
from realignment.report.view import Figure
from realignment.results import averages, scores, tables
from realignment.statistics.summary import Difference, Summary

ROOT = Path(__file__).parents[2]
TASKS = ["nli", "pos", "ner"]
SURE = Difference(Summary((0.9, 0.91)), Summary((0.5, 0.51)), 0.01, certain=True)
UNSURE = Difference(Summary((0.5, 0.6)), Summary((0.4, 0.6)), 0.1)
# Linear RGB as seen without long-, middle- and short-wave cones: Machado, Oliveira and Fernandes 2009, Table 1, severity 1.
EYES = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eyes: str) -> np.ndarray:
    """CIELAB under D65."""
    xyz = TO_XYZ @ np.clip(np.array(EYES[eyes]) @ linear(colour), 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    """WCAG 2."""
    dark, light = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(scope="module")
def study() -> tables.Study:
    known = {language.code: language for language in made_up.world()}
    return tables.Study(
        averages.collect(scores.of_records(made_up.records(), known, {"small": "mbert"})), "small", made_up.SUBSETS
    )


@pytest.fixture(scope="module")
def drawn(study) -> dict[str, Figure]:
    """Every figure of a small study and of the authors' runs."""
    found = captions.of_study([study], TASKS, made_up.records()) + captions.of_authors(THE_PAPER)
    return {one.id: one for one in found}


def one_cell(name: str = "name") -> str:
    panel = heatmaps.Panel("XLM-R", ("all",), ("a", "b"), ((SURE, UNSURE),), (("Baselines", 1),))
    return style.svg(heatmaps.heatmap([panel]), name, "what <it> shows")


@pytest.mark.parametrize("eyes", EYES)
def test_any_two_hues_stay_apart(eyes):
    apart = [float(np.linalg.norm(lab(one, eyes) - lab(other, eyes))) for one, other in combinations(style.COLOURS, 2)]
    assert min(apart) > 24


def test_every_hue_stands_out_from_the_light_page_and_the_dark_one():
    css = (ROOT / "src/realignment/data/templates/page.css").read_text()
    grounds = re.findall(r"--ground: (#\w{6})", css)
    assert len(grounds) == 2
    assert min(contrast(colour, ground) for colour in style.COLOURS for ground in grounds) >= 3


def test_lines_differ_in_dashes_too_and_the_first_64_in_one_of_both():
    styles = [tuple(style.line_style(number).values()) for number in range(64)]
    assert len(set(styles)) == 64
    assert len({dashes for _, dashes in styles[:8]}) == 8


def test_the_same_values_give_the_same_bytes(study, drawn):
    again = captions.of_study([study], TASKS, made_up.records())
    assert [one.svg for one in again] == [drawn[one.id].svg for one in again]
    assert not any(re.search(r"\d{4}-\d\d-\d\dT", one.svg) for one in drawn.values())


def test_a_figure_is_well_formed_and_says_what_it_shows():
    root = tree.fromstring(one_cell())
    assert root.get("role") == "img"
    assert root.get("aria-label") == "what <it> shows"


def test_no_text_vanishes_on_a_dark_page(drawn):
    """Text takes the page's colour, but for the numbers that stand on the cells of a heatmap."""
    for one in drawn.values():
        for text in re.findall(r"<text [^>]*>[^<]*", one.svg):
            number = re.search(r">[+−]?\d+\.\d$", text) and "gains" in one.id
            assert "fill: currentColor" in text or number, (one.id, text)
        assert style.INK not in one.svg


def test_no_line_or_mark_is_black(drawn):
    """A shape without a stated colour is black."""
    for one in drawn.values():
        body = re.sub(r"<defs>.*?</defs>", "", one.svg, flags=re.S)
        for shape in re.findall(r"<(?:path|use) [^>]*>", body):
            assert "style=" in shape, (one.id, shape)
            assert not re.search(r"(?:fill|stroke): (?:#000000|black)", shape), (one.id, shape)


def test_ids_of_all_figures_in_one_page_differ_and_links_find_theirs(drawn):
    ids = [name for one in drawn.values() for name in re.findall(r'\bid="([^"]+)"', one.svg)]
    assert ids
    assert len(ids) == len(set(ids))
    for one in drawn.values():
        assert set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", one.svg)) <= set(ids)


def test_a_page_of_the_authors_figures_leaves_room_for_a_whole_study(drawn):
    assert sum(len(one.svg) for one in drawn.values() if one.id.startswith("authors")) < 700_000


def test_shortened_paths_keep_their_corners():
    box, line = "M 1.004 2 \nL 3.5 2 \nL 3.5 4.25 \nL 1.004 4.25 \nz", "M 0 0.126 \nL 10.5 -3.999"
    assert style._short(box) == "M1 2H3.5V4.25H1z"
    assert style._short(line) == "M 0 0.13 10.5 -4"
    assert style._short("M 0 1.126 \nC 1 1 2 2 3 3 \nL 4 4") == "M 0 1.13 C 1 1 2 2 3 3 L 4 4"


def test_every_curve_of_a_panel_is_in_the_legend_once():
    curve = plots.Curve("latin", ((5, Summary((0.5, 0.6))), (10, Summary((0.6, 0.7)))))
    text = style.svg(plots.curves({"mBERT": [curve], "XLM-R": [curve]}, "n", "score"), "a", "")
    assert text.count(">latin<") == 1


def test_only_svg_and_png_are_written(tmp_path):
    with pytest.raises(BadInput, match=r"a figure ends in \.svg or \.png"):
        style.write(style.blank(1.0, 1.0), tmp_path / "x.pdf")


def test_the_picture_of_the_authors_gains_is_small_enough_for_git(tmp_path):
    path = tmp_path / "gains.png"
    style.write(captions.published_gains(THE_PAPER), path)
    assert path.read_bytes()[:4] == b"\x89PNG"
    assert path.stat().st_size < 150_000
