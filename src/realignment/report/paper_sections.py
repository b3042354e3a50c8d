"""What the report and `realignment tables` show of the paper's tables: ours in its layout, and, apart, the authors' own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.paper import language_tables, ours, partly_stored, score_tables, xquad
from realignment.paper.layout import MODEL_OF, foreign
from realignment.paper.paper import Paper
from realignment.paper.printed import POOLS, TABLES, TASKS
from realignment.report import signatures, unlike
from realignment.report.view import Link, Section, View, of_rows, of_table
from realignment.results import by_set, headings, oracle, study_tables
from realignment.results.headings import ENCODERS
from realignment.results.scores import RETRIEVAL, Score
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
OF_POOLS = "pools"  # ends the names of tables of their rows
FINE_TUNED, BY_UNIT = "paper-4", "paper-2"  # tables of fine-tuning only, and with a column for each unit of realignment
OPEN = ("1", "4", "8", "10")  # tables that runs stand behind; the rest is folded


def signed(paper: Paper, content: dict, scores: Sequence[Score], studies: Iterable[Study]) -> list[Signed]:
    """Ours in the paper's layout, then beside the paper's where the encoder is one of the paper's. `scores` are those of the study."""
    mine, papers = ours.of_study(content, scores, studies), params.papers(paper.root)
    alone, beside = (
        [_unlike(papers, content, table) for table in made(mine, paper)] for made in (score_tables.of_study, score_tables.beside)
    )
    found, authors = [(table, _line(content, table)) for table in alone], signatures.of_authors(paper)
    return found + [(table, f"{_line(content, table)} | beside: {authors}") for table in beside]


def _unlike(papers: Mapping[str, Mapping[str, Any]], content: dict, table: Table) -> Table:
    """With a note for each of its encoders on the settings of the runs behind it that are not the paper's."""
    notes = []
    for label in table.encoders:
        mine = [one for one in content["records"] if one.cell.encoder == label]
        mine = [one for one in mine if table.kind != FINE_TUNED or one.verb != "realign"]
        differs = [one for one in unlike.settings(mine, papers) if table.kind != BY_UNIT or not one.startswith("unit ")]
        whose = f"{headings.encoder(label)}: " if len(table.encoders) > 1 else ""
        notes += [f"{whose}Set otherwise than in the paper: {'; '.join(differs)}."] if differs else []
    return replace(table, notes=(*table.notes, *notes))


def _line(content: dict, table: Table) -> str:
    """What the numbers of each of its encoders stand on."""
    return " | and: ".join(signatures.of_study(content, one) for one in table.encoders)


def sections(found: Iterable[Signed], chosen: list[dict], page: Link) -> list[Section]:
    """Ours in the paper's layout, with the rows of `oracle.subsets`; and the tables that stand beside the paper's, marked foreign.

    `page` leads to the authors' own runs.
    """
    views: dict[bool, list[View]] = {True: [], False: []}
    for table, line in found:
        views[foreign(table)].append(of_table(table, line))
    if view := _best("best", chosen):
        views[False].append(view)
    beside = Section("beside", "Beside the paper's numbers", (BESIDE,), tables=views[True], foreign=True)
    laid_out = Section(
        "paper", "How do the numbers compare with the paper's?", (LAYOUT,), folded=views[False], short="The paper", links=(page,)
    )
    return [one for one in (laid_out, beside) if one.tables or one.folded]


def _best(name: str, rows: list[dict]) -> View | None:
    return of_rows(name, "S* of Equation 2: the best subset, by each average", rows, (oracle.CHOSEN,), "encoder")


def counts(paper: Paper) -> list[dict]:
    """One row per table of the paper: cells printed, recomputed or compared, agreeing, and why not the others."""
    return sorted(score_tables.counts(paper) + language_tables.counts(paper), key=lambda row: int(row["table"]))


def authors_tables(paper: Paper) -> list[Signed]:
    """The printed tables recomputed; then Figure 3's numbers: resource levels over all tasks, by task, and by evaluation set; the same of
    the pools, but for sets; and XQuAD, which is not printed."""
    found = score_tables.of_authors(paper)
    for study in paper.studies:
        scored = [one for one in paper.scored if one.row in study.runs.rows]
        built = [*_by_level_and_language(study), *by_set.of_study(study, scored, TASKS)]
        found += [replace(one, encoder=f"authors-{one.encoder}") for one in built]
    found += of_pools(paper)
    line = signatures.of_authors(paper)
    return [(one, line) for one in (*found, *xquad.Unprinted(paper).tables())]


def of_one(paper: Paper, number: str, by: str) -> list[Table]:
    """One of Tables 8 to 11 by resource level or by language; of XQuAD its averages and gains, or scores by language."""
    if number == xquad.TASK and by != "level":
        kinds = ("xquad", "xquad-gains") if by == "task" else ("xquad-f1", "xquad-exact-match")
        return [one for one in xquad.Unprinted(paper).tables() if one.kind in kinds]
    if number not in MODEL_OF or by == "task":
        raise BadInput(f"one of Tables {', '.join(sorted(MODEL_OF, key=int))} is required for --by {by}; got {number}")
    (study,) = [one for one in (paper.studies if number in TABLES else paper.pools) if one.encoder == MODEL_OF[number]]
    stem = "languages-" if by == "language" else ("levels", "gains")
    return [one for one in _by_level_and_language(study) if one.kind.startswith(stem) and RETRIEVAL not in one.kind]


def of_pools(paper: Paper) -> list[Table]:
    """The rows of Tables 9 and 11 by resource level, task and language, beside fine-tuning only and all languages."""
    return [
        replace(one, encoder=f"authors-{one.encoder}-{OF_POOLS}", caption=f"Table {POOLS[study.encoder]}, {one.caption}")
        for study in paper.pools
        for one in _by_level_and_language(study)
    ]


def _by_level_and_language(study: Study) -> list[Table]:
    """`study_tables.of_study`; what hangs on deviations that are not known in full is said below the gains."""
    found = study_tables.of_study(study, TASKS)
    return [replace(one, notes=(*one.notes, *partly_stored.ends(study, TASKS))) if one.kind == "gains" else one for one in found]


def authors_views(paper: Paper, found: Iterable[Signed]) -> tuple[list[View], list[View]]:
    """Views of the authors' section, open and folded; `found` are those of `authors_tables`."""
    opened = [f"paper-{number}" for number in OPEN] + ["levels", "gains"]
    views: dict[bool, list[View]] = {True: [], False: []}
    for table, line in found:
        if table.kind.startswith(xquad.TASK):
            continue  # in a section of its own
        model, _, of_pools = table.encoder.removeprefix("authors-").partition("-")
        opens = model in ENCODERS and not table.kind.startswith(("paper-", "languages-"))  # those would make half of the page
        behind = f"authors/{model}" if opens else ""
        views[table.kind in opened and not of_pools].append(of_table(table, line, behind))
    tallied = of_rows("authors-counts", "Cells of the paper's tables that come out of the data", counts(paper))
    chosen = [row for study in paper.studies for row in oracle.subsets(study, TASKS)]
    slips = []
    for number, what in language_tables.NUMBERS.items():
        listed = language_tables.of(paper, number)
        caption = f"Table {number}, {what}: {len(listed.mismatches)} of {listed.compared:,} cells differ from the data"
        slips.append(of_rows(f"authors-paper-{number}", caption, listed.mismatches))
    return [one for one in (tallied, *views[True], _best("authors-best", chosen)) if one], [*views[False], *filter(None, slips)]
