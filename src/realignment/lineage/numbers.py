"""Numbers of the study from the scores that the graph holds: of cells that stand in no table, and of a study with something taken away."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.lineage import cells, chain
from realignment.results import averages
from realignment.results.addresses import Address
from realignment.results.scores import RETRIEVAL, Score
from realignment.results.tables import Study

if TYPE_CHECKING:
    from realignment.lineage.graph import Graph

SCORES = """
select key, encoder, subset, control, seed, task, evalset, language, score, n from scores join runs on runs.id = scores.run
where in_study order by runs.id
"""


def scores(graph: "Graph", without: Iterable[str] = ()) -> list[Score]:
    """Every score of the study but those of some runs, as the tables read them."""
    known, left = languages.read(graph.workspace.languages), set(without)
    seen = {label: one["seen"] for label, one in graph.study["encoders"].items()}
    groups = {(label, code): grouping.group(one, spoken) for label, spoken in seen.items() for code, one in known.items()}
    return [
        Score(encoder, subset, control, seed, task or RETRIEVAL, name, code, groups[encoder, code], score, n)
        for key, encoder, subset, control, seed, task, name, code, score, n in graph.connection.execute(SCORES)
        if key not in left
    ]


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
