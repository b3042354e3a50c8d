"""Figures: values in, matplotlib out. SVG of the same bytes every time, legible on light and dark and to the colour-blind."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.statistics import Difference, Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

INK = "#010203"  # stands for the reader's text colour; becomes currentColor in SVG
COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#8C6D31",
    "#7A7A7A",
)  # Okabe and Ito 2008, without yellow
MARKERS = "osD^vPX*"
FONT = 9
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "realignment",
    "font.family": ["DejaVu Sans"],
    "font.size": FONT,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.facecolor": "none",
    "legend.edgecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
    "hatch.color": "#8a8a8a",
    "axes.titlesize": FONT + 1,
    "legend.framealpha": 0.0,
}


@dataclass(frozen=True)
class Panel:
    """A heatmap: `values[row][column]`, sections as (title, number of rows)."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[Difference, ...], ...]
    sections: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Curve:
    """(x, score) points with their spread; `reference` curves are drawn as a horizontal line over the whole width."""

    name: str
    points: tuple[tuple[int, Summary], ...]
    reference: bool = False


@dataclass(frozen=True)
class Dots:
    """One panel of dots, top to bottom; `printed` values come from a printed table, not from runs."""

    title: str
    names: tuple[str, ...]
    values: tuple[Summary, ...]
    printed: Mapping[str, float] = field(default_factory=dict)


def heatmap(panels: Sequence[Panel], errors: float) -> "Figure":
    """Gains in points, one panel a model; hatched where |gain| is below `errors` standard errors; missing cells marked."""
    rows = max(len(panel.rows) for panel in panels)
    width = 2.3 + sum(0.62 * len(panel.columns) + 0.25 for panel in panels)
    figure = _figure(width, 0.24 * rows + 1.35)
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    known = [100 * value.mean for panel in panels for line in panel.values for value in line if value.mean is not None]
    limit = max([1.0, *map(abs, known)])
    for axis, panel in zip(axes, panels, strict=True):
        _panel(axis, panel, limit, errors)
    bar = _colour_bar(figure, axes, limit)
    bar.ax.set_ylim(min([0.0, *known]), max([0.0, *known]))
    return figure


def _panel(axis: "Axes", panel: Panel, limit: float, errors: float) -> None:
    from matplotlib.patches import Rectangle

    for y, line in enumerate(panel.values):
        for x, value in enumerate(line):
            gain = None if value.mean is None else 100 * value.mean
            colour = (0.5, 0.5, 0.5, 0.12) if gain is None else _shade(gain, limit)
            axis.add_patch(
                Rectangle((x, y), 1, 1, facecolor=colour, edgecolor=colour if gain is not None else "none", linewidth=0.4)
            )
            if gain is not None and value.uncertain(errors):
                axis.add_patch(Rectangle((x, y), 1, 1, fill=False, hatch="///", linewidth=0))
            dark = gain is not None and sum(colour[:3]) < 1.45
            ink = INK if gain is None else "#ffffff" if dark else "#111111"
            shown = "—" if gain is None else f"{round(gain, 1) + 0.0:+.1f}".replace("-", "−").replace("+0.0", "0.0")
            axis.text(x + 0.5, y + 0.52, shown, ha="center", va="center", fontsize=FONT - 1.5, color=ink)
    edges = [sum(size for _, size in panel.sections[:part]) for part in range(1, len(panel.sections))]
    axis.hlines(edges, 0, len(panel.columns), colors="#3d3d3d", linewidth=1.0)
    axis.set(xlim=(0, len(panel.columns)), ylim=(len(panel.rows), 0), title=panel.title)
    axis.set_xticks(
        [x + 0.5 for x in range(len(panel.columns))], [name.replace(" ", "\n") for name in panel.columns], fontsize=FONT - 1.5
    )
    axis.set_yticks([y + 0.5 for y in range(len(panel.rows))], panel.rows)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _shade(gain: float, limit: float) -> tuple[float, ...]:
    import matplotlib

    return matplotlib.colormaps["RdBu"](0.5 + 0.46 * gain / limit)


def _colour_bar(figure: "Figure", axes: Sequence["Axes"], limit: float) -> "Colorbar":
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    shades = ListedColormap([_shade(limit * (step / 50 - 1), limit) for step in range(101)])
    bar = figure.colorbar(ScalarMappable(Normalize(-limit, limit), shades), ax=list(axes), fraction=0.02, pad=0.015, aspect=40)
    bar.set_label("points over fine-tuning only")
    bar.outline.set_visible(False)
    bar.solids.set_rasterized(False)
    return bar


