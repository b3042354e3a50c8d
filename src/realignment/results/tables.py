"""Runs to tables: rows are subsets, floors and controls, columns groups, tasks or languages. Pure; written out by `formatting`."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.records import validate
from realignment.records.record import Record
from realignment.results import averages, floors, headings, scores
from realignment.results.averages import Held, Runs
from realignment.results.scores import AVERAGED, RETRIEVAL, WITHOUT_ENGLISH, Row, Score
from realignment.statistics.summary import Difference, Summary
from realignment.subsets import naming


@dataclass(frozen=True)
class Stated:
    """A number that comes as it is shown: one the paper prints, or a difference to it. Scores in [0, 1]; "" is missing."""

    text: str = ""
    mean: float | None = None
    std: float | None = None
    n: int = 0


Value = Summary | Difference | Stated
Items = dict[str, list[str]]  # task -> languages
HEAD = ("Subset", "Name", "Languages")


@dataclass(frozen=True)
class Line:
    """A row of a table: `section` is the heading it stands under, `head` its first cells."""

    section: str
    head: tuple[str, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Table:
    """`head` titles the first cells, `columns` the values."""

    encoder: str  # begins the name; "" of a table of several
    kind: str  # levels, gains, tasks, retrieval, gains-retrieval, levels-<task>, exact-<task>, languages-<task>, paper-<number>
    caption: str
    head: tuple[str, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()  # columns whose means leave out a score that is undefined
    broken: Mapping[tuple[tuple[str, ...], str], Sequence[str]] = field(default_factory=dict, compare=False)
    # (head of a row, column) of the cells that stand on a broken link -> how it is broken
    encoders: tuple[str, ...] = ()  # whose numbers it holds, where its name is not that of one encoder

    @property
    def titles(self) -> tuple[str, ...]:
        """The columns as they are shown."""
        return tuple(f"{column} {floors.MARK}" if column in self.marked else column for column in self.columns)

    @property
    def name(self) -> str:
        return f"{self.encoder}-{self.kind}".removeprefix("-")

    @property
    def differs(self) -> bool:
        """Whether its numbers are differences, whose spread is a standard error."""
        return any(isinstance(value, Difference) for line in self.lines for value in line.values)

    @cached_property
    def seeds(self) -> int:
        """The n that goes without saying: the largest of the table."""
        return max((value.n for line in self.lines for value in line.values), default=0)


@dataclass(frozen=True)
class Study:
    """The runs of one encoder, and what its tables call things."""

    runs: Runs
    encoder: str
    sizes: Mapping[str, int] = field(default_factory=dict)  # subset -> number of languages
    names: Mapping[str, str] = field(default_factory=dict)  # language -> its name
    exact: Runs = field(default_factory=Runs)  # exact match of the tasks that have it, where `runs` have F1
    outside: frozenset[str] = frozenset()  # languages that the paper's averages leave out, see `grouping.outside`
    drawn: Mapping[tuple[str, str], frozenset[str]] = field(
        default_factory=dict
    )  # (random subset, subset seed) -> what was drawn
    pools: Mapping[str, int] = field(default_factory=dict)  # random subset -> how many languages it was drawn from
    held: dict[Hashable, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # what was worked out of it before

    @property
    def title(self) -> str:
        return headings.encoder(self.encoder)

    def rows(self, tasks: Collection[str]) -> list[Row]:
        """Rows that have a score in one of the tasks, in table order."""
        held = [(row, found) for row, found in self.runs.rows.items() if row.encoder == self.encoder]
        known = [row for row, found in held if any(task in tasks for items in found.values() for task, _ in items)]
        return sorted(known, key=headings.order)

    def size(self, row: Row) -> int:
        """How many languages the row was realigned on."""
        return self.sizes.get(row.subset, naming.split(row.subset).n or 0)

    def items(self, tasks: Sequence[str], groups: Collection[str]) -> Held:
        """Task -> its languages in `groups`; of several tasks those that an average over tasks holds."""
        return self.runs.items(self.encoder, headings.averaged(tasks), groups)

    def group_columns(self, tasks: Sequence[str]) -> dict[str, Items]:
        """Title -> task -> languages: each group that has a language, then the averages with and without English."""
        found = {headings.group(group): self.items(tasks, {group}) for group in grouping.GROUPS}
        found["Average"] = self.items(tasks, AVERAGED)
        if found["English"]:
            found["Average without English"] = self.items(tasks, WITHOUT_ENGLISH)
        return {title: items for title, items in found.items() if items}

    def task_columns(self, tasks: Sequence[str]) -> dict[str, Items]:
        """One column per task with English, as the paper averages, then one column per task without."""
        found = {headings.task(task): self.items([task], AVERAGED) for task in tasks}
        found |= {f"{headings.task(task)} without English": self.items([task], WITHOUT_ENGLISH) for task in tasks}
        return {title: items for title, items in found.items() if items}

    def scores(
        self, kind: str, caption: str, columns: Mapping[str, Items], tasks: Collection[str], notes: Sequence[str] = ()
    ) -> Table:
        """A score is the mean over languages within a task, then over tasks."""
        lines = [self.line(row, [self.runs.cell(row, items) for items in columns.values()], tasks) for row in self.rows(tasks)]
        notes = (*notes, counted(columns), *self.apart(tasks), *self.told(tasks), *self.warnings(tasks))
        caption = f"{self.title}: {caption}"
        return Table(self.encoder, kind, caption, HEAD, tuple(columns), tuple(lines), notes, marked=marked(columns))

    def apart(self, tasks: Collection[str]) -> list[str]:
        """A sentence for each other encoder of the study whose averages are over other languages, since it has seen others."""
        out, said = self._out(self.encoder, tasks), []
        for other in sorted(self.runs.group):
            theirs = self._out(other, tasks)
            both = out.keys() & theirs.keys()
            parts = [
                f"{text} {', '.join(codes)}"
                for text, ours in (("leave out", True), ("take in", False))
                if (codes := sorted({code for task, code in both if out[task, code] == ours != theirs[task, code]}))
            ]
            if parts:
                said.append(
                    f"Out of distribution is what an encoder has not seen: averages and groups here {' and '.join(parts)}, those of "
                    f"{headings.encoder(other)} do not; the two are means over different languages."
                )
        return said

    def _out(self, encoder: str, tasks: Collection[str]) -> dict[tuple[str, str], bool]:
        """Task and language -> whether it is out of distribution for an encoder."""
        return {item: group == "OOD" for item, group in self.runs.group.get(encoder, {}).items() if item[0] in tasks}

    def warnings(self, tasks: Collection[str]) -> list[str]:
        """What must be known before a number of these tasks is read: scores that are undefined, tasks at their floor."""
        return floors.warnings(self.runs, self.encoder, sorted(tasks), self.names)

    def told(self, tasks: Collection[str]) -> list[str]:
        """A sentence for each row some of whose scores in these tasks are known by means alone."""
        partly = [(row, one) for row, one in self.runs.partly.items() if row.encoder == self.encoder and one.task in tasks]
        return [one.told(f"{self.title} {headings.label(row)}") for row, one in partly]

    def line(self, row: Row, values: Collection[Value], tasks: Collection[str]) -> Line:
        """`tasks` are those that the values are of."""
        section, title = headings.place(row)
        if row == Row(row.encoder, "none") and set(tasks) == {RETRIEVAL}:
            title = headings.BEFORE
        return Line(
            section, (title, headings.label(row), "" if section in headings.APART else str(self.size(row))), tuple(values)
        )

    def by_language(self, task: str) -> Table:
        """Rows are languages under their group, columns the subsets."""
        rows, lines = self.rows([task]), []
        groups = {language: group for (one, language), group in self.runs.group.get(self.encoder, {}).items() if one == task}
        none = {code: group for (one, _, code), group in self.runs.undefined.get(self.encoder, {}).items() if one == task}
        ranks = [*grouping.GROUPS, ""]
        for code, group in sorted((none | groups).items(), key=lambda item: (ranks.index(item[1]), item[0])):
            values = tuple(self.runs.cell(row, {task: [code]}) if code in groups else Stated(floors.UNDEFINED) for row in rows)
            lines.append(Line(headings.group(group), (code, self.names.get(code, code)), values))
        columns = tuple(headings.label(row) for row in rows)
        caption = f"{self.title}: {headings.task(task)} by language"
        notes = (*self.told([task]), *self.warnings([task]))
        return Table(self.encoder, f"languages-{task}", caption, ("Code", "Language"), columns, tuple(lines), notes)


def studies(content: dict, known: dict[str, languages.Language], subsets: dict) -> tuple[list[Score], list[Study]]:
    """The scores of study.json, and the runs of each of its encoders; `subsets` as subsets.json. BadInput where they do not go together."""
    validate.vet(content)
    found = scores.of_records(content["records"], known, {label: one["seen"] for label, one in content["encoders"].items()})
    sizes = {name: one["n"] for name, one in subsets["subsets"].items()}
    runs, names = averages.collect(found), {code: one.name for code, one in known.items()}
    exact = averages.collect(replace(one, score=one.exact) for one in found if one.exact is not None)
    outside = frozenset(code for code, one in known.items() if grouping.outside(one))
    pools = {name: len(one["pool"]) for name, one in subsets["subsets"].items() if naming.split(name).drawn and one.get("pool")}
    drawn = _drawn(content["records"])
    encoders = sorted({one.encoder for one in found})
    return found, [Study(runs, one, sizes, names, exact, outside, drawn.get(one, {}), pools) for one in encoders]


def _drawn(records: Iterable[Record]) -> dict[str, dict[tuple[str, str], frozenset[str]]]:
    """Encoder -> (random subset, subset seed) -> the languages that its realignments read."""
    found: dict[str, dict[tuple[str, str], frozenset[str]]] = {}
    for one in records:
        if one.verb == "realign" and one.cell.drawn:
            found.setdefault(one.cell.encoder, {})[one.cell.subset, str(one.cell.seeds.subset)] = frozenset(one.languages)
    return found


def tasks(found: Collection[Score]) -> list[str]:
    """The tasks that are fine-tuned on and have a score, in the paper's order."""
    there = {one.task for one in found}
    return [task for task in headings.TASKS if task in there and task != RETRIEVAL]


