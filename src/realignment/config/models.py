"""Models as data: what `{model: KEY}` of study.encoders stands for. Those of data/models.yaml, of a checkout's models.yaml and of a profile.

A profile's entries are resolved when it is read, so that the settings, and all that follows from them, hold plain names.
"""

import functools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from realignment.config import validation, yaml_lines
from realignment.config.extending import MODELS
from realignment.config.schema import ATTENTIONS, CEILING, RATE, key
from realignment.config.validation import Fault
from realignment.core.errors import BadInput, nearest
from realignment.core.files import DATA
from realignment.languages import table as languages
from realignment.languages import traits

SHIPPED = DATA / "models.yaml"
OWN = "models.yaml"  # at the top of a checkout: a user's own
SECTION = MODELS
POOL = "pool"  # in a list of languages: all of the paper's 65
HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Entry:
    """What is said of a model."""

    title: str = key("what it is called")
    name: str | None = key("where it lies, as an entry of study.encoders names it; null: in `repository` at `revision`")
    repository: str | None = key("organisation/model on the hub")
    revision: str | None = key("the commit that is read, 40 hex digits")
    pinned: str | None = key("where that commit was seen")
    licence: str | None = key("its licence")
    gated: bool = key("whether the hub asks for an account that has accepted the licence")
    seen: str | list[str] | None = key(
        "languages of its pretraining: mbert, xlmr, english, or a list of codes, mbert, xlmr and pool"
    )
    source: str | None = key("where that is known from")
    learning_rate: float | None = key("of realignment and fine-tuning, where a source says so", **RATE)
    attention: str | None = key("of a decoder: what a word looks at", choices=ATTENTIONS)
    lora: dict[str, Any] | None = key("of a decoder: its adapters (rank, alpha, dropout, targets)")
    quantized: str | None = key("of a decoder: its frozen weights", choices=("4bit",))
    sizes: dict[str, Any] | None = key("as config.json has them, from which parameters, memory and hours are computed")
    note: str | None = key("what else there is to know")


UNSAID = {one.name: None for one in fields(Entry)} | {"gated": False}
OF_ENCODER = ("seen", "learning_rate", "attention", "lora", "quantized")  # what an entry of study.encoders takes over


