"""Seconds, memory and bytes of the report of a grid of over 5,000 runs and 200,000 scores: every row of the paper's tables, seven seeds.
Generated scores; no network.

    python benchmarks/report.py [--restore 200]

The workspace is made first, with stage `select`; then stage `report` runs in a process of its own, tracking left out. What putting
runs back into an empty tracking store takes is measured apart, on some of them. Writes benchmarks/results/report.json.
"""

import argparse
import functools
import hashlib
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from realignment import tracking
from realignment.config import params
from realignment.config.schema import Settings
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.paper.printed import TASKS
from realignment.records import keys, sealing
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.report import comparison_tables, paper_sections
from realignment.report.figures import captions
from realignment.results import averages, by_set, scores, study_tables
from realignment.stages import report, select
from realignment.study import grid, study_file

ROOT = Path(__file__).parents[1]
PROFILE, POOLS = "paper", "paper-pools"  # Tables 8 and 10; Tables 9 and 11, hence 1
SEEDS = (17, 23, 42, 66, 91, 101, 113)
WANTED = "over 5,000 runs and 200,000 scores: tables, figures and page within 30 s on two cores, under 1 GiB; page under 6 MB"
STEPS = {"realign": 24_544, "finetune": 24_544}
POINTS = 200  # of a curve, as training keeps them
TIMED = {  # part -> what stage `report` calls for it
    "read": [(report, "read"), (scores, "of_records"), (averages, "collect")],
    "tables": [
        (study_tables, "of_study"),
        (by_set, "of_study"),
        (paper_sections, "signed"),
        (report, "write_tables"),
        (report, "write_plots"),
    ],
    "statistics": [(comparison_tables, "of_study"), (comparison_tables, "views")],
    "figures": [(captions, "of_study")],
    "page": [(report, "build_page")],
}


def sha(*words: object) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()


def manifest() -> dict:
    """A bitext of every language of the pool, a set of every row of Table 7."""
    about = {"bytes": 10**6, "rows_mended": {}, "origin": "generated", "revision": "0", "licence": "CC0-1.0", "inputs": []}
    rows = {"rows_read": 80_000, "rows_kept": 79_900, "rows_refused": {"empty": 100}}
    places = [(f"bitext/{one.code}.parquet", "bitext", one.code, "", "") for one in languages.paper().values() if one.pool]
    places += [(f"evalsets/{task}/{name}/{code}.parquet", "evalset", code, task, name) for code, task, name in languages.table7()]
    keys = ("path", "kind", "language", "task", "set")
    files = [{**dict(zip(keys, place, strict=True)), **rows, **about, "sha256": sha(place)} for place in places]
    return {"source": "public", "files": files}


class Outcomes:
    """Scores and curves that look like a study's: languages differ most, then subsets, then seeds."""

    def __init__(self, files: list[dict]) -> None:
        self.sets = {task: [one for one in files if one["task"] == task] for task in TASKS}
        self.bitexts = [one["language"] for one in files if one["kind"] == "bitext"]

    def scores(self, cell: Cell, task: str) -> list[dict]:
        found = (
            [(one["set"], one["language"]) for one in self.sets[task]] if task else [("heldout", code) for code in self.bitexts]
        )
        return [
            {
                "task": task or "retrieval",
                "set": name,
                "language": code,
                "score": self.score(cell, task, code),
                "n": 1000,
                "cut": 3,
            }
            for name, code in found
        ]

    @staticmethod
    def score(cell: Cell, task: str, code: str) -> float:
        level, gain, noise = (
            np.random.default_rng(int(sha(*words)[:12], 16)).random()
            for words in ((task, code), (cell.subset, code), (cell.encoder, cell.row, cell.seeds.order, task, code))
        )
        return round(0.3 + 0.5 * level + (0.08 * gain if cell.subset != "none" else 0.03) + 0.02 * noise, 12)

    @staticmethod
    def curve(cell: Cell, verb: str) -> list[list[float]]:
        steps = np.linspace(0, STEPS[verb], POINTS + 1)[1:].astype(int)
        noise = np.random.default_rng(int(sha(cell)[:12], 16)).normal(0, 0.05, POINTS)
        return [[int(step), float(loss)] for step, loss in zip(steps, 0.6 + 2.4 / (1 + steps / 800) + noise, strict=True)]


