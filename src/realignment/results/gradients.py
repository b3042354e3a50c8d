"""The cosines of gradients that evaluations hold: of each row, task and group of parameters, over seeds. Pure; drawn and tabled by `report`."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results import headings
from realignment.results.scores import Row
from realignment.statistics.summary import Summary


@dataclass(frozen=True)
class Pull:
    """How alike the gradient of realignment and that of a task are, in one group of parameters (`embedding`, `layer_01`, ...)."""

    task: str
    row: Row
    group: str
    cosine: Summary  # one a seed, in [-1, 1]
    batches: Summary  # of each seed the mean over single batches
    within: float | None  # standard error over batches, the root of its mean square over seeds; None where a seed has none

    @property
    def error(self) -> float | None:
        """Standard error of the mean over seeds; None below two."""
        return None if self.cosine.std is None else self.cosine.std / math.sqrt(self.cosine.n)


def of_records(records: Iterable[Record]) -> list[Pull]:
    """By encoder, task and row in table order, the embedding first; a group that a loss does not reach in some run is left out."""
    found: dict[tuple[str, Row], list[Record]] = defaultdict(list)
    for record in records:
        if record.gradients:
            found[record.task, Row(record.cell.encoder, record.cell.subset, record.cell.control)].append(record)
    tasks = list(headings.TASKS)
    order = sorted(found, key=lambda one: (one[1].encoder, tasks.index(one[0]), headings.order(one[1])))
    return [pull for task, row in order for pull in _of_row(task, row, found[task, row])]


def _of_row(task: str, row: Row, runs: list[Record]) -> list[Pull]:
    runs = sorted(runs, key=lambda one: seed_label(one.cell.seeds))
    seeds, pulls = tuple(seed_label(one.cell.seeds) for one in runs), []
    for group in runs[0].gradients:
        told = [one.gradients.get(group, {}) for one in runs]
        cosines, means, errors = ([one.get(what) for one in told] for what in ("cosine", "mean", "error"))
        if None in cosines or None in means:
            continue
        within = None if None in errors else math.sqrt(statistics.fmean(one**2 for one in errors))
        pulls.append(Pull(task, row, group, Summary(tuple(cosines), seeds), Summary(tuple(means), seeds), within))
    return pulls


def rows(pulls: Iterable[Pull]) -> list[dict]:
    """For a CSV file, a line a row, task and group."""
    return [
        {
            "encoder": one.row.encoder,
            "task": one.task,
            "subset": headings.label(one.row),
            "group": one.group,
            "cosine": one.cosine.mean,
            "std": one.cosine.std,
            "n": one.cosine.n,
            "cosine of single batches": one.batches.mean,
            "error over batches": one.within,
        }
        for one in pulls
    ]


def by_task(pulls: Sequence[Pull]) -> dict[tuple[str, str], list[Pull]]:
    """(encoder, task) -> its cosines."""
    found: dict[tuple[str, str], list[Pull]] = {}
    for one in pulls:
        found.setdefault((one.row.encoder, one.task), []).append(one)
    return found


def short(group: str) -> str:
    """`emb.` of the table of tokens, else the number of the block."""
    return str(int(group.removeprefix("layer_"))) if group.startswith("layer_") else "emb."
