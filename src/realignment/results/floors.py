"""What is no measurement: scores that their gold leaves undefined, and tasks in which no row is above a guess."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from realignment.results import headings
from realignment.results.averages import Held, Runs
from realignment.results.scores import AVERAGED, RETRIEVAL, WITHOUT_ENGLISH, Row
from realignment.statistics.summary import Summary
from realignment.tasks import MODULES

MARK = "†"  # beside a column whose means leave something out
UNDEFINED = "undefined"
WHY = {  # task -> what its gold lacks where a score is undefined
    **{name: module.UNDEFINED for name, module in MODULES.items()},
    RETRIEVAL: "fewer than two held-out pairs",
}
GUESSES = ("majority", "hypothesis")  # controls that answer without reading what the task asks about
UNTRAINED = "untrained"  # the control whose encoder knows nothing before it is fine-tuned
ERRORS = 2  # standard errors above its floor from which a row counts as above it


@dataclass(frozen=True)
class AtFloor:
    """A task of an encoder in which no row is told from a guess. Means over languages, English apart, in [0, 1]."""

    encoder: str
    task: str
    guess: str  # which floor: a control, or chance
    floor: float
    best: float  # of the rows
    row: str  # whose it is

    def __str__(self) -> str:
        title = headings.task(self.task)
        return (
            f"{title} of {headings.encoder(self.encoder)} stays at its floor in every row: the best, {100 * self.best:.2f} ({self.row}), is not "
            f"{ERRORS} standard errors above {self.guess}, {100 * self.floor:.2f}; differences in {title} say nothing of realignment."
        )


def at_floor(runs: Runs, encoder: str, tasks: Iterable[str]) -> list[AtFloor]:
    """The tasks whose every row, controls too, is at most ERRORS standard errors above its highest floor.

    The standard error is that of the row's seeds or, where it is larger or there is one seed, that of the floor over the test items.
    Tasks without a floor (study.floors: false) are not judged.
    """
    found = (_judged(runs, encoder, task) for task in tasks)
    return [one for one in found if one]


def below(runs: Runs, encoder: str, tasks: Iterable[str]) -> list[str]:
    """A sentence on each task in which fine-tuning only scores less than a guess, or than an encoder of fresh weights that is fine-tuned like it:
    so much of any gain brings nothing that is not to be had without the encoder."""
    said = []
    for task in tasks:
        held = _floor(runs, encoder, task, (*GUESSES, UNTRAINED))
        mean = runs.cell(Row(encoder, "none"), held.items).mean if held else None
        if held and mean is not None and mean < held.floor:
            title = headings.label(Row(encoder, "none")) if task == RETRIEVAL else "fine-tuning only"
            reached = "an encoder of fresh weights" if held.guess == UNTRAINED else "a guess"
            said.append(
                f"{headings.task(task)} of {headings.encoder(encoder)}: {title} scores {100 * mean:.2f}, below its floor ({held.guess}, "
                f"{100 * held.floor:.2f}); the first {100 * (held.floor - mean):.2f} points of a gain reach no more than {reached}."
            )
    return said


@dataclass(frozen=True)
class _Floor:
    """The highest floor of a task, and what its means are over."""

    items: Held
    guess: str
    floor: float


def _floor(runs: Runs, encoder: str, task: str, controls: Sequence[str] = GUESSES) -> _Floor | None:
    items = runs.items(encoder, [task], WITHOUT_ENGLISH) or runs.items(encoder, [task], AVERAGED)
    if not items:
        return None
    guesses = {one: runs.cell(Row(encoder, "none", one), items).mean for one in controls}
    guesses["chance"] = _chance(runs, items) if task == RETRIEVAL else None
    known = {name: mean for name, mean in guesses.items() if mean is not None}
    if not known:
        return None
    guess = max(known, key=lambda name: known[name])
    return _Floor(items, guess, known[guess])


def _judged(runs: Runs, encoder: str, task: str) -> AtFloor | None:
    held = _floor(runs, encoder, task)
    if held is None:
        return None
    items, guess, floor = held.items, held.guess, held.floor
    rows = [row for row in runs.rows if row.encoder == encoder and not headings.apart(row)]
    cells = {headings.label(row): cell for row in rows if (cell := runs.cell(row, items)).n}
    if not cells:
        return None
    sampling = math.sqrt(floor * (1 - floor) / max(1, sum(runs.sizes.get((task, code), 0) for code in items[task])))
    if any(cell.mean > floor + ERRORS * max(sampling, _error(cell)) for cell in cells.values()):
        return None
    best = max(cells, key=lambda name: cells[name].mean)
    return AtFloor(encoder, task, guess, floor, cells[best].mean, best)


def _error(cell: Summary) -> float:
    return 0.0 if cell.std is None else cell.std / math.sqrt(cell.n)


def _chance(runs: Runs, items: Held) -> float | None:
    """Of finding the one right pair, mean over languages; None where it is not known how many there are."""
    counts = [runs.sizes.get((RETRIEVAL, code), 0) for code in items[RETRIEVAL]]
    return math.fsum(1 / count for count in counts) / len(counts) if all(counts) else None


def warnings(runs: Runs, encoder: str, tasks: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """What must be known before a number of these tasks is read; `names` are those of languages."""
    found = left_out(runs, encoder, tasks, names)
    low = at_floor(runs, encoder, tasks)
    told = {one.task for one in low}
    return found + [str(one) for one in low] + below(runs, encoder, [task for task in tasks if task not in told])


def left_out(runs: Runs, encoder: str, tasks: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """A sentence that names the scores of some tasks that are undefined; none where all are defined."""
    found: dict[tuple[str, str], list[str]] = {}
    for task, name, code in sorted(runs.undefined.get(encoder, {})):
        if task in tasks:
            found.setdefault((task, name), []).append(f"{names.get(code, '')} {code}".strip())
    said = [
        f"{' '.join(dict.fromkeys((headings.task(task), name)))} of {', '.join(codes)}"
        + (f" ({WHY[task]})" if task in WHY else "")
        for (task, name), codes in found.items()
    ]
    return [f"{MARK} {UNDEFINED}, and in no mean: {'; '.join(said)}."] if said else []
