"""What falls if a file, a source, a run or a language is withdrawn, and which verdicts change; asked of the graph.

A test file is what a score of its language is measured on, and no other; a file that was trained on takes the run and all that stand on it.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from realignment.lineage import cells, numbers
from realignment.lineage.graph import GRADIENTS, Graph, Part, measured
from realignment.lineage.targets import Target
from realignment.records.cell import base
from realignment.results import headings
from realignment.results.addresses import ALL
from realignment.results.scores import RETRIEVAL, Row

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
    those, read, parts, because = frozenset(files), {}, set(), {}
    marks = ", ".join("?" * len(those))
    listed = f"select input_set, role, path from inputs where file in ({marks}) order by input_set, role"
    for number, role, path in graph.each(listed, *those):
        read.setdefault(number, []).append((role, path))

    @functools.cache
    def of_set(number: int, verb: str, task: str) -> tuple[set[Part], str]:
        """(the scores that are measured on the files, the last of the files that was trained on)"""
        scored: set[Part] = set()
        trained = ""
        for role, path in read[number]:
            tested = measured(graph, role, task) if verb == "evaluate" else set()
            scored |= tested
            trained = trained if tested else path
        return scored, trained

    for key, verb, task, number in graph.each("select key, verb, task, input_set from runs"):
        if number in read:
            scored, trained = of_set(number, verb, task)
            parts |= scored
            if trained:
                because[key] = f"was trained on {trained}"
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
    because = {one["key"]: "stands on a base encoder that was pretrained on it" for one in graph.ask("select key, encoder, control, base from runs")
               if base(one["encoder"], one["control"]) in labels and one["base"]}  # fmt: skip
    return Withdrawn(what.kind, what.name, what.files, what.parts, {**because, **what.because}, what.chosen)


def pretrained(graph: Graph, what: Withdrawn) -> list[tuple[str, str]]:
    """(base encoder made by stage `pretrain`, what of the withdrawn bitexts it read)."""
    marks = ", ".join("?" * len(what.files))
    bitexts = graph.column(f"select language from files where kind = 'bitext' and id in ({marks})", *what.files)
    found = []
    for label, about in graph.bases.items():
        read = about["pretrained_on"].split()
        if read and bitexts:
            text = sorted(set(bitexts) & set(read))
            found.append((label, f"the text of {', '.join(text)}" if text else "the English sides of its pairs, and its letters"))
    return found


def of(graph: Graph, what: Withdrawn) -> dict:
    """Everything that falls, with the verdicts as they would be without it."""
    keys = graph.below(what.because)
    fallen = [
        one
        for one in graph.ask("select key, name, verb, task, encoder, subset, control, in_study from runs")
        if one["key"] in keys
    ]
    places = {(one["encoder"], one["subset"], one["control"], one["task"] or RETRIEVAL)
              for one in fallen if one["verb"] == "evaluate" and one["in_study"]}  # fmt: skip
    columns = _columns(graph)
    struck = {number for number, parts in columns.items() if parts & what.parts}
    gone = _Fallen(keys, places, struck, {number: {task for task, _, _ in parts} for number, parts in columns.items()})
    lost = _lost(graph, gone)
    shown: dict[int, list[str]] = {}
    for number, place in graph.each("select cell, place from shown"):
        shown.setdefault(number, []).append(place)
    return {
        "withdrawn": {"kind": what.kind, "name": what.name, "files": _names(graph, what.files)},
        "runs": [_run(graph, one, what) for one in fallen],
        "models": [kept.model for one in fallen if (kept := graph.places.get(one["key"])) and kept.model],
        "cells": [{"cell": one.address, "text": one.text, "tables": shown.get(one.id, [])} for one in lost],
        "rows": _rows(graph),
        "figures": _figures(graph, lost, fallen, what),
        "verdicts": _verdicts(graph, gone, what),
        "pretraining": [f"Base encoder {label} was pretrained on {read}" for label, read in pretrained(graph, what)],
    }


class _Cell(NamedTuple):
    """A row of the table of cells."""

    id: int
    address: str
    encoder: str
    subset: str
    control: str
    column: int
    gain: int
    text: str


CELLS = "select id, address, encoder, subset, control, column_id, gain, text from cells"


@dataclass(frozen=True)
class _Fallen:
    keys: set[str]
    places: set[Place]
    struck: set[int]  # columns
    tasks: Mapping[int, set[str]]  # of each column


def _lost(graph: Graph, gone: _Fallen) -> list[_Cell]:
    """The cells whose column is struck, or that stand on an evaluation that falls: a gain on those of fine-tuning only too."""
    fell: dict[tuple[str, str, str], set[str]] = {}  # row -> tasks
    for encoder, subset, control, task in gone.places:
        fell.setdefault((encoder, subset, control), set()).add(task)

    @functools.cache
    def tasks(encoder: str, subset: str, control: str, gain: int) -> set[str]:
        return fell.get((encoder, subset, control), set()) | (fell.get((encoder, "none", ""), set()) if gain else set())

    return [
        one
        for one in map(_Cell._make, graph.each(CELLS))
        if one.column in gone.struck
        or not gone.tasks[one.column].isdisjoint(tasks(one.encoder, one.subset, one.control, one.gain))
    ]


def _columns(graph: Graph) -> dict[int, set[Part]]:
    found: dict[int, set[Part]] = {}
    for number, *part in graph.each("select column_id, task, evalset, language from items"):
        found.setdefault(number, set()).add((part[0], part[1], part[2]))
    return found


def _names(graph: Graph, files: Iterable[int]) -> list[str]:
    those = list(files)
    return graph.column(f"select path from files where id in ({', '.join('?' * len(those))}) order by path", *those)


def _rows(graph: Graph) -> dict[str, int]:
    """Row of a table, as in a cell's name -> how many cells it has."""
    counts = graph.each("select encoder, subset, control, count(*) from cells group by encoder, subset, control")
    return {f"{encoder}/{headings.label(Row(encoder, subset, control))}": many for encoder, subset, control, many in counts}


