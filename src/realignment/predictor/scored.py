"""Registered predictions beside what runs of those sets gained, and whether they failed by what the file itself calls failure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from realignment.predictor.calibrated import LANGUAGE, LEVEL, MEAN
from realignment.predictor.experiment import Key
from realignment.predictor.measured import Measured
from realignment.statistics import ranks

HOLDS, FAILS, NOT_YET = "holds", "fails", "not yet"
SAME = 0.01  # points: below it, two baselines are one that was rounded
BEATEN = "error of means, below that of `no gain` and of `alike`"


@dataclass(frozen=True)
class Row:
    """One number; points. `expected` is of those languages that were evaluated too."""

    encoder: str
    set: str
    task: str
    kind: str
    name: str  # of the level or language
    expected: float
    low: float | None
    high: float | None
    measured: float
    runs: int
    inside: bool | None  # None where no interval applies: fewer runs than it is of, or a mean over other languages

    @property
    def error(self) -> float:
        return self.measured - self.expected


@dataclass(frozen=True)
class Compared:
    """A file against the runs of one source."""

    rows: list[Row] = field(default_factory=list)
    pending: list[tuple[str, str, str]] = field(default_factory=list)  # encoder, set, task without a run
    remarks: list[str] = field(default_factory=list)


def compare(registered: Mapping, measured: Mapping[Key, Measured], source: str) -> Compared:
    found = Compared()
    for one in registered["sets"]:
        for task in one["tasks"]:
            runs = measured.get((one["encoder"], task))
            rows = list(_rows(registered, one, task, runs)) if runs else []
            found.rows.extend(rows)
            if not rows:
                found.pending.append((one["encoder"], one["name"], task))
    told = {(row.encoder, row.task) for row in found.rows}
    for encoder, task in sorted(told):
        found.remarks.extend(f"{encoder}, {task}: {said}" for said in _differing(registered, measured[encoder, task], source))
    return found


def _rows(registered: Mapping, one: Mapping, task: str, measured: Measured) -> Iterator[Row]:
    """Of a set in a task; nothing where it was not run."""
    places = [place for place, some in enumerate(measured.sets) if some.languages == frozenset(one["languages"])]
    if not places:
        return
    runs = sum(measured.sets[place].runs for place in places)
    gains = np.average(measured.gains[places], axis=0, weights=[measured.sets[place].runs for place in places])
    values = dict(zip(measured.languages, gains, strict=True))
    said, about = one["tasks"][task], registered["encoders"][one["encoder"]]["tasks"][task]
    enough = runs >= registered["runs"]
    groups = {(MEAN, ""): (said["mean"], about["mean_of"])}
    groups |= {(LEVEL, name): (numbers, about["levels"][name]) for name, numbers in said["levels"].items()}
    groups |= {(LANGUAGE, code): (numbers, [code]) for code, numbers in said["languages"].items()}
    for (kind, name), (numbers, members) in groups.items():
        there = [code for code in members if code in values]
        if not there:
            continue
        whole = len(there) == len(members)
        expected, low, high = numbers if whole else (_mean([said["languages"][code][0] for code in there]), None, None)
        gained = _mean([values[code] for code in there])
        inside = low <= gained <= high if enough and low is not None else None
        yield Row(one["encoder"], one["name"], task, kind, name, expected, low, high, gained, runs, inside)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _differing(registered: Mapping, measured: Measured, source: str) -> Iterator[str]:
    """What is other in the runs than in what was predicted."""
    about = registered["encoders"][measured.encoder]["tasks"][measured.task]
    predicted = {*about["mean_of"], *(code for codes in about["levels"].values() for code in codes)}
    if missing := sorted(predicted - set(measured.languages)):
        yield (
            f"{source} was not evaluated in {', '.join(missing)}; means are compared over the languages that both have, without an interval, and "
            "count in no coverage"
        )
    if more := sorted(set(measured.languages) - predicted):
        yield f"of {', '.join(more)}, evaluated in {source}, nothing was predicted"
    before = about.get("fine_tuning_only")
    members = [place for place, code in enumerate(measured.languages) if code in about["mean_of"]]
    if before is not None and members and abs((here := measured.base[members].mean()) - before) >= SAME:
        yield f"fine-tuning only scores {here:.2f} in {source}, {before:.2f} in the runs that were predicted from"


def verdicts(registered: Mapping, found: Compared) -> list[dict]:
    """A row per encoder and criterion of the file. Sets of fewer runs than the intervals are of count in none."""
    made = []
    for encoder, about in registered["encoders"].items():
        rows = [row for row in found.rows if row.encoder == encoder and row.runs >= registered["runs"]]
        alike = {task: one["alike"] for task, one in about["tasks"].items()}
        made += [{"encoder": encoder, **one} for one in _of_encoder(registered["limits"], rows, alike)]
    return made


def _of_encoder(limits: Mapping, rows: Sequence[Row], alike: Mapping[str, float]) -> list[dict]:
    by_task = {task: [row for row in rows if row.kind == MEAN and row.task == task] for task in alike}
    ripe = {task: some for task, some in by_task.items() if len(some) >= limits["sets"]}
    measured = {task: np.array([row.measured for row in some]) for task, some in ripe.items()}
    expected = {task: np.array([row.expected for row in some]) for task, some in ripe.items()}

    def error(said: Mapping) -> float | None:
        return _mean_or_none([float(np.abs(measured[task] - said[task]).mean()) for task in ripe])

    naive = [error(dict.fromkeys(ripe, 0.0)), error(alike)]
    rank = _mean_or_none([ranks.spearman(list(expected[task]), list(measured[task])) for task in ripe])
    count = sum(map(len, ripe.values()))
    return [
        _verdict("means in their intervals", _inside(rows, MEAN, ripe), limits["coverage_mean"], count),
        _verdict("languages in their intervals", _inside(rows, LANGUAGE, ripe), limits["coverage_language"], count),
        _verdict("rank correlation of means", rank, limits["rank"], count),
        _verdict(BEATEN, error(expected), min(filter(lambda one: one is not None, naive), default=None), count, below=True),
    ]


def _verdict(what: str, value: float | None, limit: float | None, count: int, below: bool = False) -> dict:
    known = value is not None and limit is not None
    good = known and (value < limit if below else value >= limit)
    said = (HOLDS if good else FAILS) if known else NOT_YET
    return {"what": what, "value": value, "limit": limit, "sets_and_tasks": count, "verdict": said}


def _mean_or_none(values: Sequence[float | None]) -> float | None:
    """None where there is no value, or one of them is none."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None


def _inside(rows: Sequence[Row], kind: str, tasks: Mapping[str, object]) -> float | None:
    values = [row.inside for row in rows if row.kind == kind and row.task in tasks and row.inside is not None]
    return float(np.mean(values)) if values else None
