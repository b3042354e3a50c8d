"""JSON in which no name stands twice: `json` would keep the last of the two without a word."""

import json
from typing import Any


class Twice(ValueError):
    """A name stands twice in one object."""


def once(fields: list[tuple[str, object]]) -> dict:
    """An `object_pairs_hook` of `json`."""
    named = dict(fields)
    if len(named) != len(fields):
        names = [name for name, _ in fields]
        raise Twice(f"`{next(name for name in names if names.count(name) > 1)}` stands twice in one object")
    return named


def loads(text: str | bytes) -> Any:
    """ValueError where it is no JSON or a name stands twice."""
    return json.loads(text, object_pairs_hook=once)
