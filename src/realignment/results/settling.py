"""One question about two rows of a study, which fresh seeds answer: how many, what they cost, what they say.

The seeds of the study raise the question and say how much a difference varies; they are no part of its answer. Whoever asks has seen
them, and has picked the pair and the task from many, perhaps because they looked promising: a test that counted those seeds again
would say `better` too often by an amount that nobody knows. Fresh seeds have seen nothing, so the error rates hold whatever led to the
question (`statistics/two_batches.py`: exact for normal differences). Four seeds of a study would save as many at best.

A fresh seed is a run of each row with that seed, and one difference: what a seed does to both rows cancels, and of a random subset, whose
languages are drawn anew for each fresh seed, the draw is part of the difference. One question is a family of its own: each side
of `better` and `worse` errs in at most half of LEVEL, `no difference of delta or more` in at most LEVEL of the cases in which there
is one. The tables of a report answer for all that they hold and never hold these runs.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from realignment.core.errors import BadInput, nearest
from realignment.records.cell import CONTROLS
from realignment.records.record import Record
from realignment.results import comparisons, draws, headings, noise, timed
from realignment.results.scores import WITHOUT_ENGLISH, Row
from realignment.results.tables import Items, Study
from realignment.statistics import inference, two_batches
from realignment.statistics.two_batches import Batch, Plan, Rule
from realignment.subsets import naming

OUTCOMES = {two_batches.HIGHER: "better", two_batches.LOWER: "worse", two_batches.SMALL: "no difference of {:g} or more"}
LIMITS = 0.95  # of the interval of the spread


@dataclass(frozen=True)
class Question:
    """Whether `ours` differs from `theirs`, both of one encoder, in the mean over languages but English and over `tasks`."""

    ours: Row
    theirs: Row
    tasks: tuple[str, ...]
    delta: float  # points
    power: float
    most: int  # fresh seeds

    def __post_init__(self) -> None:
        if self.ours == self.theirs:
            raise BadInput(f"two rows are required, `{headings.label(self.ours)}` is given twice; name another")
        if not 0 < self.delta <= 100:
            raise BadInput(f"--delta takes points above 0, up to 100, got {self.delta:g}")
        if not 0.5 < self.power < 1:
            raise BadInput(f"--power takes a share between 0.5 and 1, such as 0.8, got {self.power:g}")
        if self.most < two_batches.LEAST:
            raise BadInput(f"--most takes {two_batches.LEAST} seeds or more, got {self.most}: fewer find nothing")

    @property
    def pair(self) -> tuple[Row, Row]:
        return self.ours, self.theirs

    @property
    def text(self) -> str:
        column = (
            headings.task(self.tasks[0]) if len(self.tasks) == 1 else "mean over " + ", ".join(map(headings.task, self.tasks))
        )
        return f"{headings.label(self.ours)} against {headings.label(self.theirs)}, {headings.encoder(self.ours.encoder)}, {column} without English"


def row_of(study: Study, text: str, n: int) -> Row:
    """The row of a study that `ENCODER/SUBSET.CONTROL` names, encoder and control where there is one; `n` is the size of a name without."""
    encoder, _, rest = text.rpartition("/")
    name, _, control = rest.replace(" ", ".").partition(".")
    if name in CONTROLS and headings.apart(Row(study.encoder, "none", name)):
        name, control = "none", name
    if control not in CONTROLS:
        raise BadInput(f"`{text}`: unknown kind of row `{control}`; {nearest(control, [one for one in CONTROLS if one])}")
    row = Row(encoder or study.encoder, naming.canonical(name, n), control)
    if headings.apart(row):
        raise BadInput(
            f"`{text}` is a floor or a ceiling, which has one seed and is compared with nothing; name a row of study.subsets"
        )
    if row not in study.runs.rows:
        there = sorted(headings.label(one) for one in study.runs.rows if one.encoder == row.encoder and not headings.apart(one))
        raise BadInput(
            f"the study has no row `{headings.label(row)}` of encoder `{row.encoder}`; {nearest(headings.label(row), there)}"
        )
    return row


def tasks_of(known: Sequence[str], asked: str | None) -> tuple[str, ...]:
    """The asked one, or all that the study has."""
    if asked and asked not in known:
        raise BadInput(f"the study has no scores of task `{asked}`; it has {', '.join(known)}")
    return (asked,) if asked else tuple(known)


def items_of(study: Study, tasks: Sequence[str]) -> Items:
    """What the averages of the report without English are over."""
    return study.items(tasks, WITHOUT_ENGLISH)


@dataclass(frozen=True)
class Spread:
    """Standard deviation of the difference of two runs with one seed, points, and its degrees of freedom."""

    sd: float
    freedom: float

    @property
    def limits(self) -> tuple[float, float]:
        return two_batches.limits(self.sd, self.freedom, 1 - LIMITS)

    def with_batch(self, batch: Batch) -> "Spread":
        """Together with what a batch of fresh pairs showed."""
        freedom = self.freedom + batch.n - 1
        return Spread(math.sqrt((self.freedom * self.sd**2 + (batch.n - 1) * float(batch.sd) ** 2) / freedom), freedom)


def spread(study: Study, question: Question) -> Spread:
    """By the variances that verdicts use (each row's, drawn towards the pooled one of its column), those of both rows added.

    That seeds are shared is left out: the plan rather has a seed too many. BadInput where a row has fewer than two seeds.
    """
    items = items_of(study, question.tasks)
    for row in question.pair:
        if (found := study.runs.cell(row, items).n) < 2:
            raise BadInput(
                f"two finished seeds of `{headings.label(row)}` at least are required to know a spread, {found} are there; `dvc repro study`"
            )
    columns = {"": items}
    about = noise.of_column(study, items, comparisons.rows(study, columns)).apart
    variances = [about.variance[row] + _within(study, row, items) for row in question.pair]
    most = sum(about.total[random] for random in {draws.drawn(row) for row in question.pair})
    free = [about.freedom[row] for row in question.pair]
    freedom = float(inference.satterthwaite((variances[0], free[0]), (variances[1], free[1]), most))
    if not freedom or not sum(variances) > 0:
        raise BadInput(
            f"no spread is known: all seeds of `{headings.label(question.ours)}` and `{headings.label(question.theirs)}` agree, or a draw stands alone; "
            "run further seeds or draws (study.seeds, study.draws)"
        )
    return Spread(100 * math.sqrt(sum(variances)), freedom)


def _within(study: Study, row: Row, items: Items) -> float:
    """What a run of a random subset varies by beyond the mean of its draw's runs, where a draw has several."""
    values = study.runs.by_seed(row, items)
    parts = draws.parts(values) if draws.drawn(row) else None
    return parts.seed**2 * (1 - parts.draws / parts.runs) if parts and parts.seed is not None else 0.0


def parts(study: Study, question: Question) -> list[dict]:
    """Of each random row, what a draw and what a training seed move a score by, points; None where not told apart (`how` says why)."""
    items, found = items_of(study, question.tasks), []
    for row in filter(draws.drawn, question.pair):
        one = draws.parts(study.runs.by_seed(row, items))
        sd = {"draw": one.draw, "training seed": one.seed}
        points = {name: None if value is None else 100 * value for name, value in sd.items()}
        found.append({"row": headings.label(row), "draws": one.draws, "runs": one.runs, **points, "how": one.how})
    return found


def seen(study: Study, question: Question) -> tuple[float, int, int]:
    """(the difference of the means so far, points; seeds of either row)."""
    ours, theirs = (study.runs.cell(row, items_of(study, question.tasks)) for row in question.pair)
    return 100 * (ours.mean - theirs.mean), ours.n, theirs.n  # type: ignore[operator]


def first(question: Question, found: Spread) -> tuple[int, Plan]:
    """(looks, the first batch)."""
    return two_batches.first(found.sd, question.delta, question.power, inference.LEVEL, question.most)


def required(question: Question, sd: float) -> int | None:
    """Fresh seeds that find delta with the power asked for in one batch of two looks; None beyond 100,000."""
    return two_batches.needed(sd, question.delta, question.power, two_batches.critical(inference.LEVEL / 2, 2))


def second(question: Question, looks: int, batch: Batch, found: Spread) -> Plan | None:
    """The batch after the first; None where that one was the only look."""
    if looks == 1:
        return None
    return two_batches.second(rule(question, looks), batch, found.with_batch(batch).sd, question.power, question.most - batch.n)


def rule(question: Question, looks: int) -> Rule:
    return Rule(question.delta, looks, inference.LEVEL)


def differences(study: Study, question: Question, seeds: Iterable[int]) -> dict[int, float]:
    """Seed -> points, of the fresh seeds that both rows have."""
    items = items_of(study, question.tasks)
    ours, theirs = (study.runs.by_seed(row, items) for row in question.pair)
    return {seed: 100 * (ours[str(seed)] - theirs[str(seed)]) for seed in seeds if str(seed) in ours and str(seed) in theirs}


@dataclass(frozen=True)
class Answer:
    """What whole batches say."""

    outcome: str
    mean: float  # points, over all fresh seeds
    low: float | None  # repeated confidence interval; None where fresh seeds do not vary
    high: float | None
    seeds: int


def outcome(question: Question, looks: int, batches: Sequence[Batch]) -> str:
    """`better`, `worse`, `no difference of DELTA or more`, `cannot tell ...`; "" where another batch may follow."""
    said, n = str(rule(question, looks).answers(batches)), sum(one.n for one in batches)
    if said in OUTCOMES:
        return OUTCOMES[said].format(question.delta)
    if len(batches) < looks:
        return ""
    return (
        f"cannot tell within {question.most} seeds" if n == question.most else f"cannot tell by two batches of {n} seeds together"
    )


def answer(question: Question, looks: int, batches: Sequence[Batch]) -> Answer:
    n = sum(one.n for one in batches)
    mean = sum(one.n * float(one.mean) for one in batches) / n
    interval = (one if math.isfinite(one) else None for one in rule(question, looks).interval(batches))
    return Answer(outcome(question, looks, batches), mean, *interval, n)


def seconds(records: Iterable[Record], question: Question) -> dict[tuple[Row, str, str], float]:
    """(row, verb, task) -> the mean seconds of its finished runs, else of those of its encoder; a training that was interrupted has none."""
    held: dict[tuple, list[float]] = defaultdict(list)
    records = list(records)
    took = timed.whole(records)
    for one in records:
        if one.key in took:
            row = Row(one.cell.encoder, one.cell.subset, one.cell.control)
            for key in ((row, one.verb, one.task), (one.cell.encoder, one.verb, one.task)):
                held[key].append(took[one.key])
    wanted = {
        (row, verb, task): held.get((row, verb, task)) or held.get((row.encoder, verb, task), [])
        for row in question.pair
        for verb, task in jobs_of(row, question.tasks)
    }
    return {key: math.fsum(found) / len(found) for key, found in wanted.items() if found}


def jobs_of(row: Row, tasks: Collection[str]) -> list[tuple[str, str]]:
    """(verb, task) of what one seed of a row takes."""
    realigned = [] if row.subset == "none" else [("realign", "")]
    return realigned + [(verb, task) for task in tasks for verb in ("finetune", "evaluate")]


def cost(known: Mapping[tuple[Row, str, str], float], question: Question, seeds: int) -> tuple[int, float | None]:
    """(runs, hours one after another) of so many fresh seeds of both rows; no hours where seconds of a job are not known."""
    jobs = [(row, *one) for row in question.pair for one in jobs_of(row, question.tasks)]
    hours = math.fsum(known[one] for one in jobs) / 3600 if known.keys() >= set(jobs) else None
    return seeds * len(jobs), None if hours is None else seeds * hours
