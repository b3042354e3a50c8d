"""How well predictors do on sets, and on languages, that they have not seen: errors, ranks, regret, coverage; beside what noise allows."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float

from realignment.predictor import baselines, calibrated, folds, model, pairs
from realignment.predictor.experiment import Key
from realignment.predictor.folds import Predictor
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured
from realignment.statistics import ranks

OURS, NOISE, PROXY = "this predictor", "noise of runs", "pairs, ProxyLM-like"
NUMBERS = ("error", "error_language", "rank", "regret", "regret_repeated")
SLOW = "not asked: its trees would be fitted once per set"
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
        found[PROXY] = pairs.Pairs(ground, pairs.proxy_of(other, measured.languages))
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


def noise(measured: Measured, kept: Bool[np.ndarray, " sets"]) -> dict[str, float | int]:
    """The errors of someone who knows what each set gains in truth."""
    share = EXPECTED_ERROR * float(np.mean(1 / np.sqrt(measured.runs[kept])))
    each = measured.noise_of(np.eye(len(measured.languages)))[measured.averaged]
    return {
        "sets": int(kept.sum()),
        "error": share * float(measured.noise_of(measured.average[None])[0]),
        "error_language": share * float(each.mean()),
    }


def regret_of_noise(measured: Measured, ground: Ground, kept: Bool[np.ndarray, " sets"]) -> dict[str, float]:
    """The regrets of someone who knows the truth, over worlds that a model of all runs holds possible."""
    repeated = measured.runs == measured.runs.max()
    return {
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


def coverage(found: calibrated.LeftOut, kept: Bool[np.ndarray, " sets"]) -> list[dict]:
    """By kind, the share of measurements inside their 90 % intervals and the mean width of these, points; each by the factor that the other
    heuristics give."""
    inside, widths, rows = found.inside()[kept], 2 * found.halves[kept], []
    for kind in calibrated.KINDS:
        columns = [one == kind for one in found.columns.kinds]
        if any(columns):
            held = inside[:, columns][~np.isnan(inside[:, columns])]
            width = float(np.nanmean(widths[:, columns]))
            rows.append({"kind": kind, "intervals": len(held), "inside": float(held.mean()), "width": width})
    return rows


def table(
    all_of: Mapping[Key, Measured],
    ground: Ground,
    by: str = folds.HEURISTIC,
    *,
    slow: bool = True,
    told: Callable[[Key], None] = lambda key: None,
) -> list[dict]:
    """One row per encoder, task and predictor, over the sets that were not chosen from a pool; those of pools are fitted and not judged. Where not
    `slow`, boosted trees are not asked, and a row says so."""
    rows = []
    for key, measured in all_of.items():
        about, kept = {"encoder": key[0], "task": key[1]}, of_tables(measured)
        others = [held for (name, same), held in all_of.items() if same == key[1] and name != key[0]]
        for title, predictor in predictors(ground, others[0] if others else None, measured).items():
            row = {**about, "predictor": title, "left_out": by}
            if slow or not isinstance(predictor, pairs.Pairs):
                rows.append({**row, **judged(measured, folds.left_out(measured, predictor, by), kept)})
            else:
                rows.append({**row, "sets": 0, "why": SLOW})
        rows.append(
            {**about, "predictor": NOISE, "left_out": by, **noise(measured, kept), **regret_of_noise(measured, ground, kept)}
        )
        told(key)
    return rows


def of_tables(measured: Measured) -> Bool[np.ndarray, " sets"]:
    """The sets that were not chosen from a pool."""
    return np.array([not one.pooled for one in measured.sets])


def averages(rows: Sequence[Mapping]) -> list[dict]:
    """One row per predictor and what was left out: means over encoders and tasks, of numbers that each of them has."""
    found = []
    for title, by in dict.fromkeys((row["predictor"], row["left_out"]) for row in rows):
        some = [row for row in rows if (row["predictor"], row["left_out"]) == (title, by)]
        keys = [key for key in NUMBERS if all(_known(row.get(key)) for row in some)]
        means = {key: float(np.mean([row[key] for row in some])) for key in keys}
        found.append({"predictor": title, "left_out": by, "of": len(some), **means})
    return found


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)
