"""YAML as the settings use it: no key twice, nothing read as what it was not meant to be, and the line of every value.

Plain scalars follow the core schema of YAML 1.2: `no` is text (Norwegian), 2e-5 is a number. What 1.1 and 1.2 read
differently (010, 1:30, 0o17) stays text, so that a key that asks for a number refuses it.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from realignment.core.errors import BadInput

Key = tuple[str | int, ...]  # ("study", "seeds", 0): the way to a value
BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INT = re.compile(r"[-+]?(0|[1-9][0-9]*|[1-9][0-9]{0,2}(_[0-9]{3})+)")
FLOAT = re.compile(r"[-+]?(([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(inf|Inf|INF))|\.(nan|NaN|NAN)")
NULL = re.compile(r"~|null|Null|NULL|")
TAG = "tag:yaml.org,2002:"
DIGITS = 400  # past which a number stays text: no setting is that long
VALUES = 100_000  # in one file, aliases written out


@dataclass(frozen=True)
class Document:
    """What a file holds, and the line at which each key or item of a list stands."""

    content: Any
    lines: dict[Key, int]


class _Core(yaml.SafeLoader):
    """Composes nodes whose plain scalars carry the tags of the core schema."""

    yaml_implicit_resolvers: ClassVar[dict] = {}


class _Quick(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """The same scalars, of what a program wrote."""

    yaml_implicit_resolvers: ClassVar[dict] = {}


class _Dumper(yaml.SafeDumper):
    """Quotes what either version of YAML would not read as text."""


for _name, _pattern, _first in (
    ("bool", re.compile("|".join(BOOL)), "tTfF"),
    ("int", INT, "-+0123456789"),
    ("float", FLOAT, "-+.0123456789"),
    ("null", NULL, ["~", "n", "N", ""]),
):
    for _kind in (_Core, _Quick, _Dumper):
        _kind.add_implicit_resolver(f"{TAG}{_name}", re.compile(rf"(?:{_pattern.pattern})\Z"), list(_first))
_Core.add_implicit_resolver(f"{TAG}merge", re.compile(r"<<\Z"), ["<"])


def parse(text: str, where: str = "") -> Document:
    """The value of a text, None for an empty one; BadInput names `where`, the line and every key that is written twice."""
    try:
        node = yaml.compose(text, Loader=_Core)
    except yaml.reader.ReaderError as fault:
        line = text.count("\n", 0, fault.position) + 1
        raise BadInput(f"{where} line {line}: not YAML: character #x{fault.character:04x} is not allowed") from None
    except yaml.MarkedYAMLError as fault:
        line = f" line {fault.problem_mark.line + 1}" if fault.problem_mark else ""
        raise BadInput(f"{where}{line}: not YAML: {' '.join(filter(None, (fault.context, fault.problem)))}") from None
    except RecursionError:
        raise BadInput(f"{where}: not YAML that can be read: nested too deeply") from None
    built = _Builder(where)
    content = None if node is None else built.value(node, ())
    if built.faults:
        raise BadInput(*built.faults)
    return Document(content, built.lines)


def quick(text: str) -> Any:
    """The value of a text that a program wrote, such as dvc.lock, in a tenth of the time; of a key that stands twice the last."""
    return yaml.load(text, Loader=_Quick)


def read(path: Path, where: str = "") -> Document:
    """The mapping in `path`, called `where` in messages; an empty file is an empty mapping."""
    where = where or str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{path.absolute()}: the file is required and does not exist") from None
    except UnicodeDecodeError:
        raise BadInput(f"{where}: cannot be read: UTF-8 is required; save it as UTF-8") from None
    except OSError as fault:
        raise BadInput(f"{path.absolute()}: cannot be read: {fault.strerror}") from None
    found = parse(text, where)
    if found.content is None:
        return Document({}, {})
    if not isinstance(found.content, dict):
        raise BadInput(f"{where}: a mapping of sections is required, found {type(found.content).__name__}")
    return found


def dump(value: Any, *, one_line: bool = False) -> str:
    """YAML that `parse` gives back unchanged, keys in their order."""
    shape = {"default_flow_style": True, "width": 10_000} if one_line else {}
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, **shape)
    return text.removesuffix("\n").removesuffix("\n...") if one_line else text


class _Builder:
    """Plain values from nodes; collects lines and faults on the way."""

    def __init__(self, where: str) -> None:
        self.where, self.lines, self.faults = where, {}, []
        self.count = 0
        self.above: list[yaml.Node] = []  # what holds the node at hand: an alias to one of them has no end

    def value(self, node: yaml.Node, key: Key) -> Any:
        self.count += 1
        self.lines.setdefault(key, node.start_mark.line + 1)
        if any(node is one for one in self.above):
            return self.fault(node, f"an alias that stands in what it names has no end, at `{dotted(key)}`")
        if self.count > VALUES:
            return (
                self.fault(node, f"at most {VALUES:,} values are read, aliases written out") if self.count == VALUES + 1 else None
            )
        self.above.append(node)
        try:
            if not isinstance(node, yaml.ScalarNode) and node.tag not in (f"{TAG}map", f"{TAG}seq"):
                return self.fault(node, f"a mapping or a list is not read as {node.tag.replace(TAG, '!!')}")
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, key)
            if isinstance(node, yaml.SequenceNode):
                return [self.value(one, (*key, place)) for place, one in enumerate(node.value)]
            return self.scalar(node)
        finally:
            self.above.pop()

    def mapping(self, node: yaml.MappingNode, key: Key) -> dict:
        """Keys are taken as they are written, so that `no` and 17 stay text; those of `<<` come after one's own."""
        found, at, merged = {}, {}, []
        for name, value in node.value:
            line = name.start_mark.line + 1
            text = name.value if isinstance(name, yaml.ScalarNode) else None
            if text is None:
                self.fault(name, "a key must be one word")
                continue
            if text in at:
                lines = f"in line {line}" if line == at[text] else f"in lines {at[text]} and {line}"
                self.fault(name, f"key `{dotted((*key, text))}` is written twice, {lines}; YAML would drop the first: join them")
                continue
            at[text] = line
            if name.tag == f"{TAG}merge":
                merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
                continue
            self.lines[(*key, text)] = line
            found[text] = self.value(value, (*key, text))
        for one in merged:
            if not isinstance(one, yaml.MappingNode):
                self.fault(one, "<< takes a mapping")
                continue
            found = {**self.value(one, key), **found}
        return found

    def scalar(self, node: yaml.ScalarNode) -> Any:
        kind, text = node.tag.removeprefix(TAG), node.value
        if kind == "str" or (kind in ("int", "float") and len(text) > DIGITS):
            return text
        if kind == "null" and NULL.fullmatch(text):
            return None
        if kind == "bool" and text in BOOL:
            return BOOL[text]
        if kind == "int" and INT.fullmatch(text):
            return int(text)
        if kind == "float" and FLOAT.fullmatch(text):
            return float(re.sub(r"\.(?=[infaN])", "", text, flags=re.IGNORECASE))
        return self.fault(node, f"{text!r} is not read as {node.tag.replace(TAG, '!!')}")

    def fault(self, node: yaml.Node, what: str) -> None:
        self.faults.append(f"{self.where} line {node.start_mark.line + 1}: {what}")


def dotted(key: Key) -> str:
    """`study.seeds` for a key; places in a list are left out."""
    return ".".join(str(part) for part in key if not isinstance(part, int))