def jobs(settings, content: dict) -> Iterator[Job]:
    """The grid of the profile, with as many inputs and settings a job as a real one has."""
    bitexts = [one for one in content["files"] if one["kind"] == "bitext"]
    for encoder in settings.study.encoders:
        for subset, control in grid.rows(settings):
            for seed in settings.study.seeds:
                cell = Cell(encoder, subset, Seeds.all(seed), control)
                parts = [] if subset == "none" else [("realign", "")]
                parts += [("evaluate", "")] if subset != "none" or seed == settings.study.seeds[0] else []
                parts += [(verb, task) for task in settings.study.tasks for verb in ("finetune", "evaluate")]
                for verb, task in parts:
                    files = [one for one in content["files"] if one["task"] == task] if task and verb == "evaluate" else bitexts
                    inputs = {one["path"].removesuffix(".parquet"): one["sha256"] for one in files}
                    about = {f"setting {number}": number for number in range(12)}
                    environment = keys.environment("evaluate", "cuda", "bfloat16", 2)
                    yield Job(verb, cell, task, about, inputs, parent_cell=cell.row, environment=environment)


def load() -> Settings:
    """The settings of the profile, with the rows of the pools and more seeds."""
    main, pools = (params.load(Workspace(ROOT, name)) for name in (PROFILE, POOLS))
    subsets = tuple(dict.fromkeys((*main.study.subsets, *pools.study.subsets)))
    return replace(main, study=replace(main.study, subsets=subsets, seeds=SEEDS))


def write(root: Path) -> Workspace:
    """The files stage `report` reads."""
    workspace, settings = Workspace(root, PROFILE), load()
    workspace.quality.mkdir(parents=True)
    for name in ("published", "uriel"):
        shutil.copytree(ROOT / "data" / name, root / "data" / name)
    shutil.copy(ROOT / params.DEFAULTS, root)
    languages.write(languages.paper().values(), workspace.languages)
    content = manifest()
    workspace.manifest.write_text(json.dumps(content), encoding="utf-8")
    workspace.work.mkdir(parents=True)
    select.run(workspace, settings)
    outcome, records = Outcomes(content["files"]), []
    for job in jobs(settings, content):
        record = job.to_json() | {"scores": [], "curves": {}, "counts": {}, "hashes": {"weights": sha(job.key)}, "seconds": 1.5}
        record |= {"files": {}, "read": "", "kernels": "AVX2"}
        if job.verb == "evaluate":
            record["scores"] = outcome.scores(job.cell, job.task)
        else:
            record["curves"] = {"loss": outcome.curve(job.cell, job.verb)}
        if job.verb == "realign":
            record["counts"] = {f"pairs/{code}": 6042 for code in outcome.bitexts} | {"false_negatives": 7}
        records.append(sealing.sealed(json.loads(json.dumps(record))))
    about = {
        label: {"name": one["name"], "seen": one["seen"], "sha256": sha(label)} for label, one in settings.study.encoders.items()
    }
    study = {"profile": PROFILE, "reading": "published", "preset": "paper", "encoders": about, "device": "cuda"}
    workspace.study.write_text(json.dumps(study_file.sealed({**study, "records": records}), indent=1), encoding="utf-8")
    passed = {
        "suite": "bitext",
        "column": "source",
        "expectation": "ExpectColumnValuesToNotBeNull",
        "bounds": {},
        "success": True,
    }
    files = [{"path": f"bitext/{code}.parquet", "pairs": 79_900, "excluded": {"equal": 2}} for code in outcome.bitexts]
    quality = {"outcomes": [{**passed, "checked": 79_900, "unexpected": 0} for _ in range(300)], "files": files}
    (workspace.quality / "bitext.json").write_text(json.dumps(quality), encoding="utf-8")
    return workspace


