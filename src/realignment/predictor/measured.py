"""What runs say of realignment: the gain over fine-tuning only of each set of languages, in each evaluated language."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from realignment.languages import grouping
from realignment.results.averages import Item, Runs
from realignment.results.scores import WITHOUT_ENGLISH, Row
from realignment.subsets import naming

NONE = "none"  # the row of fine-tuning only
Sets = Mapping[tuple[str, str], frozenset[str]]  # (subset, seed) -> ISO 639-3 codes of the languages realigned on


@dataclass(frozen=True)
class Realigned:
    """One set of languages, and how often it was run."""

    source: str  # `published`, a profile, or the name of an import
    subset: str  # its name there
    languages: frozenset[str]
    seeds: tuple[str, ...]  # labels

    @property
    def runs(self) -> int:
        return len(self.seeds)

    @property
    def heuristic(self) -> str:
        """What it was chosen by, whatever its size and pool: what is left out together. Fixed lists are alone."""
        name = naming.split(self.subset)
        return self.subset if self.subset in naming.FIXED or name.heuristic.startswith(naming.OWN) else name.heuristic

    @property
    def pooled(self) -> bool:
        """Whether it was chosen from one of the pools of the ablations."""
        return bool(naming.split(self.subset).pool)


@dataclass(frozen=True)
class Measured:
    """Of one encoder and task. Gains and scores in points (0 to 100)."""

    encoder: str  # label
    seen: str | list[str]  # the encoder's `seen` setting
    task: str
    sets: tuple[Realigned, ...]
    languages: tuple[str, ...]  # evaluated ones that every run and `none` have
    groups: tuple[str, ...]  # of grouping.GROUPS, of each language; "" counts in averages alone
    gains: Float[np.ndarray, "sets languages"]  # mean over the runs of a set
    base: Float[np.ndarray, " languages"]  # scores of `none`
    apart: Float[np.ndarray, "freedom languages"]  # what single runs are off their sets, turned so that rows are independent
    left_out: Mapping[str, int]  # why -> rows of a subset and seed that are not in it
    missing: tuple[
        str, ...
    ] = ()  # evaluated languages that are in no number here: not every run of fine-tuning only, or not every source, has them

    @property
    def averaged(self) -> Bool[np.ndarray, " languages"]:
        """The languages of the task's mean: English and out-of-distribution ones are in none."""
        return np.array([group in WITHOUT_ENGLISH for group in self.groups], bool)

    @property
    def average(self) -> Float[np.ndarray, " languages"]:
        """Weights of the task's mean."""
        return self.averaged / max(self.averaged.sum(), 1)

    def noise_of(self, weights: Float[np.ndarray, "groups languages"]) -> Float[np.ndarray, " groups"]:
        """Standard deviation of one run's gain from that of its set, of means over languages; not a number where every set was run once."""
        if not len(self.apart):
            return np.full(len(weights), np.nan)
        return np.sqrt(((self.apart @ weights.T) ** 2).sum(0) / len(self.apart))

    @property
    def means(self) -> Float[np.ndarray, " sets"]:
        return self.gains[:, self.averaged].mean(1)

    @property
    def runs(self) -> np.ndarray:
        """How often each set was run."""
        return np.array([one.runs for one in self.sets], float)

    def only(self, kept: Sequence[int] | np.ndarray) -> "Measured":
        """Of some of its sets, by place or by mask."""
        places = np.arange(len(self.sets))[kept]
        return replace(self, sets=tuple(self.sets[place] for place in places), gains=self.gains[places])

    def within(self, languages: Collection[str]) -> "Measured":
        """As if no other language had been evaluated."""
        kept = [place for place, code in enumerate(self.languages) if code in languages]
        return replace(
            self,
            languages=tuple(self.languages[place] for place in kept),
            groups=tuple(self.groups[place] for place in kept),
            gains=self.gains[:, kept],
            base=self.base[kept],
            apart=self.apart[:, kept],
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose runs they are, in the order in which they were given."""
        return tuple(dict.fromkeys(one.source for one in self.sets))

    def levels(self) -> dict[str, Float[np.ndarray, " languages"]]:
        """Group -> weights of the mean over its languages; those of no group are in none."""
        held = {name: np.array([group == name for group in self.groups], float) for name in grouping.GROUPS}
        return {name: one / one.sum() for name, one in held.items() if one.any()}


def of_runs(runs: Runs, sets: Sets, encoder: str, task: str, *, source: str, seen: str | list[str]) -> Measured | None:
    """From the scores of one encoder; None where fine-tuning only, or every set, was not run in the task."""
    rows = {row: held for row, held in runs.rows.items() if row.encoder == encoder and not row.control}
    base = _base(runs, Row(encoder, NONE), task)
    found: dict[tuple[str, frozenset[str]], dict[str, dict[Item, float]]] = defaultdict(dict)
    left_out: dict[str, int] = defaultdict(int)
    for row, by_seed in rows.items():
        for seed, held in by_seed.items() if row.subset != NONE else ():
            if not any(one == task for one, _ in held):
                continue
            if (row.subset, seed) not in sets:
                left_out["the languages it was realigned on are not known"] += 1
                continue
            found[row.subset, sets[row.subset, seed]][seed] = held
    if not base or not found:
        return None
    evaluated = {code for (one, code), group in runs.group[encoder].items() if one == task and group != "English"}
    wanted = evaluated & base.keys()
    complete = _complete(found, task, wanted, left_out)
    if not complete:
        return None
    languages = sorted(wanted)
    made = _table(complete, languages, base, left_out, (encoder, task, source, seen, runs.group[encoder]))
    return replace(made, missing=tuple(sorted(evaluated - wanted)))


def _base(runs: Runs, row: Row, task: str) -> dict[str, float]:
    """Language -> mean score of fine-tuning only; a row that is known by its means alone gives those."""
    found: dict[str, list[float]] = defaultdict(list)
    of_seeds = [{code: score for (one, code), score in items.items() if one == task} for items in runs.rows.get(row, {}).values()]
    held = [one for one in of_seeds if one]  # retrieval has a seed of its own
    for items in held:
        for code, score in items.items():
            found[code].append(score)
    made = {code: sum(values) / len(values) for code, values in found.items() if len(values) == len(held)}
    partly = runs.partly.get(row)
    if partly and partly.task == task:
        made |= {code: mean for code, (mean, _) in partly.languages.items() if code not in made}
    return made


def _complete(found: Mapping, task: str, wanted: Collection[str], left_out: dict[str, int]) -> dict:
    """Without the runs that lack a language."""
    made = {}
    for name, by_seed in found.items():
        whole = {seed: held for seed, held in by_seed.items() if all((task, code) in held for code in wanted)}
        if len(whole) < len(by_seed):
            left_out["a language that the others have was not evaluated"] += len(by_seed) - len(whole)
        if whole:
            made[name] = whole
    return made


def _table(
    found: Mapping, languages: list[str], base: Mapping[str, float], left_out: Mapping[str, int], about: tuple
) -> Measured:
    encoder, task, source, seen, groups = about
    sets, gains, apart = [], [], [np.zeros((0, len(languages)))]
    lowest = np.array([base[code] for code in languages]) * 100
    for (subset, codes), by_seed in sorted(found.items(), key=lambda one: (one[0][0], sorted(one[0][1]))):
        seeds = sorted(by_seed)
        values = np.array([[100 * by_seed[seed][task, code] for code in languages] for seed in seeds])
        sets.append(Realigned(source, subset, codes, tuple(seeds)))
        gains.append(values.mean(0) - lowest)
        apart.append(_contrasts(len(seeds)) @ values)
    names = tuple(groups[task, code] for code in languages)
    return Measured(
        encoder, seen, task, tuple(sets), tuple(languages), names, np.array(gains), lowest, np.vstack(apart), dict(left_out)
    )


def _contrasts(count: int) -> Float[np.ndarray, "contrasts count"]:
    """Helmert's: what runs of one set are off their mean, as independent numbers of one run's variance."""
    found = np.zeros((count - 1, count))
    for row in range(count - 1):
        found[row, : row + 1] = 1 / np.sqrt((row + 1) * (row + 2))
        found[row, row + 1] = -np.sqrt((row + 1) / (row + 2))
    return found
