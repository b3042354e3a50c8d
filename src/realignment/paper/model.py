"""The authors' runs under one model (results/one_model.py): every row of Tables 8 to 11, the swapped rows put right; of each encoder and of both."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from statistics import fmean

from realignment.core.errors import BadInput
from realignment.languages import codes
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.paper.runs import name as run_name
from realignment.paper.runs import subset as full_name
from realignment.paper.xquad import F1, Unprinted
from realignment.results import headings
from realignment.results.headings import ENCODERS
from realignment.results.one_model import Draws, Model, Question
from realignment.results.scores import AVERAGED, Row
from realignment.subsets import naming
from realignment.subsets.registry import POOLS

BOTH = "both"
TEAMS = {**{model: (model,) for model in ENCODERS}, BOTH: tuple(ENCODERS)}  # whose runs; `both` is the mean of a run of each
TITLES = {**ENCODERS, BOTH: "Both encoders"}
AVERAGE, XQUAD = "Average", "XQuAD F1, not printed"
LEVELS = ("HRL", "MRL", "LRL seen", "LRL unseen", "OOD")
CHOSEN = {"uriel_diverse": "URIEL minus random at equal size", "latin_diverse": "Latin (mended) minus random at equal size"}
POOLED = "URIEL minus random within pools"
KINDS = ("leads", "sizes", "variances", "settling")
SIZES = naming.RANDOM_SIZES
LISTS = "subsets.tsv"


class AuthorsModel:
    """Made once of a paper; each column is fitted when it is first asked for."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self._xquad = Unprinted(paper)
        self._models: dict[tuple[str, str], Model] = {}

    @cached_property
    def columns(self) -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
        """Title -> groups of languages and tasks: the average as the paper has it, its tasks, then levels averaged over tasks; XQuAD apart."""
        found = {AVERAGE: (frozenset(AVERAGED), TASKS)}
        found |= {headings.task(task): (frozenset(AVERAGED), (task,)) for task in TASKS}
        found |= {headings.group(level): (frozenset({level}), TASKS) for level in LEVELS}
        return found | {XQUAD: (frozenset(), ())}

    @cached_property
    def draws(self) -> Draws:
        """By subsets.tsv; the pools are those of Table 5 and of the ticks of Table 7. BadInput where a list is not a draw of its subset."""
        found: dict[tuple[str, str], frozenset[str]] = {}
        for row in self.paper.rows(LISTS):
            if naming.split(full_name(row)).drawn:
                _, subset, seed, _ = run_name(row)
                languages = frozenset(row["languages"].split())
                if found.setdefault((subset, seed), languages) != languages:
                    raise BadInput(f"{LISTS}: {subset}, seed {seed} drew two sets of languages; the model needs one")
                self._checked(subset, seed, languages)
        return Draws(found, {subset: len(self._pool(subset)) for subset, _ in found})

    def _checked(self, subset: str, seed: str, languages: frozenset[str]) -> None:
        if len(languages) != naming.split(subset).n:
            raise BadInput(
                f"{LISTS}: {subset}, seed {seed} has {len(languages)} languages; as many as its name says are required"
            )
        if outside := sorted(one for one in languages if codes.resolve(one) not in self._pool(subset)):
            raise BadInput(f"{LISTS}: {subset}, seed {seed} has {', '.join(outside)}; languages of its pool are required")

    def _pool(self, subset: str) -> set[str]:
        pool = naming.split(subset).pool
        return self.paper.members(pool) if pool else set(self.paper.pool)

    def values(self, team: str, column: str) -> dict[Row, dict[str, float]]:
        """Row -> seed -> points; of both encoders the mean of their runs of one seed, where both have it."""
        subsets = sorted({row.subset for row in self.paper.runs.rows})
        found = {}
        for subset in subsets:
            held = [self._seeds(model, subset, column) for model in TEAMS[team]]
            shared = sorted(set.intersection(*map(set, held)))
            found[Row(team, subset)] = {seed: fmean(one[seed] for one in held) for seed in shared}
        return {row: held for row, held in found.items() if held}

    def _seeds(self, model: str, subset: str, column: str) -> dict[str, float]:
        if column != XQUAD:
            return self.paper.seeds(model, subset, *self.columns[column])
        items = {F1: self._xquad.averaged}
        for study in (*self._xquad.studies, *self._xquad.pools):
            if found := study.runs.by_seed(Row(model, subset), items):
                return {seed: 100 * value for seed, value in found.items()}
        return {}

    def model(self, team: str, column: str) -> Model:
        if (team, column) not in self._models:
            values = self.values(team, column)
            for row, seed in ((row, seed) for row, held in values.items() for seed in held):
                if not self.draws.knows(row, [seed]):
                    raise BadInput(f"{LISTS}: {row.subset}, seed {seed} was run; the languages that it drew are required")
            self._models[team, column] = Model(values, self.draws)
        return self._models[team, column]

    def questions(self, team: str) -> list[Question]:
        """The paper's two recommended heuristics, then URIEL within the pools of Tables 9 and 11."""
        found = [
            Question(
                title, {str(n): (Row(team, self.paper.put_right(f"{heuristic}_{n}")), Row(team, f"random_{n}")) for n in SIZES}
            )
            for heuristic, title in CHOSEN.items()
        ]
        pools = {pool: tuple(Row(team, f"{pool}__{kind}_10") for kind in ("uriel_diverse", "random")) for pool in POOLS}
        return [*found, Question(POOLED, pools)]  # type: ignore[arg-type]

    def _columns(self) -> Iterator[tuple[dict, str, str]]:
        for team in TEAMS:
            for column in self.columns:
                yield {"encoder": TITLES[team], "column": column}, team, column

    def leads(self) -> list[dict]:
        """One row per encoder, column and question."""
        return [
            {**head, **found}
            for head, team, column in self._columns()
            for question in self.questions(team)
            if (found := self.model(team, column).lead(question))
        ]

    def sizes(self, columns: Sequence[str] = (AVERAGE,)) -> list[dict]:
        """`leads` of each size of the two heuristics by itself."""
        return [
            {**head, **found}
            for head, team, column in self._columns()
            if column in columns
            for question in self.questions(team)[:-1]
            for size, pair in question.pairs.items()
            if (found := self.model(team, column).lead(Question(question.title, {size: pair})))
        ]

    def variances(self) -> list[dict]:
        return [
            {**head, **self.model(team, column).variances(SIZES, len(self.paper.pool))} for head, team, column in self._columns()
        ]

    def settling(self) -> list[dict]:
        """What the intervals of URIEL minus random would be with more runs."""
        return [
            {**head, **self.model(team, column).settling(SIZES, len(self.paper.pool))} for head, team, column in self._columns()
        ]

    def tables(self) -> dict[str, list[dict]]:
        return {kind: getattr(self, kind)() for kind in KINDS}
