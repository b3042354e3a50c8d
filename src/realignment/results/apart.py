"""In what runs that are compared differ beside what was asked for: settings, data, code, libraries, kernels. A sentence each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from realignment.results import chains
from realignment.results.chains import Chain, Place
from realignment.results.in_common import Measured, listed, places
from realignment.results.selections import Side

Cells = Mapping[Place, Sequence[Chain]]  # of one side, the runs that are compared


def differences(sides: Sequence[Side], common: Collection[Measured]) -> list[str]:
    """Evaluation files are none of them: those that differ are not compared."""
    used = {one.run for one in common}
    held = [chains.by_cell(one for one in side.chains if (*one.place, one.seed) in used) for side in sides]
    asked = frozenset.intersection(*(side.asked for side in sides))
    asked |= {f"evaluate.{name}" for name in chains.OF_MODEL if f"finetune.{name}" in asked}
    found: dict[tuple, dict[str, set[Place]]] = defaultdict(lambda: defaultdict(set))
    for place in held[0]:
        facts = [_facts(cells[place]) for cells in held]
        for name in sorted(set().union(*facts) - asked, key=chains.order):
            values = tuple(one.get(name, "") for one in facts)
            if len(set(values)) > 1 and not _of_rows(name, values):
                found[_what(name, values)][name].add(place)
    lines = [_line(sides, what, values, names, len(held[0])) for (what, values), names in found.items()]
    return [*dict.fromkeys(lines), *_kernels(sides, held)]


def _facts(cell: Sequence[Chain]) -> dict[str, str]:
    """Of one cell, which has one value of each; of a random subset the languages of each draw."""
    found = {name: next(iter(sorted(counts, reverse=True))) for name, counts in chains.values(cell).items()}
    if any(one.scored.cell.drawn for one in cell):
        drawn = sorted(f"seed {one.seed}: {one.facts[chains.LANGUAGES]}" for one in cell if chains.LANGUAGES in one.facts)
        found[chains.LANGUAGES] = "; ".join(drawn)
    return found


def _of_rows(name: str, values: Sequence[str]) -> bool:
    """Whether a difference is said otherwise: evaluation files with what is left out, bitexts of one side with its languages."""
    return chains.is_data(name) and (name.startswith("evaluate.") or ("/" in name and "" in values))


def _what(name: str, values: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """(what is said in one line, the values that it says)."""
    bare = name.partition(".")[2]
    if name == chains.WEIGHTS:
        return "weights of the base encoder", values
    if chains.is_data(name):
        return bare.partition("/")[0], ()
    return ("code", ()) if bare == chains.CODE else (bare, values)


def _line(sides: Sequence[Side], what: str, values: tuple[str, ...], names: Mapping[str, set[Place]], total: int) -> str:
    where = set().union(*names.values())
    tail = "." if len(where) == total else f"; in {places(where)}."
    if what == "code":
        held = ["/".join(sorted(digest[:12] for digest in chains.versions(side.chains))) for side in sides]
        verbs = ", ".join(sorted({name.partition(".")[0] for name in names}))
        return f"code ({verbs}): {_each(held, sides)}{tail}"
    if not values:
        return f"Other {what}: {listed(sorted({name.partition('/')[2] for name in names}))}{tail}"
    called = ", ".join(sorted(names)) if chains.WEIGHTS not in names else what
    return f"{called}: {_each([chains.shown(next(iter(names)), value) for value in values], sides)}{tail}"


def _each(values: Sequence[str], sides: Sequence[Side]) -> str:
    return ", ".join(f"{value} with {side.title}" for value, side in zip(values, sides, strict=True))


def _kernels(sides: Sequence[Side], held: Sequence[Cells]) -> list[str]:
    """Other kernels give other weights with the same settings; they are part of no cell key."""
    runs = [[run for cell in cells.values() for one in cell for run in one.records] for cells in held]
    found = [" and ".join(sorted({run.kernels for run in one if run.kernels})) or "unknown" for one in runs]
    return [f"kernels: {_each(found, sides)}."] if len({one.kernels for side in runs for one in side if one.kernels}) > 1 else []
