"""Estimates with their intervals, several questions on one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realignment.report.figures.plots import GRID
from realignment.report.figures.style import COLOURS, FONT, INK, MARKERS, blank

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Bar:
    """An estimate in points and its interval; filled where the interval leaves zero out."""

    middle: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        return self.low > 0 or self.high < 0


Panel = Mapping[str, Mapping[str, Bar]]  # line -> question -> bar


def intervals(panels: Mapping[str, Panel], x_label: str) -> "Figure":
    """One panel per title, lines top to bottom; a question has one colour and mark in all of them."""
    lines = list(dict.fromkeys(line for panel in panels.values() for line in panel))
    questions = list(dict.fromkeys(name for panel in panels.values() for held in panel.values() for name in held))
    figure = blank(2.6 * len(panels) + 1.2, 0.34 * len(lines) + 1.1)
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axis, (title, panel) in zip(axes, panels.items(), strict=True):
        axis.axvline(0, color=INK, linewidth=0.9, linestyle="--")
        for which, question in enumerate(questions):
            _bars(axis, [(y, panel.get(line, {}).get(question)) for y, line in enumerate(lines)], which, len(questions), question)
        axis.set_title(title)
        axis.grid(**{**GRID, "axis": "x"})
        axis.tick_params(axis="y", length=0)
    axes[0].set_yticks(range(len(lines)), lines)
    axes[0].set_ylim(len(lines) - 0.5, -0.5)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(questions), fontsize=FONT - 1)
    figure.supxlabel(x_label, fontsize=FONT, color=INK)
    return figure


def _bars(axis, held: Sequence[tuple[int, Bar | None]], which: int, count: int, label: str) -> None:
    colour, shift = COLOURS[which % len(COLOURS)], (which - (count - 1) / 2) * 0.28
    style = {
        "color": colour,
        "marker": MARKERS[which % len(MARKERS)],
        "markersize": 5,
        "capsize": 2,
        "elinewidth": 1.2,
        "linestyle": "none",
    }
    for y, bar in held:
        if bar:
            error = [[bar.middle - bar.low], [bar.high - bar.middle]]
            filled = {"markerfacecolor": colour if bar.certain else "none"}
            axis.errorbar(bar.middle, y + shift, xerr=error, **style, **filled)
    axis.plot([], [], label=label, **{name: style[name] for name in ("color", "marker", "markersize", "linestyle")})
