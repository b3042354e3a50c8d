"""Files of others to checked scores: which form each has, and what is said of all of them together."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.paper.others import checked, encoders, reading, tidy, wide
from realignment.paper.others.checked import Checked
from realignment.paper.others.encoders import Encoder
from realignment.paper.others.given import Given, Tally
from realignment.paper.whole import METRICS

METRICS_TOLD = "; ".join(f"{task}: {' and '.join(sorted(of))}" for task, of in METRICS.items())


@dataclass(frozen=True)
class Asked:
    """What the command says of the files."""

    files: tuple[Path, ...]
    lists: Path | None = None  # the file of `tidy.listed`
    subset: str = ""  # of files in the wide form that do not say it
    percent: bool = False
    seen: tuple[str, ...] = ()  # MODEL=WHAT


@dataclass(frozen=True)
class Gathered:
    checked: Checked
    tally: Tally
    about: dict  # what about.json says of it


def gather(root: Path, asked: Asked) -> Gathered:
    """Every score of the files, checked; the faults are in the tally. BadInput for a file that cannot be read as a table of scores."""
    lists = reading.read(asked.lists) if asked.lists else None
    tally, files = Tally(), [reading.read(path) for path in asked.files]
    if twice := [one.path for number, one in enumerate(files) if one.sha256 in {other.sha256 for other in files[:number]}]:
        raise BadInput(f"{twice[0]}: each file once is required; one with the same content is given before it")
    if asked.subset and (said := [one.path for one in files if tidy.fits(one) or "subset" in one.columns]):
        raise BadInput(
            f"--subset is for files that do not say their subset; {said[0]} has a column `subset`; leave one of the two out"
        )
    told = tidy.listed(lists) if lists else None
    given = [one for file in files for one in _scores(file, told, asked.subset, tally)]
    if idle := [one.path for one in files if one.name not in {score.file for score in given}]:
        raise BadInput(f"{idle[0]}: a score of a task's own metric is required ({METRICS_TOLD}); the file holds none")
    known = encoders.of(root, sorted({one.model for one in given}), encoders.options(asked.seen))
    found = checked.check(given, known, told, asked.percent, tally)
    tally.remarks += _unread(files, found, lists, told or {})
    about = {
        "encoders": {name: {"label": one.label, "seen": one.seen} for name, one in known.items() if isinstance(one, Encoder)},
        "sources": [
            {"file": one.name, "sha256": one.sha256, "rows": len(one.rows)} for one in (*files, *([lists] if lists else []))
        ],
        "percent": asked.percent,
        "runs": len(found.lists),
        "counts": {one["what"]: one["scores"] for one in tally.rows()},
        "remarks": tally.remarks,
    }
    return Gathered(found, tally, about)


def _unread(files: list[reading.File], found: Checked, lists: reading.File | None, told: tidy.Lists) -> list[str]:
    """What stands in the files and is of no score."""
    said = []
    for file in files:
        more = [one for one in file.columns if one not in (*tidy.COLUMNS, tidy.LANGUAGES)] if tidy.fits(file) else []
        said += [f"{file.name}: columns not read: {', '.join(more)}"] if more else []
    idle = [run for run in told if run not in found.lists]
    if lists and idle:
        said.append(f"{lists.name}: {len(idle):,} lists are of runs without scores, {', '.join(idle[0])} the first")
    return said


def _scores(file: reading.File, lists: tidy.Lists | None, subset: str, tally: Tally) -> Iterator[Given]:
    if tidy.fits(file):
        return tidy.scores(file, lists)
    if wide.fits(file):
        return wide.scores(file, subset, tally)
    missing = [one for one in tidy.COLUMNS if one not in file.columns]
    raise BadInput(
        f"{file.path} line 1: the columns {', '.join(tidy.COLUMNS)} are required, or those of the reference code (final_eval_<code>_<metric>); "
        f"{', '.join(missing)} missing"
    )
