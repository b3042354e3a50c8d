"""Printed cells laid out as the paper's tables. A cell has one source: the print, the authors' runs, or a study of ours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from realignment.paper import ours
from realignment.paper.ours import WHOLE, Ours
from realignment.paper.printed import POOLS, TABLES, Printed
from realignment.paper.recomputed import AVERAGES, Compared
from realignment.results import formatting, headings
from realignment.results.hours import Hours
from realignment.results.tables import HEAD, Line, Stated, Table, Value
from realignment.statistics.summary import Summary
from realignment.subsets import naming, registry

OURS, AUTHORS, PRINTED = SOURCES = ("ours", "authors", "printed")
CAPTIONS = {
    "1": "realigned on ten languages drawn from a pool",
    "2": "sentence averages against word links",
    "3": "Llama before and after realignment",
    "4": "fine-tuning only, in English and in the other languages",
    "8": "every subset",
    "9": "heuristics within pools",
    "10": "every subset",
    "11": "heuristics within pools",
}
BESIDE = "beside"  # begins the names of tables that hold ours and the paper's
MODEL_OF = {**TABLES, **{table: model for model, table in POOLS.items()}}
HEADS = {"1": ("Pool", "Name", "Languages"), "2": ("Encoder", "Task"), "3": ("Task",), "4": ("Task", "Languages")}
MODELS = {**headings.ENCODERS, "llama": "Llama 3.1 8B", "gemma": "Gemma 2 9B", "": "All"}
WHAT = {"sentences": "Avg. tokens", "words": "FastAlign", "before": "without realignment", "after": "with realignment"}
NOTES = {
    "2": f"The paper does not say which languages were realigned on; of ours it is the row {WHOLE} (all, where an encoder is not the paper's). "
    "The column FastAlign holds realignments on words, whatever aligned them.",
    "3": f"Means over every score but English's own. The paper does not say which languages were realigned on; of ours it is the row {WHOLE} (all, "
    "where an encoder is not the paper's).",
    "4": "As the paper's column of XLM-R comes out of one of its authors' runs, and no other table averages: English's own set, or the plain mean over "
    "every other score, languages out of distribution among them.",
}
GENERATED = "The languages are generated: these numbers show that the table can be filled, and say nothing beside the paper's."
ROWS = {"avg": "Avg.", "hours": "Hours of realignment"}


def place(cell: Printed, called: Mapping[str, str] = MODELS) -> tuple[str, tuple[str, ...], str]:
    """Section, first cells of the row, and column of a printed cell; `called` is what each of the paper's models is called there."""
    task, model = ROWS.get(cell.task) or headings.task(cell.task), called.get(cell.model, MODELS[cell.model])
    if cell.table == "2":
        return "", (model, task), WHAT[cell.what]
    if cell.table == "3":
        return "", (task,), WHAT[cell.what]
    if cell.table == "4":
        return "", (task, cell.what), model
    section, title = headings.place(cell.row)
    languages = str(cell.n)
    if "__" in cell.subset:
        name = naming.parse(cell.row.subset)
        section, title = registry.KNOWN[name.heuristic].title, registry.POOLS[name.pool].text
        languages = str(name.n) if cell.n == name.n else f"{name.n} of a pool printed as {cell.n}"
    return model if cell.table == "1" else section, (title, cell.row.subset, languages), task


@dataclass(frozen=True)
class Sources:
    """Where the values of a table come from: `names` of SOURCES, and the encoders of ours that fill it."""

    names: tuple[str, ...]
    team: Sequence[Ours] = ()
    hours: Hours = field(default_factory=Hours)

    @property
    def alone(self) -> bool:
        return self.names == (OURS,)

    @property
    def called(self) -> dict[str, str]:
        """The paper's models by the encoders in their place."""
        return MODELS | {one.model: one.title for one in self.team}

    def value(self, cell: Compared, source: str) -> Value:
        printed = cell.printed
        if source == PRINTED:
            scale = 1 if printed.task == "hours" else 100
            return Stated(printed.shown, printed.mean / scale, None if printed.std is None else printed.std / scale)
        if source == AUTHORS:
            return cell.recomputed
        if printed.task == "hours":
            return _stated(self.hours.held.get(printed.what, Summary(())))
        return next((one.value(printed) for one in self.team if one.model == printed.model), Summary(()))

    def values(self, cell: Compared, column: str) -> dict[str, Value]:
        """Title -> value of a printed cell: each source, then the differences to the print."""
        values = {source: self.value(cell, source) for source in self.names}
        if len(self.names) == 1:
            return {column: values[self.names[0]]}
        found = {f"{column} {source}": value for source, value in values.items()}
        for source in self.names if PRINTED in self.names else ():
            if source != PRINTED:
                mean, title = (
                    values[source].mean,
                    f"{column} {source} − printed" if len(self.names) > 2 else f"{column} difference",
                )
                gap = None if mean is None else mean - values[PRINTED].mean
                shown = (
                    ""
                    if gap is None
                    else f"{gap:+.2g}".replace("-", "−")
                    if cell.printed.task == "hours"
                    else formatting.points(gap)
                )
                found[title] = Stated(shown, gap)
        return found

    def head(self, cell: Printed, head: tuple[str, ...]) -> tuple[str, ...]:
        """The first cells of a row of ours: by the name and size of the row that stands there."""
        mine = next((one for one in self.team if one.model == cell.model), None) if self.alone and len(head) == 3 else None
        if mine is None or (row := mine.row(cell)) is None or row.subset == head[1]:
            return head
        return head[0], row.subset, str(mine.study.size(row))


