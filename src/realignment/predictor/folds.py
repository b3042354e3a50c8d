"""What is left out together, and what a predictor says of it that was made without it."""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from realignment.predictor.measured import Measured

HEURISTIC, SET = "heuristic", "set"  # sets of one heuristic of any size and pool; sets of one name
Sets = Sequence[Collection[str]]
Predictor = Callable[[Measured, Sets], np.ndarray]  # (what was measured, other sets) -> sets x (mean, then each language), points


def folds(measured: Measured, by: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(places of those left out, places of those that remain). A set that is left out is in neither under another name; no fold is without rest."""
    names = [one.heuristic if by == HEURISTIC else f"{one.subset} {sorted(one.languages)}" for one in measured.sets]
    for name in sorted(set(names)):
        out = np.array([one == name for one in names])
        same = {measured.sets[place].languages for place in np.flatnonzero(out)}
        rest = ~out & np.array([one.languages not in same for one in measured.sets])
        if rest.any():
            yield np.flatnonzero(out), np.flatnonzero(rest)


def left_out(measured: Measured, predictor: Predictor, by: str = HEURISTIC) -> np.ndarray:
    """sets x (mean, languages): of each set what the predictor says without its fold; not a number where that cannot be asked."""
    found = np.full((len(measured.sets), 1 + len(measured.languages)), np.nan)
    for out, rest in folds(measured, by):
        found[out] = predictor(measured.only(rest), [measured.sets[place].languages for place in out])
    return found
