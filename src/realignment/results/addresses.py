"""What names a cell of the report: `small/uriel_diverse_5 shuffled/pos/LRL unseen`, with `/gain` behind it for the gain over fine-tuning only.

The page prints these names and `realignment lineage` reads them, so that a cell's command prints the cell's number.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from realignment.core.errors import BadInput, nearest
from realignment.records.cell import CONTROLS
from realignment.results import headings
from realignment.results.scores import Row
from realignment.subsets import naming

ALL = "all"  # the mean over the study's tasks
GAIN = "gain"
FORM = (
    "ENCODER/SUBSET/TASK[/WHAT][/gain], as the report's page prints it (WHAT is a column of its tables or a language; without it the "
    "cell is the average without English)"
)


@dataclass(frozen=True)
class Address:
    """A cell of a table. `of` is a column's title (a resource level, an average, an evaluation set with one) or a language."""

    encoder: str
    subset: str  # canonical name
    control: str
    task: str  # of headings.TASKS, or ALL
    of: str = ""  # "": the average without English
    gain: bool = False

    @property
    def row(self) -> Row:
        return Row(self.encoder, self.subset, self.control)

    def __str__(self) -> str:
        return "/".join(filter(None, (self.encoder, headings.label(self.row), self.task, self.of, GAIN * self.gain)))

    def to_json(self) -> dict:
        return asdict(self)


def of_column(kind: str, title: str) -> str:
    """What stands behind encoder and subset in the name of a cell of a column; "" where a table's cells have no names.

    `kind` is a table's. In a table by language a column is a subset: what is returned stands between it and the language.
    """
    kind, _, task = kind.partition("-")
    if kind in ("levels", "gains"):
        return "/".join(filter(None, (task or ALL, title, GAIN * (kind == "gains"))))
    if kind == "retrieval":
        return f"{kind}/{title}"
    if kind == "sets":
        return f"{task}/{title}"
    if kind == "languages":
        return task
    if kind == "tasks":
        known = {
            f"{shown}{rest}": f"{one}/Average{rest}" for one, shown in headings.TASKS.items() for rest in ("", " without English")
        }
        return known.get(title, "")
    return ""


def of_cell(encoder: str, kind: str, head: Sequence[str], column: str) -> str:
    """The name of a cell of a table; "" where it has none. `head` are the first cells of its row."""
    what = of_column(kind, column)
    if kind.startswith("languages-"):
        return "/".join((encoder, column, what, head[0]))
    return f"{encoder}/{head[1]}/{what}" if what else ""


def parse(text: str, n: int) -> Address:
    """The cell a text names; `n` is the size of a subset named without one. What stands before a colon is passed over."""
    parts = text.rpartition(":")[2].split("/")
    gain = parts[-1] == GAIN
    parts = parts[:-1] if gain else parts
    if len(parts) not in (3, 4) or not all(parts):
        raise BadInput(f"`{text}` names no cell; a cell is named {FORM}")
    subset, control = _row(parts[1], n)
    if parts[2] not in {*headings.TASKS, ALL}:
        raise BadInput(f"unknown task `{parts[2]}` in `{text}`; {nearest(parts[2], {*headings.TASKS, ALL})}")
    return Address(parts[0], subset, control, parts[2], parts[3] if len(parts) == 4 else "", gain)


def _row(text: str, n: int) -> tuple[str, str]:
    """(canonical subset, control) of a row's name: `all`, `all shuffled`, `all.shuffled`, `untrained`, `none.untrained`."""
    if text in CONTROLS and headings.CONTROLS[text][0] in headings.APART:
        return "none", text
    subset, _, control = text.replace(" ", ".").partition(".")
    if control not in CONTROLS:
        raise BadInput(f"unknown control `{control}` in `{text}`; {nearest(control, [one for one in CONTROLS if one])}")
    return naming.canonical(subset, n), control
