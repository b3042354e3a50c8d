"""Predictions of sets that have not been run, in a file that is written once: what is expected, from what, by which code, and what would refute it."""

import importlib.metadata
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realignment.core import hashing, strictjson
from realignment.core.errors import BadInput
from realignment.predictor.asked import Asked
from realignment.predictor.calibrated import KINDS, LANGUAGE, LEVEL, SHARE, Calibrated, Columns
from realignment.predictor.elsewhere import Elsewhere
from realignment.predictor.experiment import Key
from realignment.records import keys

FORMAT = 1
KIND = "predictions of sets that were not run"
RUNS = 4  # the mean of so many is what an interval is of
DIGITS = 2  # hundredths of a point: another machine's arithmetic differs below that
SEAL = "sha256"
NUMBERS = ("expected", "low", "high")
NUMERICS = (  # the modules that decide the numbers; a test pins them to what `elsewhere` imports
    *("predictor/calibrated", "predictor/departures", "predictor/elsewhere", "predictor/folds", "predictor/ground"),
    *("predictor/likeness", "predictor/measured", "predictor/model", "statistics/kriging"),
)
LIMITS = {"coverage_mean": 0.75, "coverage_language": 0.75, "rank": 0.5, "sets": 5}
FAILURE = (
    f"An encoder's predictions have failed where, over the sets that were run {RUNS} times or more, one of these is so: fewer than "
    f"{LIMITS['coverage_mean']:.0%} of the tasks' means, or fewer than {LIMITS['coverage_language']:.0%} of the languages' gains, are within "
    f"their {SHARE:.0%} intervals; the rank correlation between expected and measured means over the sets, averaged over tasks, is below "
    f"{LIMITS['rank']}; the mean error of tasks' means is not smaller than that of saying `no gain` of every set, and than that of saying of "
    f"every set what the sets at hand gained on average (`alike`). Each is judged once {LIMITS['sets']} sets of a task were run."
)
OWN = "Its intervals are as wide as sets of heuristics that were left out of its own runs have needed."
ELSEWHERE = (
    "No run of this encoder is at hand; the interval is what an encoder that was left out needed. {count} encoders are at hand ({names}), so that "
    "is {count} answers, and nothing promises that it holds {share:.0%} of this encoder's. A language that they have not seen and this encoder has "
    "(or the other way round) is expected between what it gained there and what seen (unseen) languages gained there; the interval holds both."
)
Models = Mapping[Key, Calibrated | Elsewhere]


def content(asked: Sequence[Asked], models: Models, about: Mapping[str, Any]) -> dict:
    """The file, sealed. `about`: `date`; `data`, what the models were fitted on (source, and sha256 by file); `addresses`, encoder -> where a model
    lies that was never run. Points, as NUMBERS."""
    encoders = sorted({one.encoder for one in asked})
    made = {
        "format": FORMAT,
        "kind": KIND,
        "date": about["date"],
        "package": {"version": importlib.metadata.version("realignment"), "code": keys.of_modules(NUMERICS)},
        "data": about["data"],
        "runs": RUNS,
        "interval": SHARE,
        "numbers": list(NUMBERS),
        "limits": LIMITS,
        "failure": FAILURE,
        "encoders": {name: _encoder({task: one for (label, task), one in models.items() if label == name}) for name in encoders},
        "sets": [],
    }
    by_encoder = {name: [one for one in asked if one.encoder == name] for name in encoders}
    for name, some in by_encoder.items():
        said = {task: _said(one, some) for (label, task), one in models.items() if label == name}
        for place, one in enumerate(some):
            row = {"name": one.name, "encoder": name, "languages": list(one.languages), "how": one.how}
            made["sets"].append({**row, "tasks": {task: rows[place] for task, rows in said.items()}})
    for name, address in about["addresses"].items():
        made["encoders"][name]["model"] = address
    made["order"] = {name: _order([one for one in made["sets"] if one["encoder"] == name]) for name in encoders}
    return {**made, SEAL: hashing.digest(made)}


def columns_of(one: Calibrated | Elsewhere) -> Columns:
    return one.columns if isinstance(one, Elsewhere) else one.left_out.columns


def _encoder(tasks: Mapping[str, Calibrated | Elsewhere]) -> dict:
    first = next(iter(tasks.values()))
    if isinstance(first, Elsewhere):
        others = [one.measured.encoder for one in first.models]
        words = ELSEWHERE.format(count=len(others), names=", ".join(others), share=SHARE)
        about = {"run": False, "from": others, "seen": first.seen, "words": words}
    else:
        about = {"run": True, "from": [first.measured.encoder], "seen": first.measured.seen, "words": OWN}
    return {**about, "tasks": {task: _task(one) for task, one in tasks.items()}}


