"""Numbers of the study from the scores that the graph holds: of cells that stand in no table, and of a study with something taken away."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.lineage import cells, chain
from realignment.results import averages
from realignment.results.addresses import Address
from realignment.results.averages import Item, Runs
from realignment.results.scores import RETRIEVAL, Row, Score
from realignment.results.tables import Study

if TYPE_CHECKING:
    from realignment.lineage.graph import Graph

SCORES = """
select encoder, subset, control, seed, task, evalset, language, score, n from scores join runs on runs.id = scores.run
where in_study order by runs.id
"""


def scores(graph: "Graph") -> list[Score]:
    """Every score of the study, as the tables read them."""
    groups = _groups(graph)
    return [
        Score(encoder, subset, control, seed, task or RETRIEVAL, name, code, groups[encoder, code], score, n)
        for encoder, subset, control, seed, task, name, code, score, n in graph.connection.execute(SCORES)
    ]


def without(
    graph: "Graph", keys: Collection[str], parts: Collection[tuple[str, str, str]]
) -> tuple[Runs, Mapping[Item, set[str]]]:
    """(what `averages.collect` gives of the study without some runs and some scores, which sets count there), much sooner."""
    runs = {
        number: (Row(encoder, subset, control), seed, task or RETRIEVAL)
        for number, key, encoder, subset, control, seed, task in graph.connection.execute(
            "select id, key, encoder, subset, control, seed, task from runs where in_study and verb = 'evaluate'"
        )
        if key not in keys
    }
    scored: dict[int, list[tuple[str, str, float]]] = {}
    for number, name, code, score in graph.connection.execute(
        "select run, evalset, language, score from scores where score is not null"
    ):
        if number in runs and (runs[number][2], name, code) not in parts:
            scored.setdefault(number, []).append((name, code, score))
    sets: dict[Item, set[str]] = {}
    for number, found in scored.items():
        for name, code, _ in found:
            sets.setdefault((runs[number][2], code), set()).add(name)
    counted = {item: averages.counts(names) for item, names in sets.items()}
    made, groups = Runs(), _groups(graph)
    for number, found in sorted(scored.items(), key=lambda one: runs[one[0]][:2]):
        row, seed, task = runs[number]
        held = made.rows.setdefault(row, {}).setdefault(seed, {})
        values: dict[str, dict[str, float]] = {}
        for name, code, score in found:
            made.group.setdefault(row.encoder, {})[task, code] = groups[row.encoder, code]
            if name in counted[task, code]:
                values.setdefault(code, {})[name] = score
        held |= {(task, code): sum(one.values()) / len(one) for code, one in values.items() if one.keys() == counted[task, code]}
    return made, counted


def _groups(graph: "Graph") -> dict[tuple[str, str], str]:
    """(encoder, language) -> its group."""
    known = languages.read(graph.workspace.languages)
    seen = {label: one["seen"] for label, one in graph.study["encoders"].items()}
    return {(label, code): grouping.group(one, spoken) for label, spoken in seen.items() for code, one in known.items()}


def studies(found: Iterable[Score]) -> list[Study]:
    found = list(found)
    runs = averages.collect(found)
    return [Study(runs, encoder) for encoder in sorted({one.encoder for one in found})]


def cell(graph: "Graph", address: Address) -> cells.Cell:
    """A cell of a column that the tables have no number of: a gain on an evaluation set, or one that is empty. BadInput names the nearest."""
    found = scores(graph)
    known = studies(found)
    study, items = chain.column(address, found, known)
    value = chain.gain(address, found, known) if address.gain else study.runs.cell(address.row, items)
    apart = all(study is not one for one in known)
    parts = cells.parts(items, averages.counting([one for one in found if one.score is not None]), address.task if apart else "")
    held = study.runs.by_seed(address.row, items)
    return cells.Cell(address, cells.Column(address.encoder, address.task, address.of, tuple(parts)), value, held, ())