def _run(graph: Graph, run: Mapping[str, Any], what: Withdrawn) -> dict:
    kept = graph.places.get(run["key"])
    why = what.because.get(run["key"], "stands on a run that falls")
    return {"run": run["name"], "key": run["key"], "model": kept.model if kept else "", "why": why}


def _figures(graph: Graph, lost: Iterable[_Cell], fallen: Iterable[Mapping[str, Any]], what: Withdrawn) -> list[str]:
    """Figures of the report that draw a cell or a curve that falls."""
    named = {number: (task, title) for number, task, title in graph.each("select id, task, title from columns")}
    drawn = {(one.encoder, *named[one.column], bool(one.gain)) for one in lost}
    found, spoken = set(), set(graph.column("select distinct language from items"))
    for encoder in graph.bases:
        mine = [one[1:] for one in drawn if one[0] == encoder]
        for kind, wanted in FIGURES.items():
            if any((task, gain) == one[::2] and title in (None, one[1]) for one in mine for task, title, gain in wanted):
                found.add(f"{kind}-{encoder}")
        if any(task not in (ALL, RETRIEVAL) and gain and title in spoken for task, title, gain in mine):
            found |= {f"map-{encoder}", f"paired-{encoder}"}
        if any(one["verb"] == "realign" and one["encoder"] == encoder for one in fallen):
            found.add(f"loss-{encoder}")
        tuned = {one["task"] for one in fallen if one["verb"] == "evaluate" and one["encoder"] == encoder}
        tuned |= {task for kind, task, _ in what.parts if kind == GRADIENTS}
        found |= {f"gradients-{encoder}-{task}" for task in tuned if graph.compares(encoder, task)}
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
    struck = {encoder for number, encoder in graph.each("select id, encoder from columns") if number in fallen.struck}
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
    left = numbers.studies(graph, numbers.scores(graph, fallen.keys, parts))
    return cells.verdicts_of([one for one in left if one.encoder in encoders])
