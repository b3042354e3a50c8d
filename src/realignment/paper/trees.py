"""Figures 6 to 8: the languages of the pool as trees of families."""

from realignment.languages import families
from realignment.languages.families import Node
from realignment.paper.paper import Paper

FOLDER = "data/uriel"
HELD = {  # figure -> its trees: the paper shows Basque beside Indo-European, and Dholuo (Nilo-Saharan) beside Niger-Congo
    "6": ("Indo-European", "Basque"),
    "7": ("Atlantic-Congo", "Mande", "Nilo-Saharan"),
}
REST = "8"


def by_figure(paper: Paper) -> dict[str, list[Node]]:
    """Figure -> its trees; a tree that no other figure holds is in Figure 8."""
    found = families.trees(paper.pool.values(), families.read(paper.root / FOLDER / families.FILE))
    placed = {name: number for number, names in HELD.items() for name in names}
    return {number: [one for one in found if placed.get(one.name, REST) == number] for number in (*HELD, REST)}
