"""A grid of some 2,000 runs that compute nothing, on each executor: killed, begun on one and finished on another, with the tracking server away.

    python benchmarks/study.py [--runs 2000] [--kills 3] [--only local,ray,slurm,moved]

Each study is a process of its own, which is killed (SIGKILL) at random while it computes, and started again; a real `mlflow server` keeps its runs, behind a
gate that is shut half of the time. Asked of each: is the hash of the report's tables that of an undisturbed run, was no run computed to its end
twice, does the server hold every run once, and how many seconds a run takes beside its training (undisturbed, on the default store). Writes benchmarks/results/study.json.
"""

import argparse
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUPPORT = ROOT / "tests" / "support"
sys.path.insert(0, str(SUPPORT))
ROWS = 38  # runs of a seed: four realigned rows of eight, and `none` of six
ASKED = "one hash of the tables, no run computed twice, none lost or kept twice, at most 0.3 s a run beside its training"
EVERY = 20.0  # seconds for which the server is there, then away
ORDERS = {"local": ["local"], "ray": ["ray"], "slurm": ["slurm"], "moved": ["slurm", "ray", "local"]}


def made_checkout(root: Path, encoder: Path) -> Path:
    """A small world with an encoder, and its settings; the same bytes for the same encoder."""
    import shipped
    import small_world

    root.mkdir(parents=True)
    shutil.copytree(encoder, root / "encoder")
    _, settings = small_world.build(root, root / "encoder")
    shipped.settings(root)
    (root / "settings.json").write_text(json.dumps(asdict(settings)))
    return root


def grid_of(root: Path, seeds: int, executor: str):
    from realignment.config import params
    from realignment.core.workspace import Workspace

    settings = params.validate(json.loads((root / "settings.json").read_text()), "the small world")
    how = {
        "subsets": ["none", "latin_diverse", "uriel_diverse", "all"], "shuffled": ["all"], "itself": [], "tasks": ["pos", "ner", "nli"], "seeds": list(range(1, seeds + 1)),
        "floors": False, "keep": "none", "workers": 2, "slurm": {**settings.study.slurm, "cluster": "local", "pack": 0.002},
        "executor": executor,
    }  # fmt: skip
    return Workspace(root, "sample"), replace(settings, study=replace(settings.study, **how))


def compute(root: Path, seeds: int, executor: str) -> None:
    """What the process of a study does."""
    import fake_verbs

    from realignment.core import digests
    from realignment.executors.local import Local
    from realignment.executors.on_ray import OnRay
    from realignment.executors.on_slurm import OnSlurm
    from realignment.stages import study
    from realignment.study import grid

    workspace, settings = grid_of(root, seeds, executor)
    place = {
        "local": Local(settings, fake_verbs.WORKERS),
        "ray": OnRay(settings, ("fake_verbs", "answer")),
        "slurm": OnSlurm(settings, fake_verbs.WORKERS),
    }
    with digests.kept(workspace.digests):
        jobs = grid.plan(workspace, settings)
        with study.locked(workspace):
            study.finish(workspace, settings, jobs, place[executor])


def tables(root: Path) -> str:
    """sha256 of the CSV text of every table of the report."""
    from realignment.core import hashing
    from realignment.core.workspace import Workspace
    from realignment.corpora import manifest
    from realignment.results import formatting, study_tables
    from realignment.results import tables as of
    from realignment.study import study_file

    workspace = Workspace(root, "sample")
    content = study_file.of_json(study_file.read(workspace.study), "study.json")
    found, studies = of.studies(content, manifest.load(workspace).languages, manifest.subsets(workspace))
    made = [formatting.comma_separated(table) for one in studies for table in study_tables.of_study(one, of.tasks(found))]
    return hashing.digest(made)


class Flapping:
    """The server behind a gate that is there, then away, for EVERY seconds each."""

    def __init__(self, gate) -> None:
        self.gate, self.ended = gate, threading.Event()
        self.thread = threading.Thread(target=self._flap, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self.gate.shut()
        self.gate.open()

    def _flap(self) -> None:
        while True:
            self.gate.open()
            if self.ended.wait(EVERY):
                return
            self.gate.shut()
            if self.ended.wait(EVERY):
                return


def started(root: Path, seeds: int, executor: str, server: str) -> subprocess.Popen:
    words = [sys.executable, __file__, "--compute", str(root), "--seeds", str(seeds), "--executor", executor]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "RAY_"))}
    environment |= {
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{SUPPORT}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "OMP_NUM_THREADS": "1",
    }
    environment |= {"MLFLOW_TRACKING_URI": server} if server else {}
    with (root / "log").open("a") as log:
        return subprocess.Popen(words, stdout=log, stderr=log, env=environment, start_new_session=True)