@dataclass(frozen=True)
class Model(Entry):
    """A model under its key."""

    key: str
    place: str  # the file that says it

    @property
    def address(self) -> str | None:
        """What study.encoders calls it; None where no revision is known."""
        return self.name or (f"hub:{self.repository}@{self.revision}" if self.repository and self.revision else None)

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Codes of the languages it has seen, sorted; None where that is not known."""
        return None if self.seen is None else tuple(sorted(_codes(self.seen)))


def known(root: Path | None, of_profile: Mapping[str, Any] | None = None) -> dict[str, Model]:
    """Key -> model: those that ship, over them the checkout's, over them the profile's. BadInput names every fault."""
    found = dict(_shipped())
    if root is not None and (root / OWN).is_file():
        found |= _read(root / OWN, OWN)
    return found | (_entries(of_profile, f"key `{SECTION}` of the profile", {}) if of_profile else {})


@functools.cache
def _shipped() -> dict[str, Model]:
    return _read(SHIPPED, "data/models.yaml")


def _read(path: Path, name: str) -> dict[str, Model]:
    found = yaml_lines.read(path, name)
    return _entries(found.content, name, {one: f"{name} line {line}" for one, line in found.lines.items()})


def _entries(content: Any, where: str, places: Mapping[yaml_lines.Key, str]) -> dict[str, Model]:
    if not isinstance(content, Mapping):
        raise BadInput(f"{where}: a mapping of keys to models is required, got {validation.shown(content)}")
    models, faults = {}, []
    for name, given in content.items():
        at = places.get((name,), where)
        if not isinstance(given, Mapping):
            faults.append(f"{at}: model `{name}` must be a mapping ({', '.join(UNSAID)}), got {validation.shown(given)}")
            continue
        entry, wrong = validation.section(str(name), Entry, {**UNSAID, **given})
        wrong = [*wrong, *([] if wrong else _contradictions(str(name), entry))]
        faults += [f"{places.get(one, at)}: {said}" for one, said in wrong]
        if not wrong:
            models[str(name)] = Model(**asdict(entry), key=str(name), place=where)
    if faults:
        raise BadInput(*faults)
    return models


def _contradictions(name: str, entry: Entry) -> list[Fault]:
    """What keys of one entry may not say together, and languages that are none."""
    found: list[Fault] = []
    if (entry.name is None) == (entry.repository is None):
        found.append(
            ((name,), f"model `{name}` must say either `name` (path:DIR, package:...) or `repository`, and says both or neither")
        )
    if entry.seen is not None and not entry.source:
        found.append(
            ((name, "seen"), f"model `{name}` says what it has seen and no `source` of that; say where it is known from")
        )
    try:
        _codes(entry.seen or [])
    except BadInput as fault:
        found.append(((name, "seen"), f"model `{name}`: {fault}"))
    return found


def _codes(seen: str | list[str]) -> set[str]:
    """Codes of a `seen`: what stands for several languages is written out."""
    found: set[str] = set()
    for one in [seen] if isinstance(seen, str) else seen:
        if one == POOL:
            found |= {code for code, language in languages.paper().items() if language.pool}
        elif one in traits.ENCODERS:
            found |= {code for code, language in languages.paper().items() if one in language.seen}
        else:
            found.add(languages.ENGLISH if one == "english" else languages.resolve(one))
    return found


def written_out(seen: str | list[str]) -> str | list[str]:
    """`seen` as the settings know it: a word of theirs as it stands, else codes."""
    return seen if isinstance(seen, str) and seen != POOL else sorted(_codes(seen))


def resolve(
    study: Mapping[str, Any], root: Path | None, of_profile: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], list[Fault]]:
    """(section `study` with each `{model: KEY}` of its encoders and its ceiling written out, faults of those that cannot be)."""
    given = study.get("encoders")
    places = {("encoders", label): spec for label, spec in (given.items() if isinstance(given, Mapping) else ())} | {
        (CEILING,): study.get(CEILING)
    }
    asked = {at: spec for at, spec in places.items() if isinstance(spec, Mapping) and "model" in spec}
    if not asked:
        return dict(study), []
    models, found, faults = (
        known(root, of_profile),
        {**study, **({"encoders": dict(given)} if isinstance(given, Mapping) else {})},
        [],
    )
    for at, spec in asked.items():
        try:
            inside = found["encoders"] if len(at) > 1 else found
            inside[at[-1]] = _entry(dict(spec), models)
        except BadInput as fault:
            faults.append((("study", *at, "model"), f"`{yaml_lines.dotted(('study', *at))}`: {fault}"))
    return found, faults


def _entry(spec: dict[str, Any], models: Mapping[str, Model]) -> dict[str, Any]:
    """An entry of study.encoders; what it says beside `model` goes before what the model says."""
    model, revision = find(spec.pop("model"), models), spec.pop("revision", None)
    if revision is not None and model.repository is None:
        raise BadInput(f"`revision` is of a repository of the hub, and {model.key} lies at {model.name}; take it out")
    name = f"hub:{model.repository}@{revision}" if revision is not None else model.address
    found: dict[str, Any] = {"name": spec.get("name", name)}
    if found["name"] is None:
        raise BadInput(
            f"no revision of {model.repository} is known here; say `revision:`, the 40 hex digits of its newest commit at "
            f"{HUB}/{model.repository}/commits/main"
        )
    for one in OF_ENCODER:
        value = getattr(model, one)
        if isinstance(value, dict) and isinstance(spec.get(one), Mapping):
            value = {**value, **spec.pop(one)}
        if value is not None:
            found[one] = written_out(value) if one == "seen" else value
    if "seen" not in {*found, *spec}:
        raise BadInput(
            f"no list of the languages that {model.title} has seen is published; say `seen:` beside `model:`, the codes of those you take it to have seen"
        )
    return {**found, **spec}


def find(name: object, models: Mapping[str, Model]) -> Model:
    """The model of a key; BadInput names the nearest."""
    if name not in models:
        raise BadInput(
            f"no model is known as `{name}`; {nearest(str(name), models)}; `realignment models` lists them, {OWN} adds your own"
        )
    return models[str(name)]
