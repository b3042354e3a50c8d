"""What a side of a comparison is: `steps=40,realign.freeze=front`, a profile, a preset, a version of the code; and the runs that it picks."""

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from realignment.config.schema import PRESETS, Evaluate, Finetune, Realign
from realignment.core.errors import BadInput, nearest
from realignment.records import validate
from realignment.results import chains as based
from realignment.results import headings
from realignment.results.chains import Chain
from realignment.tracking import fields as tracked

FORM = "settings (`steps=40`, `realign.steps=40,finetune.batch=16`), `profile=NAME`, `preset=NAME` or `code=PREFIX`"
ROWS = ("encoder", "subset", "control", "task", "seed", "language")  # what both sides must have in common
SCHEMA = {
    verb: [one.name for one in fields(kind)]
    for verb, kind in {"realign": Realign, "finetune": Finetune, "evaluate": Evaluate}.items()
}
WORDS = {"true": "yes", "false": "no", "null": "none"}  # as YAML has them -> as they are shown
MANY = 4  # values, or ways to go on, that a message lists


@dataclass(frozen=True)
class Selection:
    """`wanted`: (name, value) as they were typed, the profile left out."""

    text: str
    profile: str
    wanted: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Side:
    """The runs of a selection, one cell key in a cell. `asked`: the facts that the selection names."""

    selection: Selection
    chains: tuple[Chain, ...]
    asked: frozenset[str]

    @property
    def title(self) -> str:
        return self.selection.text


@dataclass(frozen=True)
class Condition:
    """`preset`, `code` and the hash of a file ask nothing of a verb that a chain lacks; a setting asks that the chain has it."""

    text: str
    names: frozenset[str]
    holds: Callable[[Chain], bool]


def parse(text: str, active: str, profiles: Collection[str]) -> Selection:
    """The selection a text names; without a profile, of the `active` one."""
    found: dict[str, str] = {}
    for part in map(str.strip, text.split(",")):
        name, sign, value = (word.strip() for word in part.partition("="))
        if not sign and name in profiles:
            name, value = "profile", name
        elif not (name and value):
            raise BadInput(f"`{part}`: a side of a comparison is {FORM}; a word alone names a profile; {nearest(part, profiles)}")
        if name in found:
            raise BadInput(f"`{text}` gives {name} twice; a side has one value of a setting: leave one out")
        found[name] = value
    for name, known in (("profile", profiles), ("preset", PRESETS)):
        if name in found and found[name] not in known:
            raise BadInput(f"unknown {name} `{found[name]}`; {nearest(found[name], known)}")
    profile = found.pop("profile", active)
    return Selection(text, profile, tuple(found.items()))


def side(selection: Selection, known: Sequence[Chain], presets: Mapping[str, Mapping[str, Any]]) -> Side:
    """The runs of the selection among `known`, those of its profile. BadInput where there are none, or several cell keys in one cell."""
    wanted = [_condition(name, value, selection, known, presets) for name, value in selection.wanted]
    found = [one for one in known if all(condition.holds(one) for condition in wanted)]
    if not found:
        alone = ", ".join(f"{one.text} alone {sum(map(one.holds, known))}" for one in wanted)
        raise BadInput(f"no run of profile `{selection.profile}` has all of `{selection.text}`; {alone}; leave one out")
    _one_setting(selection, found, known)
    records = list({record.key: record for one in found for record in one.records}.values())
    if faults := validate.faults({"profile": selection.profile, "records": records}):
        raise BadInput(f"`{selection.text}` cannot be shown in one table: {'; '.join(faults[:2])}")
    return Side(selection, tuple(found), frozenset().union(*(condition.names for condition in wanted)))


def _condition(name: str, value: str, selection: Selection, known: Sequence[Chain], presets: Mapping) -> Condition:
    if name == "preset":
        return _preset(value, presets[value], known)
    if name == "code":
        return _code(value, known)
    names = _facts(name, {fact for one in known for fact in one.facts})
    if not any(_has(one, names, value) for one in known):
        counts = {fact: Counter(one.facts[fact] for one in known if fact in one.facts) for fact in names}
        there = "; ".join(f"{fact} is {_near(fact, value, held)}" for fact, held in counts.items() if held)
        raise BadInput(f"no run of profile `{selection.profile}` has {name}={value}; {there}")
    if all(map(based.is_data, names)):  # a run that does not read the file has no other version of it
        return Condition(
            f"{name}={value}", frozenset(names), lambda one: not set(names) & one.facts.keys() or _has(one, names, value)
        )
    return Condition(f"{name}={value}", frozenset(names), lambda one: _has(one, names, value))


def _preset(name: str, switches: Mapping[str, Any], known: Sequence[Chain]) -> Condition:
    def other(one: Chain) -> dict[str, str]:
        """What the preset sets another way than the run has it."""
        task = one.place[1]
        wanted = {fact: tracked.text(value[task] if isinstance(value, Mapping) else value) for fact, value in switches.items()
                  if fact in one.facts}  # fmt: skip
        return {fact: value for fact, value in wanted.items() if one.facts[fact] != value}

    apart = [other(one) for one in known]
    if all(apart):
        nearest_one = min(apart, key=len)
        said = ", ".join(f"{fact}={value}" for fact, value in sorted(nearest_one.items()))
        raise BadInput(f"no run has preset={name}; the nearest of {len(known)} runs lacks {said}")
    return Condition(f"preset={name}", frozenset(switches), lambda one: not other(one))


