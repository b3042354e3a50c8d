"""One verdict per difference, wherever it stands: which comparisons are judged together, and what they say.

A family is a set of columns in which every row is held against fine-tuning only and, where tables show it, against all languages (or, apart,
against random subsets, and rows realigned otherwise against their plain row); Holm's correction answers for all of it. A column that an earlier family has (the only task of a study, the only
language of a group) is judged there and nowhere else.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from realignment.results import comparisons, draws, headings
from realignment.results.comparisons import BETTER, WORSE, Compared
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.tables import Items, Study
from realignment.statistics import inference
from realignment.statistics.summary import Difference

NOTE = (
    f"Points, ± standard error. ~: cannot be told from none. A verdict answers for all comparisons that are judged together (Holm, "
    f"{inference.LEVEL:.0%}): resource levels are one such family and tasks another, as in the tables of verdicts; columns with English in "
    "them, retrieval, languages and evaluation sets are each one of their own. A difference has the same verdict in every table and figure "
    "of the same rows; of the authors' runs the rows of the pools are judged apart."
)
LEVELS, BY_TASK, ENGLISH, LANGUAGES = "levels", "tasks", "english", "languages"
TABLED = (LEVELS, BY_TASK, ENGLISH, RETRIEVAL)  # families with tables of verdicts; the others are gains alone
OTHERWISE = (LEVELS, BY_TASK, RETRIEVAL)  # families of rows realigned otherwise against their plain row, each one of its own
Key = tuple[tuple[str, tuple[str, ...]], ...]  # what a column is the mean over
Judged = dict[tuple[Row, Row, Key], tuple[Compared, str]]  # row, reference, column -> the comparison and its verdict


@dataclass(frozen=True)
class Verdicts:
    """Of one encoder. `families` are title -> items by kind, in the order in which a column is looked for."""

    study: Study
    families: Mapping[str, Mapping[str, Items]]
    _judged: dict[tuple[str, bool], Judged] = field(default_factory=dict, init=False, repr=False, compare=False)

    def gain(self, row: Row, items: Items) -> Difference:
        """Over fine-tuning only; for retrieval, over the encoder before realignment."""
        return self.against(row, Row(row.encoder, "none"), items)

    def against(self, row: Row, base: Row, items: Items) -> Difference:
        """A row minus `none`, the row of all languages, or the random row of its size; what no family compares is not certain."""
        sides = self.study.runs.cell(row, items), self.study.runs.cell(base, items)
        fixed = comparisons.fixed(base, items)
        one, verdict = self._find(row, base, items)
        error = float(one.error) if one and math.isfinite(one.error) else None
        return Difference(*sides, error, verdict in (BETTER, WORSE), fixed)

    def _find(self, row: Row, base: Row, items: Items) -> tuple[Compared | None, str]:
        wanted = key(items)
        kind = self._kinds.get(wanted, "")
        random = draws.same_size(self.study, row) == base
        return self._family(kind, random).get((row, base, wanted), (None, "")) if kind else (None, "")

    @cached_property
    def _kinds(self) -> dict[Key, str]:
        """Column -> the first family that has it."""
        found: dict[Key, str] = {}
        for kind, columns in self.families.items():
            for items in columns.values():
                found.setdefault(key(items), kind)
        return found

    def _family(self, kind: str, random: bool) -> Judged:
        if (kind, random) not in self._judged:
            columns = self.families[kind]
            pairs = comparisons.random_pairs(self.study, columns) if random else comparisons.pairs(self.study, columns)
            pairs = [(row, base) for row, base in pairs if random or kind in TABLED or base.subset == "none"]
            found = comparisons.compare(self.study, columns, pairs)
            self._judged[kind, random] = {
                (one.row, one.base, key(columns[one.column])): (one, verdict)
                for one, verdict in zip(found, comparisons.verdicts(found), strict=True)
            }
        return self._judged[kind, random]


def key(items: Items) -> Key:
    return tuple(sorted((task, tuple(names)) for task, names in items.items()))


def of_study(study: Study, tasks: Sequence[str]) -> Verdicts:
    """`tasks` are those of the study's tables; the same verdicts for all tables and figures, worked out once."""
    asked = (Verdicts, tuple(tasks))
    if asked not in study.held:
        study.held[asked] = Verdicts(study, apart(families(study, tasks)))
    return study.held[asked]


def of_sets(study: Study, columns: Mapping[str, Items]) -> Verdicts:
    """Of a table by evaluation set: what `by_set.columns_of` gives."""
    return Verdicts(study, {"sets": columns})


def families(study: Study, tasks: Sequence[str]) -> dict[str, dict[str, Items]]:
    """Every family of a study, as its tables have columns."""
    groups = study.group_columns(tasks)
    found = {
        LEVELS: comparisons.level_columns(study, tasks),
        BY_TASK: comparisons.task_columns(study, tasks),
        ENGLISH: {title: groups[title] for title in ("English", "Average") if "English" in groups},
        RETRIEVAL: comparisons.level_columns(study, [RETRIEVAL]),
        **{f"{LEVELS}-{task}": study.group_columns([task]) for task in tasks},
        LANGUAGES: by_language(study, headings.averaged(tasks)),
        **{f"{LANGUAGES}-{task}": by_language(study, [task]) for task in (*tasks, RETRIEVAL)},
    }
    return {kind: columns for kind, columns in found.items() if columns}


def by_language(study: Study, tasks: Iterable[str]) -> dict[str, Items]:
    """Code -> the tasks that a language has."""
    found: dict[str, Items] = {}
    for task, code in sorted(study.runs.group.get(study.encoder, {})):
        if task in tasks:
            found.setdefault(code, {})[task] = [code]
    return found


def apart(found: Mapping[str, Mapping[str, Items]]) -> dict[str, dict[str, Items]]:
    """Without the columns that an earlier family has."""
    known: set[Key] = set()
    left = {}
    for kind, columns in found.items():
        left[kind] = {title: items for title, items in columns.items() if key(items) not in known}
        known |= set(map(key, columns.values()))
    return left
