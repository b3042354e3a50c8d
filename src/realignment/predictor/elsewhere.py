"""What a set is expected to gain an encoder of which no run is at hand: the mean of what the models of the encoders at hand say of it.

Intervals are as wide as an encoder that was left out needed (`encoders_left_out`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from realignment.core.errors import BadInput
from realignment.languages import grouping
from realignment.predictor import encoders_left_out, readings
from realignment.predictor.calibrated import KINDS, Calibrated, Columns, with_noise
from realignment.predictor.encoders_left_out import EncodersLeftOut
from realignment.predictor.ground import Seen
from realignment.predictor.readings import Foretold

OUTSIDE = "OOD"
Sets = Sequence[Collection[str]]


@dataclass(frozen=True)
class Elsewhere:
    """Of one task."""

    encoder: str
    seen: Seen
    models: tuple[Calibrated, ...]  # one per encoder at hand, two or more
    languages: tuple[str, ...]  # evaluated in the runs of all of them
    columns: Columns  # the task's mean, the levels as this encoder has seen the languages, the languages
    left_out: EncodersLeftOut

    @cached_property
    def widths(self) -> dict[str, tuple[float, float]]:
        """Kind -> (factor, shift)."""
        return {kind: (self.left_out.factor(kind), self.left_out.shift(kind)) for kind in KINDS}

    @property
    def others(self) -> list[str]:
        """The encoders at hand."""
        return [one.measured.encoder for one in self.models]

    @property
    def otherwise(self) -> tuple[str, ...]:
        """The languages that this encoder has seen and one at hand has not, or the other way round."""
        parts = [readings.otherwise(one.model, self.seen, self.languages) for one in self.models]
        return tuple(code for code, held in zip(self.languages, np.any(parts, axis=0), strict=True) if held)

    def expected(self, sets: Sets) -> Foretold:
        return readings.together([one.model for one in self.models], sets, self.columns.weights, (self.languages, self.seen))

    def half_widths(self, found: Foretold, runs: int) -> Float[np.ndarray, "sets columns"]:
        """Of the intervals of a mean of so many runs."""
        factor, shift = np.array([self.widths[kind] for kind in self.columns.kinds]).T
        return factor * np.hypot(with_noise(found, np.full(len(found.means), float(runs))), shift) + found.margin


def columns_of(one: Calibrated | Elsewhere) -> Columns:
    """What a model of an encoder with runs, or without, says something of."""
    return one.columns if isinstance(one, Elsewhere) else one.left_out.columns


def fit(encoder: str, seen: Seen, models: Sequence[Calibrated]) -> Elsewhere:
    """`models`: of the encoders at hand, in one task. BadInput where they are fewer than two."""
    if len(models) < 2:
        have = ", ".join(one.measured.encoder for one in models) or "none"
        raise BadInput(
            f"{encoder}: an encoder that was never run is predicted from two others or more, so that it is known how far one is off another; "
            f"with runs at hand: {have}; give a --source with more"
        )
    shared = set.intersection(*(set(one.measured.languages) for one in models))
    languages = tuple(code for code in models[0].measured.languages if code in shared)
    if not languages:
        raise BadInput(f"{encoder}: the encoders at hand were evaluated in no language in common; give another --source")
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # as in calibrated.fit
        return Elsewhere(
            encoder, seen, tuple(models), languages, columns(languages, seen, models), encoders_left_out.of(models, languages)
        )


def columns(languages: Sequence[str], seen: Seen, models: Sequence[Calibrated]) -> Columns:
    """The mean is over the languages that the encoders at hand average over; levels are those of `seen`.

    A language that those leave out stays out of distribution, whoever has seen it, as in the paper's averages.
    """
    first = models[0]
    known = first.model.likeness.ground.languages
    averaged = {code for one in models for code, held in zip(one.measured.languages, one.measured.averaged, strict=True) if held}
    groups = tuple(OUTSIDE if code not in averaged else grouping.group(known[code], seen) for code in languages)
    return Columns.of(replace(first.measured.within(languages), seen=seen, groups=groups))