def timed(seconds: dict[str, float]) -> None:
    """Wraps what the stage calls, so that its parts add up their seconds."""
    for part, calls in TIMED.items():
        for module, name in calls:
            function = getattr(module, name)

            def call(*words, part=part, function=function, **named):
                began = time.perf_counter()
                try:
                    return function(*words, **named)
                finally:
                    seconds[part] += time.perf_counter() - began

            setattr(module, name, functools.wraps(function)(call))


class Every(dict):
    """An id for every run, as long as MLflow's."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return sha(key)[:32]

    def get(self, key: str, otherwise: str = "") -> str:
        return self[key]


def measure(root: Path) -> None:
    """The stage without tracking, its parts apart; prints a row."""
    workspace, settings = Workspace(root, PROFILE), load()
    seconds: dict[str, float] = defaultdict(float)
    timed(seconds)
    for name in ("restore_runs", "check"):
        setattr(report, name, lambda *_: None)
    for name in ("summarise", "keep_rows"):
        setattr(report.tracking, name, lambda *_: None)
    report.tracking.interface = lambda root, name: {"where": "http://127.0.0.1:5000", "experiment": "1", "runs": Every()}
    began, busy = time.perf_counter(), time.process_time()
    report.run(workspace, settings)
    total, busy = time.perf_counter() - began, time.process_time() - busy
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN)
    row = {
        "seconds": {part: round(value, 2) for part, value in seconds.items()},
        "total": round(total, 2),
        "cpu": round(busy + helpers.ru_utime + helpers.ru_stime, 2),  # of both processes; the second one's part apart
        "cpu_second": round(helpers.ru_utime + helpers.ru_stime, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "peak_mib_second": round(helpers.ru_maxrss / 1024),  # most of it shared with the first
        "page_bytes": workspace.page.stat().st_size,
        "figures_bytes": sum(path.stat().st_size for path in (workspace.reports / "figures").glob("*.svg")),
        "figures": len(list((workspace.reports / "figures").glob("*.svg"))),
    }
    print(json.dumps(row))


def restore(root: Path, count: int) -> None:
    """Puts the first `count` runs back into an empty store; prints a row."""
    study = Workspace(root, PROFILE).study
    records = study_file.of_json(study_file.read(study), study.name)["records"]
    tracking.prepare(root)  # makes the database: seconds, once
    began = time.perf_counter()
    report.restore_runs(Workspace(root, PROFILE), records[:count])
    print(json.dumps({"restored": count, "seconds_a_run": round((time.perf_counter() - began) / count, 3)}))


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--restore", type=int, default=200, help="runs put back into an empty store; 0 leaves that out")
    given.add_argument("--keep", type=Path, help="a new folder to make the workspace in, and to leave")
    given.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    how = given.parse_args()
    if how.measure or how.into:
        measure(how.measure) if how.measure else restore(how.into, how.restore)
        return
    import lineage  # benchmarks/lineage.py, which makes the rest of what the stage reads

    with tempfile.TemporaryDirectory() as place:
        root = how.keep or Path(place) / "checkout"
        workspace = lineage.write(root)
        records = json.loads(workspace.study.read_text(encoding="utf-8"))["records"]
        about = {"runs": len(records), "scores": sum(len(one["scores"]) for one in records)}
        about["study_bytes"] = workspace.study.stat().st_size
        del records
        row = about | _child("--measure", root)
        row["restore"] = _child("--into", root, "--restore", how.restore) if how.restore else None
    device = {"python": platform.python_version(), "cores": os.cpu_count(), "device": platform.processor() or platform.machine()}
    target = ROOT / "benchmarks/results/report.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({**row, "wanted": WANTED, **device}, indent=1) + "\n", encoding="utf-8")
    print(
        f"{row['runs']:,} runs, {row['scores']:,} scores: {row['total']} s ({row['cpu']} s of both cores) {row['seconds']}, {row['peak_mib']} MiB"
    )
    print(
        f"page {row['page_bytes']:,} bytes (wanted: {WANTED}); restoring a run: {row['restore'] and row['restore']['seconds_a_run']} s"
    )


def _child(*words: object) -> dict:
    done = subprocess.run([sys.executable, __file__, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
