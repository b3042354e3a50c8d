"""Runs that are RUNNING: the one `mlflow run` started for this process, and those that killed processes left."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from realignment.core import pids
from realignment.core.console import note
from realignment.tracking import files, models, owner, write
from realignment.tracking.store import database, experiment, lock, prepare, search

RUNS = "attributes.status = 'RUNNING'"
HALF = f"{RUNS} and tags.run_key != ''"  # one of ours that was never finished
UNCLAIMED = 24 * 3600  # seconds after which a run of `mlflow run` that no command of ours ever began counts as left


def claim(root: Path, profile: str) -> None:
    """Says in the run that `mlflow run` started whose it is: `mlflow run`'s process, and this one."""
    if os.environ.get("MLFLOW_RUN_ID") and (run := current_run(root, experiment(root, profile))):
        write.set_tags(root, run, {**owner.tag(root), "profile": profile})


def current_run(root: Path, home: str) -> str | None:
    """The run that `mlflow run` started for this process, in the experiment of id `home`; None outside of it.

    A run that is not RUNNING, has numbers already, or stands in another experiment is never written into: that is said, once.
    """
    from mlflow.exceptions import MlflowException

    run = os.environ.get("MLFLOW_RUN_ID")
    if not run:
        return None
    try:
        found = prepare(root).get_run(run)
    except MlflowException:
        return _refused(run, "the tracking store does not know it")
    if found.info.lifecycle_stage != "active" or found.info.status != "RUNNING":
        return _refused(run, f"it is {'deleted' if found.info.lifecycle_stage != 'active' else found.info.status}")
    if key := found.data.tags.get("run_key"):
        return _refused(run, f"it holds the numbers of key {key[:12]}")
    if found.info.experiment_id != home:
        return _refused(run, "it stands in another experiment than the profile's")
    return run


def _refused(run: str, why: str) -> None:
    if os.environ.pop("MLFLOW_RUN_ID", None):
        note(f"MLFLOW_RUN_ID {run}: a running run without numbers is required; {why}; it is left alone, a run of its own is made")


def sweep(root: Path, profile: str) -> int:
    """Ends what killed processes left RUNNING: half-saved runs are deleted with their files and model versions, those of a
    study or of `mlflow run` are marked KILLED; how many. The caller holds the study's lock.
    """
    store, count = prepare(root), 0
    with lock(write.saving(root)):
        for run in search(
            root, profile, HALF, deleted=True
        ):  # swept by a process that was killed itself, or before files went too
            _empty(root, run)
        for run in search(root, profile, RUNS):
            if not _is_left(root, run):
                continue
            count += 1
            kind, verb = run.data.tags.get("mlflow.source.type"), run.data.tags.get("verb")
            if verb != "study":
                _empty(root, run)
            if kind == "PROJECT" or verb == "study":
                store.set_terminated(run.info.run_id, "KILLED")
            else:
                store.delete_run(run.info.run_id)
    return count


def drop(root: Path, profile: str, key: str) -> int:
    """Deletes the RUNNING runs of a key that this checkout began and the store never heard the end of; how many."""
    found = [run for run in search(root, profile, f"{RUNS} and tags.run_key = '{key}'") if _is_ours(root, run)]
    for run in found:
        _empty(root, run)
        prepare(root).delete_run(run.info.run_id)
    return len(found)


def discard(root: Path, run: str) -> None:
    """Removes a run of ours that is not finished, with what it has stored, as far as that can be done now; `sweep` does the rest."""
    for step in (lambda: files.remove(root, run), lambda: models.forget(root, run), lambda: prepare(root).delete_run(run)):
        with suppress(Exception):
            step()


def _is_ours(root: Path, run: Any) -> bool:
    checkout, processes = owner.of(run.data.tags)
    return checkout == str(root.resolve()) and any(map(pids.is_here, processes))


def _empty(root: Path, run: Any) -> None:
    """Removes what a run that never came to be has registered and stored."""
    models.forget(root, run.info.run_id)
    files.remove(root, run.info.run_id)


def _is_left(root: Path, run: Any) -> bool:
    """Whether nobody writes a RUNNING run any more. For runs of this checkout the locks that the caller holds tell it."""
    checkout, writers = owner.of(run.data.tags)
    old = time.time() - run.info.start_time / 1000 > UNCLAIMED
    if writers and all(map(pids.is_gone, writers)):
        return True
    if run.data.tags.get("mlflow.source.type") == "PROJECT":
        return not writers and old
    if "verb" not in run.data.tags:
        return False  # somebody's own
    ours = database(root) == root.resolve() / "mlflow.db"
    if not writers:
        return ours
    here = any(map(pids.is_here, writers))
    return (here and checkout == str(root.resolve())) or (not here and ours and old)  # of another machine: the checkout was moved
