"""Trees of families: the families of a table of languages, with the branches above and below them that URIEL takes from Glottolog."""

import csv
import gzip
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.languages import codes, table, traits
from realignment.languages.table import INDO_EUROPEAN, Language

FILE = "families.csv.gz"  # in data/uriel, where every *.tsv.gz is a snapshot of vectors
COLUMNS = ["iso639_3", "groups"]
STEP = " > "
WHOLE = frozenset(
    {"Aymaran", "Kra–Dai", "Nilo-Saharan"}
)  # of Table 5; URIEL calls them otherwise, or does not hold them to be one family
UNKNOWN = "Unknown family"
Branches = Mapping[str, tuple[str, ...]]  # ISO 639-3 -> the groups a language is in, the largest first


@dataclass(frozen=True)
class Node:
    """A family or a branch of one; the languages that are in no smaller branch, by name, and the branches, by name."""

    name: str
    languages: tuple[Language, ...]
    branches: tuple["Node", ...] = ()

    @property
    def all(self) -> tuple[Language, ...]:
        return self.languages + tuple(one for branch in self.branches for one in branch.all)


def read(path: Path) -> Branches:
    """The branches that ship. BadInput where the file is not there or not what it should be."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
            found = {code: tuple(groups.split(STEP)) for code, groups in rows}
        if head != COLUMNS:
            raise ValueError(f"its first line is {','.join(head)[:40]}")
    except (OSError, EOFError, ValueError) as fault:
        raise BadInput(
            f"{path}: gzipped CSV with columns {', '.join(COLUMNS)} is required: {fault}; `git checkout -- data/uriel` restores it"
        ) from None
    return found


def write(path: Path, branches: Branches) -> None:
    """The same bytes every time."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [COLUMNS, *((code, STEP.join(groups)) for code, groups in sorted(branches.items()))]
    )
    path.write_bytes(gzip.compress(text.getvalue().encode("utf-8"), mtime=0))


def trees(languages: Iterable[Language], branches: Branches) -> list[Node]:
    """A tree a family, those of most languages first. A group that would hold a single one is left out, unless the table names it."""
    languages = list(languages)
    above = _above(table.paper().values(), branches)
    paths = {one.code: path(one, branches, above) for one in languages}
    named = {family(one) for one in languages}
    roots = _grown([(paths[one.code], one) for one in sorted(languages, key=lambda one: (one.name, one.code))])
    return sorted((_lean(root, named, root=True) for root in roots), key=lambda one: (-len(one.all), one.name))


def family(language: Language) -> str:
    """As the table names it; what it is merged under where `family` says none."""
    known = [one for one in (language.family, language.top_family) if one.strip().casefold() not in traits.EMPTY]
    return known[0] if known else ""


def path(language: Language, branches: Branches, above: Branches) -> tuple[str, ...]:
    """The groups of a language, the largest first; the family that the table names is always one of them.

    Where URIEL has no group of that name, the family stands directly under the largest group. `above`: family -> what it is part of.
    """
    own, known = family(language), _known(language, branches)
    if not own:
        return known or (UNKNOWN,)
    if own in known:
        place = known.index(own)
        between = tuple(
            group for group in known[1:place] if group not in above
        )  # URIEL has Kipchak under Oghuz, the table beside it
        return known[: min(place, 1)] + between + known[place:]
    if own in above:
        return (*above[own], own)
    return (known[0], own) if known and known[0] != own else (own,)


def _known(language: Language, branches: Branches) -> tuple[str, ...]:
    """Of a macro-language, the individual language that corpora hold for it and other codes of it, whichever is placed most finely."""
    others = codes.table().get(language.code, {}).get("aliases", "").split()
    return max((branches.get(code, ()) for code in [*codes.relatives(language.code), *others]), key=len, default=())


def _above(known: Iterable[Language], branches: Branches) -> dict[str, tuple[str, ...]]:
    """Of each family of the paper's languages the largest group that it is part of: () for one that is whole by itself."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(WHOLE, ())
    found |= dict.fromkeys(INDO_EUROPEAN - {"Indo-European"}, ("Indo-European",))
    for one in known:
        largest, own = _known(one, branches)[:1], family(one)
        found.setdefault(own, () if largest == (own,) else largest)
    return found


@dataclass
class _Growing:
    name: str
    languages: list[Language]
    branches: dict[str, "_Growing"]


def _grown(placed: Sequence[tuple[tuple[str, ...], Language]]) -> list[Node]:
    top = _Growing("", [], {})
    for groups, language in placed:
        place = top
        for group in groups:
            place = place.branches.setdefault(group, _Growing(group, [], {}))
        place.languages.append(language)
    return list(_still(top).branches)


def _still(one: _Growing) -> Node:
    return Node(one.name, tuple(one.languages), tuple(_still(one.branches[name]) for name in sorted(one.branches)))


def _lean(node: Node, named: Collection[str], *, root: bool = False) -> Node:
    """Without the groups that divide nothing: of several groups with the same languages the smallest stays, and those that are named."""
    languages, branches = list(node.languages), []
    for one in (_lean(branch, named) for branch in node.branches):
        if one.branches or len(one.languages) > 1 or one.name in named:
            branches.append(one)
        else:
            languages += one.languages
    if len(branches) == 1 and not languages:
        if not root and node.name not in named:
            return branches[0]
        if branches[0].name not in named:
            return Node(node.name, branches[0].languages, branches[0].branches)
    return Node(node.name, tuple(sorted(languages, key=lambda one: (one.name, one.code))), tuple(branches))
