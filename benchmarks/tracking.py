"""What tracking costs a study while it computes: jobs that sleep, with the tracking server there, away, silent, or coming and going.

    python benchmarks/tracking.py [--jobs 200] [--sleep 0.05] [--workers 2] [--rounds 3]

Each condition is a study of its own with real worker processes; the server is a real `mlflow server` on the loopback. `none` saves nothing
at all. Writes benchmarks/results/tracking.json, one row per condition, the fastest of the rounds: `seconds` from the end of the first job to the
end of the last, `held` what the study's own process spent in `finish`, `known` and `saved`, `longest` the longest of those calls, `after` what was
left to save then, `saved` the finished runs in the store at the end, `waiting` the jobs in the spool; `added` what tracking adds to a job (seconds of
a worker, by the difference of `seconds` to `none`), `share` that of a job of 60 s, in percent.
"""

import argparse
import json
import os
import platform
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
os.environ["PYTHONPATH"] = str(ROOT / "tests" / "support")

import fake_verbs  # noqa: E402
import mlflow_server  # noqa: E402
import small_study  # noqa: E402

from realignment import tracking  # noqa: E402
from realignment.core.errors import Away  # noqa: E402
from realignment.core.workspace import Workspace  # noqa: E402
from realignment.executors import base  # noqa: E402
from realignment.executors.local import Local  # noqa: E402
from realignment.executors.queue import Keeper  # noqa: E402
from realignment.stages import study  # noqa: E402
from realignment.study.saver import Saver  # noqa: E402

REAL = 60.0  # seconds: a short job of a real study
EVERY = 1.0  # seconds between two changes of a server that comes and goes
VARIABLE = "MLFLOW_TRACKING_URI"


@contextmanager
def refused(port: int) -> Iterator[str]:
    """Nobody listens."""
    yield f"http://127.0.0.1:{mlflow_server.free_port()}"


@contextmanager
def silent(port: int) -> Iterator[str]:
    """A port that accepts and never answers."""
    kept, listener = [], socket.create_server(("127.0.0.1", 0), backlog=100)

    def accept() -> None:
        with suppress(OSError):
            while True:
                kept.append(listener.accept())

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


@contextmanager
def there(port: int) -> Iterator[str]:
    yield f"http://127.0.0.1:{port}"


@contextmanager
def flapping(port: int) -> Iterator[str]:
    """There for a second, away for a second."""
    gate, over = mlflow_server.Gate(port), threading.Event()
    gate.open()

    def flap() -> None:
        while not over.wait(EVERY):
            gate.shut()
            over.wait(EVERY)
            gate.open()

    one = threading.Thread(target=flap, daemon=True)
    one.start()
    yield gate.address
    over.set()
    one.join()
    gate.shut()


@contextmanager
def file(port: int) -> Iterator[str]:
    """The default: an SQLite file of the checkout."""
    yield ""


CONDITIONS: dict[str, Callable] = {
    "none": file, "file": file, "there": there, "refused": refused, "silent": silent, "flapping": flapping,
}  # fmt: skip


def checkout(place: Path) -> Workspace:
    encoder = place / "encoder"
    encoder.mkdir(parents=True)
    (encoder / "config.json").write_text("{}")
    (encoder / "model.safetensors").write_text("weights")
    return Workspace(place, place.name)


def timed(call: Callable, held: list[tuple[float, float]]) -> Callable:
    """`call`, which notes when it began and ended."""

    def called(*given):
        began = time.monotonic()
        try:
            return call(*given)
        finally:
            held.append((began, time.monotonic()))

    return called


def measured(name: str, place: Path, options: argparse.Namespace) -> dict:
    """One study: how long it computed, and what became of its jobs."""
    workspace, done, asked = checkout(place), [], []
    settings = small_study.settings_of(
        subsets=["latin_diverse_2"], seeds=list(range(1, options.jobs // 4 + 1)), keep="encoders", workers=options.workers
    )
    jobs = small_study.planned(workspace, settings)[: options.jobs]
    executor, after, saved, waiting = Local(settings, fake_verbs.WORKERS), 0.0, 0, 0
    with study.locked(workspace):
        if name == "none":
            keeper = Keeper(timed(lambda job, record, folder: folder / "model", done), {})
            base.grid(workspace, jobs, keeper, executor)
        else:
            kept = Saver(workspace, study.begun(workspace, settings, jobs))
            kept.begin()
            base.grid(
                workspace,
                jobs,
                Keeper(timed(kept.finish, done), {}, timed(kept.known, asked), timed(kept.saved, asked)),
                executor,
            )
            computed = time.monotonic()
            with suppress(Away):
                kept.close()
            after, waiting = time.monotonic() - computed, len(kept.progress.waiting)
            kept.stop(drain=False)
            saved = len(kept.progress.records)
    spent = [ended - began for began, ended in [*done, *asked]]
    return {
        "condition": name, "jobs": len(jobs), "seconds": done[-1][1] - done[0][1], "held": sum(spent), "longest": max(spent), "after": after,
        "saved": saved, "waiting": waiting,
    }  # fmt: skip


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--jobs", type=int, default=200)
    words.add_argument("--sleep", type=float, default=0.05)
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--rounds", type=int, default=3)
    options = words.parse_args()
    small_study.BASE["params"]["sleep"] = options.sleep
    os.environ.pop(VARIABLE, None)
    home, rows = Path(tempfile.mkdtemp(prefix="tracking-")), []
    try:
        store = home / "store"
        store.mkdir()
        tracking.prepare(store)
        with mlflow_server.served(home / "server", store / "mlflow.db") as port:
            for number in range(options.rounds):
                for name, condition in CONDITIONS.items():
                    with condition(port) as address:
                        os.environ.pop(VARIABLE, None) if not address else os.environ.update({VARIABLE: address})
                        row = measured(name, home / f"{name}-{number}", options)
                    print(json.dumps(row), flush=True)
                    rows.append(row)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    best = [min((row for row in rows if row["condition"] == name), key=lambda row: row["seconds"]) for name in CONDITIONS]
    alone = best[0]["seconds"]
    for row in best:
        added = options.workers * (row["seconds"] - alone) / row["jobs"]  # seconds of a worker, for each job
        row |= {"ratio": row["seconds"] / alone, "added": added, "share": 100 * added / REAL}
    about = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), **vars(options)}
    result = ROOT / "benchmarks" / "results" / "tracking.json"
    shown = [{name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()} for row in best]
    result.write_text(json.dumps({"about": about, "rows": shown}, indent=1) + "\n")
    print(result.read_text())


if __name__ == "__main__":
    main()
