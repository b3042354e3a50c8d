"""Every kind of subset: what it is called by people, tables and `subsets choose`, and the rule that chooses it. Nothing else lists them."""

from collections.abc import Callable
from dataclasses import dataclass

from realignment.languages.table import Language

LATIN = "Latin"


@dataclass(frozen=True)
class Rule:
    """Which languages may be chosen, over which groups they spread, and which way it goes."""

    may: Callable[[Language, Language], bool]  # (language, English) -> may it be chosen
    most: bool
    group: str = ""  # attribute of Language, "" for none
    fill: bool = False  # where too few may be chosen: take them all, and the rest from the others


@dataclass(frozen=True)
class Heuristic:
    """A kind of subset; its name is that of its subsets without a size."""

    section: str  # of Tables 8 and 10
    title: str  # of its rows there
    text: str = ""  # what it chooses, for people; "" for fixed lists
    rule: Rule | None = None  # None for fixed lists and random draws
    asked: str = ""  # what `subsets choose --rule` calls it
    within: bool = False  # whether the paper chose so within pools too


KNOWN = {  # in the order of Tables 8 and 10
    "all": Heuristic("Baselines", "All languages"),
    "xtreme_r": Heuristic("Baselines", "Present in XTREME-R"),
    "african": Heuristic("Baselines", "Present in Africa"),
    "none": Heuristic("Baselines", "Fine-tuning only"),
    "uriel_diverse": Heuristic(
        "Featural diversity", "Most diverse from English", "most diverse from English",
        Rule(lambda one, pivot: True, most=True), "featural", within=True,
    ),
    "uriel_similar": Heuristic(
        "Featural diversity", "Least diverse from English", "least diverse from English",
        Rule(lambda one, pivot: True, most=False), "featural",
    ),
    "family_diverse": Heuristic(
        "Phylogenetic diversity", "Most diverse families", "distinct families, most diverse",
        Rule(lambda one, pivot: one.top_family != pivot.top_family, most=True, group="top_family"), "family", within=True,
    ),
    "family_indoeuropean": Heuristic(
        "Phylogenetic diversity", "Most diverse families within Indo-European", "Indo-European only, least diverse",
        Rule(lambda one, pivot: one.indo_european, most=False), "family",
    ),
    "script_diverse": Heuristic(
        "Script diversity", "Most diverse scripts", "distinct scripts other than Latin, most diverse",
        Rule(lambda one, pivot: one.script != LATIN, most=True, group="script", fill=True), "script", within=True,
    ),
    "latin_diverse": Heuristic(
        "Script diversity", "Most diverse using Latin script", "Latin script, most diverse",
        Rule(lambda one, pivot: one.script == LATIN, most=True), "latin",
    ),
    "latin_similar": Heuristic(
        "Script diversity", "Least diverse using Latin script", "Latin script, least diverse",
        Rule(lambda one, pivot: one.script == LATIN, most=False), "latin",
    ),
    "random": Heuristic("Random selection", "Random, seeded", "a random draw", within=True),
}  # fmt: skip
HEURISTICS = {name: one for name, one in KNOWN.items() if one.text}  # those that take a size
RULES = {name: one.rule for name, one in KNOWN.items() if one.rule}


@dataclass(frozen=True)
class Pool:
    """What an ablation chooses from."""

    text: str
    holds: Callable[[Language], bool]


POOLS = {
    "joshi_012": Pool("Joshi classes 0-2", lambda one: 0 <= one.joshi <= 2),
    "joshi_3": Pool("Joshi class 3", lambda one: one.joshi == 3),
    "joshi_345": Pool("Joshi classes 3-5", lambda one: one.joshi >= 3),
    "joshi_45": Pool("Joshi classes 4 and 5", lambda one: one.joshi >= 4),
    "seen_mbert": Pool("seen by mBERT", lambda one: "mbert" in one.seen),
    "seen_xlmr": Pool("seen by XLM-R", lambda one: "xlmr" in one.seen),
    "unseen_mbert": Pool("unseen by mBERT", lambda one: "mbert" not in one.seen),
    "unseen_xlmr": Pool("unseen by XLM-R", lambda one: "xlmr" not in one.seen),
}
