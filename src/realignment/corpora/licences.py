"""What licences say in their names, and what they leave of a model that stands on several. A reading of names, no legal advice."""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realignment.config import params
from realignment.config.yaml_lines import read as read_yaml
from realignment.core.files import DATA
from realignment.core.workspace import Workspace

CATALOGUE = Path(DATA / "corpora.yaml")

# What a name says, the first pattern that is found; each part of a text (parted by ; or "several") is read by itself.
UNKNOWN = re.compile(r"(?i)\bunknown\b|no explicit|none stated|not stated|not listed|names none|^see |^$")
NONCOMMERCIAL = re.compile(r"(?i)\bNC\b|non-?commercial|cc-by-nc")
NO_DERIVATIVES = re.compile(r"(?i)\bND\b|no derivatives|verbatim")
SHARE_ALIKE = re.compile(r"(?i)\bSA\b|share-?alike|\bGPL|LGPL")
OPEN = re.compile(r"(?i)\bCC0|public domain|\bCC[ -]BY|\bMIT\b|apache|\bAFL|\bBSD|ODC-By|generated|LGPL|\bGPL")


@dataclass(frozen=True)
class Terms:
    """What a licence leaves open: for each use `yes`, `no` or `unclear`."""

    commercial: str
    derivatives: str
    share_alike: str


def terms(licence: str) -> Terms:
    """The strictest reading of every part of a licence text."""
    parts = [part.strip() for part in re.split(r";|, several|\(", licence)] or [""]
    found = [_terms(part) for part in parts if part or len(parts) == 1]
    return strictest([one for one in found if one]) or Terms("unclear", "unclear", "unclear")


def _terms(part: str) -> Terms | None:
    """None for a remark that names no licence."""
    if UNKNOWN.search(part):
        return Terms("unclear", "unclear", "unclear")
    if not (OPEN.search(part) or NONCOMMERCIAL.search(part) or NO_DERIVATIVES.search(part) or SHARE_ALIKE.search(part)):
        return None
    return Terms(
        "no" if NONCOMMERCIAL.search(part) else "yes",
        "no" if NO_DERIVATIVES.search(part) else "yes",
        "yes" if SHARE_ALIKE.search(part) else "no",
    )


def strictest(found: list[Terms]) -> Terms | None:
    """What all of them together leave; None of none."""
    if not found:
        return None
    order = ("no", "unclear", "yes")  # of what is allowed
    asked = ("yes", "unclear", "no")  # of what is demanded
    return Terms(
        min((one.commercial for one in found), key=order.index),
        min((one.derivatives for one in found), key=order.index),
        min((one.share_alike for one in found), key=asked.index),
    )


def verdict(found: list[Terms]) -> str:
    """One sentence on what a model that stands on data of these terms may be used for."""
    whole = strictest(found)
    if whole is None:
        return "it stands on no data whose licence is known here"
    use = {
        "no": "research and other non-commercial use only",
        "unclear": "commercial use is not settled: a licence is unknown",
        "yes": "commercial use is not excluded by any licence",
    }[whole.commercial]
    shared = "; what is made from it is to be shared alike" if whole.share_alike == "yes" else ""
    derived = "; a licence forbids derivatives" if whole.derivatives == "no" else ""
    return f"{use}{shared}{derived}"


def of_encoder(name: str, workspace: Workspace, files: Iterable[Mapping[str, Any]]) -> str:
    """Of a model that ships or that the checkout or the profile describes, and of an encoder of a package that is known; of one that `pretrain` made from the profile's bitext, that of the bitext. `files` are the manifest's."""
    if name.startswith(f"path:data/{workspace.profile}/encoders/"):
        return "; ".join(sorted({file["licence"] or "unknown" for file in files if file["kind"] == "bitext"}))
    known = params.known_models(workspace).values()
    of_models = (one.licence for one in known if name == one.name or name.startswith(f"hub:{one.repository}@"))
    others = (licence for start, licence in _encoders().items() if name.startswith(start))
    return next((one for one in (*of_models, *others) if one), "unknown")


@functools.cache
def _encoders() -> dict[str, str]:
    return read_yaml(CATALOGUE).content["encoders"]


def among(stated: str, observed: str) -> bool:
    """Whether one of several sources states this licence, however it is spelt: `AFL 3.0` is `afl-3.0`."""
    letters = re.compile(r"[^a-z0-9.]")
    return letters.sub("", stated.lower()) in letters.sub("", observed.lower())
