"""Rows that are in another language than their file says, be it a part of a bitext or of an evaluation set.

A row is held against the text of its language in other files, and against the languages that fit the worst of its file's rows best:
English, and those of other families (Malay fits Indonesian too well to be told). It is told where another fits better by `unlike` nats a
run of three characters (trigrams.py), or where its letters are of another script. In the corpora of the paper that is at most 4 % of a
bitext's rows and 30 % of a set's (WikiANN, whose names are often foreign); where half or all rows were exchanged for those of another
language, at least 28 % of a bitext's and 34 % of a set's.

A file without another in its language is held against its other half: then its text as a whole must fit itself better than others
(`alone`); rows are told where another fits better at all, which finds most of what is wholly foreign and little of what is half.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from realignment.corpora import sides, text
from realignment.corpora.measures import FEW
from realignment.corpora.trigrams import Model, counted, runs

ROWS = 150  # of a file, evenly spread
LONG = 20  # runs of a row that can be told from another
TEXT = 8000  # runs of a language's text that say what it looks like
ENOUGH = 2500  # runs below which they do not
WORST = 10  # rows at least that choose the languages a file is held against
NEAREST = 3  # of these languages


@dataclass(frozen=True)
class File:
    """Some rows of a file, in the language of the file."""

    path: str
    language: str
    script: str  # of the language; "" where unknown
    related: frozenset[str]  # languages that its own is not told from
    sentences: tuple[str, ...]

    @classmethod
    def of(cls, path: str, language: str, script: str, related: frozenset[str], sentences: Sequence[str | None]) -> "File":
        total = len(sentences)
        return cls(path, language, script, related, tuple(
            one for row, one in enumerate(sentences) if one and sides.chosen(row, total, ROWS)
        ))  # fmt: skip


class Rows:
    """The rows of all files; complete before anything is asked of them."""

    def __init__(self, pivot: str) -> None:
        self.pivot = pivot
        self.files: list[File] = []
        self._of: dict[str, list[File]] = defaultdict(list)

    def add(self, file: File) -> None:
        self.files.append(file)
        self._of[file.language].append(file)

    def measured(self, unlike: float) -> dict[str, dict]:
        """Path -> share of rows in another language, and the one that most of them fit; None where too few rows can be told."""
        return {one.path: self._measured(one, unlike) for one in self.files}

    def alone(self, language: str) -> bool:
        """Whether a language has one file only."""
        return len(self._of[language]) < 2

    def _measured(self, file: File, unlike: float) -> dict:
        script = file.script or text.script_of(file.sentences)
        letters = ((one, text.share_of(text.letters([one]), script)) for one in file.sentences)
        spelt = [(one, share) for one, share in letters if share is not None]
        own = [one for one, share in spelt if share >= 0.5]
        strange = len(spelt) - len(own)
        told, rows, other = self._told(file, script, own, unlike)
        if strange + rows < FEW:
            return {"foreign_share": None, "foreign": None}
        share = (strange + told) / (strange + rows)
        return {"foreign_share": share, "foreign": (other if told >= strange else "another script") if share else None}

    def _told(self, file: File, script: str, sentences: list[str], unlike: float) -> tuple[int, int, str | None]:
        """(rows told to be another language's, rows that could be, the language) of the rows in the script of the file's language."""
        rows = [(place, Counter(runs(one))) for place, one in enumerate(sentences)]
        rows = [(place, counts) for place, counts in rows if counts.total() >= LONG]
        models = self._own(file, sentences)
        if not rows or not models:
            return 0, 0, None
        costs = [models[place % len(models)].cost(counts) for place, counts in rows]
        least = unlike if len(models) == 1 else 0  # a half that holds other rows too fits these almost as well
        best = (0, None)
        for code in self._candidates(file, script, [counts for _, counts in rows], costs):
            model = self._model(code)
            told = sum(cost - model.cost(counts) > least for cost, (_, counts) in zip(costs, rows, strict=True))
            best = max(best, (told, code), key=lambda one: one[0])
        return best[0], len(rows), best[1]

    def _own(self, file: File, sentences: list[str]) -> list[Model]:
        """What the language looks like in other files; else in the other half of this, for rows of even and of odd place."""
        others = [one for file_ in self._of[file.language] if file_.path != file.path for one in file_.sentences]
        counts = counted(sorted(others, key=lambda one: text.marked(one, "")), TEXT)
        if counts.total() >= ENOUGH:
            return [Model.of(counts)]
        halves = [counted(sentences[start::2], TEXT) for start in (1, 0)]
        return [Model.of(one) for one in halves] if min(one.total() for one in halves) >= ENOUGH else []

    def _candidates(self, file: File, script: str, rows: list[Counter], costs: list[float]) -> list[str]:
        """Languages that fit the worst rows best, English among them."""
        order = sorted(range(len(rows)), key=lambda row: (-costs[row], row))[: max(WORST, len(rows) // 4)]
        worst = sum((rows[row] for row in order), Counter())
        known = [code for code in sorted(self._of) if code not in file.related and self._script(code) == script]
        fits = sorted((self._model(code).cost(worst), code) for code in known if self._model(code))
        english = [self.pivot] if file.language != self.pivot and self._script(self.pivot) == script else []
        return [code for _, code in fits[:NEAREST]] + [code for code in english if self._model(code)]

    @cache  # noqa: B019  (one object a run of the stage)
    def _model(self, code: str) -> Model | None:
        sentences = sorted((one for file in self._of[code] for one in file.sentences), key=lambda one: text.marked(one, ""))
        counts = counted(sentences, TEXT)
        return Model.of(counts) if counts.total() >= ENOUGH else None

    @cache  # noqa: B019
    def _script(self, code: str) -> str:
        return text.script_of(one for file in self._of.get(code, ()) for one in file.sentences[:50])


def set_reads_as(file: File, known: sides.Known, unlike: float) -> str | None:
    """The language that an evaluation set is in where it is English or of another family than its file says; None where it cannot be
    told. In the sets of the paper another language costs at least 0.7 more (Naija, under English)."""
    return sides.nearest(sides.Side(list(file.sentences)), known, unlike, file.related - ({known.pivot} - {file.language}))
