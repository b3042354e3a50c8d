"""What the store holds of the runs of an experiment, all of it at once, deleted runs too; and what a record says that it must hold."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realignment.records.record import Record
from realignment.tracking import datasets, write
from realignment.tracking import fields as shown
from realignment.tracking import sqlite as databases
from realignment.tracking.store import prepare, search

SAID = ("languages", "mlflow.data.context", "sha256", "trial")  # tags of an input that follow from the record alone
Points = dict[str, list[tuple[float, int]]]  # metric -> (value, step) of each point


@dataclass(frozen=True)
class Held:
    """A run as the store has it. Of a server `points` holds the newest value of each metric alone."""

    run: str
    name: str = ""
    status: str = ""
    stage: str = "active"
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    points: Points = field(default_factory=dict)
    latest: dict[str, tuple[float, int]] = field(default_factory=dict)
    inputs: set[tuple[str, ...]] = field(default_factory=set)  # name, digest and tags of each data set
    whole: bool = True


OF_RUN = {
    "tags": "select run_uuid, key, value from tags",
    "params": "select run_uuid, key, value from params",
    "points": "select run_uuid, key, value, step from metrics where not is_nan",
    "latest": "select run_uuid, key, value, step from latest_metrics where not is_nan",
    "inputs": "select i.destination_id, d.name, d.digest, t.name, t.value from inputs i join datasets d on d.dataset_uuid = i.source_id "
    "left join input_tags t on t.input_uuid = i.input_uuid where i.source_type = 'DATASET' and i.destination_type = 'RUN' order by 2, 3, 4",
}  # fmt: skip
RUNS = """
select run.run_uuid, run.name, run.status, run.lifecycle_stage from runs as run
join experiments as home on home.experiment_id = run.experiment_id and home.name = ? order by run.start_time desc, run.run_uuid
"""


def held(root: Path, name: str) -> dict[str, Held]:
    """Run id -> run of experiment `name`, the newest first."""
    file = databases.file_of(prepare(root).tracking_uri)
    if file is None:
        return {one.run: one for deleted in (False, True) for one in map(_of_server, search(root, name, deleted=deleted))}
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        connection.text_factory = lambda text: text.decode("utf-8", "replace")  # a changed byte is compared, not stumbled over
        found = {row[0]: Held(*(value or "" for value in row)) for row in connection.execute(RUNS, (name,))}
        for part, question in OF_RUN.items():
            _fill(found, part, connection.execute(question))
    return found


def _fill(found: dict[str, Held], part: str, rows: Iterator[tuple]) -> None:
    sets: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for run, *row in rows:
        if run not in found:
            continue
        into: Any = getattr(found[run], part)
        if part == "points":
            into.setdefault(row[0], []).append((row[1], row[2]))
        elif part == "latest":
            into[row[0]] = (row[1], row[2])
        elif part == "inputs":
            sets[run, row[0], row[1]] += [f"{row[2]}={row[3]}"] if row[2] else []
        else:
            into[row[0]] = row[1] or ""
    for (run, name, digest), tags in sets.items():
        found[run].inputs.add((name, digest, *sorted(tags)))


def _of_server(run: Any) -> Held:
    data = run.data
    points = {name: [(value, 0)] for name, value in data.metrics.items()}
    inputs = {_named(one) for one in run.inputs.dataset_inputs} if run.inputs else set()
    about = (run.info.run_id, run.info.run_name, run.info.status, run.info.lifecycle_stage)
    return Held(*about, data.tags, data.params, points, {}, inputs, whole=False)


def _named(one: Any) -> tuple[str, ...]:
    return (one.dataset.name, one.dataset.digest, *sorted(f"{tag.key}={tag.value}" for tag in one.tags))


def differences(root: Path, profile: str, record: Record, run: Held, above: Held | None) -> dict[str, str]:
    """Part of a run (run, tags, parameters, metrics, data sets) -> the first thing in which it is not what its record says, "" where it is.

    `above` is the run whose model it read: its parameters are shown by those that come after it.
    """
    state = "was deleted" if run.stage != "active" else f"is {run.status}" if run.status != "FINISHED" else ""
    called = f"is called `{run.name}`" if run.name != record.name else ""
    texts, _ = shown.params(record)
    inherited = shown.inherited(above.params, above.tags.get("verb", "")) if above else {}
    given = {name: run.params.get(f"resolved.{name}", run.params.get(name)) for name in {**texts, **inherited}}
    wanted = {
        _of_record(one)
        for one in map(_named, datasets.inputs(record, [(one, datasets.Source()) for one in datasets.of_record(record)], profile))
    }
    inputs = {_of_record(one) for one in run.inputs}
    return {
        "run": state or called,
        "tags": _first({name: value for name, value in shown.tags(record, profile).items() if name in run.tags}, run.tags),
        "parameters": _first({**texts, **inherited}, given),
        "metrics": _of_metrics(shown.metrics(record, write.pivot(root, profile)), run),
        "data sets": "" if wanted == inputs else f"{_odd(wanted ^ inputs)} is on one side alone",
    }


def _of_record(one: tuple[str, ...]) -> tuple[str, ...]:
    """A data set by what a record says of it; licences, sources and DVC's md5 are those that were known when the run was written."""
    name, digest, *tags = one
    return (name, digest, *(tag for tag in tags if tag.partition("=")[0] in SAID))


def lacking(profile: str, record: Record, run: Held) -> list[str]:
    """Tags that a run of today has and this one has not: an older version wrote it, or they were taken away."""
    return sorted(shown.tags(record, profile).keys() - run.tags.keys())


def _odd(several: set[tuple[str, ...]]) -> str:
    return " ".join(min(several)[:2])


def _first(wanted: dict[str, str], there: dict[str, Any]) -> str:
    for name, value in wanted.items():
        if there.get(name) != value:
            return f"{name} is `{str(there.get(name))[:60]}` there and `{value[:60]}` in its record"
    return ""


def _of_metrics(wanted: list[tuple[str, float, int]], run: Held) -> str:
    points: Points = {}
    for name, value, step in dict.fromkeys(wanted):
        points.setdefault(name, []).append((value, step))
    for name, some in points.items():
        last = max(some, key=lambda one: (one[1], one[0]))
        there = run.points.get(name, [])
        if run.whole and (sorted(there) != sorted(some) or run.latest.get(name) != last):
            odd = next((one for one in sorted(there) if one not in some), run.latest.get(name))
            return f"{name} is {odd[0] if odd else 'gone'} there and {last[0] if odd is None or len(some) == 1 else 'another number'} in its record"
        if not run.whole and there[:1] != [(last[0], 0)]:
            return f"{name} is {there[0][0] if there else 'gone'} there and {last[0]} in its record"
    return ""


def unlike(row: Mapping[str, Any], run: Held) -> str:
    """The first thing in which a run is not the {name, tags, params, metrics} it was made from, "" where it is."""
    if run.status != "FINISHED":
        return f"run {run.run} is {run.status}"
    tags = {name: str(value) for name, value in row["tags"].items() if value not in ("", None)}
    texts = {name: shown.text(value) for name, value in row.get("params", {}).items()}
    numbers = [(shown.name_of(name), float(value), 0) for name, value in row["metrics"].items()]
    more = sorted(run.points.keys() - {name for name, *_ in numbers})
    said = (
        _first(tags, run.tags)
        or _first(texts, run.params)
        or _of_metrics(numbers, run)
        or (f"{more[0]} is there" if more else "")
    )
    return f"run {run.run}: {said}" if said else ""