def disturbed(root: Path, seeds: int, executors: list[str], kills: int, server: str, chance: random.Random) -> dict:
    """Runs a study that is killed so many times, each time begun again, on the next of the executors."""
    points, calls, begin = [], 0, time.monotonic()
    while True:
        executor = executors[min(calls, len(executors) - 1)]
        process, before = started(root, seeds, executor, server), completed(root)
        calls += 1
        if len(points) < kills:
            goal = before + chance.uniform(0.5, 1.5) * ROWS * seeds / (kills + 1)
            while process.poll() is None and completed(root) < goal:
                time.sleep(0.1)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
                points.append(completed(root))
                continue
        code = process.wait()
        if code and calls < 60 and completed(root) >= before and "does not answer" in (root / "log").read_text()[-3000:]:
            continue  # all is computed, and something waits for the server: the same command again, as it says
        if code:
            sys.exit(f"{executor}: ended with {code}: {(root / 'log').read_text()[-3000:]}")
        return {"kills_after_runs": points, "calls": calls, "seconds": round(time.monotonic() - begin, 1)}


def completed(root: Path) -> int:
    file = root / "completed"
    return file.read_bytes().count(b"\n") if file.exists() else 0


def judged(root: Path, server: str) -> dict:
    """Runs planned, run twice, kept by the server and kept twice."""
    os.environ |= {"MLFLOW_TRACKING_URI": server} if server else {}
    from realignment import tracking

    study = json.loads((root / "data" / "sample" / "study.json").read_text())
    every = [
        one.data.tags.get("run_key")
        for one in tracking.search(root, "sample", "attributes.status = 'FINISHED' and tags.run_key != ''")
    ]
    ends = Counter((root / "completed").read_text().split())
    keys = {one["key"] for one in study["records"]}
    return {
        "runs": len(keys), "computed_twice": sum(count > 1 for count in ends.values()), "kept": len(set(every) & keys),
        "kept_twice": len(every) - len(set(every)), "lost": len(keys - set(every)), "tables": tables(root),
    }  # fmt: skip


def undisturbed(seeds: int, encoder: Path) -> dict:
    """On the default store: the tables, and the seconds of a run beside its training."""
    with tempfile.TemporaryDirectory() as folder:
        root = made_checkout(Path(folder) / "checkout", encoder)
        begin = time.monotonic()
        if code := started(root, seeds, "local", "").wait():
            sys.exit(f"the undisturbed study ended with {code}: {(root / 'log').read_text()[-2000:]}")
        seconds, runs = time.monotonic() - begin, completed(root)
        return {"runs": runs, "seconds": round(seconds, 1), "overhead_s": round(seconds / runs, 4), "tables": tables(root)}


def bench(given: argparse.Namespace) -> None:
    import encoders
    from mlflow_server import Gate, served

    from realignment import tracking

    seeds, chance, found = round(given.runs / ROWS), random.Random(given.seed), {}
    encoder = encoders.build(Path(tempfile.mkdtemp()) / "bert", "bert")
    found["undisturbed"] = undisturbed(seeds, encoder)
    print(json.dumps({"undisturbed": found["undisturbed"]}), flush=True)
    for name in given.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            home, root = Path(folder), made_checkout(Path(folder) / "checkout", encoder)
            if given.store == "file":
                found[name] = disturbed(root, seeds, ORDERS[name], given.kills, "", chance) | judged(root, "")
            else:
                tracking.prepare(home)
                with served(home / "server", home / "mlflow.db") as port:
                    gate = Gate(port)
                    with Flapping(gate):
                        how = disturbed(root, seeds, ORDERS[name], given.kills, gate.address, chance)
                    found[name] = how | judged(root, gate.address)
        print(json.dumps({name: found[name]}), flush=True)
    wanted = found["undisturbed"]["tables"]
    good = all(
        one["tables"] == wanted and not one["computed_twice"] and not one["lost"] and not one["kept_twice"]
        for name, one in found.items()
        if name != "undisturbed"
    )
    about = {
        "program": "benchmarks/study.py",
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    (ROOT / "benchmarks" / "results" / f"study-{given.store}.json").write_text(
        json.dumps({**about, "asked": ASKED, "held": good, **found}, indent=1) + "\n"
    )
    if not good or found["undisturbed"]["overhead_s"] > 0.3:
        sys.exit("not as asked")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default=",".join(ORDERS))
    parser.add_argument(
        "--store", choices=("server", "file"), default="server", help="where runs are kept; a server is away half of the time"
    )
    parser.add_argument("--compute", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--executor", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.compute:
        return compute(given.compute, given.seeds, given.executor)
    return bench(given)


if __name__ == "__main__":
    main()
