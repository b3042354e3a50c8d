"""Trees and the diagram of the method: well-formed and small, every language named with its marks, no text over another."""

import xml.etree.ElementTree as xml

import pytest
from browser import CHROMIUM, browse
from paper_files import THE_PAPER

from realignment.languages import families
from realignment.languages.table import paper
from realignment.paper import trees as of_figures
from realignment.report.figures import captions, style, trees
from realignment.results.headings import ENCODERS

ROOT = THE_PAPER.root
BOXES = """
  const boxes = [...document.querySelectorAll('svg text')].map((one) => [one.textContent, one.getBoundingClientRect()]);
  const over = [];
  const frame = document.querySelector('svg').getBoundingClientRect();
  boxes.forEach(([name, a], place) => {
    if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1) over.push([name, 'the edge']);
    boxes.slice(place + 1).forEach(([other, b]) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 0.5 && high > 3) over.push([name, other]);  // the box of a line has room above its letters
    });
  });
  return [boxes.length, over];
"""


@pytest.fixture(scope="module")
def drawn() -> dict[str, captions.Figure]:
    return {one.id: one for one in captions.of_paper(THE_PAPER)}


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in xml.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_figures_of_the_paper_are_well_formed_and_small(drawn):
    assert list(drawn) == ["paper-overview", "paper-tree-6", "paper-tree-7", "paper-tree-8"]
    for one in drawn.values():
        assert xml.fromstring(one.svg).get("aria-label") == one.caption
        assert len(one.svg) < 40_000, one.id


@pytest.mark.parametrize("number", ["6", "7", "8"])
def test_a_tree_names_its_languages_and_groups(drawn, number):
    told = texts(drawn[f"paper-tree-{number}"].svg)
    pending = list(of_figures.by_figure(THE_PAPER)[number])
    while pending:
        node = pending.pop()
        pending += node.branches
        assert node.name in told
        assert {word for one in node.languages for word in (one.name, one.code)} <= set(told)


def test_marks_say_level_and_who_has_seen_a_language():
    """One tree of languages picked so that each mark has a number of its own."""
    known = paper()
    held = [known[code] for code in ("deu", "fra", "ita", "hin", "spa", "mar")]  # HRL 3, MRL 2, LRL 1
    figure = trees.forest(families.trees(held, {}), ENCODERS)
    colours = [line.get_color() for line in figure.axes[0].lines for _ in line.get_xdata() if line.get_marker() != "None"]
    in_key = 1
    for level, count in (("HRL", 3), ("MRL", 2), ("LRL", 1)):
        assert colours.count(trees.LEVELS[level][1]) == count + in_key
    held = [known["yor"], known["xho"], known["zul"]]  # seen by mBERT; by XLM-R; by neither
    axis = trees.forest(families.trees(held, {}), ENCODERS).axes[0]
    rows = {text.get_text(): text.get_position()[1] for text in axis.texts}
    columns = {text.get_text(): text.get_position()[0] for text in axis.texts}
    marked = {
        (round(x, 3), round(y, 3)): line.get_fillstyle() == "full"
        for line in axis.lines if line.get_marker() == "o" and line.get_color() == style.INK
        for x, y in zip(*line.get_data(), strict=True)
    }  # fmt: skip
    told = {
        (one.code, name): marked[round(columns[title], 3), round(rows[one.name], 3)]
        for one in held
        for name, title in ENCODERS.items()
    }
    assert told == {(one.code, name): name in one.seen for one in held for name in ENCODERS}


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; Debian's package `chromium` is used")
@pytest.mark.parametrize("name", ["paper-overview", "paper-tree-6", "paper-tree-7", "paper-tree-8"])
def test_no_text_lies_over_another_or_over_the_edge(drawn, name, tmp_path):
    (count, over), _ = browse(f"<html><body>{drawn[name].svg}</body></html>", tmp_path, BOXES)
    assert count > 10
    assert over == []
