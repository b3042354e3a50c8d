"""What jobs are predicted to take, with an interval that holds it in nine cases of ten; and, afterwards, what they took beside it.

Errors are those of `speeds`: of one speed they are the same for all jobs of a kind, so that a thousand jobs are not known better than their speed.
What a study is predicted to take is kept when it begins (`begin`), and compared with its records (`ledger`).
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from realignment.config.schema import Settings
from realignment.core.errors import BadInput
from realignment.core.files import write_whole
from realignment.core.workspace import Workspace
from realignment.engine.monitor import RESUMED
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.statistics import schedule, sums
from realignment.statistics.sums import Interval
from realignment.study import amounts
from realignment.study.speeds import Speeds, Told
from realignment.study.workload import Kind, Load, Loads

HOUR = 3600
VERBS = ("realign", "finetune", "evaluate")
VERSION = 1  # of forecast.json


@dataclass
class Forecast:
    """Of the jobs of a profile."""

    loads: Loads
    speeds: Speeds
    _told: dict[tuple[Kind, Load], Told] = field(default_factory=dict)
    _groups: dict[str, tuple[Kind, Load]] = field(default_factory=dict)  # by run key

    def one(self, job: Job) -> Told:
        """Seconds of a job."""
        group = self._group(job)
        if group not in self._told:
            self._told[group] = self.speeds.of_jobs(*group, 1)
        return self._told[group]

    def seconds(self, jobs: Iterable[Job]) -> Interval:
        """Of one worker that computes all of them; what is not known is left out."""
        counts = Counter(map(self._group, jobs))
        return sums.total(told.part for group, many in counts.items() if (told := self.speeds.of_jobs(*group, many)).part)

    def _group(self, job: Job) -> tuple[Kind, Load]:
        if job.key not in self._groups:
            self._groups[job.key] = Kind.of(job), self.loads.of(job)
        return self._groups[job.key]

    def sources(self, jobs: Iterable[Job]) -> dict[str, int]:
        """On what the seconds of how many jobs are based."""
        return dict(sorted(Counter(self.one(job).source for job in jobs).items()))

    def wall(self, jobs: Sequence[Job], workers: int) -> Interval:
        """Seconds until all are done by so many workers. Its relative error is that of the sum."""
        whole = self.seconds(jobs)
        if not whole.mean:
            return whole
        each = {job.key: part.mean for job in jobs if (part := self.one(job).part)}
        span = schedule.makespan(each, {job.key: job.parent for job in jobs}, max(workers, 1))
        return whole.times(span / whole.mean)


def of(workspace: Workspace, settings: Settings, records: Iterable[Record], found: amounts.Amounts | None = None) -> Forecast:
    """`records` are the finished runs that speeds are taken from; `found` the amounts of data, by default those of the files that are here."""
    loads = Loads(workspace, settings, found or amounts.of(workspace, settings))
    return Forecast(loads, Speeds.of(records, loads))


def begin(workspace: Workspace, settings: Settings, jobs: Sequence[Job], records: Iterable[Record]) -> None:
    """Keeps what `jobs`, which are to be computed, are predicted to take by what `records` say now. What an earlier call predicted for jobs that
    have been finished since stays; no file where nothing can be predicted."""
    try:
        forecast = of(workspace, settings, records)
    except BadInput:
        workspace.forecast.unlink(missing_ok=True)
        return
    kept = _read(workspace)
    todo = {job.key for job in jobs}
    groups: list[dict[str, Any]] = []
    numbers: dict[str, int] = {}
    of_job: dict[str, int] = {}
    entries = [(key, kept["groups"][number]) for key, number in kept["jobs"].items() if key not in todo]
    entries += [(job.key, _group(job, told)) for job in jobs if (told := forecast.one(job)).part]
    for key, group in entries:
        name = json.dumps(group, sort_keys=True)
        if name not in numbers:
            numbers[name] = len(groups)
            groups.append(group)
        of_job[key] = numbers[name]
    write_whole(workspace.forecast, json.dumps({"version": VERSION, "groups": groups, "jobs": of_job}) + "\n")


def _group(job: Job, told: Told) -> dict[str, Any]:
    part = asdict(told.part) if told.part else {}
    return {"verb": job.verb, "source": told.source, **part, "estimated": sorted(part["estimated"])}


def _read(workspace: Workspace) -> dict[str, Any]:
    try:
        content = json.loads(workspace.forecast.read_text(encoding="utf-8"))
        return content if content["version"] == VERSION else {"groups": [], "jobs": {}}
    except (OSError, ValueError, KeyError, TypeError):
        return {"groups": [], "jobs": {}}


def ledger(workspace: Workspace, records: Mapping[str, Record]) -> list[dict]:
    """One row per verb, and one for all: hours that the jobs finished since `begin` were predicted to take, and took. `records` by run key; none
    where nothing was predicted, or nothing is finished. Runs that were interrupted, whose last stretch alone was timed, are left out."""
    kept = _read(workspace)
    parts: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for key, number in kept["jobs"].items():
        record = records.get(key)
        if record and record.seconds > 0 and RESUMED not in record.usage:
            parts[kept["groups"][number]["verb"]][number].append(float(record.seconds))
    rows = [
        _row(verb, [(kept["groups"][number], real) for number, real in parts[verb].items()]) for verb in VERBS if verb in parts
    ]
    every = [(kept["groups"][number], real) for verb in parts for number, real in parts[verb].items()]
    return [*rows, _row("all", every)] if len(rows) > 1 else rows


def _row(verb: str, found: Sequence[tuple[Mapping[str, Any], Sequence[float]]]) -> dict:
    predicted = sums.total(_part(group, len(real)) for group, real in found).times(1 / HOUR)
    took = math.fsum(second for _, real in found for second in real) / HOUR
    return {
        "verb": verb,
        "jobs": sum(len(real) for _, real in found),
        "predicted_hours": predicted.mean,
        "low": predicted.low,
        "high": predicted.high,
        "real_hours": took,
        "error": took / predicted.mean - 1,
        "held": predicted.low <= took <= predicted.high,
    }


def _part(group: Mapping[str, Any], many: int) -> sums.Part:
    names = ("own", "shared", "freedom")
    own = {name: group[name] for name in names}
    return sums.Part(many * group["middles"], many * group["squares"], **own, estimated=frozenset(group["estimated"]))


def metrics(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """What MLflow's run of a study keeps of its ledger."""
    names = ("predicted_hours", "real_hours")
    return {f"{name}/{row['verb']}": float(row[name]) for row in rows for name in names}


def lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A sentence on each verb of a ledger."""
    for row in rows:
        where = "inside" if row["held"] else "outside"
        yield (
            f"{row['verb']}: {row['jobs']} jobs took {row['real_hours']:.3g} hours of one worker, predicted were {row['predicted_hours']:.3g} "
            f"({row['low']:.3g} to {row['high']:.3g}): {row['error']:+.0%}, {where} the interval"
        )
