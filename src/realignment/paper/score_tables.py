"""The paper's tables of scores in the paper's layout. A cell has one source: the print, the authors' runs, or a study of ours."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from realignment.paper import recomputed
from realignment.paper.paper import Paper
from realignment.paper.printed import POOLS, SCORED, TABLES, TASKS, Printed
from realignment.paper.recomputed import Compared
from realignment.paper.runs import LABELS
from realignment.records.record import Record
from realignment.results import averages, formatting, headings
from realignment.results.scores import Row
from realignment.results.tables import HEAD, Line, Stated, Study, Table, Value
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
BESIDE = "beside-"  # begins the names of tables that hold ours and the paper's
MODEL_OF = {**TABLES, **{table: model for model, table in POOLS.items()}}
HEADS = {"1": ("Pool", "Name", "Languages"), "2": ("Encoder", "Task"), "3": ("Task",), "4": ("Task", "Languages")}
MODELS = {**headings.ENCODERS, "llama": "Llama 3.1 8B", "gemma": "Gemma 2 9B", "": "All"}
WHAT = {"sentences": "Avg. tokens", "words": "FastAlign", "before": "without realignment", "after": "with realignment"}
ROWS = {"avg": "Avg.", "hours": "Hours of realignment"}
SUBSET_OF_TABLE_2 = "all_65"  # not printed; Tables 8 and 10 print scores of this row within .2 points of it
NOT_OURS = frozenset({"before", "after"})  # decoder models


@dataclass(frozen=True)
class Ours:
    """A study's runs of one encoder, laid out like those of the paper's encoder `model`."""

    study: Study
    model: str
    same: bool  # the encoder is the paper's: only then may its numbers stand beside the paper's
    unit: str  # of the plain rows: sentences or words; with sentences, words are the rows `words`

    def value(self, cell: Printed) -> Summary:
        """The study's runs for a printed cell; empty where it has none, or where they would be something else."""
        if (
            cell.model != self.model
            or cell.task == "hours"
            or cell.what in NOT_OURS
            or (cell.what, self.unit) == ("sentences", "words")
        ):
            return Summary(())
        subset = SUBSET_OF_TABLE_2 if cell.table == "2" else cell.row.subset
        row = Row(self.study.encoder, subset, "words" if (cell.what, self.unit) == ("words", "sentences") else "")
        items = self.items(cell)
        return self.study.runs.cell(row, items) if set(items) == set(cell.tasks) else Summary(())

    def items(self, cell: Printed) -> averages.Held:
        """The languages that a printed cell is the mean over, of those the study has."""
        return self.study.items(cell.tasks, cell.groups)


def ours(study: Study, about: dict, unit: str) -> Ours:
    """`about` is the encoder's entry of study.json: name and `seen` say which of the paper's encoders it is, or is laid out like."""
    same = [label for name, label in LABELS.items() if name in about["name"]]
    papers = [*headings.ENCODERS]
    like = [label for label in papers if about["seen"] == label] or papers  # `seen` may be a list of codes
    return Ours(study, (same or like)[0], bool(same), unit)


def unit(records: Iterable[Record]) -> str:
    """What the plain rows of a study are realigned on: sentences, or words where its realignments say so."""
    plain = [one for one in records if one.verb == "realign" and not one.cell.control]
    return "words" if any(one.params.get("unit") == "words" for one in plain) else "sentences"


def place(cell: Printed) -> tuple[str, tuple[str, ...], str]:
    """Section, first cells of the row, and column of a printed cell."""
    task = ROWS.get(cell.task) or headings.task(cell.task)
    if cell.table == "2":
        return "", (MODELS[cell.model], task), WHAT[cell.what]
    if cell.table == "3":
        return "", (task,), WHAT[cell.what]
    if cell.table == "4":
        return "", (task, cell.what), MODELS[cell.model]
    section, title = headings.place(cell.row)
    languages = str(cell.n)
    if "__" in cell.subset:
        name = naming.parse(cell.row.subset)
        section, title = registry.KNOWN[name.heuristic].title, registry.POOLS[name.pool].text
        languages = str(name.n) if cell.n == name.n else f"{name.n} of a pool printed as {cell.n}"
    return MODELS[cell.model] if cell.table == "1" else section, (title, cell.row.subset, languages), task


