"""What each part of the model is worth: errors of sets of heuristics that were left out, without it and by it alone."""

from collections.abc import Iterator, Mapping

from realignment.predictor import departures, folds, likeness, protocol
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured

WHOLE = "whole"


def variants() -> dict[str, Mapping]:
    """Title -> what `model.fit` is told."""
    parts, apart = likeness.PARTS, departures.PARTS
    found: dict[str, Mapping] = {WHOLE: {}}
    found |= {f"without {part}": {"parts": tuple(one for one in parts if one != part)} for part in parts}
    found |= {f"{part} alone": {"parts": (part,)} for part in parts}
    names = {departures.SLOPES: "slopes on distance", departures.SIMILARITY: "similarity of languages"}
    return found | {f"without {names[part]}": {"apart": tuple(one for one in apart if one != part)} for part in apart}


def rows(measured: Measured, ground: Ground) -> Iterator[dict]:
    """One per variant; errors in points, of the sets that were not chosen from a pool."""
    for title, how in variants().items():
        said = folds.left_out(measured, protocol.of_model(ground, **how), folds.HEURISTIC)
        about = {"encoder": measured.encoder, "task": measured.task, "predictor": title, "left_out": folds.HEURISTIC}
        yield {**about, **protocol.judged(measured, said, protocol.of_tables(measured))}
