"""The tables of one encoder: scores by resource level, task and language, and gains over fine-tuning only with their verdicts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from realignment.results import headings, tables, verdicts
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.tables import HEAD, Items, Study, Table

BESIDE = "{} stands beside: no average over tasks holds it, here as in the paper."
GAINS = "gains over fine-tuning only by resource level"
NEAREST = "retrieval, English to X, top-1 on held-out pairs, before and after realignment"
RETRIEVED = "gains in retrieval over the encoder before realignment"


def of_study(study: Study, tasks: Sequence[str]) -> list[Table]:
    """Every table of one encoder; the headline ones first."""
    found = []
    tasks = [task for task in headings.TASKS if task in tasks]  # in the paper's order
    averaged = headings.averaged(tasks)
    judged = verdicts.of_study(study, tasks)
    if columns := study.group_columns(tasks):
        spelled = ", ".join(headings.task(task) for task in averaged)
        beside = (
            [BESIDE.format(", ".join(headings.task(one) for one in tasks if one not in averaged))]
            if len(averaged) < len(tasks)
            else []
        )
        found.append(study.scores("levels", f"{spelled} by resource level", columns, averaged, beside))
        found.append(gains(judged, "gains", GAINS, columns, averaged))
        found.append(study.scores("tasks", "scores by task", study.task_columns(tasks), tasks))
    if columns := study.group_columns([RETRIEVAL]):
        found.append(study.scores("retrieval", NEAREST, columns, [RETRIEVAL]))
        found.append(gains(judged, f"gains-{RETRIEVAL}", RETRIEVED, columns, [RETRIEVAL]))
    for task in tasks:
        if columns := study.group_columns([task]):
            found.append(study.scores(f"levels-{task}", f"{headings.task(task)} by resource level", columns, [task]))
            if exact := replace(study, runs=study.exact).group_columns([task]):
                caption = f"{headings.task(task)}, exact match, by resource level"
                found.append(replace(study, runs=study.exact).scores(f"exact-{task}", caption, exact, [task]))
    known = {task for task, _ in study.runs.group.get(study.encoder, {})}
    return found + [study.by_language(task) for task in (*tasks, RETRIEVAL) if task in known]


def gains(judged: verdicts.Verdicts, kind: str, caption: str, columns: Mapping[str, Items], tasks: Collection[str]) -> Table:
    """Differences to fine-tuning only; floors are left out."""
    study = judged.study
    lines = [study.line(row, [judged.gain(row, items) for items in columns.values()], tasks) for row in realigned(study, tasks)]
    notes = (verdicts.NOTE, tables.counted(columns), *study.apart(tasks), *study.told(tasks), *study.warnings(tasks))
    marked = tables.marked(columns)
    return Table(study.encoder, kind, f"{study.title}: {caption}", HEAD, tuple(columns), tuple(lines), notes, marked)


def realigned(study: Study, tasks: Collection[str]) -> list[Row]:
    """The rows that have a gain over fine-tuning only: all but that row itself and the floors."""
    none = Row(study.encoder, "none")
    return [row for row in study.rows(tasks) if row != none and not headings.apart(row)]
