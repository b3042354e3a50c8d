"""The only package that imports MLflow. Values in, values out; `root` is the checkout.

One run per record, found again by the tag `run_key`, never by an id kept elsewhere. A run counts as finished when MLflow says
FINISHED.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from realignment.core import full, network
from realignment.records.record import Record
from realignment.tracking import fields as shown
from realignment.tracking import logged, places, reach, write
from realignment.tracking.bulk import forget_runs, import_runs, mend, restore
from realignment.tracking.contents import differences, held, lacking, unlike
from realignment.tracking.fields import alias
from realignment.tracking.files import folder, local, part
from realignment.tracking.left import claim, current_run, discard, drop, sweep
from realignment.tracking.models import (
    aliases,
    claim_model,
    keep_for_mlflow,
    keep_model,
    keep_predictions,
    leads,
    load_record,
    load_records,
    model_at_hand,
    model_folder,
    point_aliases,
    register,
    registered,
    retire,
    version_of,
    version_tags,
    versions,
    write_record,
)
from realignment.tracking.renewal import is_older, older, renew
from realignment.tracking.rows import compared as rows_compared
from realignment.tracking.rows import keep as keep_rows
from realignment.tracking.scoring import refusal
from realignment.tracking.store import (
    NOTE,
    ONE,
    artifacts,
    ask,
    called,
    database,
    experiment,
    finish,
    keys,
    lock,
    prepare,
    reading,
    search,
    uri,
)
from realignment.tracking.summaries import summaries, summarise, summarised
from realignment.tracking.unfit import give_back_records, unfit
from realignment.tracking.whole import fill, insert
from realignment.tracking.write import pivot

__all__ = [
    "alias", "aliases", "artifacts", "called", "claim", "database", "differences", "experiment", "folder", "forget_runs", "give_back_records", "held", "import_runs", "is_older",
    "keep_model", "keep_predictions", "keep_rows", "lacking", "leads", "load_record", "load_records", "local", "lock", "mend", "model_at_hand", "model_folder", "older", "part",
    "pivot", "point_aliases", "prepare", "reading", "refusal", "registered", "renew", "restore", "retire", "rows_compared", "search", "summaries", "summarise",
    "summarised", "sweep", "unfinished", "unfit", "unlike", "uri", "version_of", "version_tags", "versions", "write_record",
]  # fmt: skip


def finished(root: Path, profile: str) -> dict[str, str]:
    """run key -> id of the newest FINISHED run with it."""
    return {key: run for key, run, _ in reversed(keys(root, profile, shown.SEAL))}


def finished_one(root: Path, profile: str, key: str) -> str | None:
    """Id of the newest FINISHED run with a key; a file is asked in SQL, within a millisecond."""
    if (found := ask(root, ONE, (profile, key))) is not None:
        return found[0][0] if found else None
    run = next(search(root, profile, f"attributes.status = 'FINISHED' and tags.run_key = '{key}'"), None)
    return run.info.run_id if run else None


def seals(root: Path, profile: str) -> dict[str, str]:
    """run key -> the sha256 of its record as the newest FINISHED run has it, "" where it has none; empty where there is no store."""
    file = database(root)
    if file is not None and not file.exists():
        return {}
    return {key: seal for key, _, seal in reversed(keys(root, profile, shown.SEAL))}


def records(root: Path, profile: str) -> tuple[dict[str, Record], dict[str, str], dict[str, str]]:
    """(run key -> its record, run key -> why it cannot be believed, `seals`) of the newest FINISHED runs, which are asked for once."""
    file = database(root)
    runs = {} if file is not None and not file.exists() else _newest(root, profile)
    return (*load_records(root, runs), {key: run.data.tags.get(shown.SEAL, "") for key, run in runs.items()})


def _newest(root: Path, profile: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for run in search(root, profile, "attributes.status = 'FINISHED' and tags.run_key != ''"):
        found.setdefault(run.data.tags["run_key"], run)
    return found


def long_params(record: Record) -> dict[str, Any]:
    """What stands in a run's params.json: parameters that are too long to be shown, in full."""
    return shown.params(record)[1]


def at_hand(root: Path, profile: str, name: str) -> Callable[[str], Path | None]:
    """By run key, the artifact `name` of its newest FINISHED run on this machine; None where there is none."""
    file = database(root)
    runs = {} if file is not None and not file.exists() else finished(root, profile)
    return lambda key: part(root, runs[key], name) if key in runs else None


def away(root: Path) -> str:
    """Why the store does not answer, as a line, within seconds; "" where it does, and where it is a file."""
    return "" if database(root) else reach.fault(uri(root))


def address(root: Path) -> str:
    """Of MLflow's interface: the server's, or where `mlflow ui` answers."""
    where = called(root).replace("***@", "")
    return where.rstrip("/") if where.startswith(("http://", "https://")) else network.MLFLOW_UI


