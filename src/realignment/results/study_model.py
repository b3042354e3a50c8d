"""The runs of a study under one model (one_model.py): each heuristic against random draws of its size, where there are several draws."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from realignment.results import comparisons, draws, headings
from realignment.results.one_model import Draws, Model, Question, Values
from realignment.results.scores import Row
from realignment.results.tables import Items, Study
from realignment.subsets import naming

KINDS = ("leads", "variances", "settling")


class StudyModel:
    """Of one encoder and the tasks that averages are over. Controls and rows realigned otherwise are no part of it."""

    def __init__(self, study: Study, tasks: Sequence[str]) -> None:
        self.study, self.tasks = study, tasks
        self._models: dict[str, Model] = {}

    @cached_property
    def rows(self) -> list[Row]:
        return [row for row in self.study.rows(self.tasks) if not row.control and not headings.apart(row)]

    @cached_property
    def columns(self) -> dict[str, Items]:
        """The average, the tasks, the levels; a column that another one equals once."""
        levels = comparisons.level_columns(self.study, self.tasks)
        average = {comparisons.AVERAGE: levels.pop(comparisons.AVERAGE)} if comparisons.AVERAGE in levels else {}
        found, known = {}, []
        for title, items in (average | comparisons.task_columns(self.study, self.tasks) | levels).items():
            if items not in known:
                found[title] = items
                known.append(items)
        return found

    @cached_property
    def questions(self) -> list[Question]:
        """One per heuristic and pool, the sizes together."""
        found: dict[str, dict[str, tuple[Row, Row]]] = {}
        for row in self.rows:
            if base := draws.same_size(self.study, row):
                title = f"{headings.place(row)[1]} minus random at equal size"
                found.setdefault(title, {})[str(self.study.size(row))] = row, base
        return [Question(title, pairs) for title, pairs in found.items()]

    @cached_property
    def drawn(self) -> tuple[list[int], int]:
        """Sizes of the random rows of the pool that has most of them, and how many languages it has."""
        random = [row for row in self.rows if draws.drawn(row)]
        ((pool, _),) = Counter(naming.split(row.subset).pool for row in random).most_common(1)
        held = [row for row in random if naming.split(row.subset).pool == pool]
        return sorted(self.study.size(row) for row in held), self.study.pools[held[0].subset]

    def values(self, column: str) -> Values:
        found = {row: self.study.runs.by_seed(row, self.columns[column]) for row in self.rows}
        return {row: {seed: 100 * value for seed, value in held.items()} for row, held in found.items() if held}

    def model(self, column: str) -> Model:
        if column not in self._models:
            self._models[column] = Model(self.values(column), Draws(self.study.drawn, self.study.pools))
        return self._models[column]

    def possible(self, column: str) -> bool:
        """Whether each random row of the column has two draws or more there, known by their languages: a task may not be done yet."""
        model = self.model(column)
        random = {row: draws.by_draw(held) for row, held in model.values.items() if draws.drawn(row)}
        return bool(random) and all(model.draws.knows(row, list(held)) and len(held) > 1 for row, held in random.items())

    def tables(self) -> Mapping[str, list[dict]]:
        """`leads`, `variances` and `settling` by column, in points; nothing where the runs do not allow it."""
        found: dict[str, list[dict]] = {kind: [] for kind in KINDS}
        for column in filter(self.possible, self.columns):
            model = self.model(column)
            leads = [lead for question in self.questions if (lead := model.lead(question))]
            if leads:
                found["leads"] += [{"column": column, **lead} for lead in leads]
                found["variances"].append({"column": column, **model.variances(*self.drawn)})
                found["settling"].append({"column": column, **model.settling(*self.drawn)})
        return {kind: rows for kind, rows in found.items() if rows}