def _task(one: Calibrated | Elsewhere) -> dict:
    """What its columns are means of, what is known of its intervals, and what it has to beat."""
    found, away = columns_of(one), isinstance(one, Elsewhere)
    known = [held.measured for held in one.models] if away else [one.measured]
    languages = one.languages if away else one.measured.languages
    members = [[code for code, weight in zip(languages, row, strict=True) if weight > 0] for row in found.weights]
    inside = one.left_out.inside()
    held = {kind: _share(inside[:, [which == kind for which in one.left_out.columns.kinds]]) for kind in KINDS}
    more = {"seen_otherwise": list(one.otherwise)} if away else {"fine_tuning_only": _points(known[0].base @ known[0].average)}
    return {
        "mean_of": members[0],
        "levels": {name: codes for name, kind, codes in zip(found.names, found.kinds, members, strict=True) if kind == LEVEL},
        "alike": _points(np.mean([some.means.mean() for some in known])),
        "sets_at_hand": [len(some.sets) for some in known],
        "left_out_inside": held,
        **more,
    }


def _share(inside: np.ndarray) -> float | None:
    return round(float(np.nanmean(inside)), 3) if (~np.isnan(inside)).any() else None


def _said(one: Calibrated | Elsewhere, asked: Sequence[Asked]) -> list[dict]:
    """Of each set the mean, the levels and the languages."""
    sets = [some.set for some in asked]
    found, names = one.expected(sets), columns_of(one)  # type: ignore[union-attr]
    half = one.half_widths(found, RUNS)  # type: ignore[arg-type]
    rows = []
    for means, widths in zip(found.means, half, strict=True):
        told = {kind: {} for kind in KINDS}
        for name, kind, mean, width in zip(names.names, names.kinds, means, widths, strict=True):
            told[kind][name] = [_points(mean), _points(mean - width), _points(mean + width)]
        rows.append({"mean": told["mean"]["mean"], "levels": told[LEVEL], "languages": told[LANGUAGE]})
    return rows


def _points(value: float) -> float | None:
    """None where no number can be given: an interval without an end."""
    return round(float(value), DIGITS) + 0.0 if math.isfinite(value) else None


def _order(sets: Sequence[dict]) -> dict[str, list[str]]:
    """Task -> names, the set that is expected to gain most first; equal ones by name."""
    tasks = sets[0]["tasks"]
    return {
        task: [one["name"] for one in sorted(sets, key=lambda one: (-one["tasks"][task]["mean"][0], one["name"]))]
        for task in tasks
    }


def text(made: Mapping[str, Any]) -> str:
    """Its JSON: sorted, a list of plain values on one line."""
    return "\n".join(_lines(made, 0)) + "\n"


def _lines(value: Any, depth: int) -> list[str]:
    pairs = isinstance(value, Mapping)
    if not (pairs and value) and not (isinstance(value, list) and any(isinstance(one, Mapping) for one in value)):
        return [json.dumps(value, ensure_ascii=False, allow_nan=False)]
    items = [(json.dumps(name) + ": ", value[name]) for name in sorted(value)] if pairs else [("", one) for one in value]
    found = []
    for place, (begin, one) in enumerate(items):
        lines = _lines(one, depth + 1)
        lines[0] = " " * (depth + 1) + begin + lines[0]
        lines[-1] += "," if place + 1 < len(items) else ""
        found += lines
    return ["{" if pairs else "[", *found, " " * depth + ("}" if pairs else "]")]


def read(path: Path) -> tuple[dict, bytes]:
    """(the file's content, its bytes); BadInput where it is none, or was changed after it was written."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path}: a file of registered predictions is required and does not exist") from None
    try:
        found = strictjson.loads(data)
        if found["format"] != FORMAT or found["kind"] != KIND:
            raise KeyError
        stated, whole = found[SEAL], hashing.digest({name: value for name, value in found.items() if name != SEAL})
    except (ValueError, KeyError, TypeError):
        raise BadInput(
            f"{path}: JSON as `realignment predict --register` writes it is required, and this is none (format {FORMAT})"
        ) from None
    if stated != whole:
        raise BadInput(f"{path}: was changed after it was registered: its sha256 is another; bring back the file as it was")
    return found, data
