"""How the audit spells numbers, rows of the tables and lists in its sentences."""

from collections.abc import Iterable

from realignment.results.headings import ENCODERS
from realignment.subsets import naming, registry

NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def spelled(numbers: Iterable[float], digits: int = 2) -> str:
    """`−0.26, +0.71`."""
    return ", ".join(f"{number:+.{digits}f}".replace("-", "−") for number in numbers)


def rounded(values: dict, digits: int = 2) -> dict:
    """Numbers of a flat dict, rounded to be read."""
    return {key: round(value, digits) if isinstance(value, float) else value for key, value in values.items()}


def chance(p: float) -> str:
    """`p = .014`, `p < .001`."""
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".", 1)


def chances(values: Iterable[float]) -> str:
    """`p = .113 to .224`: the ends of several."""
    low, *_, high = map(chance, sorted(values) * 2)
    return low if low == high else f"{low} to {high.removeprefix('p = ')}"


def between(values: Iterable[float], digits: int = 2) -> str:
    """`1.15 to 3.46`: the ends of several."""
    low, *_, high = (f"{value:.{digits}f}" for value in sorted(values) * 2)
    return low if low == high else f"{low} to {high}"


def below(level: float) -> str:
    """`p < .05`."""
    return f"p < {level:g}".replace("0.", ".", 1)


def listed(parts: Iterable[object]) -> str:
    """`a, b and c`; parts that have commas of their own are parted by semicolons; `none` of nothing."""
    *others, last = [*map(str, parts)] or ["none"]
    comma = "; " if any(", " in one for one in (*others, last)) else ", "
    return f"{comma.join(others)}{';' if comma == '; ' else ''} and {last}" if others else last


def counted(number: int, noun: str, total: int | None = None) -> str:
    """Begins a sentence: `Three rows`, `One row`, `Three of 11 rows`."""
    shown = NUMBERS[number] if number < len(NUMBERS) else str(number)
    if total is not None:
        return f"{'None' if not number else shown} of {total} {noun}s"
    return f"{shown} {noun}{'' if number == 1 else 's'}"


def few(number: int) -> str:
    """Within a sentence: `none`, `three`, `14`."""
    if not number:
        return "none"
    return NUMBERS[number].lower() if number < len(NUMBERS) else str(number)


def subset(name: str) -> str:
    """A row as the tables title it: `Most diverse from English (40)`, `Most diverse scripts of Joshi class 3`."""
    found = naming.split(name)
    pool, heuristic, n = found.pool, found.heuristic, found.n or 0
    if pool:
        what = "Random draws" if heuristic == "random" else heading(heuristic)
        return f"{what} of {'languages ' if 'seen' in pool else ''}{registry.POOLS[pool].text}"
    return heading(heuristic) + (f" ({n})" if n else "")


def row(model: str, name: str) -> str:
    """`mBERT, Most diverse from English (40)`."""
    return f"{ENCODERS[model]}, {subset(name)}"


def heading(heuristic: str) -> str:
    """A heuristic as the tables title it."""
    return registry.KNOWN[heuristic].title
