"""The two sides of a comparison: a cell or a run, with every fact of its chain that may be another on the other side."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from realignment.core.errors import BadInput
from realignment.lineage import graph as questions
from realignment.lineage import papers, targets
from realignment.lineage.graph import Graph
from realignment.records.cell import base
from realignment.results import addresses
from realignment.results.scores import RETRIEVAL, Row

Fact = tuple[str, str, str]  # what, where, name
COLUMN, ENCODER, CONTROL, SUBSET, DATA, SETTINGS, CODE, ENVIRONMENT, SEEDS = ORDER = (
    "what is measured", "encoder", "control", "subset", "data", "settings", "code", "environment", "seeds",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """`kind`: what its number is (`score of pos`, `gain of pos`, `run of evaluate pos`); only two of one kind can be subtracted. `facts` are values
    over all runs of the chain; `values` what each seed gave, where one number stands for the side; `scores` the scores that gains are of."""

    name: str
    kind: str
    row: Row
    values: Sequence[float]
    facts: Mapping[Fact, frozenset[str]]
    outputs: Mapping[tuple[str, str, str], str]  # verb, task and seed -> digest of the model that came out
    column: tuple[str, str] | None = None  # task and title of a cell's
    scores: Sequence[float] = ()


def side(graph: Graph, text: str, n: int) -> Side:
    """A cell or a run of the graph; `n` is the size of a subset named without one."""
    if papers.is_named(text):
        raise BadInput(
            f"two cells or two runs of this study are required; `{text}` is a cell of the paper, which has no runs here: "
            f"`realignment lineage {text}` shows what it is based on"
        )
    target = targets.find(graph, text)
    if target is None and Path(text).is_file():
        raise BadInput(f"two cells or two runs are required; `{text}` is a file")
    if target is None:
        return _of_cell(graph, text, addresses.parse(text, n))
    if target.kind not in ("run", "model") or len(target.rows) != 1:
        raise BadInput(f"two cells, two runs or two versions of models are required; `{text}` is {_article(target)}")
    run = dict(target.rows[0])
    scores = [one for one in graph.column("select score from scores where run = ?", run["id"]) if one is not None]
    mean = [math.fsum(scores) / len(scores)] if scores else []
    verb = f"{run['verb']} {run['task']}".strip()
    return _side(graph, text, f"run of {verb}", [run], mean, {(COLUMN, "", "verb"): frozenset({verb})})


def _article(target: targets.Target) -> str:
    if target.kind == "model" and len(target.rows) > 1:
        return f"a model of {len(target.rows)} versions; name one as models:/{target.name}/VERSION"
    return "a raw file" if target.kind == "raw" else f"a {target.kind}"


def _of_cell(graph: Graph, text: str, cell: addresses.Address) -> Side:
    answer = questions.of_cell(graph, cell)
    found = questions.resolved(graph, cell)
    about = {(COLUMN, "", "column"): frozenset({f"{found.task}/{found.of}"})}
    about |= {(COLUMN, task, "languages"): frozenset(codes) for task, codes in answer["cell"]["languages"].items()}
    runs = graph.runs(_among(answer["runs"]), *(row["key"] for row in answer["runs"]))
    own = [run for run in runs if (run["subset"], run["control"]) == (cell.subset, cell.control)]
    kind = f"{addresses.GAIN if cell.gain else 'score'} of {found.task}"
    scores = questions.of_cell(graph, replace(cell, gain=False))["score"]["values"] if cell.gain else ()
    return replace(_side(graph, text, kind, own, answer["score"]["values"], about), column=(found.task, found.of), scores=scores)


def comparable(a: Side, b: Side) -> None:
    """BadInput where the number of one cannot be subtracted from that of the other: a score from a gain, two tasks, a cell and a run."""
    if a.kind != b.kind:
        raise BadInput(
            "two scores or two gains of one task, or two runs of one verb and task, are required; "
            f"`{a.name}` is a {a.kind}, `{b.name}` a {b.kind}"
        )


def _among(rows: Sequence[Any]) -> str:
    return f"key in ({', '.join('?' * len(rows))})"


def _side(
    graph: Graph,
    name: str,
    kind: str,
    runs: Sequence[dict],
    values: Sequence[float],
    about: dict[Fact, frozenset[str]],
) -> Side:
    if not runs:
        raise BadInput(f"`{name}` has no finished run, so there is nothing to compare")
    chain = [*runs, *questions.parents(graph, runs)]
    found: dict[Fact, set[str]] = {fact: set(values) for fact, values in about.items()}
    for run in chain:
        for fact, value in _facts(graph, run):
            found.setdefault(fact, set()).add(value)
    outputs = {(run["verb"], run["task"], run["seed"]): run["digest"] for run in chain if run["digest"]}
    row = Row(runs[0]["encoder"], runs[0]["subset"], runs[0]["control"])
    return Side(name, kind, row, values, {fact: frozenset(values) for fact, values in found.items()}, outputs)


def _facts(graph: Graph, run: Mapping[str, Any]) -> Iterable[tuple[Fact, str]]:
    where = " ".join(filter(None, (run["verb"], run["task"] or (RETRIEVAL if run["verb"] == "evaluate" else ""))))
    about = graph.bases.get(base(run["encoder"], run["control"]), {})
    yield (ENCODER, "", "label"), run["encoder"]
    yield (ENCODER, "", "sha256"), about.get("sha256", "")
    yield (CONTROL, "", "control"), run["control"] or "none"
    yield (SUBSET, "", "subset"), run["subset"]
    yield (SEEDS, "", "seeds"), run["seed"]
    yield (CODE, where, "numerics"), json.loads(run["code"])
    yield (ENVIRONMENT, where, "kernels"), run["kernels"]
    for what, content in ((SETTINGS, run["settings"]), (ENVIRONMENT, run["environment"])):
        for name, value in json.loads(content).items():
            yield (what, where, name), json.dumps(value)
    if run["verb"] == "realign":
        for code in run["languages"].split():
            yield (SUBSET, where, "languages"), code
    for one in graph.ask("select role, used from inputs where input_set = ?", run["input_set"]):
        yield (DATA, where, one["role"]), one["used"]
