"""What is known of languages before anything is trained: distances, families, who has seen them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from realignment.languages import grouping, uriel
from realignment.languages.table import Language
from realignment.selection import heuristics

Seen = str | list[str]  # an encoder's `seen` setting


@dataclass(frozen=True)
class Ground:
    """Languages in a fixed order, sorted by code."""

    languages: Mapping[str, Language]
    vectors: uriel.Vectors
    _place: dict[str, int] = field(init=False, repr=False, compare=False)
    _last: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)  # the sets asked of last

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {code: place for place, code in enumerate(sorted(self.languages))})

    @property
    def codes(self) -> list[str]:
        return list(self._place)

    def rows(self, codes: Collection[str]) -> list[int]:
        """Places of codes, in their order."""
        return [self._place[code] for code in codes]

    @cached_property
    def distances(self) -> Float[np.ndarray, "languages languages"]:
        """Angular, in URIEL+'s scale; not a number where one of two languages has no vector."""
        found = np.full((len(self._place),) * 2, np.nan)
        names = {code: heuristics.vector_of(one, self.vectors) for code, one in self.languages.items()}
        held = [code for code in self._place if names[code]]
        rows = self.rows(held)
        found[np.ix_(rows, rows)] = uriel.angular(self.vectors.values[self.vectors.rows([names[code] for code in held])])
        return found

    @cached_property
    def kin(self) -> Float[np.ndarray, "languages languages"]:
        """1 on the diagonal, KIN between languages of one top family, else 0."""
        families = [self.languages[code].top_family for code in self._place]
        same = np.array([[one == other and bool(one) for other in families] for one in families], float)
        return np.where(np.eye(len(families)) > 0, 1.0, KIN * same)

    def shares(self, sets: Sequence[Collection[str]]) -> Float[np.ndarray, "sets languages"]:
        """Of each language in each set: 1 over the size of the set, or 0."""
        counts = np.array([len(codes) for codes in sets])
        found = np.zeros((len(sets), len(self._place)))
        places = [self._place[code] for codes in sets for code in codes]
        found[np.repeat(np.arange(len(sets)), counts), places] = np.repeat(1 / np.maximum(counts, 1), counts)
        return found

    def nearest(self, codes: Sequence[str], sets: Sequence[Collection[str]]) -> Float[np.ndarray, "sets codes"]:
        """Of each language its mean distance to the NEAR nearest of each set; not a number where none is known."""
        if self._last.get("sets") is not sets:  # several models ask of the same sets, one after the other
            self._last.update(sets=sets, found=self._nearest(sets))
        return self._last["found"][:, self.rows(codes)]

    def _nearest(self, sets: Sequence[Collection[str]]) -> Float[np.ndarray, "sets languages"]:
        inside = self.shares(sets) > 0
        columns = np.flatnonzero(inside.any(0))
        between = np.where(np.isnan(self.distances), np.inf, self.distances)[:, columns]
        found = np.empty((len(sets), len(between)))
        for some in np.array_split(np.arange(len(sets)), max(1, len(sets) * between.size // BLOCK)):
            near = np.where(inside[some][:, None, columns], between, np.inf)
            near = np.partition(near, min(NEAR, len(columns)) - 1, axis=2)[:, :, :NEAR]
            known = np.isfinite(near)
            count = known.sum(2)
            found[some] = np.where(count > 0, np.where(known, near, 0.0).sum(2) / np.maximum(count, 1), np.nan)
        return found

    def seen(self, codes: Sequence[str], seen: Seen) -> Bool[np.ndarray, " codes"]:
        return np.array([grouping.seen_by(self.languages[code], seen) for code in codes], bool)


BLOCK = 4_000_000  # distances that are looked at at once
KIN = 0.2  # how alike two languages of one family count, where one language is 1 to itself
NEAR = 3  # languages of a set that an evaluated language is held against
