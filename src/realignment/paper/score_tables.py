"""The paper's tables of scores: recomputed, filled by a study of ours, and ours beside the paper's."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from realignment.paper import explained, ours
from realignment.paper.layout import AUTHORS, CAPTIONS, MODEL_OF, OURS, PRINTED, SOURCES, lay_out
from realignment.paper.ours import Ours
from realignment.paper.paper import Paper
from realignment.paper.printed import SCORED, TABLES, TASKS
from realignment.paper.recomputed import Compared
from realignment.results import headings
from realignment.results.tables import Table
from realignment.statistics.summary import Summary


def of_study(found: Sequence[Ours], paper: Paper) -> list[Table]:
    """Every table of the paper that the study has a row of, in the paper's layout; other numbers than ours in none of them."""
    made = []
    for number in SCORED:
        for team, cells in _filled(
            number, found, [Compared(cell, Summary(())) for cell in paper.printed if cell.table == number]
        ):
            if table := lay_out(number, cells, (OURS,), team):
                made.append(replace(table, notes=(*table.notes, *_apart(team[0], cells if number in TABLES else ()))))
    return made


def _filled(number: str, found: Sequence[Ours], cells: Sequence[Compared]) -> Iterator[tuple[list[Ours], list[Compared]]]:
    """The encoders that fill a table together, or each by itself, with the printed cells of the models in whose place they stand."""
    several = number not in MODEL_OF and number != "3"
    for team in ours.teams(found) if several else [[one] for one in found]:
        filling = [one for one in team if _fills(one, number, cells)]
        models = {one.model for one in filling} | {""}
        if filling:
            yield filling, [cell for cell in cells if cell.printed.model in models]


def _fills(one: Ours, number: str, cells: Sequence[Compared]) -> bool:
    """Whether an encoder has a row that the table is about: `none` and all languages stand in other tables too."""
    mine = [cell.printed for cell in cells if cell.printed.model == one.model]
    own = [cell for cell in mine if number != "1" or "__" in cell.subset]
    own = [cell for cell in own if number != "3" or cell.what == "after"]
    return any(one.value(cell).n for cell in own)


def _apart(study: Ours, cells: Sequence[Compared]) -> list[str]:
    """Notes that name what the study has and the paper's table has no place for."""
    if not cells:
        return []
    rows = study.study.rows(TASKS)
    known = {row.subset for one in cells if (row := study.row(one.printed))}
    others = [headings.label(row) for row in rows if row.control or row.subset not in known]
    alone = sorted({language for (_, language), group in study.study.runs.group[study.study.encoder].items() if not group})
    notes = [f"Rows here without a place in the paper's table: {', '.join(others)}."] if others else []
    return notes + ([f"Languages in no group, counted in averages alone: {', '.join(alone)}."] if alone else [])


def of_authors(paper: Paper) -> list[Table]:
    """The printed tables of scores beside what the authors' runs give."""
    return [one for number in SCORED if (one := lay_out(number, explained.table(paper, number), (AUTHORS, PRINTED)))]


def beside(found: Sequence[Ours], paper: Paper) -> list[Table]:
    """A study of the paper's encoders beside the authors' runs and the print: three sources, each in columns of its own."""
    mine, made = [one for one in found if one.same], []
    for number in SCORED:
        for team, cells in _filled(number, mine, explained.table(paper, number)):
            if table := lay_out(number, cells, SOURCES, team):
                made.append(table)
    return made


def counts(paper: Paper) -> list[dict]:
    """One row per table of scores: cells printed, recomputed, agreeing and out of what, and why not the others."""
    return [_count(number, explained.table(paper, number)) for number in SCORED]


def _count(number: str, cells: Sequence[Compared]) -> dict:
    return {
        "table": number,
        "what": CAPTIONS[number],
        "printed": len(cells),
        "recomputed": sum(one.recomputed.n > 0 for one in cells),
        "agreeing": sum(one.agrees for one in cells),
        "out of": _listed(one.of for one in cells if one.agrees),
        "why not": _listed(one.reason for one in cells if not one.agrees),
    }


def _listed(words: Iterable[str]) -> str:
    """`a (3); b (1)`, in the order in which they first come."""
    return "; ".join(f"{word} ({count})" for word, count in Counter(words).items())
