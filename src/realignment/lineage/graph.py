"""Questions to the graph of a report: what a cell, a run, a model or a file is based on, and what of the chain is not there.

Answers are JSON.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import Workspace
from realignment.languages import codes
from realignment.lineage import build, numbers
from realignment.records.cell import base
from realignment.results import headings
from realignment.results.addresses import Address
from realignment.results.scores import RETRIEVAL
from realignment.statistics import summary
from realignment.tracking.asked import Kept

Part = tuple[str, str, str]  # task, evaluation set, language
GRADIENTS = (
    "gradients"  # stands in place of a task where what is read is for no score: the comparison of gradients, see `measured`
)
RUN = """
select run.*, run.made as digest, settings.content as settings, environment.content as environment, code.content as code
from runs as run join texts as settings on settings.id = run.settings_id
join texts as environment on environment.id = run.environment_id join texts as code on code.id = run.code_id
"""
DATA = """
select input.*, file.id as file, file.kind, file.language, file.evalset, file.sha256, file.rows_kept, file.rows_refused, file.rows_excluded, file.licence,
       file.checks, source.origin, source.revision
from inputs as input left join files as file on file.id = input.file left join sources as source on source.id = file.source
where input.input_set = ? order by input.role
"""


@dataclass(frozen=True)
class Graph:
    """`places`: where the finished runs lie now, by run key."""

    workspace: Workspace
    connection: sqlite3.Connection
    places: Mapping[str, Kept]

    @classmethod
    def of(cls, workspace: Workspace) -> "Graph":
        """That of the active profile, brought up to date first where it is older than its files."""
        connection, places = build.opened(workspace)
        connection.row_factory = sqlite3.Row
        return cls(workspace, connection, places)

    def ask(self, question: str, *given: Any) -> list[dict]:
        return [dict(row) for row in self.connection.execute(question, given)]

    def each(self, question: str, *given: Any) -> Iterator[tuple]:
        """Rows as tuples: of very many, in half the time."""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return cursor.execute(question, given)

    def column(self, question: str, *given: Any) -> list:
        """The first value of each row."""
        return [row[0] for row in self.connection.execute(question, given)]

    @cached_property
    def study(self) -> dict:
        """study.json without its records."""
        return json.loads(self.column("select value from meta where name = 'study'")[0])

    @cached_property
    def bases(self) -> dict[str, dict]:
        return {row["label"]: row for row in self.ask("select * from bases")}

    @cached_property
    def held_out(self) -> set[str]:
        """What stands in place of evaluation sets in scores of retrieval."""
        return set(self.column("select distinct evalset from scores join runs on runs.id = scores.run where task = ''"))

    def compares(self, encoder: str, task: str) -> bool:
        """Whether evaluations of a task compare gradients, for which alone one reads training rows."""
        asked = "select 1 from runs join inputs using (input_set) where verb = 'evaluate' and role = 'train' and encoder = ? and task = ? limit 1"
        return bool(self.column(asked, encoder, task))

    def runs(self, where: str, *given: Any) -> list[dict]:
        return self.ask(f"{RUN} where {where}", *given)

    def below(self, keys: Iterable[str]) -> set[str]:
        """The keys, and those of all runs that stand on one of them."""
        found, level = set(keys), list(keys)
        while level:
            marks = ", ".join("?" * len(level))
            level = [key for key in self.column(f"select key from runs where parent in ({marks})", *level) if key not in found]
            found |= set(level)
        return found


def of_cell(graph: Graph, cell: Address) -> dict:
    """The whole chain of a cell. BadInput names the nearest where no run measured it."""
    address = resolved(graph, cell)
    known = graph.ask("select * from cells where address = ?", str(address))
    if known:
        found = {**known[0], "by_seed": json.loads(known[0]["by_seed"])}
        listed = graph.connection.execute("select task, evalset, language from items where column_id = ?", (found["column_id"],))
        parts = {(task, name, language) for task, name, language in listed}
    else:  # it stands in no table, or is empty there
        made = numbers.cell(graph, address)
        found = {"text": made.text, "mean": made.value.mean, "spread": made.spread, "n": made.value.n, "by_seed": made.by_seed}
        parts = set(made.column.parts)
    names = {task for task, _, _ in parts}
    rows = [(cell.subset, cell.control), *([("none", "")] if cell.gain else [])]
    runs = [run for subset, control in rows for run in _evaluations(graph, cell.encoder, subset, control, names)]
    number = {"text": found["text"], "mean": found["mean"], "std": found["spread"], "n": found["n"], "ddof": 1}
    languages: dict[str, list[str]] = {task: [] for task in headings.TASKS if task in names}
    for task, language in sorted({(task, language) for task, _, language in parts}):
        languages[task].append(language)
    answer = _chain(graph, base(cell.encoder, cell.row.control), runs, parts)
    for run, row in zip(runs, answer["runs"], strict=True):
        row["score"] = _own(graph, run, parts)
    about = {**cell.to_json(), "name": str(cell), "address": str(address), "languages": languages}
    by_seed = summary.over(found["by_seed"], _base_by_seed(graph, address)) if cell.gain else found["by_seed"]
    return {"cell": about, "score": {**number, "values": list(by_seed.values()), "seeds": list(by_seed)}, **answer}


def _base_by_seed(graph: Graph, gain: Address) -> dict[str, float]:
    """What each seed of fine-tuning only scores in the column of a gain."""
    base = replace(gain, subset="none", control="", gain=False)
    known = graph.column("select by_seed from cells where address = ?", str(base))
    return json.loads(known[0]) if known else dict(numbers.cell(graph, base).by_seed)


def _evaluations(graph: Graph, encoder: str, subset: str, control: str, tasks: Collection[str]) -> list[dict]:
    found = graph.runs(
        "in_study and verb = 'evaluate' and encoder = ? and subset = ? and control = ? order by run.id", encoder, subset, control
    )
    return [run for run in found if (run["task"] or RETRIEVAL) in tasks]


def resolved(graph: Graph, cell: Address) -> Address:
    """The cell with its column as the graph spells it; BadInput where the report has no such column."""
    titles = graph.column("select title from columns where encoder = ? and task = ?", cell.encoder, cell.task)
    if not titles:
        return cell  # `numbers.cell` says which rows there are
    of = cell.of if cell.of not in ("", "Average without English") or "Average without English" in titles else "Average"
    of = of or "Average without English"
    if of not in titles:
        try:
            of = codes.resolve(of)
        except BadInput:
            of = cell.of
    if of not in titles:
        raise BadInput(
            f"`{of}` is no column of the report and no language that has a score for {cell.task}; {nearest(of, titles)}"
        )
    return replace(cell, of=of)


def of_runs(graph: Graph, runs: Sequence[dict]) -> dict:
    """The chain below runs of one encoder, which are rows of `Graph.runs`."""
    return _chain(graph, base(runs[0]["encoder"], runs[0]["control"]), runs, None)


def _chain(graph: Graph, label: str, runs: Sequence[dict], parts: set[Part] | None) -> dict:
    """`label`: of the base encoder. `parts`: of what an evaluation measured, what counts; None for everything."""
    models = parents(graph, runs)
    rows = {run["key"]: data_of(graph, run, parts) for run in (*runs, *models)}
    files = {(row["role"], row["sha256_used"]): row for found in rows.values() for row in found}
    about = graph.bases.get(label, {})
    told = [
        {**run_row(graph, run), "reads": [{"role": row["role"], "path": row["path"]} for row in rows[run["key"]]]}
        for run in (*runs, *models)
    ]
    return {
        "runs": told[: len(runs)],
        "models": told[len(runs) :],
        "base": {"label": label, "name": about.get("name", ""), "sha256": about.get("sha256", "")},
        "data": list(files.values()),
        "incomplete": gaps(graph, [*runs, *models]),
    }


def parents(graph: Graph, runs: Iterable[Mapping[str, Any]]) -> list[dict]:
    """The runs of the models that runs stand on, nearest first, each once."""
    found: dict[str, dict] = {}
    level = [run["parent"] for run in runs]
    while level := [key for key in dict.fromkeys(level) if key and key not in found]:
        above = {run["key"]: run for run in graph.runs(f"key in ({', '.join('?' * len(level))})", *level)}
        found |= {key: above[key] for key in level if key in above}
        level = [above[key]["parent"] for key in level if key in above]
    return list(found.values())


def run_row(graph: Graph, run: Mapping[str, Any]) -> dict:
    """A run as a link of a chain."""
    kept = graph.places.get(run["key"])
    hashes = graph.ask("select name, sha256 from outputs where run = ? and name not like '%.%' order by name", run["id"])
    return {
        "run": run["name"],
        "key": run["key"],
        "cell_key": run["cell_key"],
        "run_id": kept.run if kept else "",
        "model": kept.model if kept else "",
        "parent": run["parent"],
        "base": run["base"],
        "languages": run["languages"].split(),
        **{f"sha256_{row['name']}": row["sha256"] for row in hashes},
        "seconds": run["seconds"],
    }


def measured(graph: Graph, role: str, task: str) -> set[Part]:
    """The scores that an input of an evaluation is measured for; none of what is no test file. Retrieval reads bitexts, and so does the
    comparison of gradients of a fine-tuned model, which is no score and stands in no column."""
    kind, _, rest = role.partition("/")
    if kind == "evalset":
        name, _, language = rest.partition("/")
        return {(task, name, language)}
    if task and kind in ("bitext", "train"):
        return {(GRADIENTS, task, "")}
    return {(RETRIEVAL, name, rest) for name in graph.held_out} if kind == "bitext" else set()


def data_of(graph: Graph, run: Mapping[str, Any], parts: set[Part] | None) -> list[dict]:
    """One row per file a run read, of the test files of an evaluation only those of `parts`. `changed`: the manifest has other bytes now."""
    found = []
    for row in graph.ask(DATA, run["input_set"]):
        tested = measured(graph, row["role"], run["task"]) if run["verb"] == "evaluate" else set()
        if not row["path"] or row["role"].startswith("alignment/") or (tested and parts is not None and not tested & parts):
            continue
        raw = graph.ask(
            "select path, sha256, bytes, rows from raw join made_of on made_of.raw = raw.id where made_of.file = ?", row["file"]
        )
        names = ("rows_kept", "rows_refused", "rows_excluded")
        found.append({
            "role": row["role"], "path": row["path"], "sha256_used": row["used"], "sha256": row["sha256"] or "", "changed": not row["same"],
            **{name: row[name] for name in names}, **{name: row[name] or "" for name in ("origin", "revision", "licence")},
            "raw": raw, "checks": row["checks"] or "",
        })  # fmt: skip
    return found


def _own(graph: Graph, run: Mapping[str, Any], parts: set[Part]) -> float | None:
    """What a run contributes: the mean over the languages of its task, each of which is the mean over the sets that count for it."""
    import math

    mine: dict[str, list[str]] = {}
    for _, name, language in sorted(part for part in parts if part[0] == (run["task"] or RETRIEVAL)):
        mine.setdefault(language, []).append(name)
    held = {(row["evalset"], row["language"]): row["score"] for row in graph.ask("select * from scores where run = ?", run["id"])}
    means = []
    for language, sets in mine.items():
        values = [held.get((name, language)) for name in sets]
        if not all(value is not None for value in values):
            return None
        means.append(sum(values) / len(values))  # type: ignore[arg-type]
    return math.fsum(means) / len(means) if means else None


def gaps(graph: Graph, runs: Iterable[Mapping[str, Any]]) -> list[str]:
    """What of a chain is not there, in sentences; nothing is put in its place."""
    runs, found = list(runs), []
    by_key = {run["key"]: run for run in runs}
    for run in runs:
        above = by_key.get(run["parent"])
        if run["parent"] and above is None:
            found.append(f"{run['name']} read the model of run {run['parent'][:12]}, of which study.json holds no record.")
        elif above is not None and run["read"] != above["digest"]:
            found.append(f"{run['name']} read another model than the one that the record of {above['name']} names.")
    sentences = {
        "is in no tracking store here": [run for run in runs if run["key"] not in graph.places],
        "names no file of its model": [run for run in runs if run["verb"] != "evaluate" and not run["digest"]],
        "has no registered model here": [
            run for run in runs if run["model"] and run["key"] in graph.places and not graph.places[run["key"]].model
        ],
        "is of an older version and does not say on which kernels it ran": [run for run in runs if not run["kernels"]],
    }
    for what, which in sentences.items():
        if which:
            more = f" (and {len(which) - 1} more)" if len(which) > 1 else ""
            found.append(f"The run {which[0]['name']}{more} {what}.")
    lacking = {row["path"] for run in runs for row in graph.ask(DATA, run["input_set"]) if row["path"] and not row["file"]}
    if lost := sorted(path for path in lacking if not path.startswith("alignments/")):
        found.append(f"The manifest no longer lists {', '.join(lost[:3])}{' and more' if len(lost) > 3 else ''}.")
    return found
