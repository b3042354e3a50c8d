"""What was predicted beside what was measured: a panel per encoder and task, the line of equality, intervals, the largest misses by name."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realignment.report.figures.plots import GRID
from realignment.report.figures.style import COLOURS, FONT, INK, MARKERS, blank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALL = FONT - 2.5
NAMED = 3  # largest misses of a panel
LINE = 0.075  # of the height of a panel, from name to name


@dataclass(frozen=True)
class Mark:
    """A set: points over fine-tuning only; `half` the width of its interval on either side of what was expected."""

    name: str
    measured: float
    expected: float
    half: float  # infinite where it is not known: no bar is drawn

    @property
    def off(self) -> float:
        return abs(self.measured - self.expected)


Panel = Mapping[str, Sequence[Mark]]  # what kind of sets they are -> those; the last kind is the one whose misses are named


def predicted(panels: Sequence[tuple[str, str, Panel]]) -> "Figure":
    """`panels`: (encoder, task, marks); a row of panels per encoder, a column per task."""
    encoders, tasks = (list(dict.fromkeys(one[place] for one in panels)) for place in (0, 1))
    kinds = list(dict.fromkeys(kind for _, _, panel in panels for kind in panel))
    figure = blank(max(2.6 * len(tasks), 3.6) + 0.4, 2.7 * len(encoders) + 0.6)
    axes = figure.subplots(len(encoders), len(tasks), squeeze=False)
    for axis in axes.flat:
        axis.set_visible(False)
    for encoder, task, panel in panels:
        axis = axes[encoders.index(encoder)][tasks.index(task)]
        axis.set_visible(True)
        axis.set_title(f"{encoder}, {task}")
        _panel(axis, panel, kinds)
    handles = {label: one for axis in axes.flat for one, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend([handles[kind] for kind in kinds], kinds, loc="outside upper center", ncols=len(kinds), fontsize=FONT - 1)
    figure.supxlabel("measured: points over fine-tuning only", fontsize=FONT, color=INK)
    figure.supylabel("predicted", fontsize=FONT, color=INK)
    return figure


def _panel(axis: "Axes", panel: Panel, kinds: Sequence[str]) -> None:
    numbers = [value for held in panel.values() for one in held for value in (one.measured, one.expected)]
    low, high = min(numbers), max(numbers)
    edge = 0.12 * max(high - low, 0.1)
    axis.plot([low - edge, high + edge], [low - edge, high + edge], color=INK, linewidth=0.9, linestyle="--")
    for kind, held in panel.items():
        _marks(axis, held, kind, filled=kind == kinds[-1])
    axis.set(xlim=(low - edge, high + edge), ylim=(low - edge, high + edge))
    axis.locator_params(nbins=5)
    axis.grid(**{**GRID, "axis": "both"})
    _names(axis, sorted(list(panel.values())[-1], key=lambda one: (-one.off, one.name))[:NAMED])


def _marks(axis: "Axes", marks: Sequence[Mark], label: str, *, filled: bool) -> None:
    """One line for all intervals: of hundreds, a path each is most of a page."""
    colour = COLOURS[0] if filled else COLOURS[2]
    x = [value for one in marks for value in (one.measured, one.measured, math.nan)]
    y = [value for one in marks for value in (one.expected - one.half, one.expected + one.half, math.nan)]
    axis.plot(x, y, color=colour, linewidth=0.8, alpha=0.55 if filled else 0.3)
    style = {"marker": MARKERS[0] if filled else MARKERS[1], "markersize": 4 if filled else 3.2, "markeredgewidth": 0.8}
    places = [one.measured for one in marks], [one.expected for one in marks]
    axis.plot(*places, linestyle="none", color=colour, markerfacecolor=colour if filled else "none", label=label, **style)


def _names(axis: "Axes", marks: Sequence[Mark]) -> None:
    """A number beside each, and its name in the corner that the line of equality leaves free: of predictions too high the upper left, else the lower
    right."""
    numbered = list(enumerate(marks, 1))
    over = [(number, one) for number, one in numbered if one.expected > one.measured]
    under = [(number, one) for number, one in reversed(numbered) if one.expected <= one.measured]
    for some, side, x, y, step in ((over, "left", 0.03, 0.965, -LINE), (under, "right", 0.985, 0.035, LINE)):
        shift = -4 if side == "left" else 4
        for place, (number, one) in enumerate(some):
            how = {"va": "center", "fontsize": SMALL, "in_layout": False}
            beside = {"textcoords": "offset points", "ha": "right" if side == "left" else "left", "fontweight": "bold"}
            axis.annotate(str(number), (one.measured, one.expected), (shift, 0), **beside, **how)
            axis.text(x, y + step * place, f"{number} {one.name}", transform=axis.transAxes, ha=side, **how)