def interface(root: Path, name: str) -> dict:
    """{where, experiment, runs: run key -> id, models: id -> registered version, summaries: ENCODER/ROW -> id} of an experiment in MLflow's
    interface."""
    return {
        "where": address(root),
        "experiment": experiment(root, name),
        "runs": finished(root, name),
        "models": versions(root),
        "summaries": summaries(root, name),
    }


def count(root: Path, name: str) -> int:
    """Finished runs with a key in an experiment."""
    return len(keys(root, name, shown.SEAL))


def missing(root: Path, profile: str, keys: Iterable[str]) -> list[str]:
    """Those of `keys` without a finished run, in the order given."""
    known = finished(root, profile)
    return [key for key in keys if key not in known]


def save(root: Path, profile: str, record: Record, made: Path | None, *, keep: bool, parent_run: str | None = None) -> str:
    """Writes a finished job into MLflow: a run of its own, or the run `mlflow run` started for it. The run's id.

    `made` holds what the job made (predictions.parquet, model/) and the record it wrote last, which dates the run; the model is stored
    and registered where `keep`.
    """
    store, home = prepare(root), experiment(root, profile)
    tags = shown.tags(record, profile) | {"origin": write.STUDY if parent_run else write.BY_HAND}
    upstream = write.upstream(root, profile, record.parent)
    with lock(write.saving(root)):  # see `sweep`
        run = None if parent_run else current_run(root, home)
        if run is None:
            one = write.whole(root, record, profile, tags | {"mlflow.parentRunId": parent_run or ""}, upstream)
            end = write.ended(made)
            (run,) = insert(root, home, [replace(write.at(one, end, record), open=True)])
        else:
            end = None
            write.set_tags(root, run, {**tags, "mlflow.runName": record.name, **write.isolation()})
            above = places.known(root, home, [record.parent]).get(record.parent)
            one = write.whole(root, record, profile, tags, upstream, store.get_run(run).data.params)
            logged.beside_run(root, fill(store, places.Place(home, run, record.name, above=above), one))
        try:
            write.log_artifacts(root, run, made if keep or made is None else made / "predictions.parquet")
            if keep and made is not None and record.model and (made / "model").is_dir():
                keep_for_mlflow(root, run, record)
                register(root, record, run)
            finish(root, run, end)
        except Exception as fault:
            if parent_run and full.is_full(fault):
                discard(root, run)  # the next try makes a run of its own, and needs the room
            raise
    return run


def unfinished(root: Path, profile: str, key: str) -> int:
    """Deletes what this checkout left half-saved of a key when the store went away; how many. The caller alone saves that key."""
    with lock(write.saving(root)):
        return drop(root, profile, key)


def adopt(root: Path, run: str) -> None:
    """A run made by hand, or before a kill, is the study's from now on, and so is the model it made."""
    if prepare(root).get_run(run).data.tags.get("origin") == write.STUDY:
        return
    write.set_tags(root, run, {"origin": write.STUDY})
    claim_model(root, run, {"origin": write.STUDY})


def reuse(root: Path, record: Record, finished_run: str) -> None:
    """Under `mlflow run`, ends the run at once, `reused_from` saying where the numbers stand. Outside of it does nothing."""
    run = current_run(root, prepare(root).get_run(finished_run).info.experiment_id) if os.environ.get("MLFLOW_RUN_ID") else None
    if run is None:
        return
    about = {"kind": "reuse", "mlflow.runName": f"{record.name} (reused)", "reused_from": finished_run, "reused_key": record.key}
    write.set_tags(root, run, about | write.isolation())
    prepare(root).set_terminated(run, "FINISHED")


def begin_study(root: Path, profile: str, began: float | None = None) -> str:
    """The run that those of one execution of the study nest under; it nests under the run of `mlflow run`, where there is one. `began` in
    seconds since 1970, where that was before now.

    Takes MLFLOW_RUN_ID out of the environment: whatever is started later would write into that run.
    """
    home = experiment(root, profile)
    outer = current_run(root, home)
    os.environ.pop("MLFLOW_RUN_ID", None)
    tags = {"kind": "study", "verb": "study", "profile": profile, "mlflow.parentRunId": outer or "", **write.isolation()}
    return write.create(root, home, f"study {profile}", tags, None if began is None else int(1000 * began))


@dataclass(frozen=True)
class Ended:
    """How a study came out: `counts` and predicted and real `hours` go in as metrics, `missing` as the note of its run: what is not there, and why."""

    counts: Mapping[str, int]
    hours: Mapping[str, float] = field(default_factory=dict)
    missing: str = ""


def end_study(root: Path, run: str, status: str, ended: Ended) -> None:
    """`status` is FINISHED, FAILED or KILLED."""
    from mlflow.entities import Metric

    store = prepare(root)
    now = store.get_run(run).info.start_time
    values = {**{f"counts/{name}": value for name, value in ended.counts.items()}, **ended.hours}
    store.log_batch(run, metrics=[Metric(name, value, now, 0) for name, value in values.items()])
    write.set_tags(root, run, {NOTE: ended.missing})
    store.set_terminated(run, status)
