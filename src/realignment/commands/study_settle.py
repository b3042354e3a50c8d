"""`realignment study --settle A B --delta POINTS`: what an answer takes, and with `--run` the answer. What is claimed: `results/settling.py`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from realignment.core.errors import BadInput

if TYPE_CHECKING:
    from realignment.config.schema import Settings
    from realignment.core.workspace import Workspace
    from realignment.executors.base import Executor
    from realignment.records.job import Job
    from realignment.results.settling import Answer, Question
    from realignment.results.tables import Study
    from realignment.statistics.two_batches import Batch
    from realignment.study.question_file import Written

POWER, MOST = 0.8, 40


def _two_rows(context: click.Context, option: click.Parameter, given: tuple[str, str] | None) -> tuple[str, str] | None:
    """Refuses an option that was taken for the second row."""
    if given and (wrong := next((one for one in given if one.startswith("--")), "")):
        raise BadInput(f"--settle takes two rows, as in `--settle uriel_diverse_10 random_10`; got `{wrong}` for one of them")
    return given


OPTIONS: list[click.Parameter] = [
    click.Option(
        ["--settle"], nargs=2, metavar="A B", callback=_two_rows,
        help="How many fresh seeds say whether row A is better or worse than row B, and what they cost; with --run, what they say.",
    ),
    click.Option(["--delta"], type=float, help="With --settle: the difference that matters, in points."),
    click.Option(["--power"], type=float, help=f"With --settle: how often a true difference of delta is found; default {POWER}."),
    click.Option(["--task"], help="With --settle: the scores of one task; default: the average over those of the study."),
    click.Option(["--encoder"], help="With --settle: label of study.encoders; default: the first."),
    click.Option(["--most"], type=int, help=f"With --settle: fresh seeds in all; default {MOST}."),
    click.Option(["--run", "run"], is_flag=True, default=None, help="With --settle: compute them, both rows and nothing else."),
]  # fmt: skip
NAMES = {str(one.name) for one in OPTIONS}


@dataclass
class Known:
    """A question and all that is known of it. `content` is study.json, `before` the runs of its encoder; `study` has the fresh ones too."""

    workspace: "Workspace"
    settings: "Settings"
    content: dict
    before: "Study"
    study: "Study"
    question: "Question"
    others: list["Written"]  # questions of the profile

    def cells(self) -> dict[str, str]:
        """Row and task -> the key of the cell that the question is about."""
        found = {}
        for one in self.content["records"]:
            row = type(self.question.ours)(one.cell.encoder, one.cell.subset, one.cell.control)
            if one.verb == "evaluate" and one.task in self.question.tasks and row in self.question.pair:
                found[f"{one.cell.row} {one.task}"] = one.cell_key
        return dict(sorted(found.items()))

    def jobs(self, seeds: tuple[int, ...]) -> list["Job"]:
        """Those of fresh seeds; BadInput where they would be of other cells than the study."""
        from realignment.records.cell import Cell, Seeds
        from realignment.study import grid

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

    def batches(self, written: "Written") -> list["Batch"]:
        """The whole ones; as many at most as were written down."""
        from realignment.results import settling
        from realignment.statistics.two_batches import Batch

        found = [settling.differences(self.study, self.question, seeds) for seeds in written.batches]
        return [Batch.of(list(one.values())) for one, seeds in zip(found, written.batches, strict=True) if len(one) == len(seeds)]


def answer(
    workspace: "Workspace", settings: "Settings", options: dict[str, Any], executor: "Executor | None" = None
) -> list[dict]:
    """Rows to print: what is asked, known and needed, and the answer where it is there."""
    from realignment.commands import study_settle_shown
    from realignment.core import digests

    with digests.kept(workspace.digests):
        known = read(workspace, settings, options)
        written = find(known)
        if options["run"]:
            written = run(known, written or plan(known), executor)
        facts = study_settle_shown.facts(known, written, asked(known.question), judged(known, written) if written else None)
    return [facts] if options.get("as_json") else study_settle_shown.rows(facts)


def read(workspace: "Workspace", settings: "Settings", options: dict[str, Any]) -> Known:
    """What is asked, of a study that is there; every fault in one line."""
    from realignment.results import settling, tables
    from realignment.results.settling import Question
    from realignment.study import inputs, question_file, study_file

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
        POWER if options["power"] is None else options["power"], MOST if options["most"] is None else options["most"],
    )  # fmt: skip
    return Known(workspace, settings, content, study, study, question, question_file.read(workspace))


def studied(workspace: "Workspace", content: dict, label: str) -> tuple[list, "Study | None"]:
    """The scores of a study, and the runs of one encoder."""
    import json

    from realignment.core import outputs
    from realignment.languages import table as languages
    from realignment.results import tables

    outputs.require(workspace, ("manifest.json", "languages.csv", "subsets.json"))
    subsets = json.loads(workspace.subsets.read_text(encoding="utf-8"))
    scores, found = tables.studies(content, languages.read(workspace.languages), subsets)
    return scores, next((one for one in found if one.encoder == label), None)


def asked(question: "Question") -> dict[str, Any]:
    """The question as it is written down."""
    from realignment.results import headings

    return {
        "encoder": question.ours.encoder, "ours": headings.label(question.ours), "theirs": headings.label(question.theirs),
        "tasks": list(question.tasks), "delta": question.delta, "power": question.power,
    }  # fmt: skip


def find(known: Known) -> "Written | None":
    """The question as it was written down, its finished fresh seeds read; None where it is a new one."""
    from realignment.core.console import note
    from realignment.study import question_file

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


def take(known: Known, written: "Written") -> None:
    """Reads what is finished of the fresh seeds into `known.study`."""
    from realignment.executors import beside

    fresh = beside.finished(known.workspace, known.jobs(tuple(seed for of_batch in written.batches for seed in of_batch)))
    content = {**known.content, "records": [*known.content["records"], *fresh]}
    found = studied(known.workspace, content, known.question.ours.encoder)[1]
    assert found is not None
    known.study = found


def plan(known: Known) -> "Written":
    """A new question with its first batch; nothing is written yet."""
    import datetime

    from realignment.results import settling
    from realignment.study.question_file import Written

    spread = settling.spread(known.study, known.question)
    looks, batch = settling.first(known.question, spread)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Written(
        1 + max((one.number for one in known.others), default=0), today, asked(known.question), known.cells(), looks, known.question.most,
        {"sd": spread.sd, "freedom": spread.freedom}, (seeds(known, batch.n),),
    )  # fmt: skip


def seeds(known: Known, count: int, more: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Fresh ones: in no run of either row, no setting and no question, and not among `more`."""
    from realignment import tracking
    from realignment.study import question_file

    study = known.settings.study
    taken = {seed for one in known.content["records"] for seed in vars(one.cell.seeds).values()} | set(more)
    taken |= {*study.seeds, *(study.draws or ()), *known.settings.select.draws}
    taken |= {seed for one in known.others for of_batch in one.batches for seed in of_batch}
    with tracking.reading():
        finished = tracking.seals(known.workspace.root, known.workspace.profile).keys()
    while True:
        found = question_file.fresh(count, taken)
        met = {job.cell.seeds.order for job in known.jobs(found) if job.verb == "evaluate" and job.key in finished}
        if not met:
            return found
        taken |= met


