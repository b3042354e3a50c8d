"""Figures: values in, matplotlib out. SVG of the same bytes every time, legible on light and dark and to the colour-blind."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#010203"  # stands for the reader's text colour; becomes currentColor in SVG
# Any two differ by 24 or more in CIELAB to readers with and without red, green or blue cones, and each has a contrast of 3 with a
# white page and with the dark one; eight hues do not go further apart within that, so a line has its own dashes or marks as well.
COLOURS = ("#e17800", "#8700ff", "#5a96b4", "#c30f1e", "#969669", "#5a5aa5", "#c369ff", "#964b69")
DASHES = ((), (5, 2), (1, 1.4), (6, 1.5, 1, 1.5), (2.5, 1.2), (8, 2, 2.5, 2), (3, 1, 1, 1, 1, 1), (1, 3))  # (on, off, ...)
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


def line_style(which: int) -> dict:
    """Colour and dashes of the line of that number: no two of the first 64 share both, nor any two neighbours either."""
    dashes = DASHES[(which + which // len(COLOURS)) % len(DASHES)]
    return {"color": COLOURS[which % len(COLOURS)], "linestyle": (0, dashes) if dashes else "-"}


def blank(width: float, height: float) -> "Figure":
    """An empty figure in the style of the report; inches."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(STYLE)
    return Figure(figsize=(width, height), layout="constrained")


def svg(figure: "Figure", name: str, description: str) -> str:
    """An <svg> element that takes the reader's text colour; ids are salted with `name`, so that several stand in one page."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None, "Type": None, "Format": None})
    text = out.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = _lean(text)
    label = description.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def _lean(text: str) -> str:
    """The same picture in half the bytes: no indents, no names of groups, no more digits than can be seen, boxes by their sides."""
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    text = re.sub(r'<g id="[^"]*"/>\s*| transform="rotate\(-0 [^"]*"', "", text)
    text = re.sub(r'<g id="[^"]*"', "<g", re.sub(r"\n\s+<", "\n<", text))
    text = re.sub(r' (?:x|y|transform)="[^"]*"', lambda found: _rounded(found[0], 2), text)
    return re.sub(r' d="([^"]*)"', lambda found: f' d="{_short(found[1])}"', text)


def _rounded(text: str, digits: int) -> str:
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.{digits}f}".rstrip("0").rstrip("."), text)


def _short(path: str) -> str:
    """Path data: small shapes and curves to a hundredth of a point, long lines to a tenth, without the letter of each stretch."""
    plain = not re.search("[CQ]", path)
    short = " ".join(_rounded(path, 1 if plain and len(path) > 500 else 2).split())
    short = re.sub(r"M (\S+) (\S+) L (\S+) \2 L \3 (\S+) L \1 \4 z", r"M\1 \2H\3V\4H\1z", short)
    return short.replace(" L ", " ") if plain else short


def write(figure: "Figure", path: Path, description: str = "") -> None:
    """SVG or PNG by the suffix; a PNG gets a white ground."""
    from realignment.core.errors import BadInput

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
