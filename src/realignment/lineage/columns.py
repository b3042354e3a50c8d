"""The columns of a report's tables, by the name that a cell's address has for them, and what judges the gains in them."""

from collections.abc import Collection
from contextlib import suppress

from realignment.core.errors import BadInput, nearest
from realignment.languages import codes
from realignment.results import by_set, headings, verdicts
from realignment.results.addresses import ALL, Address
from realignment.results.scores import RETRIEVAL, Score
from realignment.results.tables import Items, Study
from realignment.results.verdicts import Verdicts
from realignment.statistics.summary import Difference


def gain(cell: Address, found: list[Score], studies: list[Study]) -> Difference:
    """With its verdict. An evaluation set that is the only one of its languages has that of the task."""
    apart, items = column(cell, found, studies)
    (study,) = [one for one in studies if one.encoder == cell.encoder]
    judged = verdicts.of_study(study, trained(study))
    if apart is study:
        return judged.gain(cell.row, items)
    sets = verdicts.of_sets(apart, by_set.columns_of(study, found, cell.task)[1])
    judge, shown = judged_by(cell.task, items, judged, sets)
    return judge.gain(cell.row, shown)


def judged_by(task: str, items: Items, judged: Verdicts, sets: Verdicts) -> tuple[Verdicts, Items]:
    """What judges a column of an evaluation set: the task's own verdicts where the set is the only one of its languages."""
    (names,) = items.values()
    whole, study, apart = {task: names}, judged.study, sets.study
    if all(study.runs.by_seed(row, whole) == apart.runs.by_seed(row, items) for row in study.rows([task])):
        return judged, whole
    return sets, items


def column(cell: Address, found: list[Score], studies: list[Study]) -> tuple[Study, Items]:
    """The study a cell's number is read from and what its column holds; in a table by evaluation set, each set is a task of its own."""
    by_label = {study.encoder: study for study in studies}
    study = by_label.get(cell.encoder)
    names = tasks(cell, study) if study else []
    if study is None or not _has(study, cell, names):
        raise BadInput(
            f"study.json holds no run of {cell.encoder}/{headings.label(cell.row)}/{cell.task}; {_nearest(cell, studies)}"
        )
    known = columns(study, found, cell.task)
    of = cell.of or ("Average without English" if "Average without English" in known else "Average")
    if of not in known:
        with suppress(BadInput):
            of = codes.resolve(of)
    if of not in known:
        raise BadInput(
            f"`{of}` is no column of the report and no language that has a score for {cell.task}; {nearest(of, known)}"
        )
    return known[of]


def columns(study: Study, found: list[Score], task: str) -> dict[str, tuple[Study, Items]]:
    """Title -> (the study its numbers are read from, what it holds) of every column of a task, or of ALL; a language is a column of its own."""
    names = tasks(Address(study.encoder, "", "", task), study)
    known = {title: (study, items) for title, items in study.group_columns(names).items()}
    if task != ALL:
        apart, sets = by_set.columns_of(study, found, task)
        known |= {title: (apart, items) for title, items in sets.items()}
        known |= {code: (study, {task: [code]}) for one, code in study.runs.group[study.encoder] if one == task}
    return known


def tasks(cell: Address, study: Study) -> list[str]:
    """Those that a cell is a mean over, in the order of the tables."""
    if cell.task == ALL:
        return headings.averaged(trained(study))
    return [
        task for task in headings.TASKS if task == cell.task and any(one == task for one, _ in study.runs.group[cell.encoder])
    ]


def trained(study: Study) -> list[str]:
    """The tasks of an encoder that are fine-tuned on, in the order of the tables."""
    there = {task for task, _ in study.runs.group[study.encoder]}
    return [task for task in headings.TASKS if task in there and task != RETRIEVAL]


def _has(study: Study, cell: Address, names: Collection[str]) -> bool:
    return any(task in names for held in study.runs.rows.get(cell.row, {}).values() for task, _ in held)


def _nearest(cell: Address, studies: Collection[Study]) -> str:
    names = {
        f"{row.encoder}/{headings.label(row)}/{task}"
        for study in studies
        for row, seeds in study.runs.rows.items()
        for held in seeds.values()
        for task, _ in held
    }
    if not names:
        return "it holds no evaluation at all"
    return nearest(f"{cell.encoder}/{headings.label(cell.row)}/{cell.task}", names)
