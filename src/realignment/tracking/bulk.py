"""Many runs at once: those of study.json put back into an empty store, and runs made elsewhere."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from realignment.core.console import track
from realignment.core.errors import FailedWork
from realignment.records.record import Record
from realignment.tracking import fields as shown
from realignment.tracking import write
from realignment.tracking.models import load_record, write_record
from realignment.tracking.sqlite import unsynced
from realignment.tracking.store import experiment, keys, lock, prepare, search
from realignment.tracking.whole import Whole, insert

OTHERS = "others."  # begins the names of experiments of runs that were made by others
VERBS = ("realign", "finetune", "evaluate")  # models before what reads them, whose runs show their parameters


def restore(root: Path, profile: str, records: Iterable[Record]) -> list[str]:
    """Puts runs back from the records of study.json, tagged `restored_from`; no model comes back. Their run ids, in the order of
    `records`."""
    home, records = experiment(root, profile), list(records)
    turns = sorted(records, key=lambda record: VERBS.index(record.verb))
    with lock(write.saving(root)), _quickly(prepare(root)):
        made = dict(zip([record.key for record in turns], insert(root, home, _restored(root, profile, turns)), strict=True))
    return [made[record.key] for record in records]


def _restored(root: Path, profile: str, records: list[Record]) -> Iterator[Whole]:
    above: dict[str, dict[str, str]] = {}
    for record in records:
        tags = shown.tags(record, profile) | {"origin": write.STUDY, "restored_from": "study.json"}
        upstream = above[record.parent] if record.parent in above else write.upstream(root, profile, record.parent)
        run = write.whole(root, record, profile, tags, upstream)
        above[record.key] = shown.inherited(run.params, record.verb)
        yield run


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


def import_runs(root: Path, experiment_name: str, runs: Iterable[dict], about: str = "") -> int:
    """Runs made elsewhere, {name, params, tags, metrics: {name: value}}; the number of runs written. `about` describes the experiment.

    Each has a tag `run_key`; one that is there is left out, a half-written one of a killed import is replaced.
    """
    store, home = prepare(root), experiment(root, experiment_name, about)
    with lock(write.saving(root)):
        for run in search(root, experiment_name, "attributes.status != 'FINISHED'"):
            store.delete_run(run.info.run_id)
        known = {key for key, *_ in keys(root, experiment_name, shown.SEAL)}
        with _quickly(store):
            return len(insert(root, home, [_imported(run) for run in runs if run["tags"]["run_key"] not in known]))


def forget_runs(root: Path, experiment_name: str, kept: Collection[str] = ()) -> int:
    """Deletes the runs of an experiment of imported ones whose keys are not `kept`; how many."""
    store = prepare(root)
    with lock(write.saving(root)):
        gone = [run for run in search(root, experiment_name) if run.data.tags.get("run_key") not in kept]
        for run in track(gone, "runs removed"):
            store.delete_run(run.info.run_id)
    return len(gone)


def _imported(run: dict) -> Whole:
    tags = {name: str(value) for name, value in run["tags"].items() if value not in ("", None)}
    params = {name: shown.text(value) for name, value in run.get("params", {}).items()}
    metrics = [(shown.name_of(name), float(value), 0) for name, value in run.get("metrics", {}).items()]
    return Whole(run["name"], {"kind": "run", **tags}, params, metrics)


def _quickly(store) -> AbstractContextManager:
    """Does not wait for the disk where the store holds no run but imported ones, which can be imported again."""
    first = [store.search_runs([one.experiment_id], max_results=1) for one in store.search_experiments()]
    sources = {run.data.tags.get("source", "") for runs in first for run in runs}
    imported = all(one == "authors" or one.startswith(OTHERS) for one in sources)
    return unsynced() if imported else nullcontext()
