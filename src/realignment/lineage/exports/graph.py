"""The graph of a study that every export writes: things, and what was done to them.

A file that the export holds is known by its path, any other by its content: two places that hold the same bytes are one file. What a run
predicted is known by its run, since each run made its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from realignment.core import hashing

FILE, COLLECTION, SOURCE, SETTING, NUMBER = "file", "collection", "source", "setting", "number"
Link = tuple[str, str]  # the role a thing has in an act, and the thing's id


@dataclass
class Thing:
    """`parts` are what a collection holds, `of` what a thing was derived from without an act of its own, each by id."""

    id: str
    kind: str
    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    of: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # other names of the same bytes


@dataclass(frozen=True)
class Tool:
    """A verb as it was when it ran: its code, and the libraries that decide numbers with it. `code` is a hash."""

    id: str
    verb: str
    code: str
    libraries: tuple[tuple[str, str], ...] = ()  # name, version


@dataclass(frozen=True)
class Act:
    """A stage or a run. Times are milliseconds, None where nobody wrote them down."""

    id: str
    verb: str
    name: str
    tool: str  # id
    used: tuple[Link, ...]
    made: tuple[Link, ...]
    began: int | None = None
    ended: int | None = None
    environment: tuple[tuple[str, str], ...] = ()  # what it ran in: device, commit
    usage: tuple[tuple[str, str, float], ...] = ()  # what, unit, how much
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Graph:
    """Filled part by part; the same study fills it alike. `remarks` are sentences on what is not in it."""

    things: dict[str, Thing] = field(default_factory=dict)
    tools: dict[str, Tool] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)  # path of a file that the export holds -> id

    def add(self, thing: Thing) -> str:
        """Its id. What is there gains the name, links and missing facts of another of the same id; facts that differ stand beside each other."""
        there = self.things.setdefault(thing.id, thing)
        if there is not thing:
            there.names += [thing.name] if thing.name not in (there.name, *there.names) else []
            there.parts += [one for one in thing.parts if one not in there.parts]
            there.of += [one for one in thing.of if one not in there.of]
            for name, value in thing.facts.items():
                before = there.facts.setdefault(name, value)
                if value not in (before if isinstance(before, list) else [before]):
                    there.facts[name] = [*(before if isinstance(before, list) else [before]), value]
        return thing.id

    def known(self, thing: Thing) -> str:
        """Its id; what is there already stays as it is."""
        return self.things.setdefault(thing.id, thing).id

    def file(self, name: str, sha256: str, of: Iterable[str] = (), **facts: Any) -> str:
        """The id of the file of these bytes; facts that are empty are left out."""
        known = {key: value for key, value in facts.items() if value not in ("", None)}
        return self.add(Thing(self.kept.get(name, f"file:{sha256}"), FILE, name, {"sha256": sha256, **known}, of=list(of)))

    def keep(self, name: str, sha256: str, size: int, **facts: Any) -> str:
        """As `file`, of one that the export holds under the same path."""
        self.kept[name] = f"kept:{name}"
        return self.file(name, sha256, bytes=size, **facts)

    def together(self, name: str, parts: Iterable[str]) -> str:
        """One id for several things: themselves where there is one, else a collection known by what it holds."""
        every = sorted(set(parts))
        if len(every) == 1:
            return every[0]
        return self.known(Thing(f"set:{hashing.digest(every)}", COLLECTION, f"{name} ({len(every)})", parts=every))

    def tool(self, verb: str, code: str, libraries: Iterable[tuple[str, str]] = ()) -> str:
        held = tuple(sorted(libraries))
        name = f"{verb}/{hashing.digest([code, held])[:12]}"
        self.tools.setdefault(name, Tool(name, verb, code, held))
        return name
