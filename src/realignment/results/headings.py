"""Where a row stands in a table and what it is called: the sections of Tables 8 and 10, then controls and floors."""

import re

from realignment import tasks
from realignment.results.scores import RETRIEVAL, Row

TASKS = {**tasks.TITLES, RETRIEVAL: "Retrieval"}
GROUPS = {"OOD": "Out of distribution", "": "Outside the groups"}
ENCODERS = {"mbert": "mBERT", "xlmr": "XLM-R"}
OTHER = "Other subsets"
FLOORS = "Floors"
STEMS = {  # a subset's name without its size -> section and title
    "all": ("Baselines", "All languages"),
    "xtreme_r": ("Baselines", "Present in XTREME-R"),
    "african": ("Baselines", "Present in Africa"),
    "none": ("Baselines", "Fine-tuning only"),
    "uriel_diverse": ("Featural diversity", "Most diverse from English"),
    "uriel_similar": ("Featural diversity", "Least diverse from English"),
    "family_diverse": ("Phylogenetic diversity", "Most diverse families"),
    "family_indoeuropean": ("Phylogenetic diversity", "Most diverse families within Indo-European"),
    "script_diverse": ("Script diversity", "Most diverse scripts"),
    "latin_diverse": ("Script diversity", "Most diverse using Latin script"),
    "latin_similar": ("Script diversity", "Least diverse using Latin script"),
    "random": ("Random selection", "Random, seeded"),
}
CONTROLS = {  # control -> section, and the title or what is added to it
    "shuffled": ("Controls", "shuffled pairs"),
    "self": ("Controls", "English with itself"),
    "untrained": (FLOORS, "Untrained encoder"),
    "hypothesis": (FLOORS, "Hypothesis only"),
    "majority": (FLOORS, "Majority label"),
}
SECTIONS = list(
    dict.fromkeys([*(section for section, _ in STEMS.values()), OTHER, *(section for section, _ in CONTROLS.values())])
)


def parts(subset: str) -> tuple[str, str, int]:
    """`joshi_3__random_10` -> pool `joshi_3`, heuristic `random`, size 10 (0 where the name has none)."""
    pool, _, name = subset.rpartition("__")
    size = re.search(r"_(\d+)$", name)
    return pool, re.sub(r"_\d+$", "", name), int(size[1]) if size else 0


def place(row: Row) -> tuple[str, str]:
    """Section and title of a row."""
    pool, heuristic, _ = parts(row.subset)
    section, title = STEMS.get(heuristic, (OTHER, row.subset))
    if pool:
        section, title = OTHER, f"{title}, of the pool {pool}"
    if row.control:
        section, addition = CONTROLS[row.control]
        title = addition if section == FLOORS else f"{title}: {addition}"
    return section, title


BEFORE = "Before realignment"  # what the row of `none` is called where no task is fine-tuned on


def label(row: Row) -> str:
    """Short name for axes and headings: `latin_diverse_10`, `latin_diverse_10 shuffled`, `untrained`."""
    if row.control and CONTROLS[row.control][0] == FLOORS:
        return row.control
    return row.subset + (f" {row.control}" if row.control else "")


def order(row: Row) -> tuple:
    """Sections as in the paper, then heuristics, then sizes; controls and floors last."""
    pool, heuristic, size = parts(row.subset)
    known = list(STEMS)
    rank = known.index(heuristic) if heuristic in STEMS else len(known)
    control = list(CONTROLS).index(row.control) if row.control else -1
    return SECTIONS.index(place(row)[0]), pool, rank, "" if heuristic in STEMS else row.subset, control, size


def encoder(name: str) -> str:
    return ENCODERS.get(name, name)


def task(name: str) -> str:
    return TASKS.get(name, name)


def group(name: str) -> str:
    return GROUPS.get(name, name)
