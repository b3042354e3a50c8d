"""Evaluations drawn at random and computed once more from their stored weights: what they predict, bit for bit, and their scores.

Settings and hashes can be forged together; a number that a model gives again cannot. So a few cells say how likely a forged share of all would
have been caught.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from math import ceil, comb
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from realignment.core import digests
from realignment.core.errors import BadInput, FailedWork
from realignment.engine.bases import locate
from realignment.lineage.proof.at_hand import AtHand
from realignment.records import kernels, keys, predictions, sealing
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import evaluate, gradients, study_file

SHARES = (0.01, 0.05, 0.10)
NEAR = 10  # where more than every tenth evaluation is drawn, drawing without putting back counts
APART = 0.01  # a point of score: what other kernels or versions may differ by
SAME, ALIKE, OTHER = "bit for bit the same", "alike", "another"


@dataclass(frozen=True)
class Replayed:
    """`apart`: the largest difference of a score. `environment`: in what this machine is not the one of the run, "" where it is."""

    run: str
    outcome: str
    apart: float
    environment: str = ""

    def to_json(self) -> dict:
        return asdict(self)


def drawn(here: AtHand, many: int, seed: int) -> tuple[list[tuple[Record, Path | None]], int]:
    """(evaluations with the folder of their weights, how many they were drawn from); BadInput where no weights are here."""
    able = [(record, folder) for record in here.records if record.verb == "evaluate" for folder in _weights(here, record)]
    if not able:
        raise BadInput(
            "--replay computes evaluations once more from stored weights, and none are here; `study.keep: all` keeps them where a study runs, DVC does not share them"
        )
    if many > len(able):
        raise BadInput(f"--replay {many}: weights of {len(able)} evaluations are here; ask for no more")
    return Random(seed).sample(able, many), len(able)


def _weights(here: AtHand, record: Record) -> Iterator[Path | None]:
    """The folder of the model an evaluation read, if it is here; None for the commonest label, which needs none."""
    parent = here.by_key.get(record.parent)
    if parent is not None:
        folder, _, _ = here.artifact(parent, "model")
        if folder is not None and _job(here, record) is not None:
            yield folder
    elif not record.parent and not record.base:
        yield None
    elif not record.parent:
        name = study_file.bases(here.content).get(record.cell.base, {}).get("name", "")
        folder = locate.at_hand(name, here.workspace.root) if name else None
        if folder is not None:
            yield folder


def _job(here: AtHand, record: Record) -> Job | None:
    """The job of an evaluation; of adapters with their base where it lies here, None where it does not."""
    if not record.parent or "encoder" not in record.inputs:
        return record.job
    name = study_file.bases(here.content).get(record.cell.base, {}).get("name", "")
    folder = locate.at_hand(name, here.workspace.root) if name else None
    return replace(record.job, base=str(folder)) if folder else None


def again(here: AtHand, record: Record, weights: Path | None) -> Replayed:
    """An evaluation computed once more; its weights are those its record names, or it is another."""
    if record.read and sealing.differs_from(weights, record.read):
        return Replayed(record.name, f"{OTHER}: its weights are not those it read", 1.0)
    try:
        with TemporaryDirectory(prefix="realignment-") as folder:
            outcome = evaluate.compute(here.workspace, _job(here, record), weights, Path(folder))
            same = _same(here, record, Path(folder) / predictions.FILE, outcome["hashes"]["predictions"])
    except (BadInput, FailedWork) as fault:
        return Replayed(record.name, f"{OTHER}: it cannot be computed ({fault})", 1.0)
    now = kernels.measured(record.environment.get("device", ""))
    other = f"kernels {now}, then {record.kernels}" if record.kernels and now and now != record.kernels else ""
    unlike, apart = "; ".join(filter(None, (_unlike(record), other))), _apart(record, outcome["scores"])
    pulled = _cosines_apart(record, outcome.get(gradients.NAME, {}))
    if pulled and not (unlike and pulled <= APART):
        return Replayed(record.name, f"{OTHER}: its cosines of gradients differ", max(apart, pulled), unlike)
    apart = max(apart, pulled)
    if same and not apart:
        return Replayed(record.name, SAME, apart, unlike)
    if unlike and apart <= APART:
        return Replayed(record.name, ALIKE, apart, unlike)
    return Replayed(record.name, f"{OTHER}: its {'scores' if same else 'predictions'} differ", apart, unlike)


def _same(here: AtHand, record: Record, made: Path, sha256: str) -> bool:
    """Whether the predictions are those of the run; a library of another version may write the same ones in other bytes."""
    wanted = record.hashes.get("predictions")
    if sha256 == wanted:
        return True
    before, _, _ = here.artifact(record, predictions.FILE)
    return before is not None and digests.of(before) == wanted and list(predictions.read(before)) == list(predictions.read(made))


def _unlike(record: Record) -> str:
    """In what the libraries and settings here are not those of the run."""
    given = record.environment
    more = [gradients.NAME] if gradients.NAME in record.params else []
    now = keys.environment(
        "evaluate", given.get("device", ""), given.get("dtype", ""), given.get("threads", 1), *more, params=record.params
    )
    differing = sorted(name for name in {*given, *now} if given.get(name) != now.get(name))
    return "; ".join(f"{name} {str(now.get(name))[:12]}, then {str(given.get(name))[:12]}" for name in differing)


def _apart(record: Record, scores: list[dict]) -> float:
    before = {(one.set, one.language): one.score for one in record.scores}
    now = {(one["set"], one["language"]): one["score"] for one in scores}
    if before.keys() != now.keys() or any((before[name] is None) != (now[name] is None) for name in before):
        return 1.0
    return max((abs(before[name] - now[name]) for name in before if before[name] is not None), default=0.0)


def _cosines_apart(record: Record, now: dict[str, dict]) -> float:
    """The largest difference of a cosine of gradients; 1 where one of the two has none."""
    before = {(group, what): value for group, about in record.gradients.items() for what, value in about.items()}
    again = {(group, what): value for group, about in now.items() for what, value in about.items()}
    if before.keys() != again.keys() or any((before[one] is None) != (again[one] is None) for one in before):
        return 1.0
    return max((abs(before[one] - again[one]) for one in before if before[one] is not None), default=0.0)


def caught(share: float, many: int, of: int) -> float:
    """With which probability `many` evaluations drawn from `of` hold a forged one, where a share of all is forged."""
    if many * NEAR <= of:
        return 1 - (1 - share) ** many
    return 1 - comb(of - ceil(share * of), many) / comb(of, many)


def chances(many: int, of: int) -> str:
    """In a sentence."""
    told = ", ".join(f"{share:.0%} with probability {caught(share, many, of):.1%}" for share in SHARES)
    return f"{many} of {of} evaluations were drawn; had a share of them been forged, this would have caught it: {told}"
