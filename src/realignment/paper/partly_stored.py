"""mBERT fine-tuned only, POS: African languages have no score by seed, but a mean and a deviation each, and each seed has its average over all.

Their sum in each seed follows from that average, so that a mean over all of them is known by seed, and the deviation of a mean over some of
them lies between two ends.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from realignment.results import study_tables, verdicts
from realignment.results.averages import Item
from realignment.results.tables import Study
from realignment.statistics.summary import Bounded, Summary


@dataclass(frozen=True)
class PartlyStored:
    """Scores in [0, 1]. What is shown of it is exact to the places that are stored: means and deviations 0.01, averages 0.0001 points."""

    task: str
    held: Mapping[str, Mapping[Item, float]]  # seed -> (task, language) -> score, of every task
    languages: Mapping[str, tuple[float, float]]  # every language that the averages are over -> mean, standard deviation
    averages: Mapping[str, float]  # seed -> the task's mean over `languages`
    smaller: bool = False  # take the smaller end of a deviation for the larger, to see what hangs on it

    @cached_property
    def missing(self) -> frozenset[str]:
        """The languages without a score by seed."""
        return frozenset(code for code in self.languages if any((self.task, code) not in one for one in self.held.values()))

    def told(self, row: str) -> str:
        """In a sentence what is known and what its numbers are therefore; `row` is what the row is called."""
        return (
            f"{row}: the {self.task.upper()} scores of {len(self.missing)} African languages are not stored by seed, only the mean and deviation of "
            f"each over {len(self.averages)} seeds, and each seed's average over all languages. Averages are therefore known by seed; the deviation of "
            "a resource level lies between two ends, and errors and verdicts are those of the larger one."
        )

    @cached_property
    def _sums(self) -> dict[str, float]:
        """Seed -> the sum over `missing`."""
        there = [(self.task, code) for code in self.languages if code not in self.missing]
        return {
            seed: len(self.languages) * mean - math.fsum(self.held[seed][item] for item in there)
            for seed, mean in self.averages.items()
        }

    def by_seed(self, items: Mapping[str, Collection[str]]) -> dict[str, float]:
        """Seed -> mean over languages, then over tasks; nothing unless all of `missing` are asked for, or none."""
        names = set(items.get(self.task, ()))
        if not items or (names & self.missing and not names >= self.missing):
            return {}
        shares = self._known(items)
        weight = self._weight(items) if names & self.missing else 0.0
        return {seed: value + weight * self._sums[seed] for seed, value in shares.items()}

    def cell(self, items: Mapping[str, Collection[str]]) -> Summary:
        """The mean, and between which ends the deviation lies: none but those two follow where covariances are not stored."""
        asked = self.missing & set(items.get(self.task, ()))
        known = self._known(items)
        if not asked or not known:
            return Summary(())
        weight = self._weight(items)
        # Either the languages asked for are what is not known, or, of the sum over all that are missing, those not asked for.
        ways = (
            (list(known.values()), asked),
            ([value + weight * self._sums[seed] for seed, value in known.items()], self.missing - asked),
        )
        ends = [self._ends(values, [weight * self.languages[code][1] for code in codes]) for values, codes in ways]
        mean = math.fsum(known.values()) / len(known) + weight * math.fsum(self.languages[code][0] for code in asked)
        least, most = max(low for low, _ in ends), min(high for _, high in ends)
        least = min(least, most)
        return Bounded(level=mean, least=least, most=least if self.smaller else most, count=len(known))

    @staticmethod
    def _ends(known: Sequence[float], deviations: Sequence[float]) -> tuple[float, float]:
        """Of a sum of known values and of some whose deviations alone are known: all as one against the known part, or all with it."""
        own, rest = Summary(tuple(known)).std or 0.0, math.fsum(deviations)
        others = max(deviations, default=0.0)
        apart = max(own - rest, (2 * others - rest) - own if others else 0.0, 0.0)
        return apart, own + rest

    def _weight(self, items: Mapping[str, Collection[str]]) -> float:
        """Of one language of the task in the mean."""
        return 1 / (len(items) * len(items[self.task]))

    def _known(self, items: Mapping[str, Collection[str]]) -> dict[str, float]:
        """Seed -> what the stored scores add to the mean; nothing where another score than those of `missing` is lacking."""
        wanted = [
            [(task, code) for code in names if task != self.task or code not in self.missing] for task, names in items.items()
        ]
        every = {item for some in wanted for item in some}
        sizes = [len(names) for names in items.values()]
        return {
            seed: math.fsum(math.fsum(map(one.__getitem__, some)) / n for some, n in zip(wanted, sizes, strict=True)) / len(items)
            for seed, one in self.held.items()
            if one.keys() >= every and seed in self.averages
        }


def ends(study: Study, tasks: Sequence[str]) -> list[str]:
    """In a sentence how many verdicts on the gains of levels hang on which end of a deviation holds; none where all seeds are known."""
    base = [row for row in study.runs.partly if row.encoder == study.encoder]
    other = replace(
        study, runs=replace(study.runs, partly={row: replace(one, smaller=True) for row, one in study.runs.partly.items()})
    )
    first, second = (verdicts.of_study(one, tasks) for one in (study, other))
    bounded = [
        items for items in study.group_columns(tasks).values() for row in base if isinstance(study.runs.cell(row, items), Bounded)
    ]
    pairs = [
        (first.gain(row, items), second.gain(row, items)) for items in bounded for row in study_tables.realigned(study, tasks)
    ]
    pairs = [(one, two) for one, two in pairs if one.mean is not None]
    changed = sum(one.certain != two.certain for one, two in pairs)
    return [f"At the smaller end {changed} of {len(pairs)} verdicts on such levels would be another."] if pairs else []
