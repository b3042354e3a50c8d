"""A worker process: reads jobs as lines of JSON, computes each into a folder of its own, answers a line each.

It dies with the process that started it, and keeps what it has imported and tokenised from one job to the next.
"""

import functools
import importlib
import json
import os
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from realignment.core import digests, hashing, processes
from realignment.core.console import note
from realignment.core.errors import FailedWork
from realignment.core.files import as_folder, sync
from realignment.core.workspace import Workspace
from realignment.engine import monitor
from realignment.executors import faults
from realignment.records import kernels, keys, sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import allowed, evaluate, finetune, plainly, realign
from realignment.study.turns import Busy, computing, has_ticket

VERBS: dict[str, Any] = {"realign": realign, "finetune": finetune, "evaluate": evaluate}  # modules with a `compute`


def environment(threads: int) -> dict[str, str]:
    """Variables that numerical libraries read when they are imported."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {name: str(threads) for name in names} | {"CUBLAS_WORKSPACE_CONFIG": ":4096:8", "TOKENIZERS_PARALLELISM": "false"}


def compute(workspace: Workspace, job: Job, parent: Path | None, folder: Path, verbs: Mapping[str, Any] = VERBS) -> Record:
    """Computes `job` into `folder`, which appears whole or not at all; its record, sealed. A folder that is there and whole is taken."""
    if folder.exists():
        found, wrong = sealing.of_job(job.key, folder)
        if found is not None:
            return found
        note(f"{job.name}: a finished folder is not taken ({wrong}); computed again")
    for left in folder.parent.glob(f"{folder.name}.*.part"):  # of a process that was killed: nobody else computes this key
        shutil.rmtree(left, ignore_errors=True)
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    try:
        return _into(part, workspace, job, parent, folder, verbs)
    except Exception:
        shutil.rmtree(part, ignore_errors=True)  # on a full disk others need the room
        raise


def _into(part: Path, workspace: Workspace, job: Job, parent: Path | None, folder: Path, verbs: Mapping[str, Any]) -> Record:
    """Computes `job` into `part`, which becomes `folder`."""
    part.mkdir(parents=True)
    try:
        content = _outcome(workspace, job, parent, part, verbs)
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
        (part / sealing.FILE).write_text(text + "\n", encoding="utf-8")
        sync_all(part)
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync(folder.parent)
    shutil.rmtree(workspace.checkpoints(job.key), ignore_errors=True)
    return Record.of(json.loads(text), str(folder))


def _outcome(workspace: Workspace, job: Job, parent: Path | None, part: Path, verbs: Mapping[str, Any]) -> dict:
    """Computes `job` into `part`; the JSON of its record, sealed."""
    read = sealing.files(parent) if job.parent and parent else {}
    outcome = verbs[job.verb].compute(workspace, job, parent, part)
    if read and sealing.files(parent) != read:
        raise FailedWork(f"{job.name}: the model it reads, {parent}, was changed meanwhile; run again")
    as_folder(part / "model", "*.safetensors")
    if job.model and job.task:
        plainly.tell(part / "model")
    allowed.add(workspace, job, part)
    content = {**job.to_json(), "base": _relative(job.base, workspace.root), **outcome, "files": sealing.files(part)}
    content |= {"read": hashing.digest(read) if read else "", "kernels": kernels.measured(job.environment.get("device", ""))}
    try:
        return sealing.sealed(json.loads(json.dumps(content, ensure_ascii=False, allow_nan=False)))
    except ValueError:
        raise FailedWork(f"{job.name}: a loss or score is not a finite number; lower the learning rate") from None


def _relative(base: str, root: Path) -> str:
    """A path inside the checkout without the checkout, so that records are equal in every clone."""
    path = Path(base)
    return path.relative_to(root).as_posix() if base and path.is_relative_to(root) else base


def sync_all(folder: Path) -> None:
    """Everything below `folder` is on the disk afterwards."""
    for path in [*sorted(folder.rglob("*"), reverse=True), folder]:
        sync(path)


def answer(task: Mapping[str, Any], verbs: Mapping[str, Any] = VERBS) -> dict[str, str]:
    """Computes what `queue.task` gave: {key}, or {key, kind, why} of a fault. An interruption alone is passed on."""
    try:
        workspace, job = Workspace(Path(task["root"]), task["profile"]), Job.from_json(task["job"])
        require_same(job)
        parent = Path(task["parent"]) if task["parent"] else None
        with computing(workspace, job), digests.kept(workspace.digests), monitor.told(workspace.steps(job.key)):
            _require_ticket(workspace, job, task.get("ticket", ""))
            compute(workspace, job, parent, Path(task["folder"]), verbs=verbs)
    except Busy as busy:
        return {"key": task["key"], "kind": faults.BUSY, "why": str(busy)}
    except Exception as fault:
        with suppress(OSError):  # of the log, on a full disk
            traceback.print_exc()
        found = faults.of(fault)
        return {"key": task["key"], "kind": found.kind, "why": found.why}
    return {"key": task["key"]}


def _require_ticket(workspace: Workspace, job: Job, pack: str) -> None:
    """Busy where a task waited in the queue of a scheduler, and somebody else has taken its job over meanwhile."""
    if pack and not has_ticket(workspace, job.key, pack):
        raise Busy(f"another study has taken it over since {pack} was submitted")


def require_same(job: Job) -> None:
    """FailedWork where this machine has other libraries or another program than the one that planned the job: its key would stand for other
    numbers. What is imported stays what it is, however long the process waits and whatever is edited meanwhile."""
    if "numerics" in job.environment:
        _fixed()
    if other := keys.unlike(job.verb, job.environment, job.params):
        told = ", ".join(f"{name} {here:.12} instead of {planned:.12}" for name, (planned, here) in other.items())
        raise FailedWork(
            f"{job.name}: {socket.gethostname()} has {told}, so its numbers could be others than those of the plan; use one environment and one "
            "checkout on all machines"
        )


@functools.cache
def _fixed() -> None:
    """Imports the code of every verb, and makes sure that it is what the run keys of this process say: files may be edited while a process waits
    for its work, or works. FailedWork where they were. Takes the seconds that torch and transformers take."""
    before = {verb: keys.numerics(verb) for verb in keys.NUMERICS}
    for name in sorted({name for names in keys.NUMERICS.values() for name in names}):
        importlib.import_module(f"realignment.{name.replace('/', '.')}")
    if changed := [verb for verb, value in before.items() if keys.read(verb) != value]:
        raise FailedWork(
            f"the code of {', '.join(changed)} was changed since this process began; run again, what is finished is kept"
        )


def main(verbs: Mapping[str, Any] = VERBS) -> None:
    """Lines in: what `queue.task` gave. Lines out: what `answer` says."""
    processes.die_with_parent(int(sys.argv[1]))  # elsewhere than on Linux the end of stdin says so
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us decides
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print goes into the log
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line), verbs)) + "\n")
        answers.flush()


if __name__ == "__main__":
    import realignment.core.hardening  # noqa: F401  before any library

    main()
