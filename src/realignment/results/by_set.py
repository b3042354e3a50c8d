"""Scores by evaluation set and resource level: what `averages.collect` merges, kept apart."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from realignment.languages import grouping
from realignment.results import headings
from realignment.results.averages import collect
from realignment.results.scores import AVERAGED, Score
from realignment.results.tables import Items, Study, Table


def of_study(study: Study, found: Iterable[Score], tasks: Collection[str]) -> list[Table]:
    """One table per task: rows as elsewhere, for each evaluation set one column per resource level, then the set as a whole.

    A language that is in two sets counts in both; English and languages in no group count in the whole alone.
    """
    tables = []
    for task in headings.TASKS:
        apart, columns = columns_of(study, found, task) if task in tasks else (study, {})
        if columns:
            caption = f"{headings.task(task)} by evaluation set and resource level"
            tables.append(apart.scores(f"sets-{task}", caption, columns, {name for items in columns.values() for name in items}))
    return tables


def columns_of(study: Study, found: Iterable[Score], task: str) -> tuple[Study, dict[str, Items]]:
    """The study with each evaluation set of a task as a task of its own, and the columns of its table: `udpos HRL`, ..., `udpos all`."""
    mine = [replace(one, task=one.set) for one in found if one.task == task]
    apart = replace(study, runs=collect(mine))
    columns = {}
    for name in sorted({one.set for one in mine if one.encoder == study.encoder}):
        for group in (*grouping.GROUPS, None):
            if items := apart.items([name], {group} if group else {*AVERAGED, "OOD"}):
                columns[f"{name} {headings.group(group) if group else 'all'}"] = items
    return apart, columns
