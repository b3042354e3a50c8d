"""What the records of a study must be before one table may be made of them. Each fault is named with its run."""

import math
from collections import defaultdict
from collections.abc import Iterable

from realignment.core.errors import BadInput
from realignment.records import sealing
from realignment.records.cell import seed_label
from realignment.records.record import Record, Score

REMEDY = "run `dvc repro study`"


def vet(study: dict) -> None:
    """BadInput where runs of two profiles or of two settings would meet, a run is there twice, or a score is none."""
    if found := faults(study):
        more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
        raise BadInput(f"one table holds sound runs of one profile and one preset; {'; '.join(found[:3])}{more}; {REMEDY}")


def faults(study: dict) -> list[str]:
    """What `vet` refuses, a clause each; of a study only `profile` and `records` are looked at."""
    runs = study["records"]
    return [*_strangers(study["profile"], runs), *_twice(runs), *_settings(runs), *_scores(runs)]


def _strangers(profile: str, runs: Iterable[Record]) -> Iterable[str]:
    """A registered model's name begins with its profile."""
    for record in runs:
        if record.model and (other := record.model.partition(".")[0]) != profile:
            yield f"{record.name} is of profile {other}, not {profile}"


def _twice(runs: Iterable[Record]) -> Iterable[str]:
    found: dict[tuple, str] = {}
    for record in runs:
        key = (record.verb, *_named(record, record.task))
        if key in found and found[key] != record.key:
            yield f"{record.name} is there twice, with keys {found[key][:10]} and {record.key[:10]}"
        found[key] = record.key


def _settings(runs: Iterable[Record]) -> Iterable[str]:
    """Runs of one verb, task and control share every parameter and library version, whatever subset and seed they have."""
    first: dict[tuple, Record] = {}
    for record in runs:
        cell = record.cell
        known = first.setdefault((record.verb, record.task, cell.encoder, cell.control), record)
        for part in ("params", "environment"):
            mine, other = getattr(record, part), getattr(known, part)
            if differing := sorted(name for name in {*mine, *other} if mine.get(name) != other.get(name)):
                name = differing[0]
                yield f"{record.name} has {name} {mine.get(name)}, {known.name} has {other.get(name)}"


def _scores(runs: Iterable[Record]) -> Iterable[str]:
    """A score is a number in [0, 1], or none for all runs alike: what is undefined is so by its gold."""
    runs = list(runs)
    numbers = {_measured(one) for record in runs for one in record.scores if one.score is not None}
    for record in runs:
        for one in record.scores:
            value = one.score
            if value is None and _measured(one) not in numbers:
                continue
            if not isinstance(value, (int, float)) or not math.isfinite(value) or not 0 <= value <= 1:
                yield f"{record.name} has {value} for {one.set} {one.language}, and a score is a number in [0, 1]"


def _measured(score: Score) -> tuple[str, str, str]:
    return score.task, score.set, score.language


def incomplete(runs: Iterable[Record]) -> list[str]:
    """Runs that ended half-way: an evaluation without a score that another one of its task has, or a model nobody evaluated."""
    runs = list(runs)
    held = {id(one): set(map(_measured, one.scores)) for one in runs}
    wanted: dict[tuple, set[tuple]] = defaultdict(set)
    evaluated = set()
    for one in runs:
        if one.verb == "evaluate":
            wanted[one.cell.encoder, one.task] |= held[id(one)]
            evaluated |= {_named(one, one.task), _named(one, "")}
    found = []
    for one in runs:
        if one.verb != "evaluate":
            found += [] if _named(one, one.task) in evaluated else [f"{one.name} was not evaluated"]
        elif lacking := sorted(wanted[one.cell.encoder, one.task] - held[id(one)]):
            more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
            found.append(f"{one.name} lacks {', '.join(' '.join(score[1:]) for score in lacking[:3])}{more}")
    return sorted(found)


def strayed(runs: Iterable[Record]) -> list[str]:
    """Runs that read another model than the run they stand on says it made: it was computed again, on another machine perhaps."""
    by_key = {one.key: one for one in runs}
    return sorted(
        f"{one.name} read another model than the run of {by_key[one.parent].name} has"
        for one in by_key.values()
        if one.parent in by_key and one.read != sealing.model_digest(by_key[one.parent])
    )


def _named(record: Record, task: str) -> tuple:
    cell = record.cell
    return cell.encoder, cell.subset, cell.control, seed_label(cell.seeds), task
