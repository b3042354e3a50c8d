"""What falls if a file, a source, a run or a language is withdrawn, and which verdicts change; asked of the graph.

A test file is what a score of its language is measured on, and no other; a file that was trained on takes the run and all that stand on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from realignment.lineage import cells, numbers
from realignment.lineage.graph import Graph, Part, measured
from realignment.lineage.targets import Target
from realignment.results import headings
from realignment.results.addresses import ALL
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.tables import Study

GONE = "gone"  # said of a verdict whose rows or column no longer exist
Place = tuple[str, str, str, str]  # encoder, subset, control, task: an evaluation of every seed
FIGURES = {  # kind -> the columns whose scores (or gains) it draws: task, title; None stands for any
    "gains": ((ALL, None, True),),
    "best": ((ALL, "Average without English", False), (ALL, "Average", False)),
    "equal": ((ALL, "Average without English", False), (ALL, "Average", False)),
    "scaling": ((ALL, "Average without English", False), (ALL, "Average", False)),
    "ood": ((ALL, headings.group("OOD"), False),),
}


@dataclass(frozen=True)
class Withdrawn:
    """`files` are numbers of the graph, `runs` keys, `parts` scores that are measured on nothing any more; `because`: run -> why it falls."""

    kind: str
    name: str
    files: frozenset[int] = frozenset()
    parts: frozenset[Part] = frozenset()
    because: Mapping[str, str] = field(default_factory=dict)
    chosen: bool = False  # the subsets of language vectors were chosen with it


def of_target(graph: Graph, target: Target) -> Withdrawn:
    """Whatever `targets.required` found."""
    if target.kind == "language":
        return of_language(graph, target.name)
    if target.kind == "vectors":
        return of_vectors(graph, target.name)
    if target.kind in ("run", "model"):
        because = {run["key"]: "is withdrawn" for run in target.rows}
        return Withdrawn(target.kind, target.name, because=because)
    return of_files(graph, target.kind, target.name, [row["id"] for row in target.rows])


def of_files(graph: Graph, kind: str, name: str, files: Iterable[int]) -> Withdrawn:
    """Files of the manifest: one, those of a source, those made of a raw file."""
    those, because = frozenset(files), {}
    parts: set[Part] = set()
    marks = ", ".join("?" * len(those))
    found = graph.ask(
        f"select run.key, run.verb, run.task, input.role, input.path from inputs as input join runs as run on run.input_set = input.input_set "
        f"where input.file in ({marks})",
        *those,
    )
    for one in found:
        tested = measured(graph, one["role"], one["task"]) if one["verb"] == "evaluate" else set()
        parts |= tested
        if not tested:
            because[one["key"]] = f"was trained on {one['path']}"
    return Withdrawn(kind, name, those, frozenset(parts), because)


def of_language(graph: Graph, code: str) -> Withdrawn:
    """Its files, its scores, and every realignment that was trained on it."""
    files = of_files(graph, "language", code, graph.column("select id from files where language = ?", code))
    scored = graph.ask("select distinct task, evalset from scores join runs on runs.id = scores.run where language = ?", code)
    parts = {(one["task"] or RETRIEVAL, one["evalset"], code) for one in scored}
    trained = graph.ask("select key, languages from runs where verb = 'realign'")
    because = {one["key"]: f"was realigned on {code}" for one in trained if code in one["languages"].split()}
    return Withdrawn("language", code, files.files, files.parts | parts, {**files.because, **because})


def of_vectors(graph: Graph, name: str) -> Withdrawn:
    """The realignments whose languages were chosen by language vectors."""
    chosen = set(graph.column("select distinct name from subsets where vectors = 1"))
    runs = [one for one in graph.ask("select key, subset from runs where verb = 'realign'") if one["subset"] in chosen]
    return Withdrawn("vectors", name, because={one["key"]: "has a subset that was chosen by them" for one in runs}, chosen=True)


def with_pretraining(graph: Graph, what: Withdrawn) -> Withdrawn:
    """Counts the runs of base encoders that were pretrained on what is withdrawn, too."""
    labels = {label for label, _ in pretrained(graph, what)}
    because = {one["key"]: "stands on a base encoder that was pretrained on it" for one in graph.ask("select key, encoder, base from runs")
               if one["encoder"] in labels and one["base"]}  # fmt: skip
    return Withdrawn(what.kind, what.name, what.files, what.parts, {**because, **what.because}, what.chosen)


def pretrained(graph: Graph, what: Withdrawn) -> list[tuple[str, str]]:
    """(base encoder made by stage `pretrain`, what of the withdrawn bitexts it read)."""
    marks = ", ".join("?" * len(what.files))
    bitexts = graph.column(f"select language from files where kind = 'bitext' and id in ({marks})", *what.files)
    found = []
    for label, base in graph.bases.items():
        read = base["pretrained_on"].split()
        if read and bitexts:
            text = sorted(set(bitexts) & set(read))
            found.append((label, f"the text of {', '.join(text)}" if text else "the English sides of its pairs, and its letters"))
    return found


def of(graph: Graph, what: Withdrawn) -> dict:
    """Everything that falls, with the verdicts as they would be without it."""
    keys = graph.below(what.because)
    runs = graph.ask("select * from runs")
    fallen = [one for one in runs if one["key"] in keys]
    places = {(one["encoder"], one["subset"], one["control"], one["task"] or RETRIEVAL)
              for one in fallen if one["verb"] == "evaluate" and one["in_study"]}  # fmt: skip
    columns = _columns(graph)
    struck = {number for number, parts in columns.items() if parts & what.parts}
    tasks = {number: {task for task, _, _ in parts} for number, parts in columns.items()}
    lost = [dict(one) for one in graph.connection.execute(CELLS) if one[5] in struck or _stands_on(one, places, tasks[one[5]])]
    shown: dict[int, list[str]] = {}
    for number, place in graph.connection.execute("select cell, place from shown"):
        shown.setdefault(number, []).append(place)
    for one in lost:
        one["places"] = shown.get(one["id"], [])
    return {
        "withdrawn": {"kind": what.kind, "name": what.name, "files": _names(graph, what.files)},
        "runs": [_run(graph, one, what) for one in fallen],
        "models": [kept.model for one in fallen if (kept := graph.places.get(one["key"])) and kept.model],
        "cells": [{"cell": one["address"], "text": one["text"], "tables": one["places"]} for one in lost],
        "rows": _rows(graph),
        "figures": _figures(graph, lost, fallen, what),
        "verdicts": _verdicts(graph, _Fallen(keys, places, struck, tasks), what),
        "pretraining": [f"Base encoder {label} was pretrained on {read}" for label, read in pretrained(graph, what)],
    }


CELLS = """
select cells.id, address, cells.encoder, subset, control, column_id, gain, text, columns.task, columns.title
from cells join columns on columns.id = cells.column_id
"""


@dataclass(frozen=True)
class _Fallen:
    keys: set[str]
    places: set[Place]
    struck: set[int]  # columns
    tasks: Mapping[int, set[str]]  # of each column


def _columns(graph: Graph) -> dict[int, set[Part]]:
    found: dict[int, set[Part]] = {}
    for number, *part in graph.connection.execute("select column_id, task, evalset, language from items"):
        found.setdefault(number, set()).add((part[0], part[1], part[2]))
    return found


def _names(graph: Graph, files: Iterable[int]) -> list[str]:
    those = list(files)
    return graph.column(f"select path from files where id in ({', '.join('?' * len(those))}) order by path", *those)


def _rows(graph: Graph) -> dict[str, int]:
    """Row of a table, as in a cell's name -> how many cells it has."""
    counts = graph.connection.execute("select encoder, subset, control, count(*) from cells group by encoder, subset, control")
    return {f"{encoder}/{headings.label(Row(encoder, subset, control))}": many for encoder, subset, control, many in counts}


