"""What `realignment study --settle` knows of its question: the study, the jobs of fresh seeds, what is written down and what is finished."""

import itertools
import json
from dataclasses import dataclass, replace
from typing import Any

from realignment.config.schema import Settings
from realignment.core import outputs
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.executors import beside
from realignment.languages import table as languages
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.results import headings, same_runs, settling, tables
from realignment.results.scores import Row
from realignment.results.settling import Answer, Question
from realignment.results.tables import Study
from realignment.statistics.two_batches import Batch
from realignment.study import grid, inputs, question_file, study_file
from realignment.study.question_file import Written


@dataclass
class Known:
    """A question and all that is known of it. `content` is study.json, `before` the runs of its encoder; `study` has the fresh ones too."""

    workspace: Workspace
    settings: Settings
    content: dict
    before: Study
    study: Study
    question: Question
    others: list[Written]  # questions of the profile

    def cells(self) -> dict[str, str]:
        """Row and task -> the key of the cell that the question is about."""
        found = {}
        for one in self.content["records"]:
            row = Row(one.cell.encoder, one.cell.subset, one.cell.control)
            if one.verb == "evaluate" and one.task in self.question.tasks and row in self.question.pair:
                found[f"{one.cell.row} {one.task}"] = one.cell_key
        return dict(sorted(found.items()))

    def jobs(self, seeds: tuple[int, ...]) -> list[Job]:
        """Those of fresh seeds; BadInput where they would be of other cells than the study."""
        cells = [Cell(row.encoder, row.subset, Seeds.all(seed), row.control) for seed in seeds for row in self.question.pair]
        jobs = grid.of_cells(self.workspace, self.settings, cells, self.question.tasks)
        known = self.cells()
        if other := [
            job.name for job in jobs if job.verb == "evaluate" and job.cell_key != known.get(f"{job.cell.row} {job.task}")
        ]:
            raise BadInput(
                f"{other[0]} would be of other settings, data or code than the runs of study.json; bring the study up to date first: `dvc repro study`"
            )
        return [replace(job, trial={"seed": job.cell.seeds.label}) for job in jobs]

    def batches(self, written: Written) -> list[Batch]:
        """Those that are whole, up to the first that is not."""
        found = [settling.differences(self.study, self.question, seeds) for seeds in written.batches]
        whole = itertools.takewhile(lambda pair: len(pair[0]) == len(pair[1]), zip(found, written.batches, strict=True))
        return [Batch.of(list(one.values())) for one, _ in whole]


def read(workspace: Workspace, settings: Settings, options: dict[str, Any]) -> Known:
    """What is asked, of a study that is there; every fault in one line."""
    if options["delta"] is None:
        raise BadInput("--delta is required: the difference that matters, in points, as in `--delta 0.5`")
    content = study_file.trusted(workspace)
    if not any(one.verb == "evaluate" for one in content["records"]):
        raise BadInput(
            f"a finished study of profile `{workspace.profile}` is required, which says how much seeds differ; run `dvc repro study`"
        )
    a, b = options["settle"]
    labels = {text.partition("/")[0] for text in (a, b) if "/" in text} | {one for one in [options["encoder"]] if one}
    if len(labels) > 1:
        raise BadInput(
            f"two rows of one encoder are required, {' and '.join(sorted(labels))} are given; `realignment compare` holds sides against each other"
        )
    label = inputs.encoder_spec(settings, next(iter(labels), None))[0]
    scores, study = studied(workspace, content, label)
    if study is None:
        raise BadInput(f"the study has no scores of encoder `{label}`; run `dvc repro study`")
    there = [task for task in tables.tasks(scores) if settling.items_of(study, [task])]
    ours, theirs = (settling.row_of(study, text, settings.select.n) for text in (a, b))
    question = Question(
        ours, theirs, settling.tasks_of(there, options["task"]), options["delta"],
        options["power"], options["most"],
    )  # fmt: skip
    if any({ours, theirs} <= set(rows) for rows in same_runs.of(content["records"])):
        raise BadInput(
            f"`{headings.label(ours)}` and `{headings.label(theirs)}` hold the same languages and are the same runs; name another row"
        )
    return Known(workspace, settings, content, study, study, question, question_file.read(workspace))


def studied(workspace: Workspace, content: dict, label: str) -> tuple[list, Study | None]:
    """The scores of a study, and the runs of one encoder."""

    outputs.require(workspace, ("manifest.json", "languages.csv", "subsets.json"))
    subsets = json.loads(workspace.subsets.read_text(encoding="utf-8"))
    scores, found = tables.studies(content, languages.read(workspace.languages), subsets)
    return scores, next((one for one in found if one.encoder == label), None)


def asked(question: Question) -> dict[str, Any]:
    """The question as it is written down."""
    return {
        "encoder": question.ours.encoder, "ours": headings.label(question.ours), "theirs": headings.label(question.theirs),
        "tasks": list(question.tasks), "delta": question.delta, "power": question.power,
    }  # fmt: skip


def find(known: Known) -> Written | None:
    """The question as it was written down, its finished fresh seeds read; None where it is a new one."""
    mine = asked(known.question)
    if other := question_file.turned(known.others, mine):
        raise BadInput(
            f"this was asked as `--settle {other.question['ours']} {other.question['theirs']}`, question {other.number}; ask it in that order"
        )
    wanted = question_file.identity(mine, known.cells())
    found = next((one for one in known.others if one.id == wanted), None)
    if found:
        if found.most != known.question.most:
            note(f"question {found.number} was written down with --most {found.most}, which holds")
            known.question = replace(known.question, most=found.most)
        take(known, found)
    return found


def take(known: Known, written: Written) -> None:
    """Reads what is finished of the fresh seeds into `known.study`."""
    fresh = beside.finished(known.workspace, known.jobs(tuple(seed for of_batch in written.batches for seed in of_batch)))
    there = {one.key for one in known.content["records"]}  # a study whose seeds are these now has taken their runs over
    content = {**known.content, "records": [*known.content["records"], *(one for one in fresh if one.key not in there)]}
    found = studied(known.workspace, content, known.question.ours.encoder)[1]
    assert found is not None
    known.study = found


def judged(known: Known, written: Written) -> Answer | None:
    """The answer as it was written down, else what the whole batches say so far."""
    if written.answer:
        return Answer(**written.answer)
    batches = known.batches(written)
    return settling.answer(known.question, written.looks, batches) if batches else None
