"""Each score of others held against what a score can be, and the runs against one another; what holds, in the words of this package."""

import functools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from realignment.core.console import track
from realignment.core.errors import BadInput
from realignment.languages import codes
from realignment.paper import runs as authors
from realignment.paper.others import tidy
from realignment.paper.others.encoders import Encoder
from realignment.paper.others.given import Given, Refused, Tally
from realignment.paper.others.lists import Lists, Run
from realignment.paper.whole import KEY, METRICS
from realignment.sources import sets

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
SEED = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
EXACT, F1 = "exact_match", "f1"
MACRO = {
    "qu": "que",
    "que": "que",
}  # WikiANN's Quechua is the macro-language and counts for none of its languages, as in data/published


@dataclass
class Checked:
    """Rows of scores.csv.gz without those that are refused, and run -> its languages, sorted, ISO 639-3."""

    scores: list[dict[str, str]] = field(default_factory=list)
    lists: dict[Run, tuple[str, ...]] = field(default_factory=dict)


def check(
    given: Sequence[Given], encoders: Mapping[str, Encoder | str], lists: tidy.Lists | None, percent: bool, tally: Tally
) -> Checked:
    """What is wrong goes to `tally`: each score is refused for the first reason that it has."""
    tally.read += len(given)
    found, held, first, kept = Checked(), Lists(lists), {}, []
    scales = _scales(given, percent)
    for one in track(given, "scores"):
        try:
            row = _row(one, encoders, scales[one.file])
            key = tuple({**row, "subset": authors.subset(row)}[name] for name in KEY)
            if key in first:
                raise Refused("doubled", "seed", f"each score once is required; {', '.join(key)} stands in {first[key]} too")
            run = (row["model"], row["subset"], row["seed"], row["task"])
            found.lists[run] = held.of(one, run)
        except Refused as fault:
            tally.refuse(fault.reason, one, fault.what, str(fault))
            continue
        first[key] = f"{one.file} line {one.line}"
        kept.append((one, row, key))
    for one, row, key in kept:
        if row["metric"] == EXACT and (*key[:-1], F1) not in first:
            tally.refuse("exact match alone", one, "metric", f"{F1} of the same answers is required beside {EXACT}")
        else:
            found.scores.append(row)
    return found


def _scales(given: Iterable[Given], percent: bool) -> dict[str, int | str]:
    """File -> what its scores are a share of, or what is wrong with all of them: in percent without a word, or not in percent and said to be."""
    numbers: dict[str, list[float]] = defaultdict(list)
    for one in given:
        numbers[one.file] += [float(one.score)] if NUMBER.fullmatch(one.score) else []
    found: dict[str, int | str] = {}
    for file, values in numbers.items():
        above = sum(value > 1 for value in values)
        found[file] = 100 if percent else 1
        if not percent and 2 * above > len(values):
            found[file] = (
                f"scores from 0 to 1 are required; {above:,} of {len(values):,} are above 1; where they are in percent, say so by --percent"
            )
        elif percent and values and not above:
            found[file] = (
                f"scores from 0 to 100 are required by --percent; none of {len(values):,} is above 1; leave --percent out"
            )
    return found


def _row(one: Given, encoders: Mapping[str, Encoder | str], most: int | str) -> dict[str, str]:
    if isinstance(most, str):
        raise Refused("unit of scores", "score", most)
    if isinstance(wrong := encoders[one.model], str):
        raise Refused("unknown model", "model", wrong)
    if not NAME.fullmatch(one.subset):
        raise Refused(
            "name of a subset", "subset", f"a name of letters, digits, _ and - is required, 64 at most; got `{one.subset}`"
        )
    if not SEED.fullmatch(one.seed):
        raise Refused("seed", "seed", f"an integer is required; got `{one.seed}`")
    if one.task not in METRICS:
        raise Refused("unknown task", "task", f"one of {', '.join(METRICS)} is required; got `{one.task}`")
    if one.metric not in METRICS[one.task]:
        known = " or ".join(sorted(METRICS[one.task]))
        raise Refused("unknown metric", "metric", f"of the task {one.task} {known} is required; got `{one.metric}`")
    return {
        "model": one.model, "subset": one.subset, "seed": one.seed, "task": one.task, "evalset": _evalset(one), "language": _language(one),
        "metric": one.metric, "score": _score(one, most),
    }  # fmt: skip


def _evalset(one: Given) -> str:
    name, fault = _set(one.task, one.evalset)
    if not name and "evalset" in one.columns:
        fault = f"the set does not follow from the column (task {one.task}); the tidy form has a column `evalset` that says it"
    if fault:
        raise Refused("evaluation set", "evalset", fault)
    return name


@functools.cache
def _set(task: str, given: str) -> tuple[str, str]:
    """The name of a set here, and what is wrong with it."""
    name = sets.canonical(task, given)
    if not NAME.fullmatch(name):
        return name, f"a name of letters, digits, _ and - is required; got `{given}`"
    other = [of for of, known in sets.NAMES.items() if of != task and sets.canonical(of, given) in known.values()]
    return name, f"a set of the task {task} is required; `{given}` is one of {other[0]}" if other else ""


def _language(one: Given) -> str:
    try:
        return MACRO.get(one.language) or codes.resolve(one.language)
    except BadInput as fault:
        raise Refused("unknown language", "language", str(fault)) from None


def _score(one: Given, most: int) -> str:
    """As the shortest text that is read as the same number."""
    value = float(one.score) if NUMBER.fullmatch(one.score) else math.nan
    if not 0 <= value <= most:
        reason = "no number" if math.isnan(value) else "outside its range"
        raise Refused(reason, "score", f"a number from 0 to {most} is required; got `{one.score}`")
    return repr(value if most == 1 else float(Decimal(one.score) / most))
