"""Verbs that compute nothing: what comes out is a hash of what went in. `params` say how long it takes, the file that holds it up
while it is there, how many bytes its model has, and whether it fails (`once killed`: the first time alone).

Each call leaves its key in the file `computed` of the checkout; the variable FAKE_HOLD names a file that holds up every job of a process.
"""

import hashlib
import os
import sys
import time
from pathlib import Path

from realignment.core.errors import BadInput, FailedWork
from realignment.core.workspace import Workspace
from realignment.executors.worker import answer as compute_task
from realignment.records.job import Job

WORKERS = (sys.executable, __file__)  # the program of worker processes that compute by these verbs
VERBS = dict.fromkeys(("realign", "finetune", "evaluate"), sys.modules[__name__])


BEGUN: list[str] = []  # keys, by this process


def compute(workspace: Workspace, job: Job, parent: Path | None, out: Path) -> dict:
    BEGUN.append(job.key)
    with (workspace.root / "computed").open("a") as file:
        file.write(f"{job.key}\n")
    time.sleep(job.params.get("sleep", 0.0))
    while (hold := job.params.get("hold", os.environ.get("FAKE_HOLD"))) and Path(hold).exists():
        time.sleep(0.02)
    _fail(workspace, job)
    given = (parent / "weights").read_text() if job.parent and parent else "nothing"
    weights = hashlib.sha256(f"{given} {job.key}".encode()).hexdigest()
    if job.verb == "evaluate":
        (out / "predictions.parquet").write_text(weights)
    else:
        (out / "model").mkdir()
        (out / "model" / "weights").write_text(weights)
        (out / "model" / "bulk").write_bytes(bytes(job.params.get("bytes", 0)))
    score = int(weights[:6], 16) / 16**6
    scores = [{"task": job.task or "retrieval", "set": "mini", "language": "qaa", "score": score, "n": 5, "cut": 0}]
    hashes = {"predictions" if job.verb == "evaluate" else "weights": weights}
    scores = scores if job.verb == "evaluate" else []
    counts = {"threads": int(os.environ["OMP_NUM_THREADS"])}
    return {"scores": scores, "curves": {}, "counts": counts, "hashes": hashes, "seconds": job.params.get("sleep", 0.0)}


def answer(task: dict) -> dict:
    """What a worker says of a task; the key of one that it has computed to its end is in the file `completed` of the checkout."""
    before = len(BEGUN)
    told = compute_task(task, VERBS)
    if "kind" not in told and len(BEGUN) > before:
        with (Path(task["root"]) / "completed").open("a") as file:
            file.write(f"{task['key']}\n")
    return told


def _fail(workspace: Workspace, job: Job) -> None:
    how = job.params.get("fail", "")
    if how.startswith("once ") and (workspace.root / "computed").read_text().split().count(job.key) > 1:
        return
    match how.removeprefix("once "):
        case "bad input":
            raise BadInput("a language without pairs")
        case "crash":
            raise RuntimeError("no way\non the device")
        case "memory":
            raise MemoryError
        case "no number":
            raise FailedWork(f"{job.name}: a loss is not a finite number")
        case "killed":
            os.kill(os.getpid(), 9)


if __name__ == "__main__":
    import realignment.core.hardening  # noqa: F401  before any library
    from realignment.executors import worker

    worker.answer = lambda task, verbs: answer(task)
    worker.main(VERBS)
