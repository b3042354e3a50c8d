"""Things and acts as entities of an RO-Crate: files, collections, settings, numbers, and what was done to them."""

import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from realignment.core import hashing
from realignment.lineage.exports import ids
from realignment.lineage.exports.graph import COLLECTION, FILE, NUMBER, SETTING, SOURCE, Act, Graph, Thing

Entity = dict[str, Any]
TYPES = {FILE: "File", COLLECTION: "Collection", SOURCE: "CreativeWork", SETTING: "PropertyValue", NUMBER: "PropertyValue"}
FORMATS = {
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".lock": "application/yaml",
    ".md": "text/markdown",
}
USAGE = {"seconds": "wallClockSeconds", "memory": "mostMemoryMegabytes", "processor": "meanProcessorPercent"}
ALONE = ("subset", "task")  # settings that tell one run from another
DONE = "http://schema.org/CompletedActionStatus"


def ref(name: str) -> dict[str, str]:
    return {"@id": name}


def refs(names: Iterable[str]) -> list[dict[str, str]]:
    """In a fixed order, each once."""
    return [ref(one) for one in sorted(set(names))]


@dataclass
class Entities:
    """Entities by id; one that is put twice must be the same."""

    graph: Graph
    held: dict[str, Entity] = field(default_factory=dict)

    def put(self, name: str, kind: str | list[str], /, **facts: Any) -> str:
        """Facts that are empty are left out."""
        one = {"@id": name, "@type": kind, **{key: value for key, value in facts.items() if value not in ("", None, [])}}
        if self.held.setdefault(name, one) != one:
            raise RuntimeError(f"two entities are named {name}")
        return name

    def of(self, thing_id: str) -> str:
        return ids.of(self.graph.things[thing_id])


def parameter(verb: str, role: str) -> str:
    """The id of what a tool takes or makes in a role; of the whole workflow where `verb` is that of none."""
    return ids.fragment("parameter", verb, role)


def put_things(crate: Entities, shown: Mapping[str, Iterable[str]]) -> None:
    """An entity per thing; `shown` says of which parameters a thing is an example."""
    for name, thing in crate.graph.things.items():
        crate.put(crate.of(name), TYPES[thing.kind], **_about(crate, thing), exampleOfWork=refs(shown.get(name, ())))


def _about(crate: Entities, thing: Thing) -> Entity:
    facts, of = thing.facts, refs(map(crate.of, thing.of))
    common = {"name": thing.name, "alternateName": sorted(thing.names), "sha256": facts.get("sha256")}
    if thing.kind in (SETTING, NUMBER):
        measured = {"wasDerivedFrom": of, "description": facts.get("shown"), "alternateName": facts.get("cell")}
        return {"name": thing.name, "value": facts["value"], **(measured if thing.kind == NUMBER else {})}
    if thing.kind == SOURCE:
        return {**common, "version": facts["revision"], "license": licences(crate, facts["licence"])}
    parts = refs(map(crate.of, thing.parts))
    if thing.kind == COLLECTION:
        return {**common, "hasPart": parts, "identifier": facts.get("registered"), "isBasedOn": of}
    size = facts.get("bytes")
    about = {
        "contentSize": "" if size is None else str(size),
        "encodingFormat": media(thing.name),
        "inLanguage": facts.get("language"),
    }
    about |= {
        "license": licences(crate, facts.get("licence", ())),
        "description": facts.get("caption"),
        "variableMeasured": parts,
    }
    return {**common, **about, ("wasDerivedFrom" if thing.id.startswith(ids.KEPT) else "isBasedOn"): of}


def licences(crate: Entities, stated: str | Iterable[str]) -> list[dict[str, str]]:
    """What is stated, word for word: an entity per text."""
    texts = [stated] if isinstance(stated, str) else stated
    return refs(crate.put(ids.fragment("licence", hashing.digest(text)[:12]), "CreativeWork", name=text) for text in texts)


def media(name: str) -> str | None:
    """The type of a file by the end of its name."""
    end = "." + name.rpartition(".")[2]
    return FORMATS.get(end) or mimetypes.guess_type(name)[0]


def put_act(crate: Entities, act: Act) -> str:
    """The action of a stage or a run, with what it took, made and used up."""
    usage = [
        crate.put(
            ids.fragment("usage", act.id, what), "PropertyValue", name=what, propertyID=USAGE[what], unitCode=unit, value=much
        )
        for what, unit, much in act.usage
    ]
    around = [
        crate.put(ids.fragment("environment", name, value), "PropertyValue", name=name, value=value)
        for name, value in act.environment
    ]
    return crate.put(
        ids.fragment("action", act.id), "CreateAction", name=act.name, instrument=ref(ids.fragment("tool", act.tool)),
        object=refs(_taken(crate, act)), result=refs(crate.of(one) for _, one in act.made),
        startTime=act.began and ids.moment(act.began), endTime=act.ended and ids.moment(act.ended), actionStatus=ref(DONE),
        resourceUsage=refs(usage), environment=refs(around), identifier=act.facts.get("run_id"),
    )  # fmt: skip


def _taken(crate: Entities, act: Act) -> Iterator[str]:
    """What an action took; settings that many runs share are one collection that all of them name, and so are its seeds."""
    together: dict[str, list[str]] = {}
    for role, thing in act.used:
        if crate.graph.things[thing].kind != SETTING or role in ALONE:
            yield crate.of(thing)
        else:
            together.setdefault("seeds" if role.startswith("seeds.") else "settings", []).append(crate.of(thing))
    for name, parts in together.items():
        address = ids.fragment(name, act.verb, hashing.digest(sorted(parts))[:16])
        yield crate.put(address, "Collection", name=f"{name} of {act.verb} ({len(parts)})", hasPart=refs(parts))
