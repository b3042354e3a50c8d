"""The cosines of gradients as the page tables them: a table an encoder and task, a line a row, a column a block."""

from collections.abc import Sequence

from realignment.report.view import View, of_rows
from realignment.results import headings
from realignment.results.gradients import Pull, by_task, short

TOLD = (
    "The cosine of the gradients of realignment and of the task, block by block: 0, the two ask for unrelated changes; above, one helps the "
    "other; below, they are in each other's way. Both are taken of the fine-tuned model without dropout, realignment's on held-out pairs of all "
    "languages (also for the row none, and of sentences also where words are realigned), the task's on English training rows; all rows of a seed "
    "read the same batches."
)
NOTE = (
    "Mean over seeds ± one standard error, where there are several. emb.: the table of tokens. The file gradients.csv has all digits, and the "
    "means over single batches with their standard error."
)


def views(pulls: Sequence[Pull]) -> list[View]:
    return [view for (encoder, task), mine in by_task(pulls).items() if (view := _view(encoder, task, mine))]


def _view(encoder: str, task: str, pulls: Sequence[Pull]) -> View | None:
    groups = sorted({one.group for one in pulls})  # embedding comes before layer_01
    held = {(one.row, one.group): _shown(one) for one in pulls}
    rows = [
        {"Name": headings.label(row), **{short(group): held.get((row, group), "—") for group in groups}}
        for row in dict.fromkeys(one.row for one in pulls)
    ]
    caption = f"{headings.encoder(encoder)}, {headings.task(task)}: cosine of the gradients of realignment and task, by block"
    return of_rows(f"{encoder}-gradients-{task}", caption, rows, (NOTE,))


def _shown(pull: Pull) -> str:
    spread = "" if pull.error is None else f" ± {pull.error:.3f}"
    return f"{pull.cosine.mean:+.3f}".replace("-", "−") + spread
