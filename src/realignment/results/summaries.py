"""The rows of a study's tables as the tracking store shows them: of each its means, their standard deviations, and how many seeds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from realignment.languages.table import Language
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results import addresses, headings, study_tables, tables
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.tables import Line, Study, Table

ABOUT = (
    f"Scores are in [0, 1]. `{addresses.ALL}/...` is the mean over tasks, `sd/...` the standard deviation over seeds (ddof = 1), `seeds/...` "
    "the number of seeds that gave a value."
)


def of_records(content: Mapping[str, Any], known: dict[str, Language], subsets: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As `of_study`, of the tables that the report makes of study.json (`content`), languages.csv and subsets.json."""
    found, studies = tables.studies(content, known, subsets)
    built = [table for study in studies for table in study_tables.of_study(study, tables.tasks(found))]
    return of_study(content, studies, built)


def of_study(content: Mapping[str, Any], studies: Sequence[Study], built: Iterable[Table]) -> list[dict[str, Any]]:
    """{name, tags, params, metrics} of every row, in the order of the tables; the numbers are the cells of `built`, as fractions.

    `content` is study.json. A metric is called as its cell, without encoder and row:
    `all/HRL`, `pos/HRL`, `retrieval/HRL`, with `sd/` or `seeds/` before it. Where MLflow chooses numbers by itself, `all/...` sorts first.
    """
    cells: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for table in built:
        for line in table.lines if _prefix(table.kind) else ():
            cells[table.encoder, line.head[1]] |= dict(_cells(_prefix(table.kind), table.columns, line))
    mine = defaultdict(list)
    for one in content["records"]:
        if one.verb == "evaluate":
            mine[Row(one.cell.encoder, one.cell.subset, one.cell.control)].append(one)
    return [
        _row(study, row, mine[row], found)
        for study in studies
        for row in study.rows(headings.TASKS)
        if (found := cells[row.encoder, headings.label(row)])
    ]


def _prefix(kind: str) -> str:
    """What stands before the columns of a table in the names of metrics; "" of a table that only says the same in another form."""
    kind, _, task = kind.partition("-")
    return {"levels": task or addresses.ALL, "retrieval": RETRIEVAL}.get(kind, "")


def _cells(prefix: str, columns: Sequence[str], line: Line) -> Iterator[tuple[str, float]]:
    for column, value in zip(columns, line.values, strict=True):
        if value.mean is not None:
            yield f"{prefix}/{column}", value.mean
            yield f"seeds/{prefix}/{column}", value.n
        if value.std is not None:
            yield f"sd/{prefix}/{column}", value.std


def _row(study: Study, row: Row, mine: Sequence[Record], metrics: Mapping[str, float]) -> dict[str, Any]:
    """`mine`: the evaluations of the row."""
    label, tuned = (
        headings.label(row),
        [one for one in mine if one.task],
    )  # an encoder's retrieval before realignment is of no seed
    seeds = sorted({seed_label(one.cell.seeds) for one in tuned or mine})
    lists = {" ".join(one.languages) for one in mine}
    languages = next(iter(lists)) if len(lists) == 1 else ""
    note = f"The row `{label}` of the report's tables: means over the seeds {', '.join(seeds)}. {ABOUT}"
    note += (
        f" Realigned on {languages}."
        if languages
        else " Each seed was realigned on languages of its own."
        if len(lists) > 1
        else ""
    )
    note += f' `realignment lineage "{row.encoder}/{label}/{addresses.ALL if tuned else RETRIEVAL}"` goes down to the bytes of its data.'
    return {
        "name": f"{label} ({row.encoder})",
        "tags": {"encoder": row.encoder, "subset": row.subset, "control": row.control, "row": label, "mlflow.note.content": note},
        "params": {
            "encoder": row.encoder, "subset": row.subset, "control": row.control or "none",
            "language_count": study.size(row), "seeds": " ".join(seeds),
        },
        "metrics": dict(sorted(metrics.items())),
    }  # fmt: skip