def _code(prefix: str, known: Sequence[Chain]) -> Condition:
    """`prefix` as a signature has it, the version of the package before a colon or not."""
    all_of = based.versions(known)
    found = [digest for digest in all_of if digest.startswith(prefix.rpartition(":")[2].lower())]
    if len(found) != 1:
        counts = {digest: sum(one.code <= code for one in known) for digest, code in all_of.items()}
        there = based.counted(f"evaluate.{based.CODE}", counts)
        raise BadInput(f"code={prefix} is the beginning of {len(found)} versions of the code; there are {there}")
    code = all_of[found[0]]
    names = frozenset(f"{verb}.{based.CODE}" for verb, _ in code)
    return Condition(f"code={found[0][:12]}", names, lambda one: one.code <= code)


def _facts(name: str, known: Collection[str]) -> list[str]:
    """The facts a name stands for: one setting, or a part of the environment or the data in every verb that has it."""
    if name in known:
        return [name]
    verbs = [verb for verb, keys in SCHEMA.items() if name in keys]
    if len(verbs) > 1:
        raise BadInput(
            f"`{name}` is a setting of {' and '.join(verbs)}; write {' or '.join(f'{verb}.{name}=...' for verb in verbs)}"
        )
    found = [f"{verb}.{name}" for verb in verbs] or [fact for fact in known if fact.partition(".")[2] == name]
    if not set(found) & set(known):
        hint = f"a row has one {name} on every side, and no side is picked by it; " if name in ROWS else ""
        spelled = {based.short(fact, known) for fact in known}
        raise BadInput(f"no run has a setting `{name}`; {hint}{nearest(name, spelled)}; `realignment compare` lists what differs")
    return sorted(found)


def _has(one: Chain, names: Collection[str], value: str) -> bool:
    held = [(name, one.facts[name]) for name in names if name in one.facts]
    return bool(held) and all(_fits(name, value, text) for name, text in held)


def _fits(name: str, word: str, text: str) -> bool:
    """Whether a value as it was typed is the one of a run: hashes by their beginning, numbers by what they are."""
    if based.is_digest(name):
        return text.startswith(word.lower())
    if text in (word, WORDS.get(word.lower())):
        return True
    return _number(text) is not None and _number(text) == _number(word)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _near(name: str, word: str, counts: Mapping[str, int]) -> str:
    """The values that are there nearest to what was typed, with how many runs have each."""
    number = _number(word)
    if number is not None and all(_number(text) is not None for text in counts):
        near = sorted(counts, key=lambda text: (abs((_number(text) or 0.0) - number), text))[:MANY]
    else:
        near = difflib.get_close_matches(word, counts, n=MANY) or sorted(counts)[:MANY]
    return based.counted(name, {text: counts[text] for text in near})


def _one_setting(selection: Selection, found: Sequence[Chain], known: Sequence[Chain]) -> None:
    """BadInput where a cell holds several values of anything, or rows of one table several values of a setting; says what to add."""
    cells = based.by_cell(found)
    tables: dict[tuple[str, str, str], list[Chain]] = {}
    for (row, task), held in cells.items():
        tables.setdefault((row.encoder, row.control, task), []).extend(held)
    groups = [(f"{row.encoder}/{headings.label(row)}/{task}", based.differing(held)) for (row, task), held in cells.items()]
    groups += [(f"the rows of {'/'.join(filter(None, place))}", _settings(based.values(held))) for place, held in tables.items()]
    for where, wrong in groups:
        if wrong:
            names = sorted(wrong, key=based.order)
            said = "; ".join(f"{based.called(name)} {based.counted(name, wrong[name])}" for name in names[:2])
            more = f" and {len(names) - 2} more" if len(names) > 2 else ""
            ways = " or ".join(_ways(names[0], wrong[names[0]], found, known))
            raise BadInput(f"`{selection.text}` leaves several values in {where}: {said}{more}; one is required: add {ways}")
    if mixed := [place for place, held in cells.items() if len({one.scored.cell_key for one in held}) > 1]:
        row, task = mixed[0]
        raise BadInput(
            f"`{selection.text}` leaves several cell keys in {row.encoder}/{headings.label(row)}/{task}; add a setting"
        )


def _settings(held: Mapping[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """The facts with several values over the rows of a table: not the languages, which rows have of their own, nor what a row lacks, as
    `none` does."""
    common = {name: counts for name, counts in held.items() if name != based.LANGUAGES}
    there = {name: {value: count for value, count in counts.items() if value} for name, counts in common.items()}
    return {name: counts for name, counts in there.items() if len(counts) > 1}


def _ways(name: str, counts: Mapping[str, int], found: Sequence[Chain], known: Sequence[Chain]) -> list[str]:
    """What may be added to a selection so that one of the values is left."""
    if name.endswith(f".{based.CODE}"):
        verb, there = name.partition(".")[0], based.versions(found)
        return [f"code={digest[:12]}" for digest, code in there.items() if any((verb, value) in code for value in counts)][:MANY]
    bare = name.partition(".")[2]
    everywhere = bare and not any(bare in keys for keys in SCHEMA.values())  # of the environment or the data: of every verb alike
    called = bare if everywhere else based.short(name, {fact for one in known for fact in one.facts})
    return [f"{called}={based.shown(name, value)}" for value in sorted(counts) if value][:MANY]
