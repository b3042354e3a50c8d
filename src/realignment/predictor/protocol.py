"""How well predictors do on sets, and on languages, that they have not seen: errors, ranks, regret, coverage; beside what noise allows."""

import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float

from realignment.predictor import baselines, calibrated, folds, model, pairs
from realignment.predictor.folds import Predictor
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured
from realignment.statistics import ranks

OURS, NOISE = "this predictor", "noise of runs"
SMALL = 12  # languages up to which a set is a candidate of the first choice
WORLDS = 4000  # that the regret of noise is averaged over
EXPECTED_ERROR = math.sqrt(2 / math.pi)  # mean distance of a normal number from its mean, in standard deviations


def predictors(ground: Ground, other: Measured | None, measured: Measured) -> dict[str, Predictor]:
    """Title -> predictor; `other`: the other encoder's runs of the task."""
    found: dict[str, Predictor] = {
        "no gain": baselines.no_gain,
        "language mean": baselines.language_mean,
        "nearest set": baselines.nearest_set,
        "diversity objective": baselines.Diversity(ground),
        "pairs, LangRank-like": pairs.Pairs(ground),
        "ridge on composition": baselines.Composition(ground),
        OURS: of_model(ground),
    }
    if other:
        found["pairs, ProxyLM-like"] = pairs.Pairs(ground, pairs.proxy_of(other, measured.languages))
    return found


def of_model(ground: Ground, **how) -> Predictor:
    """This package's own, as a predictor among others."""

    def predict(measured: Measured, sets) -> np.ndarray:
        return model.fit(measured, ground, **how).expected(sets).means

    return predict


def judged(
    measured: Measured, said: Float[np.ndarray, "sets columns"], kept: Bool[np.ndarray, " sets"]
) -> dict[str, float | int]:
    """What a predictor said, over the sets of `kept` that it could be asked of. Errors in points."""
    asked = kept & ~np.isnan(said[:, 0])
    languages = measured.averaged
    means, told = measured.means[asked], said[asked, 0]
    off = np.abs(said[asked][:, 1:][:, languages] - measured.gains[asked][:, languages])
    repeated = measured.runs == measured.runs.max()
    return {
        "sets": int(asked.sum()),
        "error": float(np.abs(told - means).mean()),
        "error_language": float(off.mean()),
        "rank": math.nan if (rank := ranks.spearman(told.tolist(), means.tolist())) is None else rank,
        "regret": regret(measured, said, asked),
        "regret_repeated": regret(measured, said, asked & repeated),
    }


def regret(measured: Measured, said: np.ndarray, among: np.ndarray) -> float:
    """What the first choice among small sets gained less than the best that was measured, points. Sets that were run once look better than they
    are when they come first: `among` leaves them out where that matters."""
    small = np.flatnonzero(among & np.array([len(one.languages) <= SMALL for one in measured.sets]))
    if not len(small):
        return math.nan
    return float(measured.means[small].max() - measured.means[small][said[small, 0].argmax()])


def noise(measured: Measured, ground: Ground, kept: Bool[np.ndarray, " sets"]) -> dict[str, float | int]:
    """The errors of someone who knows what each set gains in truth; of the first choice, by worlds that a model of all runs holds possible."""
    share = EXPECTED_ERROR * float(np.mean(1 / np.sqrt(measured.runs[kept])))
    each = measured.noise_of(np.eye(len(measured.languages)))[measured.averaged]
    repeated = measured.runs == measured.runs.max()
    return {
        "sets": int(kept.sum()),
        "error": share * float(measured.noise_of(measured.average[None])[0]),
        "error_language": share * float(each.mean()),
        "regret": _least_regret(measured, ground, kept),
        "regret_repeated": _least_regret(measured, ground, kept & repeated),
    }


def _least_regret(measured: Measured, ground: Ground, among: np.ndarray) -> float:
    """Of choosing the truly best of the small sets, while the best that is measured owes something to luck."""
    small = np.flatnonzero(among & np.array([len(one.languages) <= SMALL for one in measured.sets]))
    if not len(small):
        return math.nan
    means, covariance = model.fit(measured, ground, by_language=False).mean([measured.sets[place].languages for place in small])
    random = np.random.default_rng(0)
    root = np.linalg.cholesky(covariance + 1e-9 * np.eye(len(small)))
    truth = means + random.normal(size=(WORLDS, len(small))) @ root.T
    spread = measured.noise_of(measured.average[None])[0] / np.sqrt(measured.runs[small])
    seen = truth + spread * random.normal(size=truth.shape)
    return float((seen.max(1) - seen[np.arange(WORLDS), truth.argmax(1)]).mean())


def coverage(found: calibrated.LeftOut, kept: Bool[np.ndarray, " sets"]) -> dict[str, float]:
    """Share of measurements inside their 90 % intervals, by kind, each by the factor that the other heuristics give."""
    inside = found.inside()[kept]
    return {
        kind: float(np.nanmean(inside[:, [one == kind for one in found.columns.kinds]]))
        for kind in calibrated.KINDS
        if kind in found.columns.kinds
    }


def table(all_of: Mapping[tuple[str, str], Measured], grounds: Mapping[str, Ground], by: str = folds.HEURISTIC) -> list[dict]:
    """One row per encoder, task and predictor, over the sets that were not chosen from a pool; those of pools are fitted and not judged."""
    rows = []
    for (encoder, task), measured in all_of.items():
        kept = np.array([not one.pooled for one in measured.sets])
        others = [held for (name, same), held in all_of.items() if same == task and name != encoder]
        known = predictors(grounds[encoder], others[0] if others else None, measured)
        for title, predictor in known.items():
            said = folds.left_out(measured, predictor, by)
            rows.append({"encoder": encoder, "task": task, "predictor": title, "left_out": by, **judged(measured, said, kept)})
        rows.append(
            {"encoder": encoder, "task": task, "predictor": NOISE, "left_out": by, **noise(measured, grounds[encoder], kept)}
        )
    return rows


def averages(rows: list[dict]) -> list[dict]:
    """One row per predictor: means over encoders and tasks."""
    found = []
    for title in dict.fromkeys(row["predictor"] for row in rows):
        some = [row for row in rows if row["predictor"] == title]
        keys = [key for key, value in some[0].items() if isinstance(value, float)]
        found.append(
            {
                "predictor": title,
                "left_out": some[0]["left_out"],
                **{key: float(np.mean([row[key] for row in some])) for key in keys},
            }
        )
    return found
