"""Rows of verdicts in words: which subsets are better, worse or undecided, by how much, and at which resource levels."""

from collections.abc import Sequence

from realignment.report.comparison_tables import Rows
from realignment.results import headings, wording
from realignment.results.comparisons import BETTER, UNDECIDED, WORSE
from realignment.results.tables import Study

# everything; resource levels by their sum; no names of subsets; no points either
DETAILS = NAMES, TOTALS, COUNTS, VERDICTS = range(4)
MOST = 100  # points that two scores can lie apart
NONE, BEFORE, ALL = "fine-tuning only", "the encoder before realignment", "all languages"


def name(subset: str) -> str:
    """As sentences have it; a name is set as code, and so is not taken for a word."""
    return {"all": ALL, NONE: NONE}.get(subset, f"`{subset}`")


def named(subsets: Sequence[str], kind: str = "subset") -> str:
    return wording.named([name(subset) for subset in subsets], kind)


def title(study: Study) -> str:
    """A name that is none outside this study is set as code."""
    return study.title if study.title != study.encoder else f"`{study.encoder}`"


def has(names: Sequence[object], one: str = "has", several: str = "have") -> str:
    return one if len(names) == 1 else several


def against(told: Rows, table: str, base: str, subsets: bool | None = None) -> list[dict]:
    """Rows of a table against one reference; of subsets (controls left out), of controls, or of both."""
    rows = [row for row in told.get(table, []) if row["against"] == base]
    return [row for row in rows if subsets is None or subsets is not bool(headings.control(row["subset"]))]


def said(rows: Sequence[dict], base: str, detail: int = NAMES) -> str:
    """`realignment on a and b is better than fine-tuning only, by 1.2 to 3.4 points; that on c cannot be told from it (+0.3 points)`.

    In the order better, worse, undecided; names of subsets only where they are few.
    """
    if detail >= COUNTS and len(rows) > 1:
        return _tally(rows, base, detail == COUNTS)
    parts: list[str] = []
    for verdict in (BETTER, WORSE, UNDECIDED):
        held = [row for row in rows if row["verdict"] == verdict]
        if not held:
            continue
        who = f"{'that' if parts else 'realignment'} on {_which(held, rows)}"
        than = f" than {base}" if not parts else ""
        if verdict != UNDECIDED:
            parts.append(f"{who} is {verdict}{than}, by {_by(held)} points")
        else:
            other = base if not parts else "it"
            none = len(held) == len(rows) > 2
            who = f"none of the {len(rows)} subsets can" if none else f"{who} cannot"
            parts.append(f"{who} be told from {other} ({wording.signed([row['difference'] for row in held], 1)} points)")
    return "; ".join(parts)


def _which(held: Sequence[dict], rows: Sequence[dict]) -> str:
    if len(held) == len(rows) > 2:
        return f"all {len(rows)} subsets"
    few = len(held) <= wording.MANY
    return named([row["subset"] for row in held]) if few else f"{len(held)} of the {len(rows)} subsets"


def _tally(rows: Sequence[dict], base: str, sizes: bool) -> str:
    """`4 of 6 subsets are better than fine-tuning only, by 1.2 to 3.4 points, and 1 is worse, by 0.9 points`; the others are undecided."""
    parts: list[str] = []
    for verdict in (BETTER, WORSE):
        held = [row for row in rows if row["verdict"] == verdict]
        if held:
            who = f"{len(held)} of {len(rows)} subsets" if not parts else f"{len(held)}"
            than = f" than {base}" if not parts else ""
            by = f", by {_by(held)} points" if sizes else ""
            parts.append(f"{who} {'is' if len(held) == 1 else 'are'} {verdict}{than}{by}")
    return f"{',' if sizes else ''} and ".join(parts) or f"none of the {len(rows)} subsets can be told from {base}"


def _by(rows: Sequence[dict]) -> str:
    return wording.span([abs(row["difference"]) for row in rows], "{:.1f}")


def leaning(rows: Sequence[dict], seeds: str) -> str:
    """That none can be told although all point the same way; "" where that is not so. `seeds`: `2 seeds`."""
    sizes = [row["difference"] for row in rows]
    aside = {row["verdict"] for row in rows} != {UNDECIDED} or min(sizes) < 0 < max(sizes)
    if aside or any(f"{abs(size):.1f}" == "0.0" for size in sizes):
        return ""
    who = f"all {len(rows)} subsets" if len(rows) > 2 else named([row["subset"] for row in rows])
    which = {1: "this difference cannot", 2: "neither of these differences can"}.get(len(rows), "none of these differences can")
    by, where = _by(rows), "higher" if min(sizes) > 0 else "lower"
    return f"realignment on {who} scores {where} than {NONE}, by {by} points, but with {seeds} {which} be told from chance"


def levels(rows: Sequence[dict], undecided: bool, detail: int = NAMES) -> str:
    """How many subsets are better, and worse, by resource level: what is added to a clause on the average, where all are `undecided` or not."""
    columns = dict.fromkeys(row["column"] for row in rows)
    held = {column: [row["verdict"] for row in rows if row["column"] == column] for column in columns}
    counts = {verdict: [(one.count(verdict), len(one)) for one in held.values()] for verdict in (BETTER, WORSE)}
    if not held:
        return ""
    if not any(count for found in counts.values() for count, _ in found):
        return ", and at no resource level either" if undecided else "; at no resource level can a difference be told from chance"
    if len(set(counts[BETTER])) == 1 < len(held) and not any(count for count, _ in counts[WORSE]):
        count, of = counts[BETTER][0]
        who = "it" if count == of == 1 else f"all {of}" if count == of else f"{count} of {of}"
        return f"; at each resource level, {who} {'is' if count == 1 else 'are'} better"
    if detail != NAMES:
        better, worse = (sum(count for count, _ in found) for found in counts.values())
        return f"; by resource level, {better} of {len(rows)} comparisons are better and {worse} worse"
    parts = []
    for verdict, found in counts.items():
        where = [f"{wording.level(column)} ({count} of {of})" for column, (count, of) in zip(held, found, strict=True) if count]
        parts += [f"{verdict} on {wording.listed(where)}"] if where else []
    rest = any(not better and not worse for (better, _), (worse, _) in zip(*counts.values(), strict=True))
    return f"; by resource level, {', '.join(parts)}{', and neither on the others' if rest else ''}"


def tasks(rows: Sequence[dict], beside: bool = False) -> str:
    """`by task, realignment is better than fine-tuning only in POS (5 of 5 subsets) and worse in NER (2 of 5)`; "" of one task that is the average itself."""
    held = {row["column"]: [one["verdict"] for one in rows if one["column"] == row["column"]] for row in rows}
    if len(held) < 2 and not beside:
        return ""
    parts: list[str] = []
    for verdict in (BETTER, WORSE):
        where: list[str] = []
        for task, one in held.items():
            if verdict in one:
                of = len(one) if parts or where else wording.counted(len(one), "subset")
                where.append(f"{task} ({one.count(verdict)} of {of})")
        parts += [f"{verdict}{'' if parts else f' than {NONE}'} in {wording.listed(where)}"] if where else []
    if not parts:
        return f"by task, no subset can be told from {NONE}"
    return f"by task, realignment is {' and '.join(parts)}"
