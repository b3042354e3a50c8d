"""Heatmaps of gains: a panel of a few groups with its numbers, or a map of many languages by colour alone."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realignment.report.figures.style import FONT, INK, blank
from realignment.statistics.summary import Difference

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.path import Path

LEVELS = 20  # shades on either side of zero
UNKNOWN = (0.5, 0.5, 0.5, 0.35)  # colour of a missing cell
EDGE = "#3d3d3d"
SMALL = FONT - 2.5
FAR = 1.0  # points from which on a shade of `matrix` is the darkest


@dataclass(frozen=True)
class Panel:
    """A heatmap: `values[row][column]`; sections are (title, number of rows), parts (title, number of columns)."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[Difference, ...], ...]
    sections: tuple[tuple[str, int], ...] = ()
    parts: tuple[tuple[str, int], ...] = ()


def heatmap(panels: Sequence[Panel]) -> "Figure":
    """Gains in points, one panel per model; hatched where not certain; missing cells marked."""
    rows = max(len(panel.rows) for panel in panels)
    width = 2.3 + sum(0.62 * len(panel.columns) + 0.25 for panel in panels)
    figure = blank(width, 0.24 * rows + 1.35)
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    limit = _limit(panels)
    for axis, panel in zip(axes, panels, strict=True):
        _shade_cells(axis, panel.values, limit, "///")
        _numbers(axis, panel, limit)
        axis.set(xlim=(0, len(panel.columns)), ylim=(len(panel.rows), 0), title=panel.title)
        names = [name.replace(" ", "\n") for name in panel.columns]
        axis.set_xticks([x + 0.5 for x in range(len(names))], names, fontsize=FONT - 1.5)
        axis.set_yticks([y + 0.5 for y in range(len(panel.rows))], panel.rows)
        axis.hlines(_edges(panel.sections), 0, len(panel.columns), colors=EDGE, linewidth=1.0)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    _colour_bar(figure, axes, limit, panels)
    return figure


def tiles(panel: Panel) -> "Figure":
    """A map of gains too large for numbers: one path per shade, hatched where not certain, grey where missing; fits a printed page."""
    figure = blank(0.155 * len(panel.columns) + 2.9, 0.125 * len(panel.rows) + 1.7)
    axis = figure.subplots()
    limit = _limit([panel])
    _shade_cells(axis, panel.values, limit, "//////")
    axis.set(xlim=(0, len(panel.columns)), ylim=(len(panel.rows), 0))
    axis.set_xticks([x + 0.5 for x in range(len(panel.columns))], panel.columns, rotation=90, fontsize=SMALL)
    axis.set_yticks([y + 0.5 for y in range(len(panel.rows))], panel.rows, fontsize=SMALL)
    axis.tick_params(length=0, pad=2, top=False, labeltop=True, bottom=False, labelbottom=False)
    axis.hlines(_edges(panel.sections), 0, len(panel.columns), colors=EDGE, linewidth=0.8)
    axis.vlines(_edges(panel.parts), 0, len(panel.rows), colors=EDGE, linewidth=0.8)
    _beside(axis, panel)
    axis.spines[:].set_visible(False)
    _colour_bar(figure, [axis], limit, [panel])
    return figure


def matrix(panels: Sequence[Panel], label: str) -> "Figure":
    """Panels of the same rows side by side, too many for numbers; what is beyond FAR points is as dark as that. Hatched where not certain, grey where
    missing; `label` says what the shades are."""
    rows, width = len(panels[0].rows), sum(len(panel.columns) for panel in panels)
    figure = blank(0.185 * width + 2.9, 0.142 * rows + 2.0)
    shares = {"width_ratios": [len(panel.columns) for panel in panels]}
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True, gridspec_kw=shares)[0]
    for axis, panel in zip(axes, panels, strict=True):
        _shade_cells(axis, panel.values, FAR, "//////")
        axis.set(xlim=(0, len(panel.columns)), ylim=(rows, 0))
        axis.set_xticks([x + 0.5 for x in range(len(panel.columns))], panel.columns, rotation=90, fontsize=SMALL + 0.5)
        axis.set_yticks([y + 0.5 for y in range(rows)], panel.rows, fontsize=SMALL)
        axis.tick_params(length=0, pad=2, top=False, labeltop=True, bottom=False, labelbottom=False)
        axis.hlines(_edges(panel.sections), 0, len(panel.columns), colors=EDGE, linewidth=0.8)
        axis.vlines(_edges(panel.parts), 0, rows, colors=EDGE, linewidth=0.8)
        axis.set_title(panel.title)
        axis.spines[:].set_visible(False)
    _beside(axes[-1], panels[-1])
    _colour_bar(figure, axes, FAR, panels, label)
    return figure


