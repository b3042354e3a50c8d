"""Plots over the blocks of an encoder: the cosine of two gradients, a line a row of the grid."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from realignment.report.figures.plots import GRID
from realignment.report.figures.style import FONT, INK, MARKERS, blank, line_style
from realignment.results import headings
from realignment.results.gradients import Pull, short
from realignment.results.scores import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOGETHER = 8  # lines that one panel holds at most
APART = 0.25  # of a block: how far the lines stand apart together, so that their errors can be told


def cosines(pulls: Sequence[Pull]) -> "Figure":
    """Those of one encoder and task, ± one standard error over seeds where there are several; a panel a heuristic where one would hold too many
    lines, with fine-tuning only in each."""
    groups = sorted({one.group for one in pulls})  # embedding comes before layer_01
    rows = list(dict.fromkeys(one.row for one in pulls))
    panels = {"": rows} if len(rows) <= TOGETHER else _by_heuristic(rows)
    across = min(2, len(panels))
    down = -(-len(panels) // across)
    figure = blank(6.2 if across == 1 else 4.2 * across, 3.1 if across == 1 else 2.6 * down)
    axes = list(figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).flat)
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    step = max(1, len(groups) // 12)
    for number, (axis, (title, held)) in enumerate(zip(axes, panels.items(), strict=False)):
        axis.axhline(0, color=INK, linewidth=0.9, linestyle="--")
        for which, row in enumerate(held):
            _line(axis, [one for one in pulls if one.row == row], groups, (which, len(held)))
        axis.set_xticks(range(0, len(groups), step), [short(group) for group in groups[::step]])
        axis.set_title(title, fontsize=FONT)
        axis.tick_params(labelbottom=number + across >= len(panels))
        axis.grid(**GRID)
        if across > 1:
            axis.legend(loc="best", fontsize=FONT - 2, handlelength=3)
    if across == 1:
        figure.legend(loc="outside right center", fontsize=FONT - 1, handlelength=3.5)
    figure.supxlabel("block", fontsize=FONT)
    figure.supylabel("cosine of the two gradients", fontsize=FONT)
    return figure


def _by_heuristic(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Title of a panel -> its rows; fine-tuning only in each."""
    none, found = [row for row in rows if row.subset == "none"], {}
    for row in rows:
        section, heuristic = headings.place(row)
        found.setdefault(section if row.control or section == "Baselines" else heuristic, []).append(row)
    return {title: [*none, *(row for row in held if row not in none)] for title, held in found.items()}


def _line(axis: "Axes", pulls: Sequence[Pull], groups: Sequence[str], place: tuple[int, int]) -> None:
    """`place`: the number of the line, and how many there are."""
    which, many = place
    shift = APART * (which - (many - 1) / 2) / many
    x, y, errors = (
        [groups.index(one.group) + shift for one in pulls],
        [one.cosine.mean for one in pulls],
        [one.error for one in pulls],
    )
    style = {**line_style(which), "marker": MARKERS[which % len(MARKERS)], "markersize": 4.5, "linewidth": 1.2}
    label = headings.label(pulls[0].row)
    axis.errorbar(x, y, yerr=None if None in errors else errors, label=label, elinewidth=0.9, **style)
