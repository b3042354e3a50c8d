"""Tables as text. The one place where a score becomes a string: percent with two decimals; full precision in CSV."""

import csv
import io
from collections.abc import Iterable

from realignment.core import escaping
from realignment.results.scores import Score
from realignment.results.tables import Line, Stated, Table, Value
from realignment.statistics.summary import Bounded, Difference, Summary

MISSING = "—"
UNCERTAIN = "~"
BROKEN = "✗"  # behind a number that stands on a broken link
REASONS = 2  # that are named before the rest is counted


def percent(value: float) -> str:
    """A score in [0, 1], in percent."""
    return f"{100 * value:.2f}"


def points(value: float, digits: int = 2) -> str:
    """A difference of scores, in points, with its sign (a zero has none)."""
    shown = f"{100 * value:+.{digits}f}".replace("-", "−")
    return shown if shown[1:].strip("0.") else shown[1:]


def chance(p: float | None) -> str:
    """A p, which is never nought."""
    return MISSING if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def text(value: Value, seeds: int) -> str:
    """`62.20 ± 0.78`; n where it is not `seeds`; differences with their standard error and a mark where not certain."""
    if isinstance(value, Stated):
        return value.text or MISSING
    if value.mean is None:
        return MISSING
    if isinstance(value, Summary):
        spread, shown = value.std, percent(value.mean)
    else:
        spread, shown = value.error, points(value.mean)
    shown += "" if spread is None else f" ± {percent(spread)}"
    if isinstance(value, Bounded) and spread is None:
        shown += f" ± {percent(value.least)} to {percent(value.most)}"
    shown += f" {UNCERTAIN}" if isinstance(value, Difference) and not value.certain else ""
    return shown if value.n == seeds else f"{shown} (n={value.n})"


def notes(table: Table) -> list[str]:
    """What a reader needs beside the numbers."""
    given = [*table.notes, *_broken(table)]
    if not table.seeds:
        return given
    spread = "" if table.differs else "Mean ± sample standard deviation (ddof = 1). "
    return [
        *given,
        f"{spread}n = {table.seeds} {'run' if table.seeds == 1 else 'runs'} unless a cell says otherwise; {MISSING} not run, or not complete.",
    ]


def _broken(table: Table) -> list[str]:
    """Of its cells that are marked, how many and why."""
    places = [(line.head, column) for line in table.lines for column in table.columns]
    found = [table.broken[place] for place in places if place in table.broken]
    count = f"{len(found):,} cell{'' if len(found) == 1 else 's'} of this table"
    return [broken_link(count, [why for reasons in found for why in reasons])] if found else []


def broken_link(what: str, reasons: Iterable[str]) -> str:
    """In a sentence, which numbers stand on a broken link, with the first reasons."""
    each = list(dict.fromkeys(reasons))
    more = f"; and {len(each) - REASONS} more" if len(each) > REASONS else ""
    return f"{BROKEN} Broken link: {what} do not stand on what their records name: {'; '.join(each[:REASONS])}{more}."


def markdown(table: Table, signature: str = "") -> str:
    """GitHub Markdown, sections as bold rows; the signature stands below."""
    width = len(table.head) + len(table.columns)
    lines = [f"**{escaping.markdown(table.caption)}**", "", _row([*table.head, *table.titles])]
    lines.append("|" + "---|" * len(table.head) + "--:|" * len(table.columns))
    section = ""
    for line in table.lines:
        if line.section != section:
            section = line.section
            lines.append(f"| **{escaping.markdown(section)}** |" + " |" * (width - 1))
        cells = zip(table.columns, line.values, strict=True)
        lines.append(_row([*line.head, *(marked(table, line, column, text(value, table.seeds)) for column, value in cells)]))
    below = [escaping.markdown(note) for note in notes(table)]
    return "\n".join([*lines, "", *below, *([escaping.code(signature)] if signature else [])]) + "\n"


def marked(table: Table, line: Line, column: str, shown: str) -> str:
    """The text of a cell, with a mark where a link that it stands on is broken."""
    return f"{shown} {BROKEN}" if (line.head, column) in table.broken else shown


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(escaping.markdown, cells))} |"


def comma_separated(table: Table) -> str:
    """Scores in [0, 1] at full precision: mean, std (differences: standard error) and n of each column."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    spread = "error" if table.differs else "std"
    columns = [f"{column} {part}" for column in table.titles for part in ("mean", spread, "n")]
    rows.writerow(map(escaping.cell, ["Section", *table.head, *columns]))
    for line in table.lines:
        cells = [part for value in line.values for part in _parts(value)]
        rows.writerow(map(escaping.cell, [line.section, *line.head, *cells]))
    return out.getvalue()


def records(table: Table, signature: str) -> list[dict]:
    """A dict a number of the table, for JSON: `mean` and `std` (of differences: the standard error) as scores in [0, 1]."""
    found = []
    for line in table.lines:
        about = {"table": table.name, "section": line.section, **dict(zip(table.head, line.head, strict=True))}
        for column, value in zip(table.columns, line.values, strict=True):
            spread = value.error if isinstance(value, Difference) else value.std
            number = {"mean": value.mean, "std": spread, "n": None if isinstance(value, Stated) else value.n}
            found.append({**about, "column": column, "text": text(value, table.seeds), **number, "signature": signature})
    return found


def _parts(value: Value) -> tuple[str, str, str]:
    spread = value.error if isinstance(value, Difference) else value.std
    return _exact(value.mean), _exact(spread), "" if isinstance(value, Stated) else str(value.n)


def plain(rows: Iterable[dict]) -> str:
    """CSV of plain rows that share their keys; full precision, None empty."""
    out, rows = io.StringIO(), list(rows)
    writer = csv.DictWriter(out, rows[0] if rows else [], lineterminator="\n")
    writer.writeheader()
    exact = (
        {name: repr(value) if isinstance(value, float) else escaping.cell(value) for name, value in row.items()} for row in rows
    )
    writer.writerows(exact)
    return out.getvalue()


def _exact(value: float | None) -> str:
    return "" if value is None else repr(value)


def long(scores: Iterable[Score]) -> str:
    """One row per score: the runs' own numbers, nothing averaged."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["encoder", "subset", "control", "seed", "task", "set", "language", "group", "score", "n"])
    rows.writerows(
        escaping.cells(row)
        for row in sorted(
            (one.encoder, one.subset, one.control, one.seed, one.task, one.set, one.language, one.group, _exact(one.score), one.n)
            for one in scores
        )
    )
    return out.getvalue()
