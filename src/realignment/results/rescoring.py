"""Scores computed once more from the predictions they came from, before a report is made of them.

Predictions have their sha256 in the record, evaluation files theirs among its inputs; what follows from the two must be its scores. What
was computed is kept in .work by these digests, so that a second report computes nothing.
"""

import functools
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realignment import tasks
from realignment.core import digests, hashing
from realignment.core.console import track
from realignment.core.errors import FailedWork
from realignment.core.files import write_whole
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.records import predictions, sealing
from realignment.records.record import Record

SHOWN = 3  # disagreements named in a message
KINDS = {"O": 0, "B-PER": 1, "I-PER": 2, "B-ORG": 3, "I-ORG": 4, "B-LOC": 5, "I-LOC": 6}  # odd: a beginning


@dataclass(frozen=True)
class Counts:
    """Evaluations whose scores follow from their predictions, and those whose predictions or evaluation files are not at hand;
    `earlier`: of the first, those whose predictions are gone since they were compared."""

    agree: int
    without: int
    earlier: int = 0

    def __str__(self) -> str:
        one = self.agree == 1
        whose = f"the scores of {self.agree:,} {'evaluation' if one else 'evaluations'} agree with {'its' if one else 'their'} predictions"
        gone = (
            f"; for {self.earlier:,} of them that was found earlier, and the predictions are not at hand now"
            if self.earlier
            else ""
        )
        rest = f"; of {self.without:,} the predictions or evaluation files are not at hand" if self.without else ""
        return f"{whose}{gone}{rest}"


def check(workspace: Workspace, runs: Iterable[Record], kept_at: Callable[[str], Path | None]) -> Counts:
    """FailedWork names the scores that do not follow from the predictions. `kept_at` says where those of a run key lie."""
    kept = _read(workspace.rescored)
    before, agree, without, earlier, wrong = dict(kept), 0, 0, 0, []
    evaluations = [record for record in runs if record.verb == "evaluate"]
    try:
        for record in track(evaluations, "scores from predictions"):
            name, file = _named(record), unchanged(record, kept_at(record.key))
            if name not in kept and file and (found := _computed(workspace, manifest.load(workspace), record, file)) is not None:
                kept[name] = found
            if name in kept:
                agree += 1
                earlier += file is None
                wrong += _differing(record, kept[name])
            else:
                without += 1
    finally:
        if kept != before:
            with suppress(OSError):
                _write(workspace.rescored, kept)
    if wrong:
        more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise FailedWork(f"scores must follow from their predictions: {'; '.join(wrong[:SHOWN])}{more}; {sealing.REMEDY}")
    return Counts(agree, without, earlier)


def again(workspace: Workspace, known: manifest.Inputs, record: Record, file: Path) -> list[str] | None:
    """Where the scores of an evaluation do not follow from the predictions in `file`, as lines; nothing kept is asked. None where an evaluation
    file is not the one that was read, or not there."""
    found = _computed(workspace, known, record, file)
    return None if found is None else _differing(record, found)


def _named(record: Record) -> str:
    """By what the scores follow from."""
    files = {role: value for role, value in record.inputs.items() if role.startswith("evalset/")}
    return hashing.digest([record.task, record.hashes.get("predictions", ""), files])


def _differing(record: Record, found: list[list]) -> list[str]:
    """Where the record says something else, as lines."""
    least = 1 if record.task else 2  # of fewer than two pairs retrieval tells nothing
    exact = record.task in tasks.QUESTIONS
    own = {(one.set, one.language): (one.score, one.n, *([one.exact] * exact)) for one in record.scores if one.n >= least}
    computed = {(name, language): (score, *rest) for name, language, score, *rest in found if rest[0] >= least}
    return [
        f"{record.name} has {_said(own, place)} for {' '.join(place)}, its predictions give {_said(computed, place)}"
        for place in sorted(own.keys() | computed.keys())
        if own.get(place) != computed.get(place)
    ]


def _said(scores: dict[tuple[str, str], tuple], place: tuple[str, str]) -> str:
    """A score, and exact match beside F1."""
    score, _, *exact = scores.get(place, ("none", 0))
    return f"{score}{f' (exact match {exact[0]})' if exact else ''}"


