"""The averaging rule of the tables: the African sets count before general ones, then means over languages, then over tasks."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from realignment.core.errors import FailedWork
from realignment.results.scores import Row, Score
from realignment.statistics.summary import Summary

AFRICAN = frozenset({"masakhapos", "masakhaner2", "afrixnli"})  # count where a language is in a general set too
Item = tuple[str, str]  # task, language


class Held(dict[str, list[str]]):
    """Task -> the languages a mean is over. `undefined`: the (task, set, language) of its groups that have no score by their gold."""

    undefined: tuple[tuple[str, str, str], ...] = ()


@dataclass
class Runs:
    """Scores reduced to one a run, task and language, and what every complete run would hold."""

    rows: dict[Row, dict[str, dict[Item, float]]] = field(default_factory=dict)  # row -> seed -> (task, language) -> score
    group: dict[str, dict[Item, str]] = field(default_factory=dict)  # encoder -> (task, language) -> group
    undefined: dict[str, dict[tuple[str, str, str], str]] = field(
        default_factory=dict
    )  # encoder -> (task, set, language) -> group
    sizes: dict[Item, int] = field(default_factory=dict)  # what was measured: sentences, or held-out pairs

    def items(self, encoder: str, tasks: Iterable[str], groups: Collection[str]) -> Held:
        """Task -> its languages in `groups`, sorted; tasks without any are left out."""
        tasks = list(tasks)
        held = [item for item, group in self.group.get(encoder, {}).items() if group in groups]
        found = {task: sorted(language for one, language in held if one == task) for task in tasks}
        items = Held({task: names for task, names in found.items() if names})
        none = self.undefined.get(encoder, {})
        items.undefined = tuple(sorted(one for one, group in none.items() if one[0] in tasks and group in groups))
        return items

    def by_seed(self, row: Row, items: Mapping[str, Collection[str]]) -> dict[str, float]:
        """Seed -> the run's mean over its languages within a task, then over tasks; a run that lacks one of them gives no value."""
        values = {}
        for seed, held in self.rows.get(row, {}).items():
            if items and all((task, language) in held for task, names in items.items() for language in names):
                means = [math.fsum(held[task, language] for language in names) / len(names) for task, names in items.items()]
                values[seed] = math.fsum(means) / len(means)
        return values

    def cell(self, row: Row, items: Mapping[str, Collection[str]]) -> Summary:
        """The runs of all seeds, see `by_seed`."""
        found = self.by_seed(row, items)
        return Summary(tuple(found.values()), tuple(found))


def collect(scores: Iterable[Score]) -> Runs:
    """The score of a language in a run: the African set's where the study has one for it, else the mean over its sets.

    Which sets count is decided over the whole study: a run that lacks one of them has no score for that language. A set whose score
    is undefined counts for no language.
    """
    runs = Runs()
    scores = _defined(list(scores), runs)
    counted = counting(scores)
    parts: dict[Row, dict[str, dict[Item, dict[str, float]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    for one in scores:
        item = (one.task, one.language)
        runs.sizes[item] = max(runs.sizes.get(item, 0), one.n)
        runs.group.setdefault(one.encoder, {})[item] = one.group
        held = parts[one.row][one.seed][item]
        if one.set in held:
            which = f"{one.row} seed {one.seed} {one.task} {one.set} {one.language}"
            raise FailedWork(f"one score per run, set and language is required; two are given for {which}; rebuild study.json")
        if one.set in counted[item]:
            held[one.set] = one.score
    for row, seeds in sorted(parts.items()):
        runs.rows[row] = {
            seed: {item: sum(held.values()) / len(held) for item, held in found.items() if set(held) == counted[item]}
            for seed, found in sorted(seeds.items())
        }
    return runs


def counting(scores: Iterable[Score]) -> dict[Item, set[str]]:
    """(task, language) -> the evaluation sets that its score is the mean of; `scores` are those that are defined."""
    sets: dict[Item, set[str]] = defaultdict(set)
    for one in scores:
        sets[one.task, one.language].add(one.set)
    return {item: counts(names) for item, names in sets.items()}


def counts(sets: set[str]) -> set[str]:
    """Of the evaluation sets that hold a language, those whose scores count."""
    return (sets & AFRICAN) or sets


def _defined(scores: list[Score], runs: Runs) -> list[Score]:
    """The scores that are; the others are noted in `runs`. FailedWork where one is undefined for some runs only: its gold is one."""
    none = {(one.task, one.set, one.language): one for one in scores if one.score is None}
    for one in scores:
        other = none.get((one.task, one.set, one.language))
        if other and one.score is not None:
            raise FailedWork(
                f"a score is undefined for all runs alike, by its gold; of {one.task} {one.set} {one.language} {_run(one)} has "
                f"{one.score:g} and {_run(other)} has none; the two were not computed alike; run `dvc repro study`"
            )
        if other:
            runs.undefined.setdefault(one.encoder, {})[one.task, one.set, one.language] = one.group
    return [one for one in scores if one.score is not None]


def _run(one: Score) -> str:
    return " ".join(filter(None, (one.encoder, one.subset, one.control, f"s{one.seed}")))
