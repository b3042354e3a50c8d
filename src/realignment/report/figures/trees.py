"""Trees of families: branches from left to right, a line a language, with its resource level and who has seen it (Figures 6 to 8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realignment.languages.families import Node
from realignment.languages.table import Language
from realignment.report.figures.style import COLOURS, FONT, INK, blank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = {  # resource level -> mark, colour
    "LRL": ("o", COLOURS[0]),
    "MRL": ("s", COLOURS[2]),
    "HRL": ("D", COLOURS[1]),
    "unknown": ("X", COLOURS[4]),
}
TOLD = {"LRL": "low resource", "MRL": "medium", "HRL": "high", "unknown": "class unknown"}
ROW, GAP, SMALL = 13.5, 7.0, FONT - 1.5  # points: from one language to the next, between two trees, size of the names of groups
STUB = 5.0  # of the line to a language behind the last group; points
ROOM = 1.1  # a page may set the text in a font that is this much wider


@dataclass(frozen=True)
class _Columns:
    """Where things stand from left to right; points."""

    groups: tuple[float, ...]  # of each depth; the last is where languages begin
    code: float
    seen: tuple[float, ...]
    width: float


@dataclass
class _Drawing:
    """What has been drawn so far."""

    axis: "Axes"
    places: _Columns
    lines: list[tuple[tuple[float, float], tuple[float, float]]] = field(default_factory=list)
    leaves: list[tuple[Language, float]] = field(default_factory=list)

    def grow(self, node: Node, top: float, depth: int = 0) -> float:
        """The names of a tree whose first row begins at `top`, its lines and languages; where its own line stands."""
        left, right, ends = self.places.groups[depth], self.places.groups[depth + 1], []
        for language in node.languages:
            ends.append(top + ROW / 2)
            self.lines.append(((right, ends[-1]), (self.places.groups[-1] + STUB, ends[-1])))
            self.leaves.append((language, ends[-1]))
            top += ROW
        for branch in node.branches:
            ends.append(self.grow(branch, top, depth + 1))
            top += ROW * len(branch.all)
        middle = (ends[0] + ends[-1]) / 2
        self.lines += [((left, middle), (right, middle)), ((right, ends[0]), (right, ends[-1]))]
        self.axis.text(left + 3, middle - 1.5, node.name, va="bottom", fontsize=SMALL)
        return middle


def forest(trees: Sequence[Node], encoders: Mapping[str, str]) -> "Figure":
    """`encoders`: mark in `Language.seen` -> title of its column."""
    places = _columns(trees, list(encoders.values()))
    rows = sum(len(tree.all) for tree in trees)
    bottom = ROW * (rows + 1.2) + GAP * (len(trees) - 1)
    height = bottom + 1.6 * ROW
    figure = blank(places.width / 72, height / 72)
    figure.set_layout_engine("none")  # every place is stated
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, places.width), ylim=(height, 0))
    axis.axis("off")
    for title, x in zip(encoders.values(), places.seen, strict=True):
        axis.text(x, 0.5 * ROW, title, ha="center", va="center", fontsize=SMALL)
    top, drawn = 1.2 * ROW, _Drawing(axis, places)
    for tree in trees:
        drawn.grow(tree, top)
        top += ROW * len(tree.all) + GAP
    axis.plot(*_joined(drawn.lines), color=INK, linewidth=0.7, solid_capstyle="butt")
    _marks(axis, drawn.leaves, places, list(encoders))
    _key(axis, {one.level for one, _ in drawn.leaves}, bottom + 0.9 * ROW)
    return figure


def _columns(trees: Sequence[Node], titles: Sequence[str]) -> _Columns:
    widest: dict[int, float] = {}
    pending = [(tree, 0) for tree in trees]
    while pending:
        node, depth = pending.pop()
        widest[depth] = max(widest.get(depth, 0), _width(node.name, SMALL))
        pending += [(branch, depth + 1) for branch in node.branches]
    groups = [2.0]
    for depth in sorted(widest):
        groups.append(groups[-1] + widest[depth] + 9)
    languages = [one for tree in trees for one in tree.all]
    code = groups[-1] + STUB + 18 + max(_width(one.name, FONT) for one in languages) + 5
    first = code + max(_width(one.code, SMALL) for one in languages) + 6
    seen, right = [], first
    for title in titles:
        wide = _width(title, SMALL)
        seen.append(right + wide / 2)
        right += wide + 8
    return _Columns(tuple(groups), code, tuple(seen), right)


def _width(text: str, size: float) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return ROOM * TextPath((0, 0), text, size=size, prop=FontProperties(family="DejaVu Sans")).get_extents().width


def _joined(lines: Iterable[tuple]) -> tuple[list[float], list[float]]:
    """All lines as one, with breaks."""
    points = [point for line in lines for point in (*line, (float("nan"), float("nan")))]
    return [x for x, _ in points], [y for _, y in points]


def _marks(axis: "Axes", leaves: Sequence[tuple[Language, float]], places: _Columns, encoders: Sequence[str]) -> None:
    begin = places.groups[-1] + STUB
    for level, (mark, colour) in LEVELS.items():
        held = [y for one, y in leaves if one.level == level]
        axis.plot([begin + 8] * len(held), held, mark, color=colour, markersize=5, markeredgewidth=0)
    for language, y in leaves:
        axis.text(begin + 15, y, language.name, va="center_baseline", fontsize=FONT)
        axis.text(places.code, y, language.code, va="center_baseline", fontsize=SMALL, alpha=0.75)
    for encoder, x in zip(encoders, places.seen, strict=True):
        for filled in (True, False):
            held = [y for one, y in leaves if (encoder in one.seen) == filled]
            axis.plot(
                [x] * len(held), held, "o", color=INK, markersize=4.5, markeredgewidth=0.8, fillstyle="full" if filled else "none"
            )


def _key(axis: "Axes", levels: Iterable[str], y: float) -> None:
    """What the marks mean, in one line."""
    marks = [
        (*LEVELS[level], "full", f"{level} {TOLD[level]}" if level != "unknown" else TOLD[level])
        for level in LEVELS
        if level in levels
    ]
    marks += [("o", INK, "full", "seen in pre-training"), ("o", INK, "none", "not seen")]
    x = 6.0
    for mark, colour, fill, text in marks:
        axis.plot([x], [y], mark, color=colour, markersize=5, markeredgewidth=0.8 if colour == INK else 0, fillstyle=fill)
        axis.text(x + 6, y, text, va="center_baseline", fontsize=SMALL)
        x += 6 + _width(text, SMALL) + 12
