"""Word order and marking of a generated language, read from the URIEL+ row of the language it shadows."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Typology:
    """`before` and `after` say where a word stands relative to its head."""

    order: str  # SVO | SOV | VSO
    adposition: str  # before | after the noun phrase
    genitive: str  # before | after the noun
    adjective: str
    demonstrative: str
    numeral: str
    article: str  # before | after | suffix | none
    plural: str  # suffix | prefix | word | none
    case: str  # of objects: suffix | prefix | none
    tense: str  # of the past: suffix | prefix | word
    negation: str  # before | after the verb | prefix | suffix
    oblique: str  # before | after the verb
    subordinator: str  # before | after the clause


CHOICES = {
    "order": ("SVO", "SOV", "VSO"),
    "article": ("before", "after", "suffix", "none"),
    "plural": ("suffix", "prefix", "word", "none"),
    "case": ("suffix", "prefix", "none"),
    "tense": ("suffix", "prefix", "word"),
    "negation": ("before", "after", "prefix", "suffix"),
}
SIDES = ("before", "after")

# Languages without a URIEL+ row in the snapshot: fixed by hand after their grammars, in coarse strokes.
FIXED = {
    "aym": Typology(
        "SOV", "after", "before", "before", "before", "before", "none", "suffix", "suffix", "suffix", "suffix", "before", "after"
    ),
    "grn": Typology(
        "SVO", "after", "before", "after", "before", "before", "none", "word", "none", "suffix", "prefix", "after", "after"
    ),
    "nah": Typology(
        "VSO", "after", "after", "before", "before", "before", "before", "suffix", "none", "prefix", "before", "after", "before"
    ),
}


def of(real: str, features: Mapping[str, str] | None) -> Typology:
    """Typology of a language; `features` is its URIEL+ row (feature -> 0, 1, i0 or i1; i marks an imputed value), None for one of FIXED."""
    if features is None:
        return FIXED[real]

    def has(name: str) -> bool:
        return features[f"S_{name}"].endswith("1")

    def side(stem: str, tie: str) -> str:
        """Where both sides are marked, or neither, known values win over imputed ones; then `tie`."""
        values = [features[f"S_{stem}_BEFORE_NOUN"], features[f"S_{stem}_AFTER_NOUN"]]
        marked = [value.endswith("1") for value in values]
        if marked[0] == marked[1]:
            marked = [value == "1" for value in values]
        return tie if marked[0] == marked[1] else SIDES[marked[1]]

    adposition = side("ADPOSITION", "before")
    orders = [order for order in ("SVO", "VSO", "SOV") if has(order)] or ["SVO"]
    order = "SOV" if "SOV" in orders and (adposition == "after" or len(orders) == 1) else orders[0]
    genitive = side("POSSESSOR", "before")
    adjective = side("ADJECTIVE", genitive)
    return Typology(
        order=order,
        adposition=adposition,
        genitive=genitive,
        adjective=adjective,
        demonstrative=side("DEMONSTRATIVE_WORD", "before"),
        numeral=side("NUMERAL", adjective),
        article="suffix"
        if has("DEFINITE_AFFIX")
        else side("ARTICLE_WORD", "before")
        if features["S_DEFINITE_WORD"] == "1"
        else "none",
        plural=_first(has, suffix="PLURAL_SUFFIX", prefix="PLURAL_PREFIX", word="PLURAL_WORD"),
        case=_first(has, suffix="CASE_SUFFIX", prefix="CASE_PREFIX"),
        tense=_first(has, "word", suffix="TAM_SUFFIX", prefix="TAM_PREFIX"),
        negation=_negation(features),
        oblique="before" if order == "SOV" else "after",
        subordinator="after"
        if has("SUBORDINATOR_WORD_AFTER_CLAUSE") and not has("SUBORDINATOR_WORD_BEFORE_CLAUSE")
        else "before",
    )


def _first(has, otherwise: str = "none", **features: str) -> str:
    """The first marking whose feature holds."""
    return next((marking for marking, feature in features.items() if has(feature)), otherwise)


def _negation(features: Mapping[str, str]) -> str:
    """A negative word where one is known (before the verb unless only after is marked), else the affix."""
    if features["S_NEGATIVE_WORD"] != "1" and "1" in features["S_NEGATIVE_PREFIX"] + features["S_NEGATIVE_SUFFIX"]:
        return "suffix" if "1" in features["S_NEGATIVE_SUFFIX"] else "prefix"
    only_after = features["S_NEGATIVE_WORD_AFTER_VERB"] == "1" and features["S_NEGATIVE_WORD_BEFORE_VERB"] != "1"
    return "after" if only_after else "before"


def drawn(rng: Random) -> Typology:
    """A typology without any relation to a real language: the null world's."""
    return Typology(**{name: rng.choice(CHOICES.get(name, SIDES)) for name in Typology.__dataclass_fields__})
