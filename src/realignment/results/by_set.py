"""Scores by evaluation set and resource level: what `averages.collect` merges, kept apart."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from realignment.languages import grouping
from realignment.results import headings
from realignment.results.averages import Runs, collect
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
    apart = replace(study, runs=_runs(study.runs, found, task))
    columns = {}
    for name in sorted({name for name, _ in apart.runs.group.get(study.encoder, {})}):
        for group in (*grouping.GROUPS, None):
            if items := apart.items([name], {group} if group else {*AVERAGED, "OOD"}):
                columns[f"{name} {headings.group(group) if group else 'all'}"] = items
    return apart, columns


def _runs(known: Runs, found: Iterable[Score], task: str) -> Runs:
    """The runs of a task by set; made once of the same scores, for all encoders of a study."""
    scores, runs = known.by_set.get(task, (None, None))
    if runs is None or scores is not found:
        runs = collect(_named(one) for one in found if one.task == task)
        known.by_set[task] = found, runs
    return runs


def _named(one: Score) -> Score:
    """With the set as its task."""
    return Score(one.encoder, one.subset, one.control, one.seed, one.set, one.set, one.language, one.group, one.score, one.n)
