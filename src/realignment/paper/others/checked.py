"""Each score of others held against what a score can be, and the runs against one another; what holds, in the words of this package."""

import functools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from realignment.core.errors import BadInput
from realignment.languages import codes
from realignment.paper import runs as authors
from realignment.paper.others.encoders import Encoder
from realignment.paper.others.given import Given, Tally
from realignment.paper.others.tidy import Lists
from realignment.paper.whole import METRICS
from realignment.sources import sets
from realignment.subsets import naming, registry

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
SEED = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
MACRO = {
    "qu": "que",
    "que": "que",
}  # WikiANN's Quechua is the macro-language and counts for none of its languages, as in data/published
Run = tuple[str, str, str, str]  # model, subset, seed, task


@dataclass
class Checked:
    """Rows of scores.csv.gz without those that are refused, and run -> its languages, sorted, ISO 639-3."""

    scores: list[dict[str, str]] = field(default_factory=list)
    lists: dict[Run, tuple[str, ...]] = field(default_factory=dict)


def check(
    given: Sequence[Given], encoders: Mapping[str, Encoder | str], lists: Lists | None, percent: bool, tally: Tally
) -> Checked:
    """What is wrong goes to `tally`: each score is refused for the first reason that it has."""
    tally.read += len(given)
    found, held, first = Checked(), _Lists(lists), {}
    scales = _scales(given, percent)
    for one in given:
        try:
            row = _row(one, encoders, scales[one.file])
            key = tuple({**row, "subset": authors.subset(row), "score": ""}.values())
            if key in first:
                raise _Refused(
                    "doubled", "seed", f"each score once is required; {', '.join(key[:-1])} stands in {first[key]} too"
                )
            run = (row["model"], row["subset"], row["seed"], row["task"])
            found.lists[run] = held.of(one, run)
        except _Refused as fault:
            tally.refuse(fault.reason, one, fault.what, str(fault))
            continue
        first[key] = f"{one.file} line {one.line}"
        found.scores.append(row)
    return found


class _Refused(Exception):
    def __init__(self, reason: str, what: str, text: str) -> None:
        super().__init__(text)
        self.reason, self.what = reason, what


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
        raise _Refused("unit of scores", "score", most)
    if isinstance(wrong := encoders[one.model], str):
        raise _Refused("unknown model", "model", wrong)
    if not NAME.fullmatch(one.subset):
        raise _Refused(
            "name of a subset", "subset", f"a name of letters, digits, _ and - is required, 64 at most; got `{one.subset}`"
        )
    if not SEED.fullmatch(one.seed):
        raise _Refused("seed", "seed", f"an integer is required; got `{one.seed}`")
    if one.task not in METRICS:
        raise _Refused("unknown task", "task", f"one of {', '.join(METRICS)} is required; got `{one.task}`")
    if one.metric not in METRICS[one.task]:
        known = " or ".join(sorted(METRICS[one.task]))
        raise _Refused("unknown metric", "metric", f"of the task {one.task} {known} is required; got `{one.metric}`")
    return {
        "model": one.model, "subset": one.subset, "seed": one.seed, "task": one.task, "evalset": _evalset(one), "language": _language(one),
        "metric": one.metric, "score": _score(one, most),
    }  # fmt: skip


def _evalset(one: Given) -> str:
    name, fault = _set(one.task, one.evalset)
    if not name and "evalset" in one.columns:
        fault = f"the set does not follow from the column (task {one.task}); the tidy form has a column `evalset` that says it"
    if fault:
        raise _Refused("evaluation set", "evalset", fault)
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
        raise _Refused("unknown language", "language", str(fault)) from None


def _score(one: Given, most: int) -> str:
    """As the shortest text that is read as the same number."""
    value = float(one.score) if NUMBER.fullmatch(one.score) else math.nan
    if not 0 <= value <= most:
        reason = "no number" if math.isnan(value) else "outside its range"
        raise _Refused(reason, "score", f"a number from 0 to {most} is required; got `{one.score}`")
    return repr(value if most == 1 else float(Decimal(one.score) / most))


class _Lists:
    """The languages of runs: one list a run, and one of all runs of a subset of an encoder that is not drawn."""

    def __init__(self, given: Lists | None) -> None:
        self._given = given
        self._read: dict[tuple[str, str], tuple[str, ...]] = {}
        self._sizes: dict[tuple[str, str], int] = {}
        self._held: dict[tuple[str, ...], tuple[tuple[str, ...], str]] = {}

    def of(self, one: Given, run: Run) -> tuple[str, ...]:
        model, subset, *_ = run
        where, text = self._text(one, run)
        if (subset, text) not in self._read:
            self._read[subset, text] = self._codes(subset, text, where)
        found = self._read[subset, text]
        drawn = naming.split(subset).drawn
        wanted = run if drawn else (model, subset)
        other, above = self._held.setdefault(wanted, (found, f"{one.file} line {one.line}"))
        if found != other:
            text = f"`{' '.join(found)}`, and {above} has `{' '.join(other)}`; only those of random_N differ by seed"
            raise _Refused(
                "lists of languages", "languages", f"one list of languages is required of {', '.join(wanted)}; it has {text}"
            )
        if drawn and len(found) != (size := self._sizes.setdefault((model, subset), len(found))):
            text = f"as many languages are required of each draw of {subset}; it has {len(found)}, and another {size}"
            raise _Refused("lists of languages", "languages", text)
        return found

    def _text(self, one: Given, run: Run) -> tuple[str, str]:
        if one.languages is not None or self._given is None:
            return "", one.languages or ""
        if run not in self._given:
            if run[1] == "none":
                return "", ""
            raise _Refused(
                "lists of languages",
                "model",
                f"a list of languages is required of each run; the second file has none of {', '.join(run)}",
            )
        file, line, text = self._given[run]
        return f"{file} line {line}: ", text

    def _codes(self, subset: str, text: str, where: str) -> tuple[str, ...]:
        words, name = re.split(r"[,\s]+", text.strip()) if text.strip() else [], naming.split(authors.subset({"subset": subset}))
        if (subset == "none") != (not words):
            required = "none is fine-tuning only, without languages" if subset == "none" else "at least one language is required"
            raise _Refused("lists of languages", "languages", f"{where}{required}; `{subset}` has `{text}`")
        try:
            found = codes.resolved(words, subset)
        except BadInput as fault:
            raise _Refused("unknown language", "languages", f"{where}{fault}") from None
        known = subset in naming.FIXED or name.heuristic in registry.HEURISTICS
        if known and name.n not in (None, len(found)):
            raise _Refused(
                "lists of languages",
                "languages",
                f"{where}{name.n} languages are required by the name {subset}; it has {len(found)}; give it another name",
            )
        return tuple(sorted(found))