def unchanged(record: Record, file: Path | None) -> Path | None:
    """The predictions of a record, None where they are not there; FailedWork where they are not what was written, also if they were once."""
    wanted = record.hashes.get("predictions")
    if file is None or wanted is None or not file.is_file():
        return None
    if digests.of(file) != wanted:
        raise FailedWork(f"{record.name}: {file} was changed after it was written; {sealing.REMEDY}")
    return file


def _computed(workspace: Workspace, known: manifest.Inputs, record: Record, file: Path) -> list[list] | None:
    """[set, language, score, n] of each, and exact match where the task has it; None where the evaluation files are not those of the record, or not there."""
    found, score_of = [], {(one.set, one.language): one.score for one in record.scores}
    for (name, language), ids, predicted in predictions.read(file):
        if not record.task:
            found.append([name, language, _share(predicted), len(ids)])
            continue
        path, used = f"evalsets/{record.task}/{name}/{language}.parquet", record.inputs.get(f"evalset/{name}/{language}")
        if path not in known.entries or known.used(path) != used:
            return None
        rows = gold(workspace.data / path, used, record.task, known.rows_out(path))
        if rows.ids != ids:
            raise FailedWork(
                f"{record.name}: predictions for {name} {language} are not those of its test sentences; {sealing.REMEDY}"
            )
        score = _score(record.task, rows.gold, predicted, language, score_of.get((name, language)))
        exact = [tasks.exact(record.task, rows.gold, predicted, language)] if record.task in tasks.QUESTIONS else []
        found.append([name, language, score, len(ids), *exact])
    return found


@functools.lru_cache(maxsize=512)
def gold(path: Path, used: str, task: str, excluded: tuple[int, ...]):
    """The test rows of a file; `used` stands for its bytes."""
    from realignment.engine import examples

    return examples.read(path, task, "test", excluded)


def _share(nearest: list[str]) -> float | None:
    """As `retrieval.share`, which needs torch."""
    if len(nearest) < 2:
        return None
    return sum(int(number) == own for own, number in enumerate(nearest)) / len(nearest)


def _score(task: str, gold: list, predicted: list[str], language: str, claimed: float | None) -> float | None:
    """By the task itself, whose F1 takes a while; that is spared where a quicker count of entities gives what is claimed."""
    labels = [predictions.tags(one) for one in predicted] if tasks.KINDS[task] == "words" else predicted
    if task in tasks.SPANS and claimed is not None and quick_f1(gold, labels) == claimed:
        return claimed
    return tasks.score(task, gold, labels, language)


def quick_f1(gold: list[list[str]], predicted: list[list[str]]) -> float | None:
    """F1 over entities as seqeval computes it, on arrays; None where a tag is none of ours."""
    if (mine := _entities(gold)) is None or (found := _entities(predicted)) is None:
        return None
    right = len(np.intersect1d(mine, found, assume_unique=True))
    if not right:
        return 0.0
    precision, recall = right / len(found), right / len(mine)
    return (1 + 1) * precision * recall / (precision + recall)


def _entities(sentences: list[list[str]]) -> np.ndarray | None:
    """A number for each entity that holds its place, length and type."""
    tags = [KINDS.get(tag, -1) for sentence in sentences for tag in (*sentence, "O")]  # an O ends what ends with its sentence
    codes = np.array(tags, dtype=np.int64)
    if (codes < 0).any():
        return None
    kinds = (codes + 1) // 2
    before = np.concatenate([[0], kinds[:-1]])
    begins = (kinds > 0) & ((codes % 2 == 1) | (kinds != before))
    starts, breaks = np.flatnonzero(begins), np.flatnonzero(begins | (kinds == 0))
    ends = breaks[np.searchsorted(breaks, starts, side="right")] if len(starts) else starts
    return (starts * (len(codes) + 1) + ends) * 4 + kinds[starts]


def _read(path: Path) -> dict[str, list]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content["scores"] if content["sha256"] == hashing.digest(content["scores"]) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(path: Path, scores: dict[str, list]) -> None:
    write_whole(path, json.dumps({"sha256": hashing.digest(scores), "scores": scores}))
