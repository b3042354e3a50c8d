"""What `lineage` answers about a run, a registered model or a file: what it is based on, and what is based on it."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from realignment.lineage import graph as questions
from realignment.lineage import impact
from realignment.lineage.graph import Graph
from realignment.lineage.targets import Target


def of(graph: Graph, target: Target) -> dict:
    if target.kind in ("run", "model"):
        return of_runs(graph, target)
    return of_file(graph, target)


def of_runs(graph: Graph, target: Target) -> dict:
    """The chain of a run, or of every version of a model, and how much stands on it."""
    runs = [dict(row) for row in target.rows]
    answer = questions.of_runs(graph, runs)
    for row, run in zip(answer["runs"], runs, strict=True):
        below = graph.below([run["key"]]) - {run["key"]}
        row["in_study"] = bool(run["in_study"])
        row["based_on_it"] = Counter(one["verb"] for one in graph.ask("select key, verb from runs") if one["key"] in below)
        row["settings"], row["environment"] = json.loads(run["settings"]), json.loads(run["environment"])
        row["numerics"], row["kernels"] = json.loads(run["code"]), run["kernels"]
        row["scores"] = graph.ask("select evalset, language, score, n from scores where run = ?", run["id"])
    return {"about": {"kind": target.kind, "name": target.name}, **answer}


def of_file(graph: Graph, target: Target) -> dict:
    """A file of the manifest with its raw files, source and checks; of a raw file, the files that were made of it."""
    numbers = [row["id"] for row in target.rows]
    fallen = impact.of_files(graph, target.kind, target.name, numbers)
    trained = graph.runs(f"key in ({', '.join('?' * len(fallen.because))}) order by run.id", *fallen.because)
    below = graph.below(fallen.because)
    return {
        "about": {"kind": target.kind, "name": target.name},
        "runs": [],
        "models": [],
        "data": [_row(graph, row) for row in target.rows],
        "trained_on_it": [questions.run_row(graph, run) for run in trained],
        "based_on_it": Counter(one["verb"] for one in graph.ask("select key, verb from runs") if one["key"] in below),
        "measured_on_it": [" ".join(part) for part in sorted(fallen.parts)],
        "incomplete": [],
    }


def _row(graph: Graph, row: Mapping[str, Any]) -> dict:
    source = graph.ask("select origin, revision from sources where id = ?", row["source"])
    raw = graph.ask(
        "select path, sha256, bytes, rows from raw join made_of on made_of.raw = raw.id where made_of.file = ?", row["id"]
    )
    names = (
        "path",
        "kind",
        "task",
        "evalset",
        "language",
        "sha256",
        "bytes",
        "rows_read",
        "rows_kept",
        "rows_refused",
        "rows_excluded",
    )
    origin = source[0] if source else {"origin": "", "revision": ""}
    return {"role": "", **{name: row[name] for name in names}, "changed": False, **origin, "licence": row["licence"], "raw": raw,
            "checks": row["checks"]}  # fmt: skip
