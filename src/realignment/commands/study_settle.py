"""`realignment study --settle A B --delta POINTS`: what an answer takes, and with `--run` the answer. What is claimed: `results/settling.py`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from realignment.core.errors import BadInput

if TYPE_CHECKING:
    from realignment.commands.study_settle_known import Known
    from realignment.config.schema import Settings
    from realignment.core.workspace import Workspace
    from realignment.executors.base import Executor
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


def answer(
    workspace: "Workspace", settings: "Settings", options: dict[str, Any], executor: "Executor | None" = None
) -> list[dict]:
    """Rows to print: what is asked, known and needed, and the answer where it is there."""
    from realignment.commands import study_settle_shown
    from realignment.commands.study_settle_known import asked, find, judged, read
    from realignment.core import digests

    defaults = {"power": POWER, "most": MOST}
    given = options | {name: value for name, value in defaults.items() if options[name] is None}
    with digests.kept(workspace.digests):
        known = read(workspace, settings, given)
        written = find(known)
        if options["run"]:
            written = run(known, written or plan(known), executor)
        facts = study_settle_shown.facts(known, written, asked(known.question), judged(known, written) if written else None)
    return [facts] if options.get("as_json") else study_settle_shown.rows(facts)


def plan(known: "Known") -> "Written":
    """A new question with its first batch; nothing is written yet."""
    import datetime

    from realignment.commands.study_settle_known import asked
    from realignment.results import settling
    from realignment.study.question_file import Written

    spread = settling.spread(known.study, known.question)
    looks, batch = settling.first(known.question, spread)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Written(
        1 + max((one.number for one in known.others), default=0), today, asked(known.question), known.cells(), looks, known.question.most,
        {"sd": spread.sd, "freedom": spread.freedom}, (seeds(known, batch.n),),
    )  # fmt: skip


def seeds(known: "Known", count: int, more: tuple[int, ...] = ()) -> tuple[int, ...]:
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


def run(known: "Known", written: "Written", executor: "Executor | None") -> "Written":
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


def compute(known: "Known", written: "Written", executor: "Executor | None") -> None:
    """What is missing of the batches; FailedWork where one is not whole afterwards."""
    from realignment.commands.study_settle_known import take
    from realignment.core.errors import FailedWork
    from realignment.executors import beside

    every = tuple(seed for of_batch in written.batches for seed in of_batch)
    beside.compute(known.workspace, known.settings, known.jobs(every), executor)
    take(known, written)
    if len(known.batches(written)) < len(written.batches):
        raise FailedWork("a batch is judged when it is whole, and runs are missing; the same command goes on")