def _run(graph: Graph, run: Mapping[str, Any], what: Withdrawn) -> dict:
    kept = graph.places.get(run["key"])
    why = what.because.get(run["key"], "stands on a run that falls")
    return {"run": run["name"], "key": run["key"], "model": kept.model if kept else "", "why": why}


def _stands_on(cell: Mapping[str, Any], places: set[Place], tasks: Iterable[str]) -> bool:
    encoder, subset, control, gain = cell["encoder"], cell["subset"], cell["control"], cell["gain"]
    return any((encoder, subset, control, task) in places or (gain and (encoder, "none", "", task) in places) for task in tasks)


def _figures(graph: Graph, lost: Iterable[Mapping[str, Any]], fallen: Iterable[Mapping[str, Any]], what: Withdrawn) -> list[str]:
    """Figures of the report that draw a cell or a curve that falls."""
    lost, found, spoken = list(lost), set(), set(graph.column("select distinct language from items"))
    for encoder in graph.bases:
        mine = [one for one in lost if one["encoder"] == encoder]
        for kind, drawn in FIGURES.items():
            if any(
                (one["task"], one["gain"]) == (task, gain) and title in (None, one["title"])
                for one in mine
                for task, title, gain in drawn
            ):
                found.add(f"{kind}-{encoder}")
        if any(one["task"] not in (ALL, RETRIEVAL) and one["gain"] and one["title"] in spoken for one in mine):
            found.add(f"map-{encoder}")
        if any(one["verb"] == "realign" and one["encoder"] == encoder for one in fallen):
            found.add(f"loss-{encoder}")
    found |= {"atlas", "reach"} if what.chosen or what.kind == "language" else set()
    there = {path.stem for path in (graph.workspace.reports / "figures").glob("*.svg")}
    return sorted(found & there if there else found)


