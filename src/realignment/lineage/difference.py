"""In what two cells or runs differ: data, code, settings, environment; the likeliest cause of their difference first, and why it is.

What a factor usually moves is measured in the study itself: by how much the rows of the same column differ that differ in it alone.
"""

import json
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from realignment.core.errors import BadInput
from realignment.lineage import graph as questions
from realignment.lineage import papers, targets
from realignment.lineage.graph import Graph
from realignment.results import addresses, headings
from realignment.results.scores import RETRIEVAL, Row
from realignment.statistics import inference

Fact = tuple[str, str, str]  # what, where, name
COLUMN, ENCODER, CONTROL, SUBSET, DATA, SETTINGS, CODE, ENVIRONMENT, SEEDS = ORDER = (
    "what is measured", "encoder", "control", "subset", "data", "settings", "code", "environment", "seeds",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """`kind`: what its number is (`score of pos`, `gain of pos`, `run of evaluate pos`); only two of one kind can be subtracted. `facts` are values over all runs of the chain; `values` what each seed gave, where one number stands for the side."""

    name: str
    kind: str
    row: Row
    values: Sequence[float]
    facts: Mapping[Fact, frozenset[str]]
    outputs: Mapping[tuple[str, str, str], str]  # verb, task and seed -> digest of the model that came out
    column: tuple[str, str] | None = None  # task and title of a cell's


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
    return replace(_side(graph, text, kind, own, answer["score"]["values"], about), column=(found.task, found.of))


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
    base = graph.bases.get(run["encoder"], {})
    yield (ENCODER, "", "label"), run["encoder"]
    yield (ENCODER, "", "sha256"), base.get("sha256", "")
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


def of(graph: Graph, a: Side, b: Side) -> dict:
    """What differs, and causes in the order of what they explain. BadInput where the two cannot be subtracted."""
    comparable(a, b)
    differences = [_told(fact, a.facts.get(fact), b.facts.get(fact)) for fact in _differing(a, b)]
    gap = statistics.fmean(a.values) - statistics.fmean(b.values) if a.values and b.values else None
    by_what: dict[str, list[dict]] = {}
    for one in differences:
        by_what.setdefault(one["what"], []).append(one)
    causes = [_cause(graph, what, found, a, b) for what, found in by_what.items() if what != SEEDS]
    causes = sorted(causes, key=lambda one: (one["what"] != COLUMN, -(one["points"] or 0.0), ORDER.index(one["what"])))
    causes = _with_seeds(graph, causes, a, b, gap) if differences or gap else []
    return {
        "a": a.name,
        "b": b.name,
        "headline": _headline(a, b, gap, len(causes), bool(differences)),
        "difference": gap,
        "causes": causes,
        "differences": differences,
        "parted_at": _parted(a, b),
    }


def _differing(a: Side, b: Side) -> list[Fact]:
    """Facts whose values are not the same; a file that one side alone read follows from its subset, and is not told again."""
    found = [fact for fact in {**a.facts, **b.facts} if a.facts.get(fact) != b.facts.get(fact)]
    both = [fact for fact in found if fact[0] not in (DATA, SETTINGS, CODE, ENVIRONMENT) or (fact in a.facts and fact in b.facts)]
    return sorted(both, key=lambda fact: (ORDER.index(fact[0]), fact[1:]))


def _told(fact: Fact, a: frozenset[str] | None, b: frozenset[str] | None) -> dict:
    what, where, name = fact
    first, second = a or frozenset(), b or frozenset()
    if name == "languages":
        first, second = first - second, second - first
    return {"what": what, "where": where, "name": name, "a": ", ".join(sorted(first)), "b": ", ".join(sorted(second))}


def _headline(a: Side, b: Side, gap: float | None, causes: int, differ: bool) -> str:
    """What stands above the list of causes, and how many those are."""
    apart = f"{a.name} minus {b.name}: {100 * gap:+.2f} points" if gap is not None else f"{a.name} and {b.name}"
    same = "" if differ else " They have the same data, code, settings and environment."
    many = "" if not causes else " One possible cause:" if causes == 1 else f" {causes} possible causes, the likeliest first:"
    return f"{apart}.{same}{many}"


def _cause(graph: Graph, what: str, found: Sequence[Mapping[str, str]], a: Side, b: Side) -> dict:
    names = ", ".join(dict.fromkeys(" ".join(filter(None, (one["where"], one["name"]))) for one in found))
    points, why = None, f"{names}; no two rows of this study differ in it alone, so what it moves is not known here."
    if what == COLUMN:
        why = f"{names}. The two are not means over the same scores, so their difference says nothing of the runs."
    elif a.column and a.column == b.column and (measured := _usual(graph, what, a)):
        points, pairs = measured
        comparison = "pair of cells" if pairs == 1 else "pairs of cells"
        why = f"{names}. In this column, {pairs} {comparison} that differ in nothing else are {points:.2f} points apart (median)."
    elif what == DATA:
        why = f"the bytes of {names} are others."
    return {"what": what, "why": why, "points": points}


def _usual(graph: Graph, what: str, a: Side) -> tuple[float, int] | None:
    """(median difference in points of cells that differ in the factor alone, how many pairs); None where there are none."""
    task, title = a.column or ("", "")
    rows = graph.ask(
        "select cells.encoder, subset, control, mean from cells join columns on columns.id = column_id where task = ? and title = ? and gain = ?",
        task, title, int(a.kind.startswith(addresses.GAIN)),
    )  # fmt: skip
    held = {Row(one["encoder"], one["subset"], one["control"]): one["mean"] for one in rows}
    held = {row: mean for row, mean in held.items() if headings.place(row)[0] != headings.FLOORS}
    alone = {
        ENCODER: lambda x, y: (x.subset, x.control) == (y.subset, y.control) and x.encoder != y.encoder,
        CONTROL: lambda x, y: (x.encoder, x.subset) == (y.encoder, y.subset) and x.control != y.control,
        SUBSET: lambda x, y: (x.encoder, x.control) == (y.encoder, y.control) and x.subset != y.subset,
    }.get(what)
    if alone is None:
        return None
    gaps = [abs(held[x] - held[y]) for number, x in enumerate(held) for y in list(held)[number + 1 :] if alone(x, y)]
    return (100 * statistics.median(gaps), len(gaps)) if gaps else None


def _with_seeds(graph: Graph, causes: list[dict], a: Side, b: Side, gap: float | None) -> list[dict]:
    """Seeds first where they alone may well give such a difference, else last."""
    error, freedom = _error(graph, a, b)
    if gap is None or not error:
        first, second = (", ".join(sorted(side.facts[SEEDS, "", "seeds"])) for side in (a, b))
        other = {"what": SEEDS, "why": f"{first} and {second}; nothing here says what seeds move.", "points": None}
        return [*causes, other] if first != second else causes
    p = float(inference.two_sided(np.asarray(gap / error), np.asarray(freedom)))
    alone = p >= inference.LEVEL
    reach = f"seeds alone give a difference of {100 * abs(gap):.2f} points or more in {p:.1%} of cases (standard error {100 * error:.2f}, Student's t)"
    why = f"{reach}, so it may be nothing else." if alone else f"{reach}, so they are not enough."
    seeds = {"what": SEEDS, "why": why, "points": 100 * error}
    first = causes[:1] if causes and causes[0]["what"] == COLUMN else []
    rest = causes[len(first) :]
    return [*first, seeds, *rest] if alone else [*first, *rest, seeds]


def _error(graph: Graph, a: Side, b: Side) -> tuple[float, float]:
    """(standard error of the difference of two means over seeds, degrees of freedom); of single runs by what seeds do in the cells of their task.

    (0, 0) where nothing says it.
    """
    several = [one.values for one in (a, b) if len(one.values) > 1]
    if len(several) == 2:
        parts = [statistics.variance(values) / len(values) for values in several]
        frees = [len(values) - 1.0 for values in several]
        most = float(sum(frees))
        return math.sqrt(sum(parts)), float(inference.satterthwaite((parts[0], frees[0]), (parts[1], frees[1]), most))
    tasks = {name.partition(" ")[2] for side in (a, b) for name in side.facts.get((COLUMN, "", "verb"), ())}
    found = graph.ask(
        f"select spread, n from cells join columns on columns.id = column_id where gain = 0 and spread is not null and title = 'Average' "
        f"and task in ({', '.join('?' * len(tasks))})",
        *tasks,
    )
    freedom = sum(one["n"] - 1 for one in found)
    pooled = math.sqrt(sum(one["spread"] ** 2 * (one["n"] - 1) for one in found) / freedom) if freedom else 0.0
    return pooled * math.sqrt(2), float(freedom)


def _parted(a: Side, b: Side) -> str:
    """Of runs of the same seeds: the first model that came out another."""
    for verb in ("realign", "finetune"):
        for key in sorted(a.outputs.keys() & b.outputs.keys()):
            if key[0] == verb and a.outputs[key] != b.outputs[key]:
                return " ".join(filter(None, key[:2]))
    return ""
