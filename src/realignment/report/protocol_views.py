"""How well gains are predicted, as benchmarks/predictor.py found it on the authors' runs: rows, and tables of a page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from realignment.core import hashing
from realignment.paper.printed import TASKS
from realignment.predictor import calibrated, folds, protocol, unevaluated
from realignment.report.view import View, of_rows
from realignment.results import formatting, headings

RESULTS = Path("benchmarks") / "results" / "predictor.json"
DATA = ("scores.csv.gz", "subsets.tsv")  # of data/published, what the authors' runs are read from
ID = "authors-predicted"
MEAN = "mean over both encoders and " + ", ".join(map(headings.task, TASKS))
FOLDS = {
    folds.HEURISTIC: "Asked about sets of a heuristic of which it knows none",
    folds.SET: "Asked about one set, knowing all others, those that lie within it too",
}
APART = "The same of XQuAD, which is in no mean of the paper; mean over both encoders"
COLUMNS = {
    "error": "Error of a task mean",
    "error_language": "Error of a language",
    "rank": "Rank",
    "regret": "Regret",
    "regret_repeated": "Regret, sets run four times",
}
GOALS = {"error": (0.55, "or less"), "rank": (0.80, "or more"), "regret": (0.25, "or less")}
COVERED = (0.85, 0.95)  # that intervals of 90 % are to hold
PROTOCOL = (
    "Points over fine-tuning only; mean distance between what was said and what was measured, over the sets of Tables 8 and 10 (those of pools are fitted and not judged). "
    "Rank: Spearman's coefficient of the sets' task means. Regret: what the first choice among sets of at most twelve languages gained less than the best measured one; a set "
    "that was run once may come first by chance, so the last column leaves those out. Noise of runs: the errors of someone who knows what each set gains in truth, and "
    "what choosing the truly best costs while the best measured one owes something to luck (mean over worlds that the predictor of all runs holds possible); what a seed gives all sets "
    "alike counts as noise there, so these are rather too large."
)
NESTED = (
    "What is left out: every set of a heuristic, of any size and pool, or one set. The random sets of a seed, and the sizes of a heuristic, lie within one "
    "another, so that a predictor that has seen the one has nearly seen the other: those numbers are not what a new set is told with. latin_diverse_20 and latin_similar_20 hold one another's "
    "languages and are left out by their names; left out by what they hold, this predictor's errors are the same to a hundredth of a point. Pairs, where one set is left out: "
    f"{protocol.SLOW}."
)
CHOSEN = (
    "Which features count, how many neighbours a language is held against and how alike relatives are was chosen while looking at these same runs. The numbers of this "
    "predictor are therefore the best that can be hoped for; sets that are written down before anyone runs them are the test. The other predictors have their authors' "
    "features, or none to choose."
)
COVERAGE = (
    "Share of measurements inside their 90 % intervals, and the mean width of these in points. An interval is as wide as the sets of the other heuristics have needed; it holds "
    "the noise of as many runs as the set has."
)
UNSEEN = (
    "Each evaluated language is left out in turn: its gain in each set of Tables 8 and 10 is told from those of the other languages in the same runs. Mean error in points over "
    "languages and sets. Nearest language: the evaluated one at the smallest distance."
)
ABLATION = (
    "Leaving every heuristic out in turn: the predictor without one of its parts, and with one way alone in which sets are alike. Means over both encoders and the paper's "
    "three tasks. A part that does not make an error larger by its absence is not shown to be needed by these sets."
)


def digests(root: Path) -> dict[str, str]:
    """File -> sha256 of what the authors' runs are read from."""
    return {name: hashing.file_digest(root / "data" / "published" / name) for name in DATA}


def read(root: Path) -> dict[str, Any]:
    """What the program wrote; empty where it has not run on the runs at hand."""
    path = root / RESULTS
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if found.get("data") == digests(root) else {}


def rows(root: Path) -> list[dict]:
    """One per encoder, task, predictor and what was left out, then means over encoders and the paper's tasks; errors in points, None where there is none."""
    found = read(root)
    averages = [{"encoder": "", "task": MEAN, **one} for one in found.get("averages", ())]
    return [_row(one) for one in (*found.get("protocol", ()), *averages)]


def _row(one: Mapping) -> dict:
    keys = ("encoder", "task", "left_out", "predictor")
    return {name: one[name] for name in keys} | {name: one.get(name) for name in (*COLUMNS, "why")}


def compared(found: Mapping[str, Any]) -> list[View | None]:
    """Means over encoders and tasks; then each encoder and task."""
    apart = [one for one in found["protocol"] if one["task"] not in TASKS and one["left_out"] == folds.HEURISTIC]
    means = [
        {"left_out": title, "Predictor": one["predictor"], **_numbers(one)}
        for title, rows in (
            (FOLDS[folds.HEURISTIC], _of(found, folds.HEURISTIC)),
            (APART, protocol.averages(apart)),
            (FOLDS[folds.SET], _of(found, folds.SET)),
        )
        for one in rows
    ]
    each = []
    for by, asked in FOLDS.items():
        some = _sorted(one for one in found["protocol"] if one["left_out"] == by)
        shown = [{"of": _name(one), "Predictor": one["predictor"], **_numbers(one), "": one.get("why", "")} for one in some]
        each.append(of_rows(f"{ID}-{by}", f"Predictors by encoder and task. {asked}", shown, (PROTOCOL,), "of"))
    title = "Predictors of what a set of languages gains, on the authors' runs; " + MEAN
    return [of_rows(f"{ID}-averages", title, means, (PROTOCOL, NESTED), "left_out"), *each]


