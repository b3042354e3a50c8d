"""Predictions and gold as the standard library reads them, and which scores cannot be recomputed for want of either."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from realignment.core.console import track
from realignment.corpora.manifest import Inputs
from realignment.records import predictions
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results import rescoring
from realignment.results.scores import RETRIEVAL
from realignment.tasks import QUESTIONS

HEAD = ("set", "language", "id", "label")
Rows = list[tuple[str, str, str, str]]  # of HEAD


@dataclass
class Evidence:
    """What scores follow from."""

    files: dict[str, bytes] = field(default_factory=dict)  # path in the bundle -> content
    missing: dict[str, str] = field(default_factory=dict)  # path that would be in the bundle -> why it is not
    gold: dict[str, dict[tuple[str, str], Rows]] = field(default_factory=dict)  # task -> set, language -> rows
    runs: int = 0
    labels: int = 0  # predictions
    cut: int = 0  # test sentences that a length limit cut, over all runs


def gather(known: Inputs, records: Iterable[Record], kept_at: Callable[[str], Path | None]) -> Evidence:
    """`kept_at` says where the predictions of a run key lie. FailedWork where they are not what the run wrote."""
    found = Evidence()
    for record in track([one for one in records if one.verb == "evaluate"], "predictions"):
        path = place(record)
        rows, why = _predicted(known, record, rescoring.unchanged(record, kept_at(record.key)), found)
        if why:
            found.missing[path] = why
            continue
        found.files[path] = packed(rows)
        found.runs += 1
        found.labels += len(rows)
        found.cut += sum(one.cut or 0 for one in record.scores)
    for task, held in sorted(found.gold.items()):
        found.files[f"gold/{task}.csv.gz"] = packed([row for _, rows in sorted(held.items()) for row in rows])
    return found


def place(record: Record) -> str:
    """Where the predictions of an evaluation stand in a bundle: what verify.py makes of a line of tables/scores.csv."""
    cell = record.cell
    return f"predictions/{cell.encoder}/{cell.row}/{record.task or RETRIEVAL}/s{seed_label(cell.seeds)}.csv.gz"


def packed(rows: Rows) -> bytes:
    """CSV, compressed: the same bytes for the same rows."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEAD, *rows])
    return gzip.compress(out.getvalue().encode(), mtime=0)


def _predicted(known: Inputs, record: Record, file: Path | None, found: Evidence) -> tuple[Rows, str]:
    """(the rows of a run's predictions, ""), its gold taken into `found`; or why they cannot be held against their gold."""
    if file is None:
        return [], "its predictions are not at hand"
    rows: Rows = []
    gold: dict[tuple[str, str], Rows] = {}
    for place_, ids, predicted in predictions.read(file):
        held, why = _gold(known, record, *place_, len(ids))
        if why:
            return [], why
        gold[place_] = held
        rows += [(*place_, one, label) for one, label in zip(ids, predicted, strict=True)]
    found.gold.setdefault(record.task or RETRIEVAL, {}).update(gold)
    return rows, ""


def _gold(known: Inputs, record: Record, name: str, language: str, pairs: int) -> tuple[Rows, str]:
    """The right labels of a set and language; of retrieval the number of each pair is its own."""
    if not record.task:
        return [(name, language, str(number), str(number)) for number in range(pairs)], ""
    path, used = f"evalsets/{record.task}/{name}/{language}.parquet", record.inputs.get(f"evalset/{name}/{language}")
    if path not in known.entries or not known.used(path):
        return [], f"its evaluation file {path} is not at hand"
    if known.used(path) != used:
        return [], f"its evaluation file {path} is another than the run read"
    rows = rescoring.gold(known.workspace.data / path, used, record.task, known.rows_out(path))
    return [(name, language, one, _label(record.task, label)) for one, label in zip(rows.ids, rows.gold, strict=True)], ""


def _label(task: str, label: str | list[str]) -> str:
    """As verify.py reads it: of questions all answers, as JSON."""
    return json.dumps(label, ensure_ascii=False) if task in QUESTIONS else predictions.text(label)
