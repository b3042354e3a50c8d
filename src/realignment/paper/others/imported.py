"""Runs of others, read into what the authors' runs are read into (`paper.Paper`): the same tables are made of both, never of both together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from realignment.core import hashing
from realignment.languages import table as languages
from realignment.paper import runs as authors
from realignment.paper.others import stored
from realignment.paper.others.checked import EXACT
from realignment.paper.runs import Encoder, Name
from realignment.results import averages, headings, study_tables, verdicts
from realignment.results.averages import Runs
from realignment.results.scores import Score
from realignment.results.tables import HEAD, Study, Table

UNNAMED = ("xquad", "ind")  # XQuAD has no Indonesian: what the reference code's files call so is of a set that they do not name


@dataclass(frozen=True)
class Imported:
    """An import as it lies in data/others. What is returned is shared: read it only."""

    name: str
    about: dict  # about.json
    raw: tuple[dict[str, str], ...]  # rows of scores.csv.gz
    lists: tuple[dict[str, str], ...]  # rows of subsets.tsv, ISO 639-3

    @cached_property
    def encoders(self) -> dict[str, Encoder]:
        """Model as its source calls it -> label, and what it has seen."""
        return {model: (one["label"], one["seen"]) for model, one in self.about["encoders"].items()}

    @cached_property
    def sets(self) -> dict[Name, tuple[str, ...]]:
        """Run (label, subset, seed, task) -> the languages it was realigned on, sorted, ISO 639-3; of fine-tuning only none."""
        found = {authors.name(row, self.encoders): () for row in self.raw}
        return found | {authors.name(row, self.encoders): tuple(row["languages"].split()) for row in self.lists}

    @cached_property
    def subset_languages(self) -> dict[Name, str]:
        """`sets`, between blanks."""
        return {run: " ".join(codes) for run, codes in self.sets.items() if codes}

    @cached_property
    def scored(self) -> tuple[Score, ...]:
        """The scores that count under the paper's rule; of XQuAD F1, with exact match beside it where it is there."""
        found = authors.scored(self._of(False), self.encoders, ())
        exact = {self._place(one): one.score for one in authors.scored(self._of(True), self.encoders, ())}
        return tuple(replace(one, exact=exact[place]) if (place := self._place(one)) in exact else one for one in found)

    def _of(self, exact: bool) -> list[dict[str, str]]:
        rows = (row for row in self.raw if (row["metric"] == EXACT) == exact)
        return [row for row in rows if (row["evalset"], row["language"]) != UNNAMED]

    @staticmethod
    def _place(one: Score) -> tuple[str, ...]:
        return (*one.run, one.task, one.set, one.language)

    @cached_property
    def runs(self) -> Runs:
        return averages.collect(self.scored)

    @cached_property
    def exact(self) -> Runs:
        """Exact match, where `runs` have F1."""
        return averages.collect(replace(one, score=one.exact) for one in self.scored if one.exact is not None)

    @cached_property
    def studies(self) -> tuple[Study, ...]:
        """All rows of the import, one an encoder: a family of comparisons of their own."""
        names = {code: languages.name_of(code) for code in {one.language for one in self.scored}}
        labels = sorted({label for label, _ in self.encoders.values()})
        sizes = {
            label: {subset: len(codes) for (model, subset, *_), codes in self.sets.items() if model == label} for label in labels
        }
        return tuple(Study(self.runs, label, sizes[label], names, self.exact) for label in labels)

    @property
    def tasks(self) -> list[str]:
        """In the paper's order."""
        there = {one.task for one in self.scored}
        return [task for task in headings.TASKS if task in there]

    def tables(self, by: str) -> list[Table]:
        """`by` is level, task or language. Everything carries the name of the import."""
        kinds = {"level": ("levels", "gains", "exact"), "task": ("tasks",), "language": ("languages",)}[by]
        found = [one for study in self.studies for one in _of(study, self.tasks) if one.kind.startswith(kinds)]
        once = {(one.encoder, one.caption): one for one in found}  # of one task alone the mean over tasks is that task
        return [self._named(one) for one in once.values()]

    def _named(self, one: Table) -> Table:
        """Subsets as NAME:subset, in rows and in columns."""
        rows = one.head == HEAD
        lines = (
            [replace(line, head=(line.head[0], self.called(line.head[1]), *line.head[2:])) for line in one.lines]
            if rows
            else one.lines
        )
        columns = one.columns if rows else tuple(map(self.called, one.columns))
        return replace(
            one, encoder=f"{self.name}-{one.encoder}", caption=f"{self.name}: {one.caption}", lines=tuple(lines), columns=columns
        )

    def called(self, subset: str) -> str:
        """What a subset is called wherever it is shown."""
        return f"{self.name}:{subset}"

    @property
    def digest(self) -> str:
        """Of its scores and lists of languages."""
        return hashing.digest([self.about["files"], self.about["encoders"]])[:12]

    @property
    def signature(self) -> str:
        """What its numbers stand on."""
        seeds = sorted({row["seed"] for row in self.raw}, key=int)
        return f"source={self.name} (imported) | n={len(seeds)} | seeds={','.join(seeds)} | scores={self.digest}"

    @property
    def summary(self) -> dict:
        """A row of the list of imports."""
        return {
            "name": self.name,
            "encoders": sorted({label for label, _ in self.encoders.values()}),
            "scores": len(self.raw),
            "runs": len(self.sets),
            "subsets": len({row["subset"] for row in self.raw}),
            "tasks": self.tasks,
            "seeds": sorted({int(row["seed"]) for row in self.raw}),
            "languages": len({row["language"] for row in self.raw}),
            "date": self.about["date"],
            "citation": self.about["citation"],
        }


def _of(study: Study, tasks: Sequence[str]) -> list[Table]:
    """`study_tables.of_study`, and the gains of each task by resource level where it has several."""
    found = study_tables.of_study(study, tasks)
    judged = verdicts.of_study(study, tasks)
    for task in tasks if len(tasks) > 1 else ():
        if columns := study.group_columns([task]):
            found.append(
                study_tables.gains(judged, f"gains-{task}", f"{headings.task(task)}, {study_tables.GAINS}", columns, [task])
            )
    return found


def load(root: Path, name: str) -> Imported:
    """BadInput where there is no such import, or a file of it is not the one that was imported."""
    scores, lists = stored.raw(root, name)
    return Imported(name, stored.about(root, name), tuple(scores), tuple(lists))
