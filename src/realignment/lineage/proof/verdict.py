"""A link of the chain, and what became of it when it was computed once more."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

HELD, BROKEN, AWAY = "held", "broken", "not at hand"
VERDICTS = (HELD, BROKEN, AWAY)


@dataclass(frozen=True)
class Link:
    """`name` is the file, run or row that the verdict is on; `why` says of a broken link how it differs, of one that is not at hand the
    reason, which several links share."""

    group: str
    name: str
    verdict: str = HELD
    why: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def judged(group: str, name: str, fault: str) -> Link:
    """Broken where there is a fault."""
    return Link(group, name, BROKEN if fault else HELD, fault)


def away(group: str, name: str, why: str) -> Link:
    return Link(group, name, AWAY, why)


def by_group(links: Iterable[Link]) -> list[dict]:
    """One row per group, in the order of the chain: its links are those held, broken and not at hand together."""
    rows: dict[str, dict] = {}
    reasons: dict[str, Counter] = {}
    for link in links:
        row = rows.setdefault(link.group, {"group": link.group, "links": 0, **dict.fromkeys(VERDICTS, 0)})
        row["links"] += 1
        row[link.verdict] += 1
        if link.verdict == AWAY:
            reasons.setdefault(link.group, Counter())[link.why] += 1
    for group, row in rows.items():
        row["reasons"] = "; ".join(f"{count:,} {why}" for why, count in reasons.get(group, Counter()).most_common())
    return list(rows.values())


def total(links: Iterable[Link]) -> dict[str, int]:
    """How many links, and how many of each verdict."""
    found = Counter(link.verdict for link in links)
    return {"links": found.total(), **{verdict: found[verdict] for verdict in VERDICTS}}
