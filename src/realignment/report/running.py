"""The page of a study that is running: what is finished, beside what is planned. It judges nothing, which only all the runs together can."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from realignment.config.schema import Settings
from realignment.report import header, signatures
from realignment.report.view import Link, Section, View, of_rows, of_table
from realignment.results import headings
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.tables import Study, Table
from realignment.study import study_file

TEXT = (
    "Scores of finished runs, by task. A mean over fewer seeds than the others says its n; — stands for what is not finished. Differences, "
    "verdicts and averages over tasks are shown when all runs are there."
)
EMPTY = "No evaluation is finished yet."


def notice(plan: Mapping[str, Any], written: str, generated: bool) -> str:
    """How far the study is; `written` is the time of day."""
    return (
        f"The study is running: {len(plan['records'])} of {len(plan['runs'])} runs are finished (written {written}). This page is written again "
        "about once a minute and gives way to the report. If that time is long past, the study was stopped: `make repro` goes on with it."
        + f" {header.GENERATED}"
        * generated
    )


def facts(plan: Mapping[str, Any], settings: Settings) -> header.Facts:
    """What is planned."""
    study = settings.study
    rows = dict.fromkeys(subset for _, _, subset, _, _ in plan["runs"].values() if subset != "none")
    return {
        "Encoders": "; ".join(header.encoder(label, one["name"], settings) for label, one in study_file.bases(plan).items()),
        "Realigned on": f"{len(rows)} subsets ({plan['reading']}): {', '.join(rows)}; beside fine-tuning only",
        "Tasks": ", ".join(headings.task(task) for task in headings.TASKS if task in study.tasks),
        "Seeds": ", ".join(map(str, study.seeds)),
        "Device": plan["device"],
        "Runs": f"{len(plan['records'])} of {len(plan['runs'])} finished",
    }


def page_sections(plan: Mapping[str, Any], studies: Sequence[Study], authors: Link | None) -> list[Section]:
    """Scores as far as they go, and how many runs of each row are finished; `authors` leads to the authors' page, where it is there."""
    opened: list[View] = []
    folded: list[View] = []
    for study in studies:
        line = signatures.of_study(dict(plan), study.encoder)
        for table in _tables(study):
            (opened if table.kind == "tasks" else folded).append(of_table(table, line))
    scores = Section("so-far", "Scores so far", (TEXT if opened else EMPTY,), tables=opened, folded=folded, short="So far")
    rows = of_rows("progress", "Runs of each row: planned, and finished", _progress(plan), section="encoder")
    counted = Section("progress-of", "How far is it?", tables=[rows] if rows else [], short="How far")
    if authors:
        counted.links = (authors,)
    return [scores, counted]


def _tables(study: Study) -> list[Table]:
    """Each column is of one task: a mean over the tasks that happen to be finished would change its meaning from page to page."""
    tasks = [task for task in headings.TASKS if task != RETRIEVAL and study.rows([task])]
    found = [study.scores("tasks", "scores by task, so far", study.task_columns(tasks), tasks)] if tasks else []
    for task in [*tasks, *([RETRIEVAL] if study.rows([RETRIEVAL]) else [])]:
        columns = study.group_columns([task])
        found.append(study.scores(f"levels-{task}", f"{headings.task(task)} by resource level, so far", columns, [task]))
    return found


def _progress(plan: Mapping[str, Any]) -> list[dict]:
    planned = Counter(Row(encoder, subset, control) for _, encoder, subset, control, _ in plan["runs"].values())
    done = Counter(Row(one.cell.encoder, one.cell.subset, one.cell.control) for one in plan["records"])
    return [
        {
            "row": headings.place(row)[1],
            "name": headings.label(row),
            "encoder": headings.encoder(row.encoder),
            "planned": planned[row],
            "finished": done[row],
        }
        for row in sorted(planned, key=headings.order)
    ]