def _verdicts(graph: Graph, fallen: _Fallen, what: Withdrawn) -> dict[str, list[dict]]:
    """`fall`: verdicts whose own numbers are withdrawn; `change`: those that would be others, in the same families without them."""
    before = graph.ask(
        "select verdicts.*, columns.encoder, columns.task, columns.title from verdicts join columns on columns.id = column_id"
    )
    if not (fallen.places or fallen.struck):
        return {"fall": [], "change": []}
    struck = {
        encoder for number, encoder in graph.connection.execute("select id, encoder from columns") if number in fallen.struck
    }
    encoders = struck | {place[0] for place in fallen.places}
    after = {one.key: one for one in _judged_without(graph, fallen, what.parts, encoders)}
    fall, change = [], []
    for one in before:
        if one["encoder"] not in encoders:
            continue
        row, base = (
            Row(one["encoder"], one["subset"], one["control"]),
            Row(one["encoder"], one["base_subset"], one["base_control"]),
        )
        now = after.get((cells.Column(one["encoder"], one["task"], one["title"], ()), row, base))
        told = {
            "encoder": one["encoder"], "family": one["task"], "subset": headings.label(row), "against": headings.label(base),
            "column": one["title"], "before": one["verdict"], "after": now.verdict if now else GONE,
        }  # fmt: skip
        sides = {
            (one["encoder"], side.subset, side.control, task) for side in (row, base) for task in fallen.tasks[one["column_id"]]
        }
        if one["column_id"] in fallen.struck or sides & fallen.places:
            fall.append(told)
        if told["before"] != told["after"]:
            change.append(told)
    return {"fall": fall, "change": change}


def _judged_without(graph: Graph, fallen: _Fallen, parts: frozenset[Part], encoders: set[str]) -> Iterable[cells.Verdict]:
    """The verdicts of the encoders that lose something."""
    runs, counted = numbers.without(graph, fallen.keys, parts)
    return cells.verdicts_of(counted, [Study(runs, encoder) for encoder in sorted(encoders & runs.group.keys())])