def curves(panels: Mapping[str, Sequence[Curve]], x_label: str, y_label: str, *, spread: bool = True) -> "Figure":
    """One panel a model: scores (percent) against x, error bars ± one standard deviation over seeds."""
    figure = _figure(4.4 * len(panels) + 1.9, 3.4)
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
                    curve.name, (1.0, y[0]), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=FONT - 1.5
                )
                continue
            which = names.index(curve.name)
            style = {
                "color": COLOURS[which % len(COLOURS)],
                "marker": MARKERS[which % len(MARKERS)],
                "markersize": 5,
                "linewidth": 1.4,
            }
            axis.errorbar(x, y, yerr=error if spread else None, label=curve.name, capsize=2.5, elinewidth=0.9, **style)
        axis.set(title=title, xlabel=x_label, ylabel=y_label)
        axis.grid(axis="y", color=INK, alpha=0.15, linewidth=0.6)
    handles = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    if handles:
        figure.legend(handles.values(), handles, loc="outside right center", fontsize=FONT - 1)
    return figure


def dots(panels: Sequence[Dots], x_label: str) -> "Figure":
    """A dot a name with ± one standard deviation (no bars: the axis does not start at zero); printed values are hollow."""
    figure = _figure(3.6 * len(panels) + 2.0, 0.25 * max(len(panel.names) for panel in panels) + 0.9)
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=False)[0]
    for axis, panel, colour in zip(axes, panels, COLOURS, strict=False):
        for y, (name, value) in enumerate(zip(panel.names, panel.values, strict=True)):
            mean = panel.printed.get(name) if value.mean is None else 100 * value.mean
            if mean is None:
                continue
            error = 100 * (value.std or 0)
            hollow = {"markerfacecolor": "none"} if value.mean is None else {}
            axis.errorbar(
                mean, y, xerr=error or None, color=colour, marker="o", markersize=6, capsize=2.5, elinewidth=1.2, **hollow
            )
            axis.annotate(f"{mean:.2f}", (mean + error, y), (5, 0), textcoords="offset points", va="center", fontsize=FONT - 1.5)
        axis.set_yticks(range(len(panel.names)), panel.names)
        axis.invert_yaxis()
        axis.margins(x=0.14)
        axis.set(title=panel.title, xlabel=x_label)
        axis.grid(axis="y", color=INK, alpha=0.15, linewidth=0.6)
        axis.tick_params(axis="y", length=0)
    return figure


def atlas(places: Mapping[str, Sequence[float]], sets: Mapping[str, Sequence[str]], english: str) -> "Figure":
    """A panel a set: every language where its distances put it, the chosen ones filled and named, English a star."""
    across = min(3, len(sets))
    down = -(-len(sets) // across)
    figure = _figure(3.1 * across, 2.9 * down)
    axes = list(figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).flat)
    for axis in axes[len(sets) :]:
        axis.set_visible(False)
    for axis, (title, chosen) in zip(axes, sets.items(), strict=False):
        others = [place for code, place in places.items() if code not in chosen and code != english]
        if others:
            axis.scatter(*zip(*others, strict=True), s=9, facecolors="none", edgecolors=INK, linewidths=0.5, alpha=0.6)
        axis.scatter(*zip(*(places[code] for code in chosen), strict=True), s=26, color=COLOURS[0])
        for code in chosen:
            axis.annotate(code, places[code], (3, 3), textcoords="offset points", fontsize=FONT - 2)
        if english in places:
            axis.scatter(*places[english], s=60, marker="*", color=COLOURS[3])
        axis.set(title=title, xticks=[], yticks=[], aspect="equal")
    return figure


def losses(found: Mapping[str, Sequence[Sequence[Sequence[int | float]]]], y_label: str) -> "Figure":
    """`found`: subset -> one curve of (step, loss) a seed."""
    figure = _figure(6.4, 3.2)
    axis = figure.subplots()
    for which, (name, seeds) in enumerate(found.items()):
        for number, points in enumerate(seeds):
            x, y = zip(*points, strict=True)
            style = {"color": COLOURS[which % len(COLOURS)], "linestyle": ("-", "--", ":", "-.")[which // len(COLOURS) % 4]}
            axis.plot(x, y, linewidth=1.0, alpha=0.8, label=name if number == 0 else None, **style)
    axis.set(xlabel="step (optimizer updates)", ylabel=y_label)
    axis.grid(axis="y", color=INK, alpha=0.15, linewidth=0.6)
    figure.legend(loc="outside right center", fontsize=FONT - 1)
    return figure


def _figure(width: float, height: float) -> "Figure":
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(STYLE)
    return Figure(figsize=(width, height), layout="constrained")


def svg(figure: "Figure", name: str, description: str) -> str:
    """An <svg> element that takes the reader's text colour; ids begin with `name`, so that several stand in one page."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None, "Type": None, "Format": None})
    text = out.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    text = re.sub(r'(\bid="|url\(#|href="#)', lambda found: f"{found[1]}{name}-", text)
    label = description.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def write(figure: "Figure", path: Path, description: str = "") -> None:
    """SVG or PNG by the suffix; a PNG gets a white ground."""
    from realignment.errors import BadInput

    if path.suffix not in (".svg", ".png"):
        raise BadInput(f"a figure ends in .svg or .png; {path} was given")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".svg":
        path.write_text('<?xml version="1.0" encoding="utf-8"?>\n' + svg(figure, path.stem, description), encoding="utf-8")
        return
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_facecolor("white")
    figure.set_dpi(130)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    Image.fromarray(pixels).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
