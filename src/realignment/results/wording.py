"""Numbers and names as sentences have them."""

from collections.abc import Sequence

from realignment.results import formatting

MANY = 4  # names of a list that are spelled out at most


def listed(names: Sequence[str]) -> str:
    """`a, b and c`"""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def named(names: Sequence[str], kind: str = "subset") -> str:
    """A short list in full, a long one by its length: `5 subsets`."""
    return listed(names) if len(names) <= MANY else counted(len(names), kind)


def counted(count: int, name: str) -> str:
    """`1 subset`, `5 subsets`"""
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def span(values: Sequence[float], form: str = "{}") -> str:
    """The least and the largest: `5 to 20`; once where both look alike."""
    return " to ".join(dict.fromkeys(form.format(value) for value in (min(values), max(values)))) if values else "0"


def signed(points: Sequence[float], digits: int = 2) -> str:
    """As `span`, of differences in points with their sign."""
    return " to ".join(dict.fromkeys(formatting.points(value / 100, digits) for value in (min(points), max(points))))


def level(column: str) -> str:
    """A column of resource levels within a sentence: `HRLs`, `unseen LRLs`, `languages out of distribution`."""
    group, _, seen = column.partition(" ")
    if group in ("HRL", "MRL", "LRL"):
        return f"{seen} {group}s".strip()
    return {"Out of distribution": "languages out of distribution", "Unknown class": "languages of unknown class"}.get(
        column, column
    )
