"""Seconds that the graph of a report of some 2,000 runs takes: to build it, to bring it up to date, and to answer each kind of question.

    python benchmarks/lineage.py [--restore 2000] [--keep FOLDER]

The runs are made up as records through the real classes (the languages, sets and subsets are the paper's); no file of a run lies there, so
that what is measured are the questions and not the hashing of weights. Writes benchmarks/results/lineage.json.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import report as made  # benchmarks/report.py

from realignment import tracking
from realignment.core import hashing
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.lineage import answers, build, difference, impact, targets
from realignment.lineage import graph as questions
from realignment.records import keys, sealing
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.results import addresses
from realignment.selection import heuristics
from realignment.study import grid, study_file

ROOT = Path(__file__).parents[1]
WANTED = "a build of at most 30 s, every answer within 1 s, at 2,000 runs and 65 languages"
ENGLISH = {"pos": "udpos", "ner": "wikiann", "nli": "xnli"}  # the sets with English training rows
CELLS = (
    "xlmr/uriel_diverse_10/all",
    "xlmr/uriel_diverse_10/all/HRL/gain",
    "mbert/all_65/pos/swa",
    "mbert/all_65/retrieval",
    "mbert/all_65/pos/udpos HRL/gain",
)
FALLS = ("bitext/swa.parquet", "evalsets/ner/masakhaner2/swa.parquet", "swa", "generated", "realign xlmr uriel_diverse_10 s17")
CHILD = "import sys; from realignment import cli; cli.main(sys.argv[1:])"


def jobs(settings, known, subsets: dict) -> Iterator[Job]:
    """The grid of the profile, each job with the inputs and parents that a real one has."""
    environment = {verb: keys.environment(verb, "cuda", "bfloat16", 2) for verb in ("realign", "finetune", "evaluate")}
    for encoder in settings.study.encoders:
        for subset, control in grid.rows(settings):
            for seed in settings.study.seeds:
                cell = Cell(encoder, subset, Seeds.all(seed), control)
                languages = tuple(sorted(heuristics.chosen(subsets, subset, seed)))
                above = None
                if subset != "none":
                    above = _job("realign", cell, "", _bitexts(known, languages), None, environment, languages, encoder)
                    yield above
                if above or seed == settings.study.seeds[0]:
                    yield _job("evaluate", cell, "", _bitexts(known, known.bitexts()), above, environment, languages, encoder)
                for task in settings.study.tasks:
                    train = {"train": known.listed(f"evalsets/{task}/{ENGLISH[task]}/eng.parquet")}
                    tuned = _job("finetune", cell, task, train, above, environment, languages, encoder)
                    yield from (tuned, _job("evaluate", cell, task, _tests(known, task), tuned, environment, languages, encoder))


def _bitexts(known, languages) -> dict[str, str]:
    return {f"bitext/{code}": known.listed(f"bitext/{code}.parquet") for code in sorted(languages)}


def _tests(known, task: str) -> dict[str, str]:
    paths = sorted(path for path, one in known.entries.items() if one["task"] == task)
    return {f"evalset/{path.removeprefix(f'evalsets/{task}/').removesuffix('.parquet')}": known.listed(path) for path in paths}


def _job(verb, cell, task, inputs, above, environment, languages, encoder) -> Job:  # noqa: PLR0913, PLR0917  the parts of a job
    given = inputs if above else {**inputs, "encoder": made.sha(encoder)}
    about = {f"setting {number}": number for number in range(12)}
    model = (
        ".".join(filter(None, ("" if verb == "evaluate" else made.PROFILE, encoder, cell.subset, task)))
        if verb != "evaluate"
        else ""
    )
    parent = {"parent": above.key, "parent_cell": above.cell_key} if above else {}
    return Job(verb, cell, task, about, given, languages, base=encoder, model=model, environment=environment[verb], **parent)


def write(root: Path) -> Workspace:
    """A finished study of the profile `paper`: everything `lineage` reads but the bytes of data and models."""
    workspace = made.write(root)
    settings = made.load()
    _exclude(workspace)
    known, subsets = manifest.load(workspace), manifest.subsets(workspace)
    outcome = made.Outcomes(list(known.entries.values()))
    records = [sealing.sealed(_record(job, outcome)) for job in jobs(settings, known, subsets)]
    study = study_file.read(workspace.study)
    workspace.study.write_text(json.dumps(study_file.sealed({**study, "records": records}), indent=1), encoding="utf-8")
    return workspace


def _exclude(workspace: Workspace) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [
        ("kind", pa.string()),
        ("language", pa.string()),
        ("path", pa.string()),
        ("row", pa.int64()),
        ("reason", pa.string()),
    ]
    rows = [
        {"kind": "bitext", "language": "swa", "path": "bitext/swa.parquet", "row": row, "reason": "made"} for row in range(100)
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(names)), workspace.excluded)


def _record(job: Job, outcome: "made.Outcomes") -> dict:
    trained = job.verb != "evaluate"
    files = {"model/config.json": made.sha("config"), "model/model.safetensors": made.sha(job.key)} if trained else {}
    digest = {name.removeprefix(sealing.MODEL): value for name, value in files.items()}
    MADE[job.key] = hashing.digest(digest) if digest else ""
    return json.loads(json.dumps({
        **job.to_json(), "scores": [] if trained else outcome.scores(job.cell, job.task), "counts": {}, "seconds": 1.5, "kernels": "AVX2",
        "curves": {"loss": outcome.curve(job.cell, job.verb)} if trained else {}, "files": files, "read": MADE.get(job.parent, ""),
        "hashes": {"weights": made.sha(job.key)} if trained else {"predictions": made.sha(job.key)},
    }))  # fmt: skip


MADE: dict[str, str] = {}  # run key -> digest of the model that came out


def measure(root: Path) -> None:
    """Prints a row: seconds of the build, of bringing it up to date, of every question."""
    workspace = Workspace(root, made.PROFILE)
    whole = one_less(workspace)
    row: dict = {"build": _timed(lambda: build.opened(workspace))[0]}
    row["bytes"] = build.file(workspace).stat().st_size
    settings = made.load()
    opened, graph = _timed(lambda: questions.Graph.of(workspace))
    counts = {name: graph.column(f"select count(*) from {name}")[0] for name in ("runs", "scores", "inputs", "cells", "verdicts")}
    row |= {"rows": counts, "open": opened, "questions": {}}
    for name in CELLS:
        cell = addresses.parse(name, settings.select.n)
        row["questions"][f"lineage {name}"] = _timed(lambda cell=cell: questions.of_cell(graph, cell))[0]
    for name in (
        "evaluate mbert all_65 pos s17",
        "paper.mbert.all_65.pos",
        "bitext/swa.parquet",
        "evalsets/pos/udpos/deu.parquet",
    ):
        row["questions"][f"lineage {name}"] = _timed(lambda name=name: answers.of(graph, targets.find(graph, name)))[0]
    for name in FALLS:
        found, answer = _timed(lambda name=name: impact.of(graph, impact.of_target(graph, targets.required(graph, name))))
        row["questions"][f"impact {name}"] = found
        row.setdefault("falls", {})[name] = {part: len(answer[part]) for part in ("runs", "cells", "figures")}
    sides = [difference.side(graph, name, settings.select.n) for name in ("xlmr/all_65/pos", "xlmr/none/pos")]
    row["questions"]["lineage diff"] = _timed(lambda: difference.of(graph, *sides))[0]
    row["command"] = _timed(
        lambda: subprocess.run([sys.executable, "-c", CHILD, "lineage", CELLS[0]], cwd=root, check=True, capture_output=True)
    )[0]
    put(workspace, whole)
    row["one_more_run"] = _timed(lambda: build.opened(workspace))[0]
    row["peak_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(row))


def one_less(workspace: Workspace) -> dict:
    """study.json without its last run; gives back what it was."""
    content = study_file.read(workspace.study)
    put(workspace, {**content, "records": content["records"][:-1]})
    return content


def put(workspace: Workspace, content: dict) -> None:
    workspace.study.write_text(json.dumps(study_file.sealed(content), indent=1), encoding="utf-8")


def _timed(call: Callable) -> tuple[dict[str, float], object]:
    """({seconds, cpu}, answer); on a machine that does other work too, `cpu` is what the call itself took."""
    began, busy = time.perf_counter(), time.process_time()
    answer = call()
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - busy}
    return {name: round(value, 3) for name, value in took.items()}, answer


def restore(root: Path, count: int) -> None:
    """Puts runs into a store, as the questions ask it where they lie."""
    workspace = Workspace(root, made.PROFILE)
    records = [Record.of(one, "made up") for one in study_file.read(workspace.study)["records"][:count]]
    tracking.restore(root, workspace.profile, records)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--restore", type=int, default=4000, help="runs put into a tracking store first; 0 leaves it empty")
    given.add_argument("--keep", type=Path, help="a new folder to make the workspace in, and to leave")
    given.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    how = given.parse_args()
    if how.measure:
        measure(how.measure)
        return
    with tempfile.TemporaryDirectory() as place:
        root = how.keep or Path(place) / "checkout"
        workspace = write(root)
        active(root)
        if how.restore:
            restore(root, how.restore)
        done = subprocess.run([sys.executable, __file__, "--measure", str(root)], check=True, stdout=subprocess.PIPE, text=True)
        row = {"study_bytes": workspace.study.stat().st_size, **json.loads(done.stdout.splitlines()[-1])}
    device = {"python": platform.python_version(), "cores": os.cpu_count(), "device": platform.processor() or platform.machine()}
    target = ROOT / "benchmarks/results/lineage.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({**row, "wanted": WANTED, **device}, indent=1) + "\n", encoding="utf-8")
    slowest = max(row["questions"], key=lambda name: row["questions"][name]["seconds"])
    print(
        f"{row['rows']['runs']:,} runs: built in {row['build']}, {row['bytes']:,} bytes; up to date after one more run in {row['one_more_run']}"
    )
    print(
        f"opened in {row['open']}; slowest question {row['questions'][slowest]} ({slowest}); a command {row['command']} (wanted: {WANTED})"
    )


def active(root: Path) -> None:
    """A checkout whose active profile is the study's."""
    import shutil

    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (root / "params.yaml").write_text(text.replace("profile: sample", f"profile: {made.PROFILE}", 1), encoding="utf-8")
    shutil.copy(ROOT / "dvc.yaml", root)
    shutil.copytree(ROOT / "profiles", root / "profiles")


if __name__ == "__main__":
    main()
