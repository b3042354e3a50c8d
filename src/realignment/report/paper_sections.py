"""What the report and `realignment tables` show of the paper's tables: ours in its layout, and, apart, the authors' own."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from realignment.paper import language_tables, published, score_tables
from realignment.report import signatures
from realignment.report.figures import captions
from realignment.report.view import Section, View, of_rows, of_table
from realignment.results import by_set, oracle, tables
from realignment.results.tables import Study, Table

Signed = tuple[Table, str]  # a table and the line that says what it stands on
LAYOUT = (
    "The rows and columns of the paper, filled by the runs of this study alone: percent, English in, as the paper averages. "
    "An encoder that the paper does not have is laid out like one of its own and compared with nothing printed."
)
BESIDE = (
    "Ours, the authors' runs and the print, each in columns of its own. They differ in code, data versions and machine; a "
    "difference here is no verdict on either."
)
OPEN = ("1", "4", "8", "10")  # tables that runs stand behind; the rest is folded


def signed(root: Path, content: dict, studies: Iterable[Study]) -> list[Signed]:
    """Ours in the paper's layout, then beside the paper's where the encoder is one of the paper's."""
    unit, found = score_tables.unit(content["records"]), []
    for study in studies:
        mine = score_tables.ours(study, content["encoders"][study.encoder], unit)
        line = signatures.of_study(content, study.encoder)
        found += [(table, line) for table in score_tables.of_study(mine, root)]
        found += [(table, f"{line} | beside: {signatures.of_authors(root)}") for table in score_tables.beside(mine, root)]
    return found


def sections(found: Iterable[Signed], chosen: list[dict]) -> list[Section]:
    """Ours in the paper's layout, with the rows of `oracle.subsets`; and the tables that stand beside the paper's, marked foreign."""
    views: dict[bool, list[View]] = {True: [], False: []}
    for table, line in found:
        views[table.encoder.startswith(score_tables.BESIDE)].append(of_table(table, line))
    if view := _best("best", chosen):
        views[False].append(view)
    parts = [Section("paper", "In the paper's layout", (LAYOUT,), tables=views[False])]
    if views[True]:
        parts.append(Section("beside", "Beside the paper's numbers", (BESIDE,), tables=views[True], foreign=True))
    return [one for one in parts if one.tables]


def _best(name: str, rows: list[dict]) -> View | None:
    return of_rows(name, "S* of Equation 2: the best subset, by each average", rows, (oracle.CHOSEN,), "encoder")


def counts(root: Path) -> list[dict]:
    """A row a table of the paper: cells printed, recomputed or compared, agreeing, and why not the others."""
    return sorted(score_tables.counts(root) + language_tables.counts(root), key=lambda row: int(row["table"]))


@cache
def authors_tables(root: Path, errors: float) -> tuple[Signed, ...]:
    """The printed tables recomputed; then Figure 3's numbers: resource levels over all tasks, by task, and by evaluation set."""
    found = score_tables.of_authors(root)
    for study in captions.published_studies(root):
        built = tables.of_study(study, published.TASKS, errors)
        built += by_set.of_study(study, published.scored(root), published.TASKS)
        if without := captions.COMPARABLE[study.encoder]:
            comparable = tables.of_study(replace(study, runs=published.read(root, without)), published.TASKS, errors)
            gains = next(one for one in comparable if one.kind == "gains")
            note = f"Without {', '.join(sorted(without))}, whose scores the authors' fine-tuning-only runs lack."
            built = [replace(gains, notes=(*gains.notes, note)) if one.kind == "gains" else one for one in built]
        found += [replace(one, encoder=f"authors-{one.encoder}") for one in built]
    line = signatures.of_authors(root)
    return tuple((one, line) for one in found)


def authors_views(root: Path, errors: float) -> tuple[list[View], list[View]]:
    """Views of the authors' section: open, and folded."""
    opened = [f"paper-{number}" for number in OPEN] + ["levels", "gains"]
    views: dict[bool, list[View]] = {True: [], False: []}
    for table, line in authors_tables(root, errors):
        model = table.encoder.removeprefix("authors-")
        opens = model in published.TITLES and not table.kind.startswith(
            ("paper-", "languages-")
        )  # those would make half of the page
        behind = f"authors/{model}" if opens else ""
        views[table.kind in opened].append(of_table(table, line, behind))
    tallied = of_rows("authors-counts", "Cells of the paper's tables that come out of the data", counts(root))
    chosen = [row for study in captions.published_studies(root) for row in oracle.subsets(study, published.TASKS, errors)]
    slips = []
    for number, what in language_tables.NUMBERS.items():
        found = language_tables.of(root, number)
        caption = f"Table {number}, {what}: {len(found.mismatches)} of {found.compared:,} cells differ from the data"
        slips.append(of_rows(f"authors-paper-{number}", caption, found.mismatches))
    return [one for one in (tallied, *views[True], _best("authors-best", chosen)) if one], [*views[False], *filter(None, slips)]
