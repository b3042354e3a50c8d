"""Runs of two settings, or more, beside each other: the same rows, tasks, seeds and evaluation files, differences and verdicts.

The first side is what the others are held against. Pure: chains in, numbers and sentences out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from realignment.core.errors import BadInput
from realignment.records import validate
from realignment.results import apart, averages, comparisons, floors, formatting, headings, in_common, scores
from realignment.results.chains import Chain, Place
from realignment.results.comparisons import Compared
from realignment.results.in_common import Known, Measured, SideRow
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.selections import Side
from realignment.results.tables import Items, Study
from realignment.statistics import inference
from realignment.statistics.summary import Summary

LEVELS, TASKS = "levels", "tasks"
KINDS = {LEVELS: "by resource level", TASKS: "by task, without English", RETRIEVAL: "by resource level"}
HEAD = ("Row", "Setting", "Runs", "By hand")


@dataclass(frozen=True)
class SideBySide:
    """`numbers`: one plain row per row, column and side after the first, in percent and points; `shown`: the same as text."""

    titles: tuple[str, ...]
    kind: str  # of KINDS
    caption: str
    numbers: list[dict]
    shown: list[dict]
    differences: list[str]  # in what else the sides differ
    left_out: list[str]
    notes: list[str]

    def to_json(self) -> dict:
        about = {"sides": list(self.titles), "by": self.kind, "caption": self.caption, "differences": self.differences}
        return {**about, "left_out": self.left_out, "notes": self.notes, "rows": self.numbers}


def of(sides: Sequence[Side], known: Sequence[Known], kind: str, guesses: Iterable[Chain] = ()) -> SideBySide:
    """`known` by side; `guesses` are runs of the first side's profile, of which floors are read. BadInput where nothing can be compared."""
    scored = [in_common.scored(side.chains, one, number) for number, (side, one) in enumerate(zip(sides, known, strict=True))]
    common, left = in_common.of(sides, scored)
    runs = averages.collect(found[key] for found in scored for key in sorted(common))
    names = {code: one.name for code, one in known[0].languages.items()}
    studies = [Study(runs, encoder, {}, names) for encoder in sorted({one.row.encoder for one in common})]
    there = [task for task in headings.TASKS if any(task == one.task for one in common)]
    tasks = [RETRIEVAL] if kind == RETRIEVAL else [task for task in there if task != RETRIEVAL]
    found = [one for study in studies for one in _compared(study, tasks, kind)]
    if not found:
        other = LEVELS if kind == RETRIEVAL else RETRIEVAL
        raise BadInput(
            f"no row has {'retrieval' if kind == RETRIEVAL else 'a task'} on every side; try --by {other}; {' '.join(left)}"
        )
    floor = in_common.scored((one for one in guesses if one.scored.cell.control in floors.GUESSES), known[0], 0)
    on_the_same = in_common.on_the_same(floor, common)
    notes = [text for study in studies for text in _warnings(study, tasks, sides, on_the_same)]
    hands = [_by_hand(side, common, tasks) for side in sides]
    notes += [f"{side.title} holds runs by hand: {text}." for side, (_, text) in zip(sides, hands, strict=True) if text]
    for side in sides:
        if strayed := validate.strayed(run for one in side.chains for run in one.records):
            notes.append(f"{side.title}: {in_common.listed(strayed)}.")
    numbers = _numbers(found, sides, [counts for counts, _ in hands])
    encoders = " and ".join(study.title for study in studies)
    caption = f"{encoders}: {', '.join(side.title for side in sides[1:])} against {sides[0].title}, "
    caption += f"{', '.join(map(headings.task, tasks))} {KINDS[kind]}"
    notes.append(comparisons.NOTE.format(inference.LEVEL))
    differences = apart.differences(sides, common)
    return SideBySide(
        tuple(one.title for one in sides), kind, caption, numbers, _shown(found, numbers, sides), differences, left, notes
    )


def _compared(study: Study, tasks: Sequence[str], kind: str) -> list[Compared]:
    """Every side after the first against the first, row by row."""
    columns: dict[str, Items] = (comparisons.task_columns if kind == TASKS else comparisons.level_columns)(study, tasks)
    rows = [row for row in comparisons.rows(study, columns) if isinstance(row, SideRow)] if columns else []
    base = {(row.subset, row.control): row for row in rows if row.side == 0}
    later = sorted((row for row in rows if row.side), key=lambda row: (headings.order(row), row.side))
    wanted = [(row, base[row.subset, row.control]) for row in later if (row.subset, row.control) in base]
    return comparisons.compare(study, columns, wanted)


