"""Where a row stands in a table and what it is called: the sections of Tables 8 and 10, then rows realigned otherwise, controls and floors."""

from collections.abc import Sequence

from realignment import tasks
from realignment.results.scores import RETRIEVAL, Row
from realignment.subsets import naming
from realignment.subsets.registry import KNOWN

TASKS = {**tasks.TITLES, RETRIEVAL: "Retrieval"}
GROUPS = {"OOD": "Out of distribution", "": "Outside the groups"}
ENCODERS = {"mbert": "mBERT", "xlmr": "XLM-R"}
OTHER = "Other subsets"
OTHERWISE = "Realigned otherwise"
FLOORS = "Floors"
TOP = "Ceiling"
APART = (FLOORS, TOP)  # rows that are nothing's comparison: of one seed, and of another encoder or of none
CONTROLS = {  # control -> section, and the title or what is added to it
    "equal_pairs": (OTHERWISE, "equal pairs per language"),
    "words": (OTHERWISE, "on words"),
    "shuffled": ("Controls", "shuffled pairs"),
    "self": ("Controls", "English with itself"),
    "aligned": (TOP, "Aligned already, fine-tuned only"),
    "untrained": (FLOORS, "Untrained encoder"),
    "hypothesis": (FLOORS, "Hypothesis only"),
    "majority": (FLOORS, "Majority label"),
}
SECTIONS = list(dict.fromkeys([*(one.section for one in KNOWN.values()), OTHER, *(section for section, _ in CONTROLS.values())]))


def place(row: Row) -> tuple[str, str]:
    """Section and title of a row."""
    name = naming.split(row.subset)
    known = KNOWN.get(name.heuristic)
    section, title = (known.section, known.title) if known else (OTHER, row.subset)
    if name.pool:
        section, title = OTHER, f"{title}, of the pool {name.pool}"
    if row.control:
        section, addition = CONTROLS[row.control]
        title = addition if section in APART else f"{title}: {addition}"
    return section, title


def apart(row: Row) -> bool:
    """Whether a row is a floor or a ceiling, which is compared with nothing."""
    return place(row)[0] in APART


BEFORE = "Before realignment"  # what the row of `none` is called where no task is fine-tuned on


def label(row: Row) -> str:
    """Short name for axes and headings: `latin_diverse_10`, `latin_diverse_10 shuffled`, `untrained`."""
    if row.control and CONTROLS[row.control][0] in APART:
        return row.control
    return row.subset + (f" {row.control}" if row.control else "")


def control(name: str) -> str:
    """Which control a label is of, or how its row is realigned otherwise; "" for a plain subset."""
    return name.partition(" ")[2]


def order(row: Row) -> tuple:
    """Sections as in the paper, then heuristics, then sizes; rows realigned otherwise, controls and floors last."""
    name, known = naming.split(row.subset), list(KNOWN)
    rank = known.index(name.heuristic) if name.heuristic in KNOWN else len(known)
    control = list(CONTROLS).index(row.control) if row.control else -1
    return SECTIONS.index(place(row)[0]), name.pool, rank, "" if name.heuristic in KNOWN else row.subset, control, name.n or 0


def encoder(name: str) -> str:
    return ENCODERS.get(name, name)


def task(name: str) -> str:
    return TASKS.get(name, name)


def averaged(names: Sequence[str]) -> list[str]:
    """Of several tasks those that a mean over tasks holds, as the paper's means hold NLI, POS and NER; all where there are no such."""
    return [name for name in names if name in tasks.AVERAGED] or list(names)


def group(name: str) -> str:
    return GROUPS.get(name, name)
