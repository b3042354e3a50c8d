"""Verbs that compute nothing: what comes out is a hash of what went in. `params` say how long it takes, the file that holds it up
while it is there, and whether it fails.

Each call leaves its key in the file `computed` of the checkout; the variable FAKE_HOLD names a file that holds up every job of a process.
"""

import hashlib
import os
import sys
import time
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.records.job import Job

WORKERS = (sys.executable, __file__)  # the program of worker processes that compute by these verbs
VERBS = dict.fromkeys(("realign", "finetune", "evaluate"), sys.modules[__name__])


def compute(workspace: Workspace, job: Job, parent: Path | None, out: Path) -> dict:
    with (workspace.root / "computed").open("a") as file:
        file.write(f"{job.key}\n")
    time.sleep(job.params.get("sleep", 0.0))
    while (hold := job.params.get("hold", os.environ.get("FAKE_HOLD"))) and Path(hold).exists():
        time.sleep(0.02)
    if job.params.get("fail") == "bad input":
        raise BadInput("a language without pairs")
    if job.params.get("fail") == "crash":
        raise RuntimeError("no memory left\non the device")
    if job.params.get("fail") == "killed":
        os.kill(os.getpid(), 9)
    given = (parent / "weights").read_text() if parent else "nothing"
    weights = hashlib.sha256(f"{given} {job.key}".encode()).hexdigest()
    if job.verb == "evaluate":
        (out / "predictions.parquet").write_text(weights)
    else:
        (out / "model").mkdir()
        (out / "model" / "weights").write_text(weights)
    score = int(weights[:6], 16) / 16**6
    scores = [{"task": job.task or "retrieval", "set": "mini", "language": "qaa", "score": score, "n": 5, "cut": 0}]
    hashes = {"predictions" if job.verb == "evaluate" else "weights": weights}
    scores = scores if job.verb == "evaluate" else []
    counts = {"threads": int(os.environ["OMP_NUM_THREADS"])}
    return {"scores": scores, "curves": {}, "counts": counts, "hashes": hashes, "seconds": job.params.get("sleep", 0.0)}


if __name__ == "__main__":
    import realignment.core.hardening  # noqa: F401  before any library
    from realignment.executors import worker

    worker.main(VERBS)
