"""Files of the manifest as all checks read them, block by block, and what they share: thresholds, languages, text heard so far."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realignment.config.schema import Check
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.corpora import contamination, exclusion, expectations, measures, row_languages, sides
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.tasks import KINDS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Sentences = dict[str, dict[str, str]]  # language -> test sentence -> the first set that holds it
BLOCK = 20_000  # pairs at once


@dataclass(frozen=True)
class Inspector:
    """What all checks share."""

    workspace: Workspace
    how: Check
    languages: dict[str, Language]
    examiner: expectations.Examiner
    spoken: sides.Known  # text of the evaluation sets
    rows: row_languages.Rows  # some of every file

    @classmethod
    def of(cls, workspace: Workspace, how: Check) -> "Inspector":
        known = languages.read(workspace.languages)
        pivot = next((code for code, one in known.items() if one.is_pivot), languages.ENGLISH)
        return cls(workspace, how, known, expectations.Examiner(), sides.Known(pivot), row_languages.Rows(pivot))

    def read(self, entry: dict) -> "pa.Table":
        """The table of a manifest entry."""
        import pyarrow.parquet as pq

        with self._named(entry) as path:
            return pq.read_table(path)

    def blocks(self, entry: dict) -> "Iterator[pa.Table]":
        """The table of a manifest entry, some rows at a time."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with self._named(entry) as path:
            for batch in pq.ParquetFile(path).iter_batches(BLOCK):
                yield pa.Table.from_batches([batch])

    def texts(self, entry: dict, most: int) -> list[str]:
        """The first sentences of a manifest entry, in the entry's language."""
        import pyarrow.parquet as pq

        columns = ["target"] if entry["kind"] == "bitext" else list(measures.TEXTS[KINDS[entry["task"]]])
        with self._named(entry) as path:
            rows = next(pq.ParquetFile(path).iter_batches(most, columns=columns), None)
        cells = [cell for row in (rows.to_pylist() if rows else ()) for cell in row.values()]
        return [cell if isinstance(cell, str) else " ".join(cell) for cell in cells if cell]

    @contextmanager
    def _named(self, entry: dict):
        """The path of an entry; a fault of reading it says how it is made."""
        import pyarrow as pa

        path = self.workspace.data / entry["path"]
        try:
            yield path
        except (OSError, pa.ArrowException) as fault:
            raise BadInput(f"{path}: named in the manifest and cannot be read ({fault}); `dvc repro fetch` makes it") from None

    def hear(self, entry: dict, sentences: list[str]) -> None:
        """Keep some rows of a file, to tell their language by when all are read."""
        language, script = entry["language"], languages.known(entry["language"], self.languages).script
        self.rows.add(row_languages.File.of(entry["path"], language, script, relatives(language, self.languages), sentences))

    def index(self, sentences: dict[str, str]) -> contamination.Index:
        return contamination.Index(sentences, self.how.shared_words, self.how.similar)

    def foreign(self, sentences: Sentences) -> contamination.Index:
        """Evaluation text of all languages, as it is found in the bitext of another: equal, or a run of words."""
        long = {
            key: name
            for some in sentences.values()
            for key, name in some.items()
            if contamination.telling(contamination.words(key))
        }
        return contamination.Index(long, self.how.shared_words, None)


@dataclass
class Matches:
    """Rows of one side of a bitext that hold evaluation text."""

    index: contamination.Index
    others: contamination.Index | None = None  # evaluation text of all languages
    found: dict[int, contamination.Match] = field(default_factory=dict)

    def look(self, sentences: list[str | None], start: int) -> None:
        for row, sentence in enumerate(sentences, start):
            if match := self.index.match(sentence) or (self.others and self.others.match(sentence)):
                self.found[row] = match


class Whole:
    """One bitext of the manifest, measured block by block."""

    def __init__(self, inspector: Inspector, entry: dict) -> None:
        how, script = inspector.how, languages.known(entry["language"], inspector.languages).script
        self.inspector, self.entry = inspector, entry
        self.measure = exclusion.Bitext(entry["path"], script, entry["rows_kept"], how.max_words, how.max_ratio)
        self.sample = sides.Sample(entry["language"], entry["rows_kept"], relatives(entry["language"], inspector.languages))

    def frames(self, source: Matches, target: Matches) -> "Iterator[pd.DataFrame]":
        start, exclude = 0, self.inspector.how.contamination == "exclude"
        for table in self.inspector.blocks(self.entry):
            texts = [table.column(side).to_pylist() for side in ("source", "target")]
            for some, matches in zip(texts, (source, target), strict=True):
                matches.look(some, start)
            self.sample.add(start, *texts)
            rows = {*source.found, *target.found} & set(range(start, start + table.num_rows)) if exclude else set()
            reasons = {row: contamination.reason_of(source.found.get(row), target.found.get(row)) for row in rows}
            yield self.measure.block(table, start, reasons)
            start += table.num_rows


def relatives(language: str, known: dict[str, Language]) -> frozenset[str]:
    """Languages of its family, itself among them; all where its family is unknown."""
    family = known[language].top_family
    return frozenset(code for code, one in known.items() if not family or one.top_family in (family, ""))