def compared(paper: Paper, number: str) -> list[Compared]:
    """`recomputed.table`; where Table 4 differs, the reason says which single run it is instead."""
    found = recomputed.table(paper, number)
    runs = {one.printed: single(paper, one.printed) for one in found if one.recomputed.n} if number == "4" else {}
    seeds = {seed for values in runs.values() for seed in values}
    fits = [s for s in sorted(seeds) if all(abs(100 * values[s] - cell.mean) < cell.tolerance for cell, values in runs.items())]
    reason = f"it is seed {fits[0]} alone, over every stored score of that run, and no average of seeds" if fits else ""
    return [replace(one, reason=reason) if one.reason and one.printed in runs and reason else one for one in found]


def single(paper: Paper, cell: Printed) -> dict[str, float]:
    """Seed -> a cell of Table 4 without the averaging rule: English's own set, or the mean of every other stored score."""
    values: dict[str, list[float]] = defaultdict(list)
    for row in paper.raw:
        if (LABELS[row["model"]], row["subset"], row["task"]) == (cell.model, cell.subset, cell.task):
            english = row["language"] == "eng" and row["evalset"] not in averages.AFRICAN
            if english == (cell.what == "english"):
                values[row["seed"]].append(float(row["score"]))
    return {seed: sum(found) / len(found) for seed, found in values.items()}


def lay_out(number: str, cells: Sequence[Compared], sources: Sequence[str], study: Ours | None = None) -> Table | None:
    """A table with one column per source that has a number, and one for each difference to the print; None without any.

    With `ours` alone, rows and columns of which the study has nothing are left out, and the rows named.
    """
    sources = [one for one in sources if any(_value(cell, one, study).mean is not None for cell in cells)]
    if not sources:
        return None
    held: dict[tuple[str, tuple[str, ...]], dict[str, Value]] = defaultdict(dict)
    for cell in cells:
        section, head, column = place(cell.printed)
        section = "" if number == "1" and study else section
        held[section, head] |= _values(cell, column, sources, study)
    titles = dict.fromkeys(title for values in held.values() for title in values)
    columns = [one for one in titles if any(values[one].mean is not None for values in held.values() if one in values)]
    kept = [key for key, values in held.items() if sources != [OURS] or any(one.mean is not None for one in values.values())]
    lines = [Line(section, head, tuple(held[section, head].get(one, Stated()) for one in columns)) for section, head in kept]
    notes = [agreement(cells)] if AUTHORS in sources or PRINTED in sources else []
    if number == "2" and OURS in sources:
        notes.append(f"The paper does not say which languages were realigned on; of ours, {SUBSET_OF_TABLE_2} is shown.")
    if dropped := [head[1] for section, head in held if (section, head) not in kept]:
        notes.append(f"Rows of the paper without a finished run here: {', '.join(dropped)}.")
    marked = {column for cell in cells if study and study.items(cell.printed).undefined for column in (place(cell.printed)[2],)}
    marked = [one for one in columns if {one, one.removesuffix(f" {OURS}")} & marked]
    if study:
        notes += study.study.warnings(sorted({task for cell in cells for task in cell.printed.tasks}))
    name = "authors" if not study else study.study.encoder if sources == [OURS] else f"{BESIDE}{study.study.encoder}"
    caption = _caption(number, sources, study)
    head = HEADS.get(number, HEAD)
    return Table(name, f"paper-{number}", caption, head, tuple(columns), tuple(lines), tuple(notes), marked=tuple(marked))


def _caption(number: str, sources: Sequence[str], study: Ours | None) -> str:
    if study and list(sources) == [OURS]:
        return f"{study.study.title}, in the layout of Table {number}: {CAPTIONS[number]}"
    model = f", {MODELS[MODEL_OF[number]]}" if number in MODEL_OF else ""
    which = "as printed, no runs behind it here" if list(sources) == [PRINTED] else ", ".join(sources)
    return f"Table {number}{model}, {CAPTIONS[number]}: {which}"


