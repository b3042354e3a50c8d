"""What was predicted beside what was measured: a panel per encoder and task, the line of equality, intervals, the largest misses by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realignment.report.figures.plots import GRID
from realignment.report.figures.style import COLOURS, FONT, INK, MARKERS, blank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALL = FONT - 2.5
NAMED = 2  # largest misses of a panel
ASIDE = 0.09  # of the height of a panel, how far apart two names stand at least


@dataclass(frozen=True)
class Mark:
    """A set: points over fine-tuning only; `half` the width of its interval on either side of what was expected."""

    name: str
    measured: float
    expected: float
    half: float

    @property
    def off(self) -> float:
        return abs(self.measured - self.expected)


Panel = Mapping[str, Sequence[Mark]]  # what kind of sets they are -> those; the last kind is the one whose misses are named


def predicted(panels: Sequence[tuple[str, str, Panel]]) -> "Figure":
    """`panels`: (encoder, task, marks); a row of panels per encoder, a column per task."""
    encoders, tasks = (list(dict.fromkeys(one[place] for one in panels)) for place in (0, 1))
    kinds = list(dict.fromkeys(kind for _, _, panel in panels for kind in panel))
    figure = blank(max(2.35 * len(tasks), 3.4) + 0.5, 2.35 * len(encoders) + 0.7)
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
    marks = [one for held in panel.values() for one in held]
    low = min([0.0, *(min(one.measured, one.expected) for one in marks)])
    high = max([0.0, *(max(one.measured, one.expected) for one in marks)])
    edge = 0.08 * max(high - low, 0.1)
    low, high = low - edge, high + edge
    axis.plot([low, high], [low, high], color=INK, linewidth=0.9, linestyle="--")
    for kind, held in panel.items():
        which = kinds.index(kind)
        filled = which == len(kinds) - 1
        colour = COLOURS[0] if filled else COLOURS[2]
        axis.errorbar(
            [one.measured for one in held],
            [one.expected for one in held],
            yerr=[one.half for one in held],
            color=colour,
            marker=MARKERS[0] if filled else MARKERS[1],
            markersize=3.6,
            markerfacecolor=colour if filled else "none",
            markeredgewidth=0.8,
            linestyle="none",
            elinewidth=0.7,
            alpha=1.0 if filled else 0.75,
            label=kind,
            zorder=2 + which,
        )
    axis.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    axis.locator_params(nbins=5)
    axis.grid(**{**GRID, "axis": "both"})
    _names(axis, list(panel.values())[-1], (low, high))


def _names(axis: "Axes", marks: Sequence[Mark], limits: tuple[float, float]) -> None:
    """Beside the largest misses, on the side where there is room, none over another."""
    low, high = limits
    taken: list[float] = []
    for one in sorted(sorted(marks, key=lambda mark: (-mark.off, mark.name))[:NAMED], key=lambda mark: mark.expected):
        y = one.expected
        while any(abs(y - other) < ASIDE * (high - low) for other in taken):
            y += ASIDE * (high - low)
        taken.append(y)
        right = one.measured > (low + high) / 2
        axis.annotate(
            one.name,
            (one.measured, y),
            (-5 if right else 5, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="center",
            fontsize=SMALL,
            in_layout=False,
        )
