"""Many runs at once: those of study.json put back into an empty store, and runs made elsewhere."""

import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path

from realignment.core.console import track
from realignment.core.errors import FailedWork
from realignment.records.record import Record
from realignment.tracking import fields as shown
from realignment.tracking import write
from realignment.tracking.models import load_record, write_record
from realignment.tracking.sqlite import unsynced
from realignment.tracking.store import experiment, lock, prepare, search

VERBS = ("realign", "finetune", "evaluate")  # models before what reads them, whose runs show their parameters


def restore(root: Path, profile: str, records: Iterable[Record]) -> list[str]:
    """Puts runs back from the records of study.json, tagged `restored_from`; no model comes back. Their run ids."""
    home, records = experiment(root, profile), sorted(records, key=lambda record: VERBS.index(record.verb))
    runs = []
    with lock(write.saving(root)), _quickly(prepare(root)):
        for record in track(records, f"restoring runs of {profile}") if records else ():
            tags = shown.tags(record, profile) | {"restored_from": "study.json"}
            run = write.create(root, home, record.name, tags, record.seconds)
            long = write.log(root, run, record, profile, {})
            write.log_artifacts(root, run, record, long, None)
            prepare(root).set_terminated(run, "FINISHED")
            runs.append(run)
    return runs


def mend(root: Path, runs: Mapping[str, Record]) -> int:
    """Of `runs` (run id -> its record in study.json) those that lost their record get it back; how many."""
    count = 0
    for run, record in runs.items():
        try:
            load_record(root, run)
        except FailedWork:
            write_record(root, run, record)
            count += 1
    return count


def import_runs(root: Path, experiment_name: str, runs: Iterable[dict]) -> int:
    """Runs made elsewhere, {name, params, tags, metrics: {name: value}}; the number of runs written.

    Each has a tag `run_key`; one that is there is left out, a half-written one of a killed import is replaced.
    """
    store, home = prepare(root), experiment(root, experiment_name)
    with lock(write.saving(root)):
        known = set()
        for run in search(root, experiment_name):
            if run.info.status == "FINISHED":
                known.add(run.data.tags.get("run_key"))
            else:
                store.delete_run(run.info.run_id)
        wanted = [run for run in runs if run["tags"]["run_key"] not in known]
        with _quickly(store):
            for run in track(wanted, f"importing runs of {experiment_name}") if wanted else ():
                _import(store, home, run)
    return len(wanted)


def _quickly(store) -> AbstractContextManager:
    """Does not wait for the disk where the store holds no run but imported ones, which can be imported again."""
    first = [store.search_runs([one.experiment_id], max_results=1) for one in store.search_experiments()]
    imported = all(run.data.tags.get("source") == "authors" for runs in first for run in runs)
    return unsynced() if imported else nullcontext()


def _import(store, home: str, run: dict) -> None:
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    tags = {name: str(value) for name, value in run["tags"].items() if value not in ("", None)}
    made = store.create_run(home, start_time=now, run_name=run["name"], tags=tags).info.run_id
    metrics = iter([Metric(shown.name_of(name), float(value), now, 0) for name, value in run.get("metrics", {}).items()])
    params = [Param(name, shown.text(value)) for name, value in run.get("params", {}).items()]
    store.log_batch(made, metrics=list(islice(metrics, write.METRICS)), params=params)
    while rest := list(islice(metrics, write.METRICS)):
        store.log_batch(made, metrics=rest)
    store.set_terminated(made, "FINISHED", end_time=now)
