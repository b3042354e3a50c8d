"""The numbers of a report's tables in the graph: each derived from the predictions of the runs it is a mean of."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from realignment.core.console import track
from realignment.core.errors import FailedWork
from realignment.lineage.content import Content
from realignment.lineage.exports.graph import NUMBER, Graph, Thing
from realignment.records.cell import seed_label
from realignment.results import addresses, by_set, formatting, headings, study_tables, tables
from realignment.results.scores import RETRIEVAL, Row, Score
from realignment.results.tables import Study, Table
from realignment.statistics.summary import Difference, Summary

MOST = 2_000  # numbers that are entities of their own, for validators are slow; of further tables each stands for its numbers
Runs = Mapping[tuple[Row, str, str], Sequence[str]]  # (row, task, seed) -> predictions


def of_study(known: Content) -> tuple[list[Table], list[Score], list[Study]]:
    """The tables as the report builds them, and what they are built of."""
    found, studies = known.tables
    tasks = tables.tasks(found)
    built = [table for study in studies for table in study_tables.of_study(study, tasks)]
    return [*built, *(table for study in studies for table in by_set.of_study(study, found, tasks))], found, studies


def put(graph: Graph, known: Content, most: int = MOST) -> dict[str, str]:
    """A thing per number, below its table. Path of each table's CSV file -> its content, which the numbers are read from."""
    built, _, studies = of_study(known)
    runs, home = _runs(known), known.inputs.workspace.reports
    written, left, whole = {}, most, []
    for table in track(built, "tables"):
        (study,) = [one for one in studies if one.encoder == table.encoder]
        text = formatting.comma_separated(table)
        name = (home / "tables" / f"{table.name}.csv").relative_to(known.inputs.workspace.root).as_posix()
        written[name] = _checked(known.inputs.workspace.root / name, text)
        place = graph.keep(name, hashlib.sha256(text.encode()).hexdigest(), len(text.encode()), caption=table.caption)
        numbers = list(_numbers(graph, table, study, runs))
        if len(numbers) > left:
            graph.things[place].of += sorted({of for one in numbers for of in one.of})
            whole.append(table.name)
        else:
            graph.things[place].parts += [graph.add(one) for one in numbers]
            left -= len(numbers)
    if whole:
        graph.remarks.append(
            f"The numbers of {len(whole)} of {len(built)} tables are more than {most:,} leave room for: these files lead to the runs, not "
            f"each number ({', '.join(whole[:3])}{', ...' if len(whole) > 3 else ''})"
        )
    return written


def _checked(file: Path, text: str) -> str:
    """FailedWork where the report's own table is not the one that study.json gives."""
    if file.is_file() and file.read_text(encoding="utf-8") != text:
        raise FailedWork(f"{file} is not the table that study.json gives; make it again with `dvc repro -f -s report`")
    return text


def _runs(known: Content) -> Runs:
    found: dict[tuple[Row, str, str], list[str]] = defaultdict(list)
    for record in known.study["records"]:
        if record.verb == "evaluate":
            cell = record.cell
            row = Row(cell.encoder, cell.subset, cell.control)
            found[row, record.task or RETRIEVAL, seed_label(cell.seeds)].append(f"predictions:{record.key}")
    return found


def _numbers(graph: Graph, table: Table, study: Study, runs: Runs) -> Iterator[Thing]:
    """Each number of a table with the predictions it follows from; cells without one are passed over."""
    across, tasks = table.kind.startswith("languages-"), _tasks(table, study)
    rows = {headings.label(row): row for row in study.rows(headings.TASKS)}
    none = Row(study.encoder, "none")
    for line in table.lines:
        for column, value in zip(table.columns, line.values, strict=True):
            label = column if across else line.head[1]
            if value.mean is None or not isinstance(value, (Summary, Difference)):
                continue
            own, base = (value.ours, value.base) if isinstance(value, Difference) else (value, Summary(()))
            of = [one for row, part in ((rows[label], own), (none, base)) for one in _behind(runs, row, tasks[column], part)]
            name = "/".join((table.name, label, line.head[0] if across else column))
            cell = addresses.of_cell(table.encoder, table.kind, line.head, column)
            facts = {"value": value.mean, "shown": formatting.text(value, 0), "cell": cell}
            facts = {key: one for key, one in facts.items() if one != ""}
            yield Thing(f"number:{name}", NUMBER, name, facts, of=[graph.together("predictions", of)])


def _behind(runs: Runs, row: Row, tasks: Iterable[str], value: Summary) -> list[str]:
    """The predictions behind a mean; a number that leads to fewer runs than it is a mean of is a fault of this package."""
    found = [runs.get((row, task, seed), ()) for task in tasks for seed in value.seeds]
    if not all(found):
        raise RuntimeError(f"{row}: a seed of {', '.join(value.seeds)} has no evaluation for {', '.join(tasks)}")
    return [one for some in found for one in some]


def _tasks(table: Table, study: Study) -> Mapping[str, Sequence[str]]:
    """Column -> the tasks whose runs it is a mean over."""
    kind, _, task = table.kind.partition("-")
    if kind == "tasks":
        return {title: list(items) for title, items in study.task_columns(list(headings.TASKS)).items()}
    if kind == "retrieval" or (kind, task) == ("gains", RETRIEVAL):
        task = RETRIEVAL
    if task:
        return {column: [task] for column in table.columns}
    trained = [one for one in headings.TASKS if one != RETRIEVAL]
    return {title: list(items) for title, items in study.group_columns(trained).items()}
