"""What is chosen from, and what comes out: distances between languages, the wish, the effort, the choice and its objective."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

EPSILON = 1e-9  # distances are rounded to 1e-4: below this two sums are equal


@dataclass(frozen=True)
class Space:
    """Distances between languages. `anchors` are always in the set while distances are summed, and never chosen."""

    codes: tuple[str, ...]
    distances: "Float[np.ndarray, 'languages languages']"  # symmetric
    anchors: tuple[str, ...] = ()  # English, mostly

    def rows(self, names: Collection[str]) -> list[int]:
        place = {code: row for row, code in enumerate(self.codes)}
        return [place[name] for name in names]


@dataclass(frozen=True)
class Task:
    """What is looked for. `groups` (language -> family, script): a group is taken twice only when as many as n allows have been taken."""

    most: bool
    groups: dict[str, str] | None = None
    include: tuple[str, ...] = ()  # languages that must be in


@dataclass(frozen=True)
class Effort:
    """How long to look. Counted in steps, not in seconds: the same everywhere."""

    starts: int = 20  # random sets that swaps begin from, beside the greedy one
    nodes: int = 20_000  # of branch and bound; 0 leaves the proof out
    greedy: bool = False  # greedy alone


@dataclass(frozen=True)
class Choice:
    """A chosen set, sorted by code, and how good it is."""

    languages: tuple[str, ...]
    objective: float
    bound: float | None = None  # no set of the rule does better; None where nothing is known
    proven: bool = False
    solver: str = ""
    seconds: float = 0.0

    @property
    def gap(self) -> float | None:
        """How much better a set could be, as a share of the objective."""
        return None if self.bound is None or not self.objective else abs(self.bound - self.objective) / abs(self.objective)


def objective(space: Space, languages: Collection[str]) -> float:
    """Sum of the distances of all pairs in `languages` and the space's anchors, each pair once."""
    rows = space.rows([*dict.fromkeys([*space.anchors, *languages])])
    return round(float(space.distances[rows][:, rows].sum()) / 2, 4)
