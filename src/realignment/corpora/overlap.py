"""What evaluation sets have in common: two languages of a set, the test rows of a file, a task's training rows and its test rows.

Sentences are compared as contamination.py compares them: without case, width, punctuation and white space. Two languages are held
against one another by sentences that are long enough to belong to one of them. In the sets of the paper two languages share at most 5 %
of these (names of WikiANN), 27 % of the test rows of a file came before (WikiANN), 4 % of the training rows are test rows (WikiANN).
"""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from realignment.corpora.contamination import EQUAL, telling, words
from realignment.corpora.measures import FEW


class File(NamedTuple):
    """One file of a set: its test rows and training rows as they are compared."""

    path: str
    task: str
    set: str
    language: str
    tests: tuple[str, ...]
    long: frozenset[str]  # test rows that tell a language
    tested: frozenset[str]  # what no training row of the task may hold: test rows, or the contexts of questions
    training: tuple[tuple[int, str], ...]  # (position in the file, what is looked for in `tested`)


@dataclass
class Sets:
    """All evaluation sets; complete before anything is asked of them."""

    files: list[File] = field(default_factory=list)

    def add(self, entry: dict, splits: list[str], sentences: list[str], contexts: list[str] | None = None) -> None:
        """A file of the manifest, one sentence per row; of questions also their contexts, of which several rows may have one."""
        rows = [(row, split, " ".join(words(one))) for row, (split, one) in enumerate(zip(splits, sentences, strict=True))]
        tests = tuple(one for _, split, one in rows if one and split == "test")
        parts = (
            [(row, split, " ".join(words(one))) for row, (split, one) in enumerate(zip(splits, contexts, strict=True))]
            if contexts
            else rows
        )
        tested = frozenset(one for _, split, one in parts if one and split == "test")
        training = tuple((row, one) for row, split, one in parts if one and split == "train")
        long = frozenset(one for one in tests if telling(one.split()))
        self.files.append(File(entry["path"], entry["task"], entry["set"], entry["language"], tests, long, tested, training))

    @cached_property
    def trained(self) -> dict[str, list[int]]:
        """Path -> positions of the training rows that are test rows of their task, in whatever file; of questions those whose context is one."""
        tests: dict[str, set[str]] = defaultdict(set)
        for one in self.files:
            tests[one.task].update(one.tested)
        return {one.path: [row for row, text in one.training if text in tests[one.task]] for one in self.files}

    def excluded(self) -> list[dict]:
        """These rows, as excluded.parquet holds them."""
        languages = {one.path: one.language for one in self.files}
        return [
            {"kind": "evalset", "language": languages[path], "path": path, "row": row, "reason": EQUAL}
            for path, rows in self.trained.items()
            for row in rows
        ]

    def measured(self, most: float) -> dict[str, dict]:
        """Path -> share of test rows that came before, share of training rows that are test rows, and the file of another language with
        more than the share `most` of the sentences in common. None where there are too few rows to say."""
        shared, trained = self._shared(most), self.trained
        return {
            one.path: {
                "repeated_share": _share(len(one.tests) - len(set(one.tests)), len(one.tests)),
                "trained_share": _share(len(trained[one.path]), len(one.training)),
                "shared_with": shared.get(one.path),
            }
            for one in self.files
        }

    def _shared(self, most: float) -> dict[str, str]:
        """Path -> the file that has most in common, and how much of the shorter of both."""
        found: dict[str, tuple[float, str]] = {}
        for first, second in itertools.combinations(self.files, 2):
            if (first.task, first.set) != (second.task, second.set) or first.language == second.language:
                continue
            share = _share(len(first.long & second.long), min(len(first.long), len(second.long)))
            if share is not None and share > most:
                for one, other in ((first, second), (second, first)):
                    found[one.path] = max(found.get(one.path, (0.0, "")), (share, other.path))
        return {path: f"{other} ({share:.0%} of its sentences)" for path, (share, other) in found.items()}


def _share(number: int, total: int) -> float | None:
    return number / total if total >= FEW else None