def _value(cell: Compared, source: str, study: Ours | None) -> Value:
    if source == PRINTED:
        scale, printed = 1 if cell.printed.task == "hours" else 100, cell.printed
        return Stated(printed.shown, printed.mean / scale, None if printed.std is None else printed.std / scale)
    if source == OURS:
        return study.value(cell.printed) if study else Summary(())
    return cell.recomputed


def _values(cell: Compared, column: str, sources: Sequence[str], study: Ours | None) -> dict[str, Value]:
    """Title -> value of a printed cell: each source, then the differences to the print."""
    values = {source: _value(cell, source, study) for source in sources}
    if len(sources) == 1:
        return {column: values[sources[0]]}
    found = {f"{column} {source}": value for source, value in values.items()}
    for source in sources if PRINTED in sources else ():
        if source != PRINTED:
            mean = values[source].mean
            gap = None if mean is None else mean - cell.printed.mean / 100
            title = f"{column} {source} − printed" if len(sources) > 2 else f"{column} difference"
            found[title] = Stated() if gap is None else Stated(formatting.points(gap), gap)
    return found


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
    found = f"{right} of {len(cells)} printed cells come out of the authors' runs to the last printed place"
    return f"{found}. The rest: {rest}." if rest else f"{found}."


def of_study(study: Ours, paper: Paper) -> list[Table]:
    """Every table of the paper that the study has a row of, in the paper's layout; other numbers than ours in none of them."""
    mine = [Compared(cell, Summary(())) for cell in paper.printed if cell.model == study.model]
    found = []
    for number in SCORED:
        cells = [one for one in mine if one.printed.table == number]
        own = [one for one in cells if number != "1" or "__" in one.printed.subset]  # the rest of Table 1 stands in another table
        if any(study.value(one.printed).n for one in own) and (table := lay_out(number, cells, (OURS,), study)):
            found.append(replace(table, notes=(*table.notes, *_apart(study, cells if number in TABLES else ()))))
    return found


def _apart(study: Ours, cells: Sequence[Compared]) -> list[str]:
    """Notes that name what the study has and the paper's table has no place for."""
    if not cells:
        return []
    rows = study.study.rows(TASKS)
    known = {one.printed.row.subset for one in cells}
    others = [headings.label(row) for row in rows if row.control or row.subset not in known]
    alone = sorted({language for (_, language), group in study.study.runs.group[study.study.encoder].items() if not group})
    notes = [f"Rows here without a place in the paper's table: {', '.join(others)}."] if others else []
    return notes + ([f"Languages in no group, counted in averages alone: {', '.join(alone)}."] if alone else [])


def of_authors(paper: Paper) -> list[Table]:
    """The printed tables of scores beside what the authors' runs give."""
    return [one for number in SCORED if (one := lay_out(number, compared(paper, number), (AUTHORS, PRINTED)))]


def beside(study: Ours, paper: Paper) -> list[Table]:
    """A study of one of the paper's encoders beside the authors' runs and the print: three sources, each in columns of its own."""
    if not study.same:
        return []
    found = {number: [one for one in compared(paper, number) if one.printed.model == study.model] for number in SCORED}
    having = {number: cells for number, cells in found.items() if any(study.value(one.printed).n for one in cells)}
    return [one for number, cells in having.items() if (one := lay_out(number, cells, SOURCES, study))]


def counts(paper: Paper) -> list[dict]:
    """One row per table of scores: cells printed, recomputed, agreeing, and why not the others."""
    return [_count(number, compared(paper, number)) for number in SCORED]


def _count(number: str, cells: Iterable[Compared]) -> dict:
    cells = list(cells)
    why: dict[str, int] = defaultdict(int)
    for one in cells:
        if not one.agrees:
            why[one.reason] += 1
    return {
        "table": number,
        "what": CAPTIONS[number],
        "printed": len(cells),
        "recomputed": sum(one.recomputed.n > 0 for one in cells),
        "agreeing": sum(one.agrees for one in cells),
        "why not": "; ".join(f"{reason} ({count})" for reason, count in why.items()),
    }
