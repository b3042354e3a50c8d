"""Seconds of one core, and bytes, of the exports of a whole grid: the paper's, some 2,000 runs. Generated scores; no network.

    python benchmarks/exports.py [--validate]

The workspace is the one of benchmarks/lineage.py. `--validate` has roc-validator judge the crate, and writes how long it took; `make validators`
installs it. Writes benchmarks/results/exports.json.
"""

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lineage  # benchmarks/lineage.py

from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.lineage.content import Content
from realignment.lineage.exports import crate, files, numbers, prov, runs
from realignment.lineage.exports.graph import Graph
from realignment.records import sealing
from realignment.study import study_file

ROOT = Path(__file__).parents[1]
WANTED = "a crate of 2,000 runs is written and validated within 40 s on two cores"


def timed(what: Callable[..., Any], *given: Any, clock: Callable[[], float] = time.process_time) -> tuple[Any, float]:
    """What comes back, and the seconds of one core that it took, whatever else the machine does."""
    began = clock()
    return what(*given), round(clock() - began, 2)


def graph_of(workspace: Workspace, known: Content) -> tuple[Graph, dict[str, str]]:
    graph = Graph()
    files.put(graph, workspace, known.inputs.entries)
    written = numbers.put(graph, known)
    runs.put(graph, known, {})
    return graph, written


def of_children() -> float:
    """Seconds of one core that the programs started from here took so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def validated(folder: Path, scratch: Path) -> dict:
    """Whether the crate passes, and how long roc-validator takes to say so."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    import crates

    said, seconds = timed(crates.judge, folder, scratch, clock=of_children)
    return {"seconds": seconds, "passed": said["passed"], "issues": len(said["issues"])}


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--validate", action="store_true", help="have roc-validator judge the crate")
    how = given.parse_args()
    with tempfile.TemporaryDirectory() as place:
        workspace = lineage.write(Path(place) / "checkout")
        for name in ("dvc.yaml", "requirements.txt", "conda.yaml", "python_env.yaml"):
            (workspace.root / name).write_bytes((ROOT / name).read_bytes())
        study = study_file.of_json(study_file.read(workspace.study), "generated")
        known = Content(study, manifest.subsets(workspace), manifest.load(workspace), {}, {}, {})
        (graph, written), gathered = timed(graph_of, workspace, known)
        content, described = timed(crate.of, graph, crate.About("paper", "a grid of generated scores", "2026-01-01"))
        out = Path(place) / "crate"
        _, put = timed(crate.write, out, content, graph, workspace.root, written)
        document, related = timed(lambda: prov.dumped(prov.of(graph, known.study[sealing.SEAL])))
        row = {
            "runs": len(known.study["records"]), "entities": len(content["@graph"]), "numbers": sum(name.startswith("number:") for name in graph.things),
            "seconds": {"graph": gathered, "crate": round(described + put, 2), "prov": related},
            "metadata_bytes": (out / crate.FILE_NAME).stat().st_size, "prov_bytes": len(document.encode()),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "validated": validated(out, Path(place)) if how.validate else None,
        }  # fmt: skip
    device = {"python": platform.python_version(), "cores": os.cpu_count(), "device": platform.processor() or platform.machine()}
    target = ROOT / "benchmarks/results/exports.json"
    target.write_text(json.dumps({**row, "wanted": WANTED, **device}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(row))


if __name__ == "__main__":
    main()
