"""Tables, figures and page: made once more from the records, and compared byte for byte with those in `reports`."""

from collections.abc import Callable, Iterator
from pathlib import Path

from realignment.lineage.proof.at_hand import AtHand
from realignment.lineage.proof.verdict import Link, away, judged

TABLES, FIGURES, PAGE = "tables", "figures", "page"
INDEX = "index.html"
Remake = Callable[[Path], None]  # writes a report into a folder: `tables/`, `figures/`, `plots/`, metrics.json, index.html


def links(here: AtHand, made: Path | None, why: str) -> Iterator[Link]:
    """`made` is the folder of a report made now; None: it cannot be made, and `why`."""
    reports = here.workspace.reports
    if not reports.is_dir():
        yield away(TABLES, f"reports/{reports.name}", "not here; `dvc pull` brings what was pushed")
        return
    there = {name: reports / name for name in _below(reports)}
    if here.workspace.page.is_file():
        there[INDEX] = here.workspace.page
    if made is None:
        yield from (away(_group(name), _shown(here, name), f"cannot be made anew: {why}") for name in sorted(there))
        return
    now = {name: made / name for name in [*_below(made), *([INDEX] if (made / INDEX).is_file() else [])]}
    for name in sorted(there.keys() | now.keys(), key=lambda one: (_order(one), one)):
        yield judged(_group(name), _shown(here, name), _differing(there.get(name), now.get(name)))


def _below(folder: Path) -> list[str]:
    """What a report writes, the page left out: the authors' own page has its own stage."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if name.partition("/")[0] in ("tables", "figures", "plots", "metrics.json"))


def _group(name: str) -> str:
    return {"figures": FIGURES, INDEX: PAGE}.get(name.partition("/")[0], TABLES)


def _order(name: str) -> int:
    return (TABLES, FIGURES, PAGE).index(_group(name))


def _shown(here: AtHand, name: str) -> str:
    return f"reports/{INDEX}" if name == INDEX else f"reports/{here.workspace.profile}/{name}"


def _differing(there: Path | None, now: Path | None) -> str:
    if there is None:
        return "is gone, and the records give it"
    if now is None:
        return "is there, and the records give no such file"
    old, new = there.read_bytes(), now.read_bytes()
    if old == new:
        return ""
    line = next((place for place, (a, b) in enumerate(zip(old.split(b"\n"), new.split(b"\n"), strict=False)) if a != b), -1) + 1
    return f"is not what the records give, from line {line or len(new.splitlines()) + 1} on"