def _stated(found: Summary) -> Stated:
    spread = "" if found.std is None else f" ± {found.std:.2g}"
    return Stated("" if found.mean is None else f"{found.mean:.3g}{spread}", found.mean, found.std, found.n)


def lay_out(number: str, cells: Sequence[Compared], sources: Sequence[str], team: Sequence[Ours] = ()) -> Table | None:
    """A table with one column per source that has a number, and one for each difference to the print; None without any.

    With `ours` alone, rows and columns of which the study has nothing are left out, and the rows named.
    """
    given = Sources(tuple(sources), team, ours.timed(team, (cell.printed for cell in cells)))
    given = replace(given, names=tuple(one for one in sources if any(given.value(cell, one).mean is not None for cell in cells)))
    if not given.names:
        return None
    held: dict[tuple[str, tuple[str, ...]], dict[str, Value]] = defaultdict(dict)
    for cell in cells:
        section, head, column = place(cell.printed, given.called)
        section = "" if number == "1" and len(team) == 1 else section
        held[section, given.head(cell.printed, head)] |= given.values(cell, column)
    titles = dict.fromkeys(title for values in held.values() for title in values)
    columns = [one for one in titles if any(values[one].mean is not None for values in held.values() if one in values)]
    kept = [key for key, values in held.items() if not given.alone or any(one.mean is not None for one in values.values())]
    lines = [Line(section, head, tuple(held[section, head].get(one, Stated()) for one in columns)) for section, head in kept]
    marked = {
        place(cell.printed, given.called)[2]
        for cell in cells
        for one in team
        if one.model == cell.printed.model and one.items(cell.printed).undefined
    }
    marked = [one for one in columns if {one, one.removesuffix(f" {OURS}")} & marked]
    notes = _notes(number, cells, given, [head for section, head in held if (section, head) not in kept])
    name = "-".join(filter(None, (BESIDE * (not given.alone), _encoder(team)))) if team else "authors"
    head = HEADS.get(number, HEAD)
    found = Table(name, f"paper-{number}", _caption(number, given), head, tuple(columns), tuple(lines), tuple(notes))
    return replace(found, marked=tuple(marked), encoders=tuple(one.study.encoder for one in team))


def foreign(table: Table) -> bool:
    """Whether a table holds the paper's numbers beside ours."""
    return table.encoder.partition("-")[0] == BESIDE


def _encoder(team: Sequence[Ours]) -> str:
    """Whose table it is; "" of several encoders together."""
    return team[0].study.encoder if len(team) == 1 else ""


def _notes(number: str, cells: Sequence[Compared], given: Sources, dropped: Sequence[tuple[str, ...]]) -> list[str]:
    """What must be read beside a table; `dropped` are rows without a run."""
    notes = [agreement(cells)] if {AUTHORS, PRINTED} & {*given.names} else []
    notes += [NOTES[number]] if number in NOTES and OURS in given.names else []
    if dropped:
        names = [" ".join(head) if number in "234" else head[1] for head in dropped]
        notes.append(f"Rows of the paper without a finished run here: {', '.join(dict.fromkeys(names))}.")
    notes += given.hours.notes
    tasks = sorted({task for cell in cells for task in cell.printed.tasks} - {"hours"})
    told = [text if len(given.team) == 1 else f"{one.title}: {text}" for one in given.team for text in _told(number, one, tasks)]
    return [*notes, *told, *([GENERATED] if any(one.generated for one in given.team) else [])]


def _told(number: str, one: Ours, tasks: Sequence[str]) -> list[str]:
    """What must be known of an encoder's numbers in a table of some tasks."""
    return [*([] if number in "34" else one.regrouped(tasks)), *one.study.warnings(tasks)]


def _caption(number: str, given: Sources) -> str:
    if given.alone:
        titles = " and ".join(one.title for one in given.team)
        return f"{titles}, in the layout of Table {number}: {CAPTIONS[number]}"
    model = f", {MODELS[MODEL_OF[number]]}" if number in MODEL_OF else ""
    which = "as printed, no runs behind it here" if given.names == (PRINTED,) else ", ".join(given.names)
    return f"Table {number}{model}, {CAPTIONS[number]}: {which}"


def agreement(cells: Sequence[Compared]) -> str:
    """How many printed cells come out, and why the others do not."""
    why: dict[str, list[str]] = defaultdict(list)
    for one in cells:
        if not one.agrees:
            _, head, column = place(one.printed)
            several = [MODELS[one.printed.model]] if one.printed.table == "1" else []
            why[one.reason].append(" ".join([*several, *(head if one.printed.table in "234" else head[1:2]), column]))
    right = sum(one.agrees for one in cells)
    rest = "; ".join(
        f"{', '.join(names) if len(names) < 7 else f'{len(names)} cells'}: {reason}" for reason, names in why.items()
    )
    means = sum(one.agrees and one.of == AVERAGES for one in cells)
    found = f"{right} of {len(cells)} printed cells come out of the authors' runs to the last printed place"
    found += f", {means} of them out of {AVERAGES}" if means else ""
    return f"{found}. The rest: {rest}." if rest else f"{found}."
