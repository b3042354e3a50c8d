"""Plots over the blocks of an encoder: the cosine of two gradients, a line a row of the grid."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from realignment.report.figures.plots import GRID
from realignment.report.figures.style import FONT, INK, MARKERS, blank, line_style
from realignment.results import headings
from realignment.results.gradients import Pull, short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

APART = 0.25  # of a block: how far the lines stand apart together, so that their errors can be told


def cosines(pulls: Sequence[Pull]) -> "Figure":
    """Those of one encoder and task; ± one standard error over seeds, where there are several."""
    groups = list(dict.fromkeys(one.group for one in sorted(pulls, key=lambda one: one.group)))
    rows = list(dict.fromkeys(one.row for one in pulls))
    figure = blank(4.4 + 0.13 * max(len(headings.label(row)) for row in rows), max(2.9, 0.21 * len(rows) + 0.9))
    axis = figure.subplots()
    axis.axhline(0, color=INK, linewidth=0.9, linestyle="--")
    for which, row in enumerate(rows):
        mine = [one for one in pulls if one.row == row]
        shift = APART * (which - (len(rows) - 1) / 2) / len(rows)
        x = [groups.index(one.group) + shift for one in mine]
        y, errors = [one.cosine.mean for one in mine], [one.error for one in mine]
        style = {**line_style(which), "marker": MARKERS[which % len(MARKERS)], "markersize": 4.5, "linewidth": 1.2}
        label = headings.label(row)
        axis.errorbar(x, y, yerr=None if None in errors else errors, label=label, capsize=2, elinewidth=0.9, **style)
    step = max(1, len(groups) // 12)
    axis.set_xticks(range(0, len(groups), step), [short(group) for group in groups[::step]])
    axis.set(xlabel="block", ylabel="cosine of the two gradients")
    axis.grid(**GRID)
    figure.legend(loc="outside right center", fontsize=FONT - 1, handlelength=3.5)
    return figure
