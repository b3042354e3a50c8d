"""How well the gain of a language is told that was not evaluated, from those that were: each evaluated language is left out in turn."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from realignment.predictor import model, protocol
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured

NOTHING, OTHERS, NEAREST = "no gain", "mean of the others", "nearest language"
PREDICTORS = (NOTHING, OTHERS, NEAREST, protocol.OURS)


def rows(measured: Measured, ground: Ground) -> Iterator[dict]:
    """One per evaluated language: its mean gain, and of each of PREDICTORS the mean distance, in points, of what is said of it from what it gained in
    each set that was not chosen from a pool. Everybody knows what the other languages gained in the same sets."""
    kept, start = protocol.of_tables(measured), model.fit(measured, ground, by_language=False).process.variances
    for place, code in enumerate(measured.languages):
        rest = measured.within([one for one in measured.languages if one != code])
        gains = measured.gains[kept, place]
        errors = {title: float(np.abs(said[kept] - gains).mean()) for title, said in _said(rest, ground, code, start).items()}
        about = {"encoder": measured.encoder, "task": measured.task, "language": code, "group": measured.groups[place]}
        yield {**about, "sets": len(gains), "gain": float(gains.mean()), **errors}


def _said(rest: Measured, ground: Ground, code: str, start: np.ndarray) -> dict[str, Float[np.ndarray, " sets"]]:
    sets = [one.languages for one in rest.sets]
    return {
        NOTHING: np.zeros(len(sets)),
        OTHERS: rest.means,
        NEAREST: nearest(rest, ground, code),
        protocol.OURS: model.fit(rest, ground, start=start).elsewhere(sets, code),
    }


def nearest(measured: Measured, ground: Ground, code: str) -> Float[np.ndarray, " sets"]:
    """The gains of the evaluated language that is nearest to another one; not a number where no distance is known."""
    far = ground.distances[ground.rows([code])[0], ground.rows(measured.languages)]
    return np.full(len(measured.sets), np.nan) if np.isnan(far).all() else measured.gains[:, int(np.nanargmin(far))]