def _beside(axis: "Axes", panel: Panel) -> None:
    """The titles of sections."""
    top = 0
    for title, size in panel.sections:
        axis.text(len(panel.columns) + 0.4, top + size / 2, title, va="center", fontsize=SMALL)
        top += size


def _limit(panels: Iterable[Panel]) -> float:
    """The largest gain or loss in points, 1 at least."""
    return max([1.0, *map(abs, _known(panels))])


def _known(panels: Iterable[Panel]) -> list[float]:
    return [100 * value.mean for panel in panels for line in panel.values for value in line if value.mean is not None]


def _edges(sections: Sequence[tuple[str, int]]) -> list[int]:
    """Where one section ends and the next begins."""
    return [sum(size for _, size in sections[:part]) for part in range(1, len(sections))]


def _shade_cells(axis: "Axes", values: Sequence[Sequence[Difference]], limit: float, hatch: str) -> None:
    """One path per shade over all its cells, and one of hatches: a map of thousands of cells stays small."""
    from matplotlib.patches import PathPatch

    shades: dict[tuple[float, ...], list[tuple[int, int]]] = {}
    for y, line in enumerate(values):
        for x, value in enumerate(line):
            shades.setdefault(UNKNOWN if value.mean is None else _shade(100 * value.mean, limit), []).append((x, y))
    for colour, cells in sorted(shades.items()):
        edge = "none" if colour == UNKNOWN else colour
        axis.add_patch(PathPatch(_boxes(cells), facecolor=colour, edgecolor=edge, linewidth=0.4))
    doubtful = [
        (x, y) for y, line in enumerate(values) for x, value in enumerate(line) if value.mean is not None and not value.certain
    ]
    if doubtful:
        axis.add_patch(PathPatch(_boxes(doubtful), fill=False, hatch=hatch, linewidth=0))


def _boxes(cells: Iterable[tuple[int, int]]) -> "Path":
    """One path of a box a cell (x, y), neighbours in a row joined; cells come row by row."""
    from matplotlib.path import Path

    runs: list[list[int]] = []  # x, y, width
    for x, y in cells:
        if runs and runs[-1][1] == y and sum(runs[-1][::2]) == x:
            runs[-1][2] += 1
        else:
            runs.append([x, y, 1])
    corners = [point for x, y, width in runs for point in ((x, y), (x + width, y), (x + width, y + 1), (x, y + 1), (x, y))]
    return Path(corners, [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(runs))


def _numbers(axis: "Axes", panel: Panel, limit: float) -> None:
    """The points of each cell, or a dash."""
    for y, line in enumerate(panel.values):
        for x, value in enumerate(line):
            gain = None if value.mean is None else 100 * value.mean
            dark = gain is not None and sum(_shade(gain, limit)[:3]) < 1.45
            ink = INK if gain is None else "#ffffff" if dark else "#111111"
            shown = "—" if gain is None else f"{round(gain, 1) + 0.0:+.1f}".replace("-", "−").replace("+0.0", "0.0")
            axis.text(x + 0.5, y + 0.52, shown, ha="center", va="center", fontsize=FONT - 1.5, color=ink, in_layout=False)


def _shade(gain: float, limit: float) -> tuple[float, ...]:
    return _level(round(LEVELS * max(-1.0, min(1.0, gain / limit))))


@functools.cache
def _level(level: int) -> tuple[float, ...]:
    """Red below zero, white at it, blue above."""
    import matplotlib

    return matplotlib.colormaps["RdBu"](0.5 + 0.46 * level / LEVELS)


def _colour_bar(
    figure: "Figure", axes: Sequence["Axes"], limit: float, panels: Sequence[Panel], label: str = "points over fine-tuning only"
) -> "Colorbar":
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    shades = ListedColormap([_level(level) for level in range(-LEVELS, LEVELS + 1)])
    bar = figure.colorbar(ScalarMappable(Normalize(-limit, limit), shades), ax=list(axes), fraction=0.02, pad=0.015, aspect=40)
    bar.set_label(label)
    bar.outline.set_visible(False)
    bar.solids.set_rasterized(False)
    if any(known := _known(panels)):
        bar.ax.set_ylim(max(-limit, min([0.0, *known])), min(limit, max([0.0, *known])))
    return bar
