"""How well predictors made on some encoders do on one that was left out, with the sets of the heuristic that is asked for left out too."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from realignment.predictor import baselines, encoders_left_out, folds, protocol
from realignment.predictor.calibrated import KINDS, MEAN, Calibrated
from realignment.predictor.encoders_left_out import EncodersLeftOut
from realignment.predictor.experiment import Key
from realignment.predictor.folds import Predictor
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured

OTHERS_RUNS = "what the set gained the others"  # which nobody knows of a set that was not run
Said = Callable[[Measured, Sequence[Measured]], np.ndarray]


def table(models: Mapping[Key, Calibrated], ground: Ground) -> list[dict]:
    """A row per encoder, task and predictor, over the sets that were not chosen from a pool, as `protocol.table` has them; of this predictor also the
    share of measurements inside its intervals, as wide as the other encoders alone say."""
    rows = []
    for task in sorted({task for _, task in models}):
        some = [one for (_, same), one in models.items() if same == task]
        shared = [code for code in some[0].measured.languages if all(code in one.measured.languages for one in some)]
        found = encoders_left_out.of(some, shared)
        for out in (one.measured.within(shared) for one in some):
            others = [one.measured.within(shared) for one in some if one.measured.encoder != out.encoder]
            kept = np.array([not one.pooled for one in out.sets])
            for title, said in _said(found, ground).items():
                about = {"encoder": out.encoder, "task": task, "predictor": title}
                inside = _inside(found, out, kept) if title == protocol.OURS else {}
                rows.append({**about, **protocol.judged(out, said(out, others), kept), **inside})
    return rows


def _said(found: EncodersLeftOut, ground: Ground) -> dict[str, Said]:
    """Title -> sets x (mean, languages) of the encoder that is left out."""
    return {
        "no gain": lambda out, others: baselines.no_gain(out, [one.languages for one in out.sets]),
        "language mean of the others": lambda out, others: _of_others(out, others, baselines.language_mean),
        "ridge on the others": lambda out, others: _of_others(out, others, baselines.Composition(ground)),
        OTHERS_RUNS: _runs,
        protocol.OURS: lambda out, others: _ours(found, out),
    }


def _ours(found: EncodersLeftOut, out: Measured) -> np.ndarray:
    columns = [found.columns.names.index(name) for name in (MEAN, *out.languages)]
    return found.expected[np.ix_([one == out.encoder for one in found.fold], columns)]


def _inside(found: EncodersLeftOut, out: Measured, kept: np.ndarray) -> dict[str, float]:
    inside = found.inside()[np.array([one == out.encoder for one in found.fold])][kept]
    held = {kind: inside[:, [one == kind for one in found.columns.kinds]] for kind in KINDS}
    return {f"inside_{kind}": float(np.nanmean(one)) for kind, one in held.items() if one.size}


def _of_others(out: Measured, others: Sequence[Measured], predictor: Predictor) -> np.ndarray:
    """The mean of what the predictor says when it is fitted to each of the others, without the heuristic and without those sets."""
    found = np.full((len(others), len(out.sets), 1 + len(out.languages)), np.nan)
    for rows, _ in folds.folds(out, folds.HEURISTIC):
        name, gone = out.sets[rows[0]].heuristic, {out.sets[row].languages for row in rows}
        for place, other in enumerate(others):
            rest = np.array([one.heuristic != name and one.languages not in gone for one in other.sets])
            if rest.any():
                found[place, rows] = predictor(other.only(rest), [out.sets[row].languages for row in rows])
    return found.mean(0)


def _runs(out: Measured, others: Sequence[Measured]) -> np.ndarray:
    found = np.full((len(others), len(out.sets), 1 + len(out.languages)), np.nan)
    for place, other in enumerate(others):
        row = {one.languages: at for at, one in enumerate(other.sets)}
        for at, one in enumerate(out.sets):
            if one.languages in row:
                found[place, at] = baselines.with_mean(other, other.gains[[row[one.languages]]])[0]
    return found.mean(0)
