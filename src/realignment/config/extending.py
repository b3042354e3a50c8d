"""A profile that extends another: which files it is made of, and how one mapping is laid over another."""

from pathlib import Path
from typing import Any

from realignment.config import yaml_lines
from realignment.config.yaml_lines import Key
from realignment.core.errors import BadInput, nearest

EXTENDS = "extends"  # top-level key of a profile
FOLDER = "profiles"
NAMED = frozenset(
    {("study", "encoders"), ("select", "own"), ("fetch", "mirrors")}
)  # mappings whose entries a profile names itself
MODELS = "models"  # of a profile: models of its own, by key
WHICH = ("model", "name", "repository")  # keys of an entry that say which encoder it is of
Places = dict[Key, str]  # key -> `profiles/mine.yaml line 3`, or the option of a command line


def names(root: Path) -> list[str]:
    """The profiles of a checkout, sorted."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.yaml"))


def file(name: str) -> str:
    """A profile's file, from the root of the checkout on."""
    return f"{FOLDER}/{name}.yaml"


def read(path: Path, root: Path) -> tuple[dict, Places]:
    """The mapping of a file and where its keys stand; files of the checkout are named from its root on."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    found = yaml_lines.read(path, name)
    return found.content, {key: f"{name} line {line}" for key, line in found.lines.items() if key}


def chain(profile: str, root: Path) -> dict[str, tuple[dict, Places]]:
    """Name -> what its file holds, without `extends`: the profile, what it extends, and so on."""
    found: dict[str, tuple[dict, Places]] = {}
    name = profile
    while True:
        content, places = read(root / file(name), root)
        if found:
            places = {key: f"{place}, which `{profile}` extends" for key, place in places.items()}
        found[name] = ({key: value for key, value in content.items() if key != EXTENDS}, places)
        if EXTENDS not in content:
            return found
        below, where, known = content[EXTENDS], places[EXTENDS,], names(root)
        if not isinstance(below, str):
            raise BadInput(f"{where}: `{EXTENDS}` must name one profile, got {below!r}")
        if below in found:
            way = " > ".join([*found, below])
            raise BadInput(f"{where}: a profile cannot extend itself: {way}; take `{EXTENDS}: {below}` out")
        if below not in known:
            raise BadInput(
                f"{where}: `{EXTENDS}` names no profile: `{below}` ({nearest(below, known)}); profiles are files in {FOLDER}/"
            )
        name = below


def over(below: Any, above: Any, key: Key = ()) -> Any:
    """`above` laid over `below`: mappings key by key at every depth, anything else instead of what was there.

    In a mapping of NAMED, `label: null` takes the entry out that is there below. An entry of another encoder replaces the one below whole: what
    that one says of its encoder is not known of this one.
    """
    if not (isinstance(below, dict) and isinstance(above, dict)) or _another(below, above, key):
        return above
    out = {name for name, value in above.items() if key in NAMED and value is None and name in below}
    merged = {name: value for name, value in below.items() if name not in out}
    return merged | {name: over(below.get(name), value, (*key, name)) for name, value in above.items() if name not in out}


def replaced(below: Any, above: Any, key: Key = ()) -> set[Key]:
    """The keys of `below` of whose value `over` keeps nothing."""
    if not (isinstance(below, dict) and isinstance(above, dict)) or _another(below, above, key):
        return {key}
    return {one for name, value in above.items() if name in below for one in replaced(below[name], value, (*key, name))}


def _another(below: dict, above: dict, key: Key) -> bool:
    """Whether two entries of study.encoders, of the ceiling or of a profile's models are of two encoders."""
    entry = key[:-1] in (("study", "encoders"), (MODELS,)) or key == ("study", "ceiling")
    return entry and any(one in above and above[one] != below.get(one) for one in WHICH)