def _of(found: Mapping[str, Any], by: str) -> list[Mapping]:
    return [one for one in found["averages"] if one["left_out"] == by]


def _sorted(rows: Iterable[Mapping]) -> list[Mapping]:
    """By encoder, then task, in the order of tables."""
    return sorted(rows, key=lambda one: (one["encoder"], list(headings.TASKS).index(one["task"])))


def _name(one: Mapping) -> str:
    return f"{headings.encoder(one['encoder'])}, {headings.task(one['task'])}"


def _numbers(one: Mapping) -> dict[str, str]:
    return {title: number(one.get(name)) for name, title in COLUMNS.items()}


def number(value: float | None) -> str:
    return formatting.MISSING if value is None else f"{value:.2f}".replace("-", "−")


def covered(found: Mapping[str, Any]) -> View | None:
    """A row per encoder and task."""
    shown: dict[str, dict] = {}
    for one in _sorted(found["coverage"]):
        row = shown.setdefault(_name(one), {"Of": _name(one)})
        row[f"Inside, {one['kind']}"], row[f"Width, {one['kind']}"] = f"{one['inside']:.0%}", number(one["width"])
    return of_rows(f"{ID}-coverage", "What the 90 % intervals hold, by what is predicted: a task's mean, a resource level, a language", shown.values(), (COVERAGE,))  # fmt: skip


def elsewhere(found: Mapping[str, Any]) -> View | None:
    """Languages that were not evaluated; those of no known distance apart."""
    held: dict[tuple[str, str], list[Mapping]] = {}
    for one in _sorted(found["languages"]):
        known = "Languages of known distances" if one[unevaluated.NEAREST] is not None else "Languages of no known distance"
        held.setdefault((_name(one), known), []).append(one)
    shown = []
    for (name, known), some in sorted(held.items(), key=lambda one: one[0][1]):
        means = {title: _mean([one[title] for one in some]) for title in unevaluated.PREDICTORS}
        shown.append(
            {"known": known, "Of": name, "Languages": len(some)}
            | {title.capitalize(): number(mean) for title, mean in means.items()}
        )
    return of_rows(f"{ID}-languages", "Languages that were not evaluated: error of their gain, points", shown, (UNSEEN,), "known")


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None


def parts(found: Mapping[str, Any]) -> View | None:
    shown = [{"Predictor": one["predictor"], **_numbers(one)} for one in found["ablation_averages"]]
    return of_rows(f"{ID}-parts", "What each part of the predictor is worth", shown, (ABLATION, PROTOCOL))


def goals(found: Mapping[str, Any]) -> list[str]:
    """What was asked of the predictor, whether it was reached, what others do and what noise allows."""
    means = {one["predictor"]: one for one in found["averages"] if one["left_out"] == folds.HEURISTIC}
    ours, noise = means.pop(protocol.OURS), means.pop(protocol.NOISE)
    told = [_goal(COLUMNS[name].lower(), ours[name], *limit) for name, limit in GOALS.items()]
    more = means.pop(protocol.PROXY, None)
    best = min((one for one in means.values() if "error" in one), key=lambda one: one["error"])
    beside = f", and {more['predictor']}, which knows what the other encoder gained with the very set, by {number(more['error'])}" if more and "error" in more else ""  # fmt: skip
    return [
        f"Asked about sets of a heuristic of which it knows none, {MEAN}: {'; '.join(told)}. Sets that were run once left out, the regret is "
        f"{number(ours['regret_repeated'])}. Of the other predictors, which know as much, the best ({best['predictor']}) is off by {number(best['error'])} points{beside}. Who knew every set's "
        f"gain in truth would be off by {number(noise['error'])} and regret {number(noise.get('regret'))} ({number(noise.get('regret_repeated'))} among sets run four times), by the "
        "noise of runs alone.",
        f"Of 90 % intervals {COVERED[0]:.0%} to {COVERED[1]:.0%} were to hold what was measured: {'; '.join(_held(found['coverage'], kind) for kind in calibrated.KINDS)}.",
    ]


def _goal(name: str, value: float, limit: float, side: str) -> str:
    reached = value <= limit if side == "or less" else value >= limit
    return f"{name} {number(value)}, the aim was {limit:.2f} {side}: {'reached' if reached else 'not reached'}"


def _held(rows: Sequence[Mapping], kind: str) -> str:
    some = [one for one in rows if one["kind"] == kind]
    share = sum(one["inside"] for one in some) / len(some)  # XQuAD among them
    out = [f"{_name(one)} {one['inside']:.0%}" for one in some if not COVERED[0] <= one["inside"] <= COVERED[1]]
    name = {calibrated.MEAN: "task means", calibrated.LEVEL: "resource levels", calibrated.LANGUAGE: "languages"}[kind]
    return f"{name} {share:.0%}" + (f" (outside of that: {', '.join(out)})" if out else " (in every encoder and task)")


def files(found: Mapping[str, Any]) -> Iterable[tuple[str, list[dict]]]:
    """(name, rows at full precision)."""
    kinds = {"protocol": ("encoder", "task", "left_out", "predictor", "sets", *COLUMNS, "why"), "coverage": (), "languages": (), "ablation": (), "left_out": ()}  # fmt: skip
    for kind, keys in kinds.items():
        shown = [{key: one.get(key) for key in keys or one} for one in found[kind]]
        yield f"{ID}-{kind.replace('_', '-')}", shown
