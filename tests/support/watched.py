"""What each check reads of a paper, so that of a paper that differs in little only those checks are run that read what differs.

A check is a function of a paper: where all that it read is the same, it says the same.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from realignment.paper.audit.registry import CHECKS, Check
from realignment.paper.paper import SCORES, Paper
from realignment.paper.printed import TASKS, Claim, Printed
from realignment.results.scores import AVERAGED

SCORED = ("scored", "runs", "stored", "raw")  # all of the scores
SHOWN = ("printed", "cells", "first")  # all of the tables
MEMORY = ("lists", "swapped", "best_sets", "facts", "subset_languages", "averages", "pool")


class Claims(dict[str, Claim]):
    """Says which claims were asked for."""

    def __init__(self, claims: dict[str, Claim], read: set) -> None:
        super().__init__(claims)
        self.read = read

    def __getitem__(self, name: str) -> Claim:
        self.read.add(("claim", name))
        return super().__getitem__(name)


class Watched(Paper):
    """A paper that notes in `read` what is asked of it: a claim, the printed or the stored row of an encoder, or whole parts."""

    @property
    def read(self) -> set:
        return self.__dict__.setdefault("_read", set())

    def __getattribute__(self, name: str) -> object:
        held = object.__getattribute__(self, "__dict__")
        if name in (*SCORED, *SHOWN, *MEMORY) and not held.get("_quiet"):
            held.setdefault("_read", set()).add(name)
        if name == "claims":
            return Claims(super().__getattribute__(name), self.read)
        return super().__getattribute__(name)

    @contextmanager
    def _noted(self, *key: str) -> Iterator[None]:
        """Of what is read within, `key` alone is noted."""
        quiet = self.__dict__.get("_quiet", False)
        if not quiet:
            self.read.add(key)
        self.__dict__["_quiet"] = True
        try:
            yield
        finally:
            self.__dict__["_quiet"] = quiet

    def rows(self, name: str) -> list[dict[str, str]]:
        if not self.__dict__.get("_quiet"):
            self.read.add(name)
        return super().rows(name)

    def subsets(self, model: str) -> list[str]:
        with self._noted("names"):
            return super().subsets(model)

    def sizes(self, model: str) -> dict[str, dict[int, float]]:
        with self._noted("sizes", model):
            return super().sizes(model)

    def source(self, model: str, subset: str, task: str) -> Printed:
        with self._noted("printed", model, subset):
            return super().source(model, subset, task)

    def average(self, model: str, subset: str) -> float:
        with self._noted("printed", model, subset):
            return super().average(model, subset)

    def seeds(
        self, model: str, subset: str, groups: Collection[str] = AVERAGED, tasks: Iterable[str] = TASKS
    ) -> dict[str, float]:
        with self._noted("seeds", model, subset):
            return super().seeds(model, subset, groups, tasks)


def reading(paper: Paper) -> dict[str, set]:
    """Check -> what it reads of a paper."""
    found = {}
    for name, check in CHECKS.items():
        watched = Watched(paper.root)
        watched._rows.update(paper._rows)
        watched._seeds.update(paper._seeds)
        watched.__dict__.update({key: value for key, value in paper.__dict__.items() if key not in ("root", "_rows", "_seeds")})
        check.run(watched)
        found[name] = watched.read
    return found


def differing(one: Paper, other: Paper) -> set:
    """What of two papers is not the same, in the words of `reading`."""
    found: set = {name for name in one._rows if one._rows[name] is not other._rows[name] and one._rows[name] != other._rows[name]}
    if "claims.tsv" in found:
        claims = [{row["id"]: row for row in paper._rows["claims.tsv"]} for paper in (one, other)]
        found |= {("claim", name) for name in claims[0] if claims[0][name] != claims[1][name]}
    if "printed.tsv" in found:
        shown = [_cells(paper) for paper in (one, other)]
        rows = {key[:2] for key in shown[0] if shown[0][key] != shown[1].get(key)}
        found |= {*SHOWN, *(("printed", *row) for row in rows), *(("sizes", model) for model, _ in rows)}
    if SCORES in found:
        rows = {row for row in one.stored if one.stored[row] != other.stored.get(row)}
        found |= {*SCORED, *(("seeds", row.encoder, row.subset) for row in rows)}
    found |= {"subset_languages"} if "subsets.tsv" in found else set()
    return (
        found
        | {name for name in ("lists", "facts", "best_sets") if getattr(one, name) is not getattr(other, name)}
        | _swapped(one, other)
    )


def _cells(paper: Paper) -> dict[tuple[str, ...], dict[str, str]]:
    return {(row["model"], row["subset"], row["table"], row["task"], row["what"]): row for row in paper._rows["printed.tsv"]}


def _swapped(one: Paper, other: Paper) -> set[str]:
    return set() if one.swapped == other.swapped else {"swapped"}


def affected(read: dict[str, set], differ: set) -> list[Check]:
    return [CHECKS[name] for name, some in read.items() if some & differ]
