"""Better, worse, or not to be told: the rows of a study against a reference, all columns of a table at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from realignment.languages import grouping
from realignment.records.cell import OTHERWISE
from realignment.results import draws, formatting, headings, noise
from realignment.results.noise import Measured, fixed
from realignment.results.scores import WITHOUT_ENGLISH, Row
from realignment.results.tables import Items, Study
from realignment.statistics import inference
from realignment.statistics.summary import Summary
from realignment.subsets import naming

BETTER, WORSE, UNDECIDED, MISSING = "better", "worse", "cannot tell at this n", "missing"
SHORT = {BETTER: "better", WORSE: "worse", UNDECIDED: "cannot tell"}  # in cells of a page
AVERAGE = "Average without English"  # title of the column that the other levels are averaged in
REFERENCES = ("none", "all")  # stems of the rows that others are held against
NOTE = (
    "better, worse: a difference that is no accident in the whole table, all rows, columns and references together (Holm, {:.0%}); cannot "
    "tell: one that may be nothing. "
    "The seed is the unit, for random subsets the draw; languages are a fixed set. Where rows share their seeds, what a seed adds to all of them is taken "
    "out of the variance, if that leaves enough of it; it is in no difference. "
    "The variance of a row is drawn towards the pooled one of its column, the less the more variances differ between rows; "
    "random subsets, whose spread holds the draw, have a pool of their own and never count as quieter than the others."
)


@dataclass(frozen=True)
class Compared:
    """A row minus its reference in one column, scores in [0, 1]; `freedom` is 0 and `p` nan where no error is known."""

    row: Row
    base: Row
    column: str
    ours: Summary
    theirs: Summary
    error: float
    freedom: float
    p: float
    loading: float  # square root of the reference's share in the variance of the difference

    @property
    def difference(self) -> float | None:
        return None if self.ours.mean is None or self.theirs.mean is None else self.ours.mean - self.theirs.mean


Pairs = Sequence[tuple[Row, Row]]  # row, reference


def task_columns(study: Study, tasks: Sequence[str]) -> dict[str, Items]:
    """One column per task, without English."""
    found = {headings.task(task): study.items([task], WITHOUT_ENGLISH) for task in tasks}
    return {title: items for title, items in found.items() if items}


def level_columns(study: Study, tasks: Sequence[str]) -> dict[str, Items]:
    """One column per group of languages, each the mean over tasks, then their average; English is in none."""
    found = {headings.group(group): study.items(tasks, {group}) for group in grouping.GROUPS if group != "English"}
    found[AVERAGE] = study.items(tasks, WITHOUT_ENGLISH)
    return {title: items for title, items in found.items() if items}


def rows(study: Study, columns: Mapping[str, Items]) -> list[Row]:
    """What is judged: every row but the floors and the ceiling, in table order."""
    tasks = {task for items in columns.values() for task in items}
    return [row for row in study.rows(tasks) if not headings.apart(row)]


def pairs(study: Study, columns: Mapping[str, Items]) -> list[tuple[Row, Row]]:
    """Every row against fine-tuning only, then against all languages; no pair twice."""
    judged, found = rows(study, columns), {}
    for stem in REFERENCES:
        for base in [
            row for row in judged if (one := naming.split(row.subset)).heuristic == stem and not one.pool and not row.control
        ]:
            found |= {(row, base): None for row in judged if row != base and (base, row) not in found}
    return list(found)


def measured(study: Study, columns: Mapping[str, Items]) -> dict[str, Measured]:
    """What `compare` reads of each column, for several questions to the same ones; worked out once."""
    judged, found = tuple(rows(study, columns)), {}
    for title, items in columns.items():
        asked = (Measured, judged, *((task, *names) for task, names in items.items()))
        if asked not in study.held:
            study.held[asked] = noise.of_column(study, items, judged)
        found[title] = study.held[asked]
    return found


def compare(
    study: Study, columns: Mapping[str, Items], wanted: Pairs, known: Mapping[str, Measured] | None = None
) -> list[Compared]:
    """Every wanted pair in every column, columns within pairs. `known` is what `measured` gives, where that is at hand."""
    known = measured(study, columns) if known is None else known
    found = [_compared(title, items, wanted, known[title]) for title, items in columns.items()]
    return [one for of_pair in zip(*found, strict=True) for one in of_pair]


def _compared(title: str, items: Items, wanted: Pairs, known: Measured) -> list[Compared]:
    """Every wanted pair in one column; a reference that is `fixed` there is no sample and has no error."""
    cells = known.cells
    means = {row: cell.mean for row, cell in cells.items() if cell.n}

    def numbers(row: Row, base: Row) -> tuple:
        """Of either side the share in the variance of the difference and its freedom; the most freedom; the difference."""
        about = known.of(row, base)
        shares = {one: about.variance[one] / cells[one].n if one in means else np.nan for one in (row, base)}
        constant = fixed(base, items) and base in means
        theirs = (0.0, np.inf) if constant else (shares[base], about.freedom.get(base, 0.0))
        most = sum(about.total[random] for random in {draws.drawn(row), draws.drawn(row if constant else base)})
        difference = means.get(row, np.nan) - means.get(base, np.nan)
        return shares[row], about.freedom.get(row, 0.0), *theirs, most, difference

    first, free, second, other, most, difference = np.array([numbers(*pair) for pair in wanted]).reshape(-1, 6).T
    error, freedom = np.sqrt(first + second), inference.satterthwaite((first, free), (second, other), most)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, loading = inference.two_sided(difference / error, freedom), np.sqrt(second / (first + second))
    known = (error > 0) & (freedom > 0)  # not of one seed, nor of seeds that all agree
    told = zip(
        *(
            np.where(known, one, without).tolist()
            for one, without in ((error, np.nan), (freedom, 0.0), (p, np.nan), (loading, 0.0))
        ),
        strict=True,
    )
    return [Compared(row, base, title, cells[row], cells[base], *one) for (row, base), one in zip(wanted, told, strict=True)]


def verdict(one: Compared, adjusted: float, level: float = inference.LEVEL) -> str:
    """`adjusted` is the p of the whole family."""
    if one.difference is None:
        return MISSING
    if not adjusted < level:
        return UNDECIDED
    return BETTER if one.difference > 0 else WORSE


def verdicts(found: Sequence[Compared], level: float = inference.LEVEL) -> list[str]:
    """One a comparison; `found` is the family that they answer for."""
    return [
        verdict(one, float(p), level) for one, p in zip(found, inference.holm(np.array([one.p for one in found])), strict=True)
    ]


def table(found: Sequence[Compared], level: float = inference.LEVEL) -> list[dict]:
    """One plain row per comparison, points and full precision; `found` is the family that Holm's and BH's p answer for.

    `p Dunnett` answers for one column and reference read alone; `detectable` is what would be found with 80 % power if it were
    the largest difference of the family, None where scores cannot differ by so much.
    """
    p = np.array([one.p for one in found])
    family = inference.holm(p), inference.benjamini_hochberg(p)
    tests = max(int((~np.isnan(p)).sum()), 1)
    errors, freedoms = np.array([one.error for one in found]), np.array([one.freedom for one in found])
    least = inference.detectable(errors, freedoms, level / tests)
    loadings = {
        key: np.array([one.loading for one in found if (one.column, one.base) == key and one.freedom])
        for key in {(one.column, one.base) for one in found}
    }
    listed = []
    for one, said, holm, shares, seen in zip(found, verdicts(found, level), *family, least, strict=True):
        key, statistic = (one.column, one.base), (one.difference or 0.0) / one.error
        numbers = {
            "difference": None if one.difference is None else 100 * one.difference,
            "error": 100 * one.error,
            "degrees of freedom": one.freedom,
            "p": one.p,
            "p Dunnett": inference.dunnett(statistic, one.freedom, loadings[key]),
            "p Holm": float(holm),
            "p BH": float(shares),
            "detectable": points_found(float(seen)),
        }
        listed.append(
            {
                "against": headings.label(one.base),
                "subset": headings.label(one.row),
                "column": one.column,
                "n": one.ours.n,
                "n against": one.theirs.n,
                **{name: value if value is not None and np.isfinite(value) else None for name, value in numbers.items()},
                "verdict": said,
            }
        )
    return listed


def points_found(least: float) -> float:
    """The least difference that would be found, in points; nan above 100: scores cannot differ by so much."""
    return 100 * least if least <= 1 else np.nan


def against_references(study: Study, columns: Mapping[str, Items], level: float = inference.LEVEL) -> list[dict]:
    """Every row against `none` and against all languages; one family."""
    return table(compare(study, columns, pairs(study, columns)), level)


def random_pairs(study: Study, columns: Mapping[str, Items], stem: str = "") -> list[tuple[Row, Row]]:
    """Every subset (of one heuristic where `stem` is given) with the random ones of its size."""
    held = [(row, draws.same_size(study, row)) for row in rows(study, columns)]
    return [(row, base) for row, base in held if base and stem in ("", naming.split(row.subset).heuristic)]


def against_random(study: Study, columns: Mapping[str, Items], level: float = inference.LEVEL) -> list[dict]:
    """Every subset against the random ones of its size; one family."""
    return table(compare(study, columns, random_pairs(study, columns)), level)


def otherwise_pairs(study: Study, columns: Mapping[str, Items]) -> list[tuple[Row, Row]]:
    """Every row realigned otherwise with the plain row of its subset."""
    judged = rows(study, columns)
    return [(row, plain) for row in judged if row.control in OTHERWISE and (plain := replace(row, control="")) in judged]


def against_plain(study: Study, columns: Mapping[str, Items], level: float = inference.LEVEL) -> list[dict]:
    """Every row realigned otherwise against its plain row; one family."""
    return table(compare(study, columns, otherwise_pairs(study, columns)), level)


def wide(study: Study, listed: Sequence[dict]) -> list[dict]:
    """What a page shows of comparisons: one row per subset, one column per column, cells such as `+1.20 better`, in points."""
    found: dict[str, dict] = {}
    known = {headings.label(row): row for row in study.runs.rows if row.encoder == study.encoder}
    for one in listed:
        row = known[one["subset"]]
        section, title = headings.place(row)
        head = {"section": section, "Subset": title, "Name": one["subset"], "Languages": study.size(row)}
        shown = (
            formatting.MISSING
            if one["verdict"] == MISSING
            else f"{formatting.points(one['difference'] / 100)} {SHORT[one['verdict']]}"
        )
        found.setdefault(one["subset"], head)[one["column"]] = shown
    return list(found.values())
