"""Tables, figures and pages: made once more from the records and from the authors' runs, and compared byte for byte with those in `reports`.

What cannot be made is not at hand where something that its stage reads does not exist; where all of it is here, something in it is at fault.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from realignment.lineage.proof import pipeline
from realignment.lineage.proof.at_hand import AtHand
from realignment.lineage.proof.verdict import Link, away, judged

STUDY, AUTHORS = "study", "authors"  # parts of a report
TABLES, FIGURES, PAGE, OF_AUTHORS = "tables", "figures", "page", "authors' tables, figures and page"
INDEX = "index.html"
PARTS = {STUDY: ("tables", "figures", "plots", "metrics.json", INDEX), AUTHORS: ("authors", "authors.html")}
STAGES = {STUDY: "report", AUTHORS: "authors"}
Remake = Callable[
    [Path], Mapping[str, Any] | None
]  # writes a part of a report, the names of PARTS, into a folder; where its page leads


def links(here: AtHand, part: str, made: Path | None, why: str) -> Iterator[Link]:
    """`made` is the folder of a part made now; None: it cannot be made, and `why`."""
    reports = here.workspace.reports
    there = {name: reports / name for name in _below(reports, part)}
    if part == STUDY and here.workspace.page.is_file():
        there[INDEX] = here.workspace.page
    if not (reports.is_dir() if part == STUDY else there):
        folder = f"reports/{reports.name}" if part == STUDY else _shown(here, "authors")
        yield away(_group(PARTS[part][0]), folder, "not here; `dvc pull` brings what was pushed")
        return
    if made is None:
        lacking = _lacking(here, part)
        for name in sorted(there):
            if lacking:
                yield away(_group(name), _shown(here, name), f"cannot be made anew: {lacking} is not here")
            else:
                yield judged(_group(name), _shown(here, name), f"cannot be made anew: {why}")
        return
    now = {name: made / name for name in _below(made, part)}
    for name in sorted(there.keys() | now.keys(), key=lambda one: (_order(one), one)):
        yield judged(_group(name), _shown(here, name), _differing(there.get(name), now.get(name), part))


def _lacking(here: AtHand, part: str) -> str:
    """The first file or folder that does not exist of those that dvc.yaml says are read for a part; "" where all are here."""
    try:
        stages = dict(pipeline.Expected.of(here.workspace).stages())
    except Exception:  # whatever a changed byte makes of dvc.yaml, which the links of dvc.lock name
        return ""
    read = stages.get(f"{STAGES[part]}@{here.workspace.profile}", {}).get("deps", ())
    return next((path for path in read if not (here.workspace.root / path).exists()), "")


def _below(folder: Path, part: str) -> list[str]:
    """The files of a part in the folder of a report."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if name.partition("/")[0] in PARTS[part])


def _group(name: str) -> str:
    first = name.partition("/")[0]
    return OF_AUTHORS if first in PARTS[AUTHORS] else {"figures": FIGURES, INDEX: PAGE}.get(first, TABLES)


def _order(name: str) -> int:
    return (TABLES, FIGURES, PAGE, OF_AUTHORS).index(_group(name))


def _shown(here: AtHand, name: str) -> str:
    return f"reports/{INDEX}" if name == INDEX else f"reports/{here.workspace.profile}/{name}"


def _differing(there: Path | None, now: Path | None, part: str) -> str:
    """What differs; "" where nothing does."""
    of = "the records give" if part == STUDY else "data/published gives"
    if there is None:
        return f"is gone, and {of} it"
    if now is None:
        return f"is there, and {of} no such file"
    old, new = there.read_bytes(), now.read_bytes()
    if old == new:
        return ""
    line = next((place for place, (a, b) in enumerate(zip(old.split(b"\n"), new.split(b"\n"), strict=False)) if a != b), -1) + 1
    return f"is not what {of} by this version of the code, from line {line or len(new.splitlines()) + 1} on"
