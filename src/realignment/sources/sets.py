"""Published evaluation sets: the one name each has here, however a folder spells it, and what they say elsewhere than in file names."""

import re
from dataclasses import dataclass, replace

from realignment.config import schema
from realignment.tasks.pos import LABELS as UPOS


@dataclass(frozen=True)
class Known:
    """What a published set says of itself elsewhere than in its file names."""

    language: str = ""  # of a set in one language
    splits: tuple[tuple[str, str], ...] = ()  # file name -> split, where it differs
    labels: tuple[str, ...] = ()  # what 0, 1, 2 stand for
    refused: str = ""  # why it cannot be read as a set of its task
    prefixes: tuple[str, ...] = ()  # what its files' names may begin with, beside the name of the set
    codes: tuple[tuple[str, str], ...] = ()  # what it calls languages otherwise than ISO 639 -> ISO 639-3; "" for none


# WikiANN calls languages as Wikipedia does: these of its codes are other languages in ISO 639, or no code there.
WIKIPEDIA = (
    ("als", "gsw"), ("bat-smg", "sgs"), ("be-x-old", ""), ("bh", "bho"), ("cbk-zam", "cbk"), ("eml", "egl"), ("fiu-vro", "vro"),
    ("map-bms", ""), ("nrm", "nrf"), ("roa-rup", "rup"), ("simple", ""), ("zh-classical", "lzh"), ("zh-min-nan", "nan"), ("zh-yue", "yue"),
)  # fmt: skip
XNLI_LABELS = ("entailment", "neutral", "contradiction")  # the dataset card of facebook/xnli
KNOWN = {
    "indonli": Known(language="ind", splits=(("test_expert", "test"), ("val", "dev"))),  # Table 7 counts test_expert
    "xnli": Known(labels=XNLI_LABELS, prefixes=("multinli",)),
    "afrixnli": Known(labels=XNLI_LABELS),
    "americasnli": Known(labels=XNLI_LABELS),
    "wnut17": Known(
        refused="its entity types are person, location, corporation, product, creative-work and group, not PER, ORG, LOC"
    ),
    "udpos": Known(
        labels=tuple(sorted(UPOS))
    ),  # izhx/xtreme-r-udpos, as the reference code reads it; `tagged` checks the full stop
    "wikiann": Known(codes=WIKIPEDIA),
}
# XTREME's udpos is another release of UD than that of XTREME-R, and MasakhaNER 1 another set than MasakhaNER 2.
NAMES = {  # task -> letters and digits of a name -> the set; whoever publishes it may stand before it
    "pos": {"udpos": "udpos", "xtremerudpos": "udpos", "masakhapos": "masakhapos", "masakhanepos": "masakhapos"},
    "ner": {"wikiann": "wikiann", "wikianner": "wikiann", "wikiannner": "wikiann", "panx": "wikiann", "xtremepanx": "wikiann",
            "masakhaner2": "masakhaner2", "masakhaner20": "masakhaner2", "masakhanerv2": "masakhaner2", "masakhanerv20": "masakhaner2",
            "masakhaner2conll": "masakhaner2", "wnut17": "wnut17", "wnut2017": "wnut17"},
    "nli": {"xnli": "xnli", "afrixnli": "afrixnli", "americasnli": "americasnli", "indonli": "indonli", "myxnli": "myxnli"},
    "xquad": {"xquad": "xquad", "xtremexquad": "xquad", "squad": "squad", "squadv1": "squad", "squadv11": "squad", "squad11": "squad"},
}  # fmt: skip
OWNERS = (
    "masakhane",
    "masakhaneio",
    "unimelbnlp",
    "facebook",
    "nalacub",
    "izhx",
    "afaji",
    "irnlpcsui",
    "akhtet",
    "google",
    "googledeepmind",
    "rajpurkar",
)


def canonical(task: str, name: str) -> str:
    """The name of a set here: that of a published one whatever its case, dashes, dots and owner are, any other as it stands."""
    letters = re.sub(r"[\W_]+", "", name).casefold()
    known = NAMES.get(task, {})
    bare = (letters, *(letters.removeprefix(one) for one in OWNERS if letters.startswith(one)))
    return next((known[one] for one in bare if one in known), name)


def known(name: str) -> Known:
    """What is known of a set by its name here; nothing of one that is not published."""
    return KNOWN.get(name, Known())


def asked(how: schema.Fetch) -> schema.Fetch:
    """The settings with the names of sets as they are here."""
    sets = how.evalsets
    if sets is not None:
        sets = [next((found for task in how.tasks if (found := canonical(task, name)) != name), name) for name in sets]
    return replace(how, evalsets=sets, train={task: name and canonical(task, name) for task, name in how.train.items()})
