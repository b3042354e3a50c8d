"""Rows that are the same runs under two names: they hold the same languages. What is said of one is no further evidence when said of the other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from realignment.records.record import Record
from realignment.results.scores import Row
from realignment.results.wording import listed


def of(records: Iterable[Record]) -> list[list[Row]]:
    """The rows of each such group, two and more; told by scores and predictions, which are equal to the byte in every run."""
    held: dict[Row, set] = defaultdict(set)
    for one in records:
        if one.verb == "evaluate" and one.parent and one.cell.subset != "none":
            seeds = one.cell.seeds
            row = Row(one.cell.encoder, one.cell.subset, one.cell.control)
            scores = tuple((score.set, score.language, score.score) for score in one.scores)
            held[row].add((one.task, seeds.order, seeds.head, seeds.dropout, tuple(sorted(one.files.items())), scores))
    groups: dict[tuple, list[Row]] = defaultdict(list)
    for row, runs in held.items():
        groups[row.encoder, frozenset(runs)].append(row)
    return sorted(sorted(rows) for rows in groups.values() if len(rows) > 1)


def told(records: Iterable[Record]) -> list[str]:
    """A sentence for each group."""
    return [_sentence(rows) for rows in of(records)]


def _sentence(rows: Sequence[Row]) -> str:
    names = listed([f"`{row.subset}{f'.{row.control}' if row.control else ''}`" for row in rows])
    return (
        f"{names} of `{rows[0].encoder}` are the same runs under {len(rows)} names: verdicts count them as rows of their own, which makes a table look more "
        "certain than it is; leave all but one out of study.subsets before a verdict is relied on"
    )
