"""The same graph as W3C PROV-JSON: entities, activities, the tools as agents, and who used, made and derived what."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from realignment.core.console import track
from realignment.lineage.exports import ids
from realignment.lineage.exports.graph import COLLECTION, NUMBER, SETTING, Graph, Thing

FILE_NAME = "study.prov.json"
MEMBERS = {  # relation -> the two things it is between, as PROV-JSON names them
    "used": ("prov:activity", "prov:entity"),
    "wasGeneratedBy": ("prov:entity", "prov:activity"),
    "wasAssociatedWith": ("prov:activity", "prov:agent"),
    "wasDerivedFrom": ("prov:generatedEntity", "prov:usedEntity"),
    "hadMember": ("prov:collection", "prov:entity"),
}
Relations = Iterator[tuple[str, str, str, str]]  # relation, the two, the role


def of(graph: Graph, seal: str) -> dict[str, Any]:
    """The document. Names are those of the study with this seal, so that two studies never name two things alike."""
    found: dict[str, Any] = {"prefix": {"study": f"{ids.named(seal)}#"}}
    found["entity"] = {_name(thing.id): _entity(thing) for thing in _sorted(graph.things.values())}
    found["activity"] = {
        _name(f"act:{act.id}"): _said({
            "prov:label": act.name, "prov:startTime": act.began and ids.moment(act.began), "prov:endTime": act.ended and ids.moment(act.ended),
            "study:verb": act.verb, **{f"study:{_word(name)}": value for name, value in act.environment},
            **{f"study:{what}": much for what, _, much in act.usage}, **{f"study:{name}": value for name, value in act.facts.items()},
        })
        for act in _sorted(graph.acts.values())
    }  # fmt: skip
    found["agent"] = {
        _name(f"tool:{tool.id}"): {
            "prov:label": f"realignment {tool.verb}", "prov:type": _qualified("prov:SoftwareAgent"), "study:code": tool.code,
            **{f"study:{_word(name)}": version for name, version in tool.libraries},
        }
        for tool in _sorted(graph.tools.values())
    }  # fmt: skip
    for number, (kind, one, other, role) in enumerate(track(list(_relations(graph)), "relations"), 1):
        first, second = MEMBERS[kind]
        about = {"prov:role": role} if role and kind in ("used", "wasGeneratedBy") else {}
        found.setdefault(kind, {})[f"_:r{number}"] = {first: _name(one), second: _name(other), **about}
    return found


def _relations(graph: Graph) -> Relations:
    for act in _sorted(graph.acts.values()):
        yield "wasAssociatedWith", f"act:{act.id}", f"tool:{act.tool}", ""
        yield from (("used", f"act:{act.id}", thing, role) for role, thing in act.used)
        yield from (("wasGeneratedBy", thing, f"act:{act.id}", role) for role, thing in act.made)
    for thing in _sorted(graph.things.values()):
        yield from (("wasDerivedFrom", thing.id, of, "") for of in thing.of)
        kind = "hadMember" if thing.kind == COLLECTION else "wasDerivedFrom"
        for part in thing.parts:
            yield (kind, thing.id, part, "")


def _entity(thing: Thing) -> dict[str, Any]:
    facts = {f"study:{_word(name)}": _plain(value) for name, value in thing.facts.items() if name != "value"}
    about: dict[str, Any] = {"prov:label": thing.name, **facts}
    about["prov:type"] = _qualified("prov:Collection") if thing.kind == COLLECTION else thing.kind
    if thing.kind in (NUMBER, SETTING):
        about["prov:value"] = thing.facts["value"]
    return _said(about)


def _plain(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _qualified(name: str) -> dict[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


def _said(about: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in about.items() if value not in ("", None)}


def _name(name: str) -> str:
    """The local part holds no character that a qualified name would have to escape."""
    return "study:" + quote(name.replace(":", "/", 1), safe="/-._~")


def _word(name: str) -> str:
    return name.replace(" ", "_")


def _sorted(some: Iterable[Any]) -> list[Any]:
    return sorted(some, key=lambda one: one.id)


def dumped(document: dict[str, Any]) -> str:
    """JSON with a line per record."""
    parts = []
    for kind, records in document.items():
        lines = ",\n".join(
            f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(one, ensure_ascii=False, sort_keys=True)}"
            for name, one in records.items()
        )
        parts.append(f"{json.dumps(kind)}: {{\n{lines}\n}}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
