"""What a subset may be called: heuristics and pools, sizes, lists of the profile's own; and the row of Table 6 that a name stands for."""

import functools
import re
from dataclasses import dataclass

from realignment.core.errors import BadInput, nearest
from realignment.subsets.registry import HEURISTICS, POOLS, RULES
from realignment.subsets.table6 import Row, rows

FIXED = ("none", "all", "all_65", "xtreme_r_47", "african_21")  # names without a size
OWN = "my_"  # begins the names of subsets that a profile lists itself (select.own)
UNLISTED = {"none": "no realignment", "all": "every pool language with bitext"}
ABLATIONS = tuple(name for name in ("random", *RULES) if HEURISTICS[name].within)  # heuristics within POOLS
RANDOM_SIZES = (5, 10, 20, 40)  # of the random draws, which Table 6 does not list


@dataclass(frozen=True)
class Name:
    """A name taken apart."""

    pool: str  # of POOLS, or ""
    heuristic: str  # of HEURISTICS or FIXED, or a name of the profile's own; of `split` without its size, whatever it is
    n: int | None  # None where the name has no size

    def __str__(self) -> str:
        return (f"{self.pool}__" if self.pool else "") + self.heuristic + ("" if self.n is None else f"_{self.n}")

    @property
    def drawn(self) -> bool:
        return self.heuristic == "random"

    @property
    def text(self) -> str:
        """What people read: `distinct families, most diverse; 10 of Joshi classes 0-2`."""
        if self.n is None:
            if self.heuristic.startswith(OWN):
                return "a list of the profile's own"
            return UNLISTED.get(self.heuristic) or published(self.heuristic).printed_as
        return f"{HEURISTICS[self.heuristic].text}; {self.n}" + (f" of {POOLS[self.pool].text}" if self.pool else "")


def names() -> list[str]:
    """Canonical names of all that the paper ran: `none`, the rows of Table 6, and its random draws."""
    return ["none", *rows(), *(f"random_{n}" for n in RANDOM_SIZES)]


def published(name: str) -> Row:
    """The row of a canonical name; BadInput says which sizes Table 6 has."""
    if name in rows():
        return rows()[name]
    wanted = parse(name)
    sizes = [row.n for row in map(parse, rows()) if (row.pool, row.heuristic) == (wanted.pool, wanted.heuristic)]
    has = f"it has `{_unsized(wanted)}` with {', '.join(map(str, sizes))} languages" if sizes else "it has none of that kind"
    raise BadInput(f"Table 6 has no row `{name}`; {has}; set select.reading to computed, or choose another size")


def canonical(name: str, n: int) -> str:
    """The full name: `latin_diverse` is `latin_diverse_<n>`, `none` stays. BadInput names the nearest known ones."""
    return str(parse(name, n))


@functools.cache
def split(name: str) -> Name:
    """The parts of any name, known or not: `joshi_3__random_10` is `joshi_3`, `random`, 10; `all_65` is `all`, 65."""
    pool, _, rest = name.rpartition("__")
    stem, _, size = rest.rpartition("_")
    sized = bool(stem) and size.isascii() and size.isdigit()
    return Name(pool, stem if sized else rest, int(size) if sized else None)


def parse(name: str, n: int | None = None) -> Name:
    """The parts of a known name; `n` is the size of a name without one."""
    if name in FIXED or re.fullmatch(OWN + "[a-z0-9_]+", name):
        return Name("", name, None)
    found = split(name)
    pool, heuristic = found.pool, found.heuristic
    if heuristic not in (ABLATIONS if pool else HEURISTICS) or (pool and pool not in POOLS):
        raise BadInput(f"unknown subset `{name}`; {nearest(name, _spellings())}; `realignment subsets list` lists them")
    size = n if found.n is None else found.n
    if size is None:
        raise BadInput(f"subset `{name}` needs a size, as in `{name}_10`")
    if size < 1:
        raise BadInput(f"subset `{name}`: at least one language is required, {size} asked for")
    return Name(pool, heuristic, size)


def _unsized(name: Name) -> str:
    return str(Name(name.pool, name.heuristic, None))


def _spellings() -> set[str]:
    return {*FIXED, *HEURISTICS, *names(), *(f"{pool}__{heuristic}" for pool in POOLS for heuristic in ABLATIONS)}
