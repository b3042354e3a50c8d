"""Numbers of the study from the scores that the graph holds: of cells that stand in no table, and of a study with something taken away."""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.lineage import cells, columns
from realignment.results import averages
from realignment.results.addresses import Address
from realignment.results.scores import RETRIEVAL, Score
from realignment.results.tables import Study

if TYPE_CHECKING:
    from realignment.lineage.graph import Graph


def scores(graph: "Graph", keys: Collection[str] = (), parts: Collection[tuple[str, str, str]] = ()) -> Iterator[Score]:
    """Every score of the study, as the tables read them, in the order of its runs; without those of some runs, and without some parts."""
    groups = _groups(graph)
    asked = "select id, key, encoder, subset, control, seed, task from runs where in_study and verb = 'evaluate'"
    runs = {number: (*row, task or RETRIEVAL) for number, key, *row, task in graph.each(asked) if key not in keys}
    for number, name, code, score, n in graph.each("select run, evalset, language, score, n from scores order by run"):
        if (run := runs.get(number)) and (run[-1], name, code) not in parts:
            yield Score(*run, name, code, groups[run[0], code], score, n)


def _groups(graph: "Graph") -> dict[tuple[str, str], str]:
    """(encoder, language) -> its group."""
    known = languages.read(graph.workspace.languages)
    seen = {label: one["seen"] for label, one in graph.study["encoders"].items()}
    return {(label, code): grouping.group(one, spoken) for label, spoken in seen.items() for code, one in known.items()}


def studies(graph: "Graph", found: Iterable[Score]) -> list[Study]:
    """Those of the tables, made of some scores."""
    runs = averages.collect(found)
    sizes = {one["name"]: one["n"] for one in graph.ask("select distinct name, n from subsets")}
    return [Study(runs, encoder, sizes) for encoder in sorted(runs.group)]


def cell(graph: "Graph", address: Address) -> cells.Cell:
    """A cell of a column that the tables have no number of: a gain on an evaluation set, or one that is empty. BadInput names the nearest."""
    found = list(scores(graph))
    known = studies(graph, found)
    study, items = columns.column(address, found, known)
    value = columns.gain(address, found, known) if address.gain else study.runs.cell(address.row, items)
    apart = all(study is not one for one in known)
    parts = cells.parts(items, known[0].runs.counted, address.task if apart else "")
    held = study.runs.by_seed(address.row, items)
    return cells.Cell(address, cells.Column(address.encoder, address.task, address.of, tuple(parts)), value, held, ())
