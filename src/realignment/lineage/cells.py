"""Every cell of the report's tables under its address, and what each column is a mean over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from realignment.lineage import columns as named
from realignment.results import by_set, comparisons, formatting, headings, study_tables, verdicts
from realignment.results.addresses import ALL, Address
from realignment.results.scores import RETRIEVAL, Row, Score
from realignment.results.tables import Items, Study
from realignment.statistics.summary import Difference, Summary

Part = tuple[str, str, str]  # task, evaluation set, language: a score of each run
MEANS = ("Average", "Average without English")  # the columns that stand in the table by task as well


@dataclass(frozen=True)
class Column:
    """Of one encoder. `task` and `title` are those of its cells' addresses."""

    encoder: str
    task: str
    title: str
    parts: tuple[Part, ...] = field(compare=False)  # what it is a mean over


@dataclass(frozen=True)
class Cell:
    """A number of the report with the number itself; `places` are the kinds of tables it stands in."""

    address: Address
    column: Column
    value: Summary | Difference
    by_seed: Mapping[str, float]
    places: tuple[str, ...]

    @property
    def text(self) -> str:
        return formatting.text(self.value, self.value.n)

    @property
    def spread(self) -> float | None:
        return self.value.std if isinstance(self.value, Summary) else self.value.error


@dataclass(frozen=True)
class Verdict:
    """What a table of verdicts says of a row against another in a column."""

    column: Column
    row: Row
    base: Row
    difference: float | None
    verdict: str

    @property
    def key(self) -> tuple[Column, Row, Row]:
        return self.column, self.row, self.base


def of_report(found: list[Score], studies: list[Study]) -> Iterator[Cell]:
    """Scores and gains of every row and column, in the order of the tables; also those that no table shows."""
    for study in studies:
        tasks = named.trained(study)
        judged, sets = verdicts.of_study(study, tasks), {}
        for column, apart, items in columns(study, found):
            yield from _scores(apart, column, items)
            judge, shown, task = judged, items, column.task
            if apart is not study:
                if task not in sets:
                    sets[task] = verdicts.of_sets(apart, by_set.columns_of(study, found, task)[1])
                judge, shown = named.judged_by(task, items, judged, sets[task])
            yield from _gains(judge, column, shown, headings.averaged(tasks) if task == ALL else list(shown))


def columns(study: Study, found: list[Score]) -> Iterator[tuple[Column, Study, Items]]:
    """Every column of an encoder, with the study its numbers are read from and what it holds there."""
    there = {task for task, _ in study.runs.group[study.encoder]}
    for task in [*([ALL] if named.trained(study) else []), *(one for one in headings.TASKS if one in there)]:
        for title, (apart, items) in named.columns(study, found, task).items():
            held = tuple(parts(items, study.runs.counted, "" if apart is study else task))
            yield Column(study.encoder, task, title, held), apart, items


def verdicts_of(studies: Iterable[Study]) -> Iterator[Verdict]:
    """Those of the report's tables of verdicts: every row against fine-tuning only and all languages, against random subsets of its size, and,
    realigned otherwise, against its plain row.

    The task of their columns is the family, which no cell's address has.
    """
    for study in studies:
        families = verdicts.of_study(study, named.trained(study)).families
        for kind in verdicts.TABLED:
            yield from _of_family(study, kind, families.get(kind, {}))


def _of_family(study: Study, kind: str, columns: Mapping[str, Items]) -> Iterator[Verdict]:
    wanted = {f"verdicts-{kind}": comparisons.pairs(study, columns)}
    wanted |= {f"random-{kind}": comparisons.random_pairs(study, columns)} if kind in (verdicts.LEVELS, verdicts.BY_TASK) else {}
    wanted |= {f"otherwise-{kind}": comparisons.otherwise_pairs(study, columns)} if kind in verdicts.OTHERWISE else {}
    measured = comparisons.measured(study, columns)
    held = {title: tuple(parts(items, study.runs.counted, "")) for title, items in columns.items()}
    for name, pairs in wanted.items():
        known = {title: Column(study.encoder, name, title, held[title]) for title in columns}
        compared = comparisons.compare(study, columns, pairs, measured)
        for one, said in zip(compared, comparisons.verdicts(compared), strict=True):
            if said != comparisons.MISSING:
                yield Verdict(known[one.column], one.row, one.base, one.difference, said)


def parts(items: Items, counted: Mapping[tuple[str, str], set[str]], task: str) -> Iterator[Part]:
    """What a column is a mean over. `task`: where the columns are those of evaluation sets, which stand in place of tasks."""
    for name, languages in items.items():
        for code in languages:
            yield from [(task, name, code)] if task else [(name, one, code) for one in sorted(counted[name, code])]


def _scores(study: Study, column: Column, items: Items) -> Iterator[Cell]:
    for row in study.rows(list(items)):
        value = study.runs.cell(row, items)
        if value.n:
            yield Cell(
                _address(column, row), column, value, dict(zip(value.seeds, value.values, strict=True)), _places(column, items)
            )


def _gains(judged: verdicts.Verdicts, column: Column, items: Items, tasks: list[str]) -> Iterator[Cell]:
    study = judged.study
    shown = column.task in (ALL, RETRIEVAL) and column.title in study.group_columns(tasks)
    kind = f"gains-{RETRIEVAL}" if column.task == RETRIEVAL else "gains"
    for row in study_tables.realigned(study, tasks):
        value = judged.gain(row, items)
        if value.mean is not None:
            seeds = dict(zip(value.ours.seeds, value.ours.values, strict=True))
            yield Cell(_address(column, row, gain=True), column, value, seeds, (f"{study.encoder}-{kind}",) if shown else ())


def _address(column: Column, row: Row, gain: bool = False) -> Address:
    return Address(row.encoder, row.subset, row.control, column.task, column.title, gain)


def _places(column: Column, items: Items) -> tuple[str, ...]:
    task, encoder = column.task, column.encoder
    if task == ALL:
        return (f"{encoder}-levels",)
    if _is_language(column, items):
        return (f"{encoder}-languages-{task}",)
    if task not in items:
        return (f"{encoder}-sets-{task}",) if task != RETRIEVAL else ()
    if task == RETRIEVAL:
        return (f"{encoder}-{RETRIEVAL}",)
    return (f"{encoder}-levels-{task}", *([f"{encoder}-tasks"] if column.title in MEANS else []))


def _is_language(column: Column, items: Items) -> bool:
    """Whether the column is a language's own, which stands in the table by language."""
    return items == {column.task: [column.title]}
