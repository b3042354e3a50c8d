"""Scores as the tables read them: one per run, task, evaluation set and language."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from realignment.core.errors import FailedWork
from realignment.languages import grouping
from realignment.languages import table as languages
from realignment.records.cell import seed_label
from realignment.records.record import Record

RETRIEVAL = "retrieval"
AVERAGED = frozenset({*grouping.GROUPS, ""}) - {"OOD"}  # out-of-distribution languages stand apart
WITHOUT_ENGLISH = AVERAGED - {"English"}


@dataclass(slots=True)
class Score:
    """One metric value in [0, 1]. Not frozen: a question makes 60,000, and frozen ones take four times as long."""

    encoder: str  # label
    subset: str  # canonical name
    control: str  # of cell.CONTROLS
    seed: str  # label of the run's seeds: `17`, or `17.23.17.17` where they differ
    task: str  # of tasks.TASKS | retrieval
    set: str
    language: str
    group: str  # of grouping.GROUPS; "" counts in averages alone
    score: float | None  # None where the gold leaves it undefined, see `undefined`
    n: int = 0  # words, entities or sentence pairs measured; 0 unknown
    exact: float | None = None  # share of answers that are right to the letter, of tasks that have it

    @property
    def row(self) -> "Row":
        return Row(self.encoder, self.subset, self.control)

    @property
    def run(self) -> tuple:
        """What tells the run from others, without a Row."""
        return self.encoder, self.subset, self.control, self.seed


@dataclass(frozen=True, order=True)
class Row:
    """A row of a table: the runs of all seeds of one encoder, subset and control."""

    encoder: str
    subset: str
    control: str = ""


Seen = Mapping[str, str | list[str]]  # encoder -> its `seen` setting


def of_records(records: Iterable[Record], table: dict[str, languages.Language], seen: Seen) -> list[Score]:
    """The scores of a study's evaluations. FailedWork where one table cell would mix two cell keys."""
    evaluations = [record for record in records if record.verb == "evaluate"]
    one_key_a_cell(evaluations)
    found: list[Score] = []
    groups: dict[tuple[str, str], tuple[str, str]] = {}  # encoder, language as it is spelled -> its code and group
    for record in evaluations:
        cell = record.cell
        run = (cell.encoder, cell.subset, cell.control, seed_label(cell.seeds))
        for score in record.scores:
            if (asked := (cell.encoder, score.language)) not in groups:
                language = languages.known(score.language, table)
                groups[asked] = language.code, grouping.group(language, seen[cell.encoder])
            found.append(Score(*run, score.task, score.set, *groups[asked], score.score, score.n, score.exact))
    return found


def one_key_a_cell(evaluations: Iterable[Record]) -> None:
    """FailedWork names the runs whose cell keys differ within one (encoder, subset, control, task)."""
    keys: dict[tuple, dict[str, str]] = defaultdict(dict)
    for record in evaluations:
        cell = record.cell
        keys[cell.encoder, cell.subset, cell.control, record.task].setdefault(record.cell_key, record.name)
    mixed = [" and ".join(sorted(names.values())) for names in keys.values() if len(names) > 1]
    if mixed:
        which = "; ".join(sorted(mixed)[:3]) + (f" and {len(mixed) - 3} more cells" if len(mixed) > 3 else "")
        raise FailedWork(
            f"a table cell holds runs of one cell key; settings, data or versions differ in {which}; run `dvc repro study`"
        )
