"""Processes that all begin at once: each opens the tracking store and writes a run with metrics, files and a model through our API.

They are forked from one that has imported MLflow and opened nothing: sixteen imports would take half a minute.
"""

import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import small_grid

from realignment import tracking


def write(root: Path, seed: int) -> None:
    one = small_grid.record("realign", seed=seed, model=f"sample.small.{seed}")
    tracking.save(root, "sample", one, small_grid.made(root / "made" / str(seed)), keep=True)


def at_once(root: Path, processes: int) -> str:
    """What those that failed said; each writes the run of a seed of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, str(root), str(processes)], check=False, env=environment, stderr=subprocess.PIPE, text=True
    )
    return done.stderr if done.returncode else ""


def main(root: Path, processes: int) -> int:
    import mlflow.store.db.utils
    import mlflow.store.model_registry.sqlalchemy_store
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

    begin, children = time.time() + 1.0, []
    for seed in range(processes):
        if (child := os.fork()) == 0:
            time.sleep(max(0.0, begin - time.time()))
            try:
                write(root, seed)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