def marked(columns: Mapping[str, Items]) -> tuple[str, ...]:
    """The columns whose means leave something out."""
    return tuple(title for title, items in columns.items() if getattr(items, "undefined", ()))


def counted(columns: Mapping[str, Items]) -> str:
    """How many languages stand behind each column."""
    parts = []
    for title, items in columns.items():
        sizes = [len(names) for names in items.values()]
        spelled = ", ".join(f"{headings.task(task)} {len(names)}" for task, names in items.items())
        parts.append(f"{title} {sizes[0] if len(set(sizes)) == 1 else spelled}")
    return "Languages behind a column: " + "; ".join(parts) + "."


def group_points(study: Study, tasks: Sequence[str]) -> list[tuple[str, str, str, float]]:
    """(encoder, subset, group, percent), for plots."""
    cells = [
        (row, title, study.runs.cell(row, items).mean)
        for row in study.rows(tasks)
        for title, items in study.group_columns(tasks).items()
    ]
    return [(study.encoder, headings.label(row), title, 100 * mean) for row, title, mean in cells if mean is not None]


def headline(study: Study, tasks: Sequence[str]) -> dict[str, float]:
    """`<encoder>.<subset>` -> average over tasks without English, in [0, 1]. A row of fewer seeds than others says so in its name."""
    items = study.items(tasks, WITHOUT_ENGLISH)
    cells = {row: study.runs.cell(row, items) for row in study.rows(tasks)}
    most, found = max((cell.n for cell in cells.values()), default=0), {}
    for row, cell in cells.items():
        name = f"{study.encoder}.{headings.label(row).replace(' ', '.')}"
        if cell.mean is not None:
            found[name if cell.n == most else f"{name}.n={cell.n}"] = cell.mean
    return found