def _warnings(study: Study, tasks: Sequence[str], sides: Sequence[Side], guesses: Sequence[scores.Score]) -> list[str]:
    """Scores that are undefined, and the tasks of each side that stay at their floor."""
    found, guessed = floors.left_out(study.runs, study.encoder, tasks, study.names), averages.collect(guesses).rows
    for number, side in enumerate(sides):
        own = {row: held for row, held in study.runs.rows.items() if isinstance(row, SideRow) and row.side == number}
        runs = averages.Runs({**own, **guessed}, study.runs.group, study.runs.undefined, study.runs.sizes)
        found += [f"{side.title}: {one}" for one in floors.at_floor(runs, study.encoder, tasks)]
    return found


def _by_hand(side: Side, common: Collection[Measured], tasks: Collection[str]) -> tuple[dict[Place, int], str]:
    """(place -> runs by hand, in what those runs are not of their profile's grid)."""
    used = {one.run for one in common if one.task in tasks}
    counts: dict[Place, int] = defaultdict(int)
    said: dict[str, int] = defaultdict(int)
    for chain in side.chains:
        if (*chain.place, chain.seed) in used and chain.by_hand:
            counts[chain.place] += 1
            said[chain.by_hand] += 1
    return counts, "; ".join(f"{count} with {text}" for text, count in sorted(said.items()))


def _numbers(found: Sequence[Compared], sides: Sequence[Side], hands: Sequence[Mapping[Place, int]]) -> list[dict]:
    """Scores in percent and differences in points, full precision; Holm's p answers for all of `found`."""
    listed = []
    for one, judged in zip(found, comparisons.table(found), strict=True):
        row, base = _of_side(one.row), _of_side(one.base)
        about = {"encoder": row.encoder, "subset": row.subset, "control": row.control, "row": headings.label(row)}
        about |= {"setting": sides[row.side].title, "against": sides[base.side].title, "column": one.column}
        about |= _cell(one.ours, _hand(row, hands), "") | _cell(one.theirs, _hand(base, hands), " against")
        listed.append({**about, **{name: value for name, value in judged.items() if name not in about}})
    return listed


def _of_side(row: Row) -> SideRow:
    assert isinstance(row, SideRow)
    return row


def _hand(row: SideRow, hands: Sequence[Mapping[Place, int]]) -> int:
    return sum(count for (one, _), count in hands[row.side].items() if one == Row(row.encoder, row.subset, row.control))


def _cell(cell: Summary, by_hand: int, end: str) -> dict[str, object]:
    mean, std = (None if value is None else 100 * value for value in (cell.mean, cell.std))
    return {f"n{end}": cell.n, f"mean{end}": mean, f"std{end}": std, f"by hand{end}": by_hand}


def _shown(found: Sequence[Compared], numbers: Sequence[dict], sides: Sequence[Side]) -> list[dict]:
    """The first side, another one, and the difference with its verdict, a line each; n where a column has fewer runs than the line says."""
    lines: dict[tuple, dict] = {}
    several = len({one["encoder"] for one in numbers}) > 1
    most: dict[Row, int] = defaultdict(int)
    for one in found:
        most[one.row], most[one.base] = max(most[one.row], one.ours.n), max(most[one.base], one.theirs.n)
    for one, number in zip(found, numbers, strict=True):
        called = f"{number['encoder']} {number['row']}" if several else number["row"]
        for row, cell, end in ((one.base, one.theirs, " against"), (one.row, one.ours, "")):
            head = dict(
                zip(
                    HEAD,
                    (called, sides[_of_side(row).side].title, str(most[row]), str(number[f"by hand{end}"] or "")),
                    strict=True,
                )
            )
            lines.setdefault((row,), head)[one.column] = formatting.text(cell, most[row])
        what = "difference" if len(sides) == 2 else f"{number['setting']} − {number['against']}"
        lines.setdefault((one.row, one.base), dict(zip(HEAD, (called, what, "", ""), strict=True)))[one.column] = _difference(
            number
        )
    return list(lines.values())


def _difference(one: Mapping) -> str:
    if one["verdict"] == comparisons.MISSING:
        return formatting.MISSING
    error = "" if one["error"] is None else f" ± {one['error']:.2f}"
    return f"{formatting.points(one['difference'] / 100)}{error} {comparisons.SHORT[one['verdict']]}"