def run(known: Known, written: "Written", executor: "Executor | None") -> "Written":
    """Computes what is missing of each batch until there is an answer; the question and each batch are written down before their runs."""
    from realignment.results import settling
    from realignment.study import question_file

    with studying(known.workspace):
        question_file.write(known.workspace, written)
        while not written.answer:
            if len(known.batches(written)) < len(written.batches):
                compute(known, written, executor)
            batches = known.batches(written)
            said = settling.answer(known.question, written.looks, batches)
            if said.outcome:
                written = replace(written, answer=vars(said))
            else:
                spread = settling.Spread(written.spread["sd"], written.spread["freedom"])
                further = settling.second(known.question, written.looks, batches[0], spread)
                assert further is not None
                written = replace(written, batches=(*written.batches, seeds(known, further.n, written.batches[0])))
            question_file.write(known.workspace, written)
    return written


@contextmanager
def studying(workspace: "Workspace") -> Iterator[None]:
    from realignment.core import outputs
    from realignment.stages import study

    outputs.require(workspace, ("encoders", "alignments"))
    with study.locked(workspace):
        yield


def compute(known: Known, written: "Written", executor: "Executor | None") -> None:
    """The last batch; FailedWork where it is not whole afterwards."""
    from realignment.core.errors import FailedWork
    from realignment.executors import beside

    beside.compute(known.workspace, known.settings, known.jobs(written.batches[-1]), executor)
    take(known, written)
    if len(known.batches(written)) < len(written.batches):
        raise FailedWork("a batch is judged when it is whole, and runs are missing; the same command goes on")


def judged(known: Known, written: "Written") -> "Answer | None":
    """The answer as it was written down, else what the whole batches say so far."""
    from realignment.results import settling
    from realignment.results.settling import Answer

    if written.answer:
        return Answer(**written.answer)
    batches = known.batches(written)
    return settling.answer(known.question, written.looks, batches) if batches else None
