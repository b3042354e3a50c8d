"""Plots of scores: curves against a number of languages, dots a subset, differences to random, losses, and the map of languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realignment.report.figures.style import COLOURS, FONT, INK, MARKERS, blank, line_style
from realignment.statistics.summary import Difference, Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GRID = {"axis": "y", "color": INK, "alpha": 0.15, "linewidth": 0.6}
SMALL = FONT - 1.5
ONE = COLOURS[2]  # where colour tells nothing apart


@dataclass(frozen=True)
class Curve:
    """(x, score) points with their spread; `reference` curves are drawn as a horizontal line over the whole width."""

    name: str
    points: tuple[tuple[int, Summary], ...]
    reference: bool = False


@dataclass(frozen=True)
class Dots:
    """One panel of dots, top to bottom."""

    title: str
    names: tuple[str, ...]
    values: tuple[Summary, ...]
    others: tuple[tuple[float, ...], ...] = ()  # a row: scores that the row's value was chosen over


@dataclass(frozen=True)
class Contrasts:
    """One panel of differences in [−1, 1] to what stands at zero, top to bottom; None where there is nothing to compare."""

    title: str
    names: tuple[str, ...]
    values: tuple[Difference | None, ...]


@dataclass(frozen=True)
class Cloud:
    """One panel of dots by group, (x, y) each."""

    title: str
    dots: Mapping[str, tuple[tuple[float, float], ...]]


@dataclass(frozen=True)
class Loss:
    """Losses of the runs of one row: (step, mean, lowest, highest) over seeds."""

    name: str
    points: tuple[tuple[int, float, float, float], ...]


def curves(panels: Mapping[str, Sequence[Curve]], x_label: str, y_label: str, *, spread: bool = True) -> "Figure":
    """One panel per model: scores (percent) against x, error bars ± one standard deviation over seeds."""
    figure = blank(4.4 * len(panels) + 1.9, 3.4)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    names = list(dict.fromkeys(curve.name for found in panels.values() for curve in found if not curve.reference))
    for axis, (title, found) in zip(axes, panels.items(), strict=True):
        for curve in found:
            known = [(x, 100 * value.mean, 100 * (value.std or 0)) for x, value in curve.points if value.mean is not None]
            if not known:
                continue
            x, y, error = zip(*known, strict=True)
            if curve.reference:
                axis.axhline(y[0], color=INK, linewidth=0.9, linestyle="--")
                axis.annotate(
                    curve.name, (1.0, y[0]), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=SMALL
                )
                continue
            which = names.index(curve.name)
            style = {**line_style(which), "marker": MARKERS[which % len(MARKERS)], "markersize": 5, "linewidth": 1.4}
            axis.errorbar(x, y, yerr=error if spread else None, label=curve.name, capsize=2.5, elinewidth=0.9, **style)
        axis.set(title=title, xlabel=x_label, ylabel=y_label)
        axis.grid(**GRID)
    handles = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    if handles:
        figure.legend(handles.values(), handles, loc="outside right center", fontsize=FONT - 1)
    return figure


def dots(panels: Sequence[Dots], x_label: str) -> "Figure":
    """One dot per name with ± one standard deviation (no bars: the axis does not start at zero)."""
    longest = max((len(name) for panel in panels for name in panel.names), default=0)
    figure = blank((2.5 + 0.07 * longest) * len(panels), 0.25 * max(len(panel.names) for panel in panels) + 0.9)
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=False)[0]
    for axis, panel in zip(axes, panels, strict=True):
        faint = [(other, y) for y, row in enumerate(panel.others) for other in row]
        if faint:
            axis.plot(*zip(*faint, strict=True), "|", color=INK, alpha=0.55, markersize=7)
        for y, value in enumerate(panel.values):
            if value.mean is None:
                continue
            mean, error = 100 * value.mean, 100 * (value.std or 0)
            axis.errorbar(mean, y, xerr=error or None, color=ONE, marker="o", markersize=6, capsize=2.5, elinewidth=1.2)
            axis.annotate(f"{mean:.2f}", (mean + error, y), (5, 0), textcoords="offset points", va="center", fontsize=SMALL)
        axis.set_yticks(range(len(panel.names)), panel.names)
        axis.invert_yaxis()
        axis.margins(x=0.2)
        axis.set(title=panel.title, xlabel=x_label)
        axis.grid(**GRID)
        axis.tick_params(axis="y", length=0)
    return figure


def clouds(panels: Sequence[Cloud], x_label: str, y_label: str) -> "Figure":
    """One panel per cloud, side by side; a group has the same colour and mark in all of them, lines stand at zero."""
    figure = blank(3.2 * len(panels) + 1.5, 3.0)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    names = list(dict.fromkeys(name for panel in panels for name in panel.dots))
    for axis, panel in zip(axes, panels, strict=True):
        axis.axhline(0, color=INK, linewidth=0.6, alpha=0.4)
        axis.axvline(0, color=INK, linewidth=0.6, alpha=0.4)
        for name, places in panel.dots.items():
            which = names.index(name)
            style = {"color": COLOURS[which % len(COLOURS)], "marker": MARKERS[which % len(MARKERS)]}
            axis.plot(*zip(*places, strict=True), linestyle="", markersize=4, label=name, **style)
        axis.set(title=panel.title, xlabel=x_label)
    axes[0].set_ylabel(y_label)
    handles = {label: one for axis in axes for one, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend([handles[name] for name in names], names, loc="outside right upper", fontsize=SMALL)
    return figure


def atlas(places: Mapping[str, Sequence[float]], sets: Mapping[str, Sequence[str]], english: str) -> "Figure":
    """One panel per set: every language where its distances put it, the chosen ones filled and named, English a star."""
    across = min(3, len(sets))
    down = -(-len(sets) // across)
    figure = blank(3.1 * across, 2.9 * down)
    axes = list(figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).flat)
    for axis in axes[len(sets) :]:
        axis.set_visible(False)
    for axis, (title, chosen) in zip(axes, sets.items(), strict=False):
        others = [place for code, place in places.items() if code not in chosen and code != english]
        if others:
            axis.plot(
                *zip(*others, strict=True), "o", markersize=3, markerfacecolor="none", color=INK, markeredgewidth=0.5, alpha=0.6
            )
        axis.plot(*zip(*(places[code] for code in chosen), strict=True), "o", markersize=5, color=ONE)
        for code in chosen:
            axis.annotate(code, places[code], (3, 3), textcoords="offset points", fontsize=FONT - 2, in_layout=False)
        if english in places:
            axis.plot(*places[english], "*", markersize=8, color=COLOURS[3])
        axis.set(title=title, xticks=[], yticks=[], aspect="equal")
    return figure


def contrasts(panels: Sequence[Sequence[Contrasts]], x_label: str) -> "Figure":
    """One row of panels per model: differences in points ± one standard error; hollow where not certain."""
    rows = sum(max(len(panel.names) for panel in line) for line in panels)
    figure = blank(1.9 * max(map(len, panels)) + 2.6, 0.24 * rows + 0.75 * len(panels) + 0.4)
    heights = [max(len(panel.names) for panel in line) + 1.5 for line in panels]
    axes = figure.subplots(
        len(panels), max(map(len, panels)), squeeze=False, sharex=True, sharey="row", gridspec_kw={"height_ratios": heights}
    )
    for line, found in zip(axes, panels, strict=True):
        for axis, panel in zip(line, found, strict=False):
            _contrast(axis, panel)
        for axis in line[len(found) :]:
            axis.set_visible(False)
        line[0].set_yticks(range(len(found[0].names)), found[0].names)
        line[0].invert_yaxis()
    figure.supxlabel(x_label, fontsize=FONT, color=INK)
    return figure


def _contrast(axis: "Axes", panel: Contrasts) -> None:
    axis.axvline(0, color=INK, linewidth=0.9, linestyle="--")
    for y, value in enumerate(panel.values):
        if value is None or value.mean is None:
            continue
        filled = {"markerfacecolor": ONE} if value.certain else {}
        style = {"color": ONE, "marker": "o", "markersize": 6, "capsize": 2.5, "elinewidth": 1.2, "linestyle": "none"}
        axis.errorbar(
            100 * value.mean, y, xerr=100 * (value.error or 0) or None, **{"markerfacecolor": "none", **style, **filled}
        )
    axis.set_title(panel.title)
    axis.margins(y=0.08)
    axis.grid(**GRID)
    axis.tick_params(axis="y", length=0)


def losses(panels: Mapping[str, Sequence[Loss]], y_label: str) -> "Figure":
    """One line per row of the grid, its colour and dashes its own within a panel, a band from the lowest to the highest seed."""
    across = min(3, len(panels))
    down = -(-len(panels) // across)
    figure = blank(6.6 if len(panels) == 1 else 3.2 * across, 3.2 if len(panels) == 1 else 2.3 * down)
    axes = list(figure.subplots(down, across, squeeze=False).flat)
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    for number, (axis, (title, found)) in enumerate(zip(axes, panels.items(), strict=False)):
        axis.label_outer()
        for which, loss in enumerate(found):
            step, mean, lowest, highest = zip(*loss.points, strict=True)
            band = axis.fill_between(step, lowest, highest, color=COLOURS[which % len(COLOURS)], alpha=0.2, linewidth=0)
            (line,) = axis.plot(step, mean, linewidth=1.3, label=loss.name, **line_style(which))
            for artist in (band, line):
                artist.set_in_layout(
                    False
                )  # they stay within the axes: of hundreds, measuring them takes longer than drawing them
        axis.set_title(title, fontsize=FONT)
        axis.tick_params(labelbottom=number + across >= len(panels))
        axis.grid(**GRID)
        if len(panels) > 1:
            axis.legend(loc="upper right", fontsize=SMALL, handlelength=3)
    _same_limits(axes)
    if len(panels) == 1:
        figure.legend(loc="outside right center", fontsize=FONT - 1, handlelength=3.5)
    figure.supxlabel("step (optimizer updates)", fontsize=FONT)
    figure.supylabel(y_label, fontsize=FONT)
    return figure


def _same_limits(axes: Sequence["Axes"]) -> None:
    """What shared axes would have; sharing asks every panel for its limits whenever one draws a line, which takes most of the time."""
    first, *others = axes
    for axis in others:
        if axis.get_visible():
            first.update_datalim(axis.dataLim.get_points())
    first.autoscale_view()
    for axis in others:
        axis.set(xlim=first.get_xlim(), ylim=first.get_ylim())
