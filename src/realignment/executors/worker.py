"""A worker process: reads jobs as lines of JSON, computes each into a folder of its own, answers a line each.

It dies with the process that started it, and keeps what it has imported and tokenised from one job to the next.
"""

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realignment.core import digests, hashing, processes
from realignment.core.console import note
from realignment.core.errors import BadInput, FailedWork
from realignment.core.files import sync
from realignment.core.workspace import Workspace
from realignment.records import kernels, sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import evaluate, finetune, realign

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
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    read = sealing.files(parent) if job.parent and parent else {}
    outcome = verbs[job.verb].compute(workspace, job, parent, part)
    if read and sealing.files(parent) != read:
        raise FailedWork(f"{job.name}: the model it reads, {parent}, was changed meanwhile; run again")
    content = {**job.to_json(), "base": _relative(job.base, workspace.root), **outcome, "files": sealing.files(part)}
    content |= {"read": hashing.digest(read) if read else "", "kernels": kernels.measured(job.environment.get("device", ""))}
    try:
        content = sealing.sealed(json.loads(json.dumps(content, ensure_ascii=False, allow_nan=False)))
    except ValueError:
        raise FailedWork(f"{job.name}: a loss or score is not a finite number; lower the learning rate") from None
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
    (part / sealing.FILE).write_text(text + "\n", encoding="utf-8")
    sync_all(part)
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
    sync(folder.parent)
    shutil.rmtree(workspace.checkpoints(job.key), ignore_errors=True)
    return Record.of(json.loads(text), str(folder))


def _relative(base: str, root: Path) -> str:
    """A path inside the checkout without the checkout, so that records are equal in every clone."""
    path = Path(base)
    return path.relative_to(root).as_posix() if base and path.is_relative_to(root) else base


def sync_all(folder: Path) -> None:
    """Everything below `folder` is on the disk afterwards."""
    for path in [*sorted(folder.rglob("*"), reverse=True), folder]:
        sync(path)


def main(verbs: Mapping[str, Any] = VERBS) -> None:
    """Lines in: {root, profile, job, parent, folder}. Lines out: {key} or {key, error, bad_input}."""
    processes.die_with_parent(int(sys.argv[1]))  # elsewhere than on Linux the end of stdin says so
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us decides
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print goes into the log
    for line in sys.stdin:
        task = json.loads(line)
        answer = {"key": task["key"]}
        try:
            workspace = Workspace(Path(task["root"]), task["profile"])
            parent = Path(task["parent"]) if task["parent"] else None
            with digests.kept(workspace.digests):
                compute(workspace, Job.from_json(task["job"]), parent, Path(task["folder"]), verbs)
        except Exception as fault:
            traceback.print_exc()
            message = str(fault) if isinstance(fault, (BadInput, FailedWork)) else f"{type(fault).__name__}: {fault}"
            answer |= {"error": " ".join(message.split()), "bad_input": isinstance(fault, BadInput)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    import realignment.core.hardening  # noqa: F401  before any library

    main()
