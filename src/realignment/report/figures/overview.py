"""Figure 1: realignment, fine-tuning and evaluation as one diagram, drawn by us."""

from typing import TYPE_CHECKING

from realignment.report.figures.style import COLOURS, FONT, INK, blank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 596.0, 330.0  # points, y downwards
SMALL = FONT - 1
ENCODER, VARIED = COLOURS[2], COLOURS[0]  # what is passed on from phase to phase; what the study varies
SOURCE, TARGET, TUNED, TESTED = 78.0, 222.0, 378.0, 524.0  # middle of each column
BESIDE = 138.0  # width of a box of one column
SUBSET, TEXT, MODEL, STATES, VECTORS, LOSS = 46.0, 106.0, 166.0, 216.0, 258.0, 306.0  # middle of each row


def diagram() -> "Figure":
    figure = blank(WIDTH / 72, HEIGHT / 72)
    figure.set_layout_engine("none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axis.axis("off")
    middle = (SOURCE + TARGET) / 2
    for x, title in ((middle, "1. Realignment"), (TUNED, "2. Fine-tuning"), (TESTED, "3. Evaluation")):
        axis.text(x, 12, title, ha="center", va="center", fontsize=FONT + 1.5)
    _box(axis, middle, SUBSET, 282, "Subset of the languages with bitext,\nchosen by a heuristic", VARIED)
    _box(axis, SOURCE, TEXT, BESIDE, "English sentence\n“The cat is asleep.”")
    _box(axis, TARGET, TEXT, BESIDE, "Its translation, here Swahili\n“Paka amelala.”")
    _box(axis, middle, MODEL, 282, "Multilingual encoder, the same for both", ENCODER)
    for x, words in ((SOURCE, 4), (TARGET, 2)):
        _arrow(axis, (x, SUBSET + 17), (x, TEXT - 17))
        _arrow(axis, (x, TEXT + 17), (x, MODEL - 17))
        _arrow(axis, (x, MODEL + 17), (x, STATES - 7))
        _cells(axis, x, STATES, words)
        _arrow(axis, (x, STATES + 7), (x, VECTORS - 7))
        _cells(axis, x, VECTORS, 1)
        _arrow(axis, (x, VECTORS + 7), (x, LOSS - 17))
    axis.text(middle, STATES, "states of the words", ha="center", va="center", fontsize=SMALL)
    axis.text(middle, VECTORS, "their mean", ha="center", va="center", fontsize=SMALL)
    _box(axis, middle, LOSS, 282, "Contrastive loss: the two means together,\nthose of other pairs of the batch apart")
    _phase(axis, TUNED, ("Task in English\nNLI, POS, NER", "Realigned encoder\nand a new head", "Cross-entropy\nof the task"))
    _phase(axis, TESTED, ("The task in every\nlanguage", "Fine-tuned model", "Scores by resource\nlevel, seen or unseen"))
    _arrow(axis, (middle + 141, MODEL), (TUNED - BESIDE / 2, MODEL))
    _arrow(axis, (TUNED + BESIDE / 2, MODEL), (TESTED - BESIDE / 2, MODEL))
    return figure


def _phase(axis: "Axes", x: float, texts: tuple[str, str, str]) -> None:
    """What goes in, the model, what comes out."""
    for y, text, colour in zip((TEXT, MODEL, VECTORS - 30), texts, (INK, ENCODER, INK), strict=True):
        _box(axis, x, y, BESIDE - 6, text, colour)
    _arrow(axis, (x, TEXT + 17), (x, MODEL - 17))
    _arrow(axis, (x, MODEL + 17), (x, VECTORS - 47))


def _box(axis: "Axes", x: float, y: float, width: float, text: str, colour: str = INK) -> None:
    from matplotlib.patches import FancyBboxPatch

    shape = {"boxstyle": "round,pad=0,rounding_size=4", "linewidth": 1.2 if colour != INK else 0.8}
    axis.add_patch(FancyBboxPatch((x - width / 2, y - 16), width, 32, facecolor="none", edgecolor=colour, **shape))
    axis.text(x, y, text, ha="center", va="center", fontsize=SMALL, linespacing=1.3)


def _cells(axis: "Axes", x: float, y: float, count: int) -> None:
    """A row of squares, one a vector."""
    side = 11.0
    left = x - (count * side + (count - 1) * 3) / 2
    for place in range(count):
        axis.add_patch(_square(left + place * (side + 3), y - side / 2, side))


def _square(x: float, y: float, side: float):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), side, side, facecolor=ENCODER, edgecolor="none")


def _arrow(axis: "Axes", begin: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7}
    axis.annotate("", end, begin, arrowprops=style)
