"""The averaging rule of the tables: the African sets count before general ones, then means over languages, then over tasks."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from realignment.core.errors import FailedWork
from realignment.results.scores import Row, Score
from realignment.statistics.summary import Summary

AFRICAN = frozenset({"masakhapos", "masakhaner2", "afrixnli"})  # count where a language is in a general set too
Item = tuple[str, str]  # task, language


class Held(dict[str, list[str]]):
    """Task -> the languages a mean is over. `undefined`: the (task, set, language) of its groups that have no score by their gold."""

    undefined: tuple[tuple[str, str, str], ...] = ()

    def without(self, left_out: Collection[str]) -> "Held":
        """Without some languages, and without the tasks that have no other."""
        kept = {task: [code for code in names if code not in left_out] for task, names in self.items()}
        found = Held({task: names for task, names in kept.items() if names})
        found.undefined = tuple(one for one in self.undefined if one[2] not in left_out)
        return found


class Partly(Protocol):
    """A row some of whose scores in a task are known by their means over seeds alone."""

    task: str

    def by_seed(self, items: Mapping[str, Collection[str]]) -> dict[str, float]:
        """As `Runs.by_seed`, where the means still give each seed; else nothing."""

    def cell(self, items: Mapping[str, Collection[str]]) -> Summary:
        """What the means say of the seeds together."""

    def told(self, row: str) -> str:
        """A sentence for the readers of a table."""


@dataclass
class Runs:
    """Scores reduced to one a run, task and language, and what every complete run would hold."""

    rows: dict[Row, dict[str, dict[Item, float]]] = field(default_factory=dict)  # row -> seed -> (task, language) -> score
    group: dict[str, dict[Item, str]] = field(default_factory=dict)  # encoder -> (task, language) -> group
    undefined: dict[str, dict[tuple[str, str, str], str]] = field(
        default_factory=dict
    )  # encoder -> (task, set, language) -> group
    sizes: dict[Item, int] = field(default_factory=dict)  # what was measured: sentences, or held-out pairs
    counted: dict[Item, set[str]] = field(default_factory=dict)  # the evaluation sets that a score is the mean of
    partly: dict[Row, Partly] = field(default_factory=dict)  # asked where `rows` lacks a score
    by_set: dict[str, tuple[Iterable[Score], "Runs"]] = field(default_factory=dict, repr=False, compare=False)
    # task -> the scores it was asked for, and what `by_set` made of them

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
        wanted = [[(task, language) for language in names] for task, names in items.items()]
        every, values = {item for of_task in wanted for item in of_task}, {}
        for seed, held in self.rows.get(row, {}).items() if wanted else ():
            if held.keys() >= every:
                means = [math.fsum(map(held.__getitem__, of_task)) / len(of_task) for of_task in wanted]
                values[seed] = math.fsum(means) / len(means)
        return values if values or row not in self.partly else self.partly[row].by_seed(items)

    def cell(self, row: Row, items: Mapping[str, Collection[str]]) -> Summary:
        """The runs of all seeds, see `by_seed`."""
        found = self.by_seed(row, items)
        if not found and row in self.partly:
            return self.partly[row].cell(items)
        return Summary(tuple(found.values()), tuple(found))


Part = tuple[str, str, str]  # task, evaluation set, language
Found = dict[Row, dict[str, dict[Part, float]]]  # row -> seed -> the scores of the run


def collect(scores: Iterable[Score]) -> Runs:
    """The score of a language in a run: the African set's where the study has one for it, else the mean over its sets.

    Which sets count is decided over the whole study: a run that lacks one of them has no score for that language. A set whose score
    is undefined counts for no language. The scores are read once, and none is kept.
    """
    runs, none, first = Runs(), {}, {}
    found = _read(scores, runs, none, first)
    _alike(none, first)
    for task, name, language in first:
        runs.counted.setdefault((task, language), set()).add(name)
    runs.counted = {item: counts(names) for item, names in runs.counted.items()}
    wanted = {item: [(item[0], name, item[1]) for name in names] for item, names in runs.counted.items()}
    for row, seeds in sorted(found.items()):
        runs.rows[row] = {seed: _means(held, wanted) for seed, held in sorted(seeds.items())}
    return runs


def _read(scores: Iterable[Score], runs: Runs, none: dict[Part, Score], first: dict[Part, Score]) -> Found:
    """The scores by run; their groups and sizes go to `runs`, the last that is undefined and the first that is defined of a part to `none` and `first`."""
    found: Found = {}
    run, held, groups = None, {}, {}
    for one in scores:
        part = (one.task, one.set, one.language)
        if one.score is None:
            none[part] = one
            runs.undefined.setdefault(one.encoder, {})[part] = one.group
            continue
        if one.run != run:  # those of a run mostly follow each other
            run, held = one.run, found.setdefault(one.row, {}).setdefault(one.seed, {})
            groups = runs.group.setdefault(one.encoder, {})
        if part in held:
            which = f"{one.row} seed {one.seed} {' '.join(part)}"
            raise FailedWork(f"one score per run, set and language is required; two are given for {which}; rebuild study.json")
        held[part] = one.score
        first.setdefault(part, one)
        item = (one.task, one.language)
        groups[item] = one.group
        if one.n > runs.sizes.setdefault(item, 0):
            runs.sizes[item] = one.n
    return found


def _alike(none: Mapping[Part, Score], first: Mapping[Part, Score]) -> None:
    """FailedWork where a score is undefined for some runs only: its gold is one."""
    for part, one in first.items():
        if part in none:
            raise FailedWork(
                f"a score is undefined for all runs alike, by its gold; of {' '.join(part)} {_run(one)} has "
                f"{one.score:g} and {_run(none[part])} has none; the two were not computed alike; run `dvc repro study`"
            )


def _means(held: Mapping[Part, float], wanted: Mapping[Item, Sequence[Part]]) -> dict[Item, float]:
    """Of a run, the mean over the sets that count of each language, where none of them is missing."""
    made = {}
    for item, parts in wanted.items():
        if len(parts) == 1:
            if parts[0] in held:
                made[item] = held[parts[0]]
        elif held.keys() >= set(parts):
            made[item] = sum(held[part] for part in held if part in parts) / len(parts)  # in the order in which they were given
    return made


def counts(sets: set[str]) -> set[str]:
    """Of the evaluation sets that hold a language, those whose scores count."""
    return (sets & AFRICAN) or sets


def own_english(english: bool, evalset: str) -> bool:
    """Whether a score is of English in a set of English's own: an African set may hold English beside its languages."""
    return english and evalset not in AFRICAN


def _run(one: Score) -> str:
    return " ".join(filter(None, (one.encoder, one.subset, one.control, f"s{one.seed}")))
