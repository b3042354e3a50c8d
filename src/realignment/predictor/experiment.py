"""Runs of one source, as the predictor takes them; and those of several together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from realignment.core.errors import BadInput, nearest
from realignment.languages.table import Language
from realignment.predictor import measured
from realignment.predictor.ground import Seen
from realignment.predictor.measured import Measured
from realignment.results.averages import Runs

SHARED = 5  # evaluated languages that two sources must have in common to be fitted together
Run = tuple[str, str, str, str]  # encoder, subset, seed, task
Key = tuple[str, str]  # encoder, task


@dataclass(frozen=True)
class Experiment:
    """What was run, on which languages, of what encoders; `languages` holds those realigned on and those evaluated."""

    source: str
    runs: Runs
    lists: Mapping[Run, Collection[str]]  # the languages of each realigned run, ISO 639-3
    seen: Mapping[str, Seen]  # encoder -> its `seen` setting
    languages: Mapping[str, Language] = field(repr=False)

    def measured(self) -> dict[Key, Measured]:
        """Of every encoder and task in which fine-tuning only and at least one set were run."""
        found = {}
        for encoder, task in sorted({(encoder, task) for encoder, _, _, task in self.lists}):
            sets = {run[1:3]: frozenset(codes) for run, codes in self.lists.items() if (run[0], run[3]) == (encoder, task)}
            one = measured.of_runs(self.runs, sets, encoder, task, source=self.source, seen=self.seen[encoder])
            if one:
                found[encoder, task] = one
        return found


def together(experiments: Sequence[Experiment]) -> dict[Key, Measured]:
    """Of all sources; where several have runs of an encoder in a task, they share sets and evaluated languages, and each keeps a level of its own."""
    found: dict[Key, Measured] = {}
    for experiment in experiments:
        for key, one in experiment.measured().items():
            found[key] = _joined(found[key], one, key) if key in found else one
    return found


def _joined(first: Measured, second: Measured, key: Key) -> Measured:
    shared = [code for code in first.languages if code in second.languages]
    if len(shared) < SHARED:
        raise BadInput(
            f"{key[0]}, {key[1]}: sources that are fitted together must have evaluated {SHARED} languages in common; "
            f"{first.sets[0].source} and {second.sets[0].source} have {len(shared)}; give one of them as --source"
        )
    one, other = first.within(shared), second.within(shared)
    return replace(
        one,
        sets=one.sets + other.sets,
        gains=np.vstack([one.gains, other.gains]),
        base=(one.base + other.base) / 2,
        apart=np.vstack([one.apart, other.apart]),
        missing=tuple(sorted(set(first.missing + second.missing) | set(first.languages) ^ set(second.languages))),
        left_out={why: one.left_out.get(why, 0) + other.left_out.get(why, 0) for why in {**one.left_out, **other.left_out}},
    )


def chosen(found: Mapping[Key, Measured], encoders: Sequence[str], tasks: Sequence[str]) -> dict[Key, Measured]:
    """Of some encoders and tasks, all where none is named; BadInput where one of them has no runs."""
    for what, wanted, known in (
        ("encoder", encoders, sorted({key[0] for key in found})),
        ("task", tasks, sorted({key[1] for key in found})),
    ):
        for name in wanted:
            if name not in known:
                raise BadInput(f"no runs of {what} `{name}` are at hand; {nearest(name, known)}; or give another --source")
    kept = {key: one for key, one in found.items() if key[0] in (encoders or [key[0]]) and key[1] in (tasks or [key[1]])}
    if not kept:
        raise BadInput(
            "no encoder at hand was run in these tasks with fine-tuning only (`none`) and with a set of languages, and a gain is the difference; ask for "
            "others, or give another --source"
        )
    return kept
