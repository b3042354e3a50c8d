"""What a request asks: rows of text, checked. BadInput says in one line which row lacks what."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from realignment.core.errors import BadInput
from realignment.tasks import KINDS

ROWS = 1_000  # of one request
CHARACTERS = 50_000  # of all its rows
COLUMNS = {"pair": ("premise", "hypothesis"), "span": ("question", "context")}


def rows(data: Any, task: str) -> list[Any]:
    """Of POS and NER the words of each row; of other tasks its two texts."""
    given, kind = _records(data), KINDS[task]
    if not given:
        raise BadInput(
            f"at least one row with {' and '.join(COLUMNS.get(kind, ('text or words',)))} is required; the request holds none (other names are not read)"
        )
    if len(given) > ROWS:
        raise BadInput(f"{ROWS:,} rows at most are answered at once; {len(given):,} were given; send them in several requests")
    found = [
        _words(row, number) if kind == "words" else _texts(row, number, COLUMNS[kind]) for number, row in enumerate(given, 1)
    ]
    if (size := sum(len(text) for one in found for text in one)) > CHARACTERS:
        raise BadInput(
            f"{CHARACTERS:,} characters at most are answered at once; {size:,} were given; send them in several requests"
        )
    return found


def _records(data: Any) -> list[Mapping[str, Any]]:
    """The rows of a table of pandas (what MLflow makes of a request), or of a list of objects; a text alone is a row."""
    if hasattr(data, "to_dict"):
        return (
            data.to_dict(orient="records") if len(data.columns) else [{}] * len(data)
        )  # MLflow drops columns that it does not know
    if isinstance(data, (str, Mapping)):
        data = [data]
    if not isinstance(data, Sequence):
        raise BadInput(f"a table or a list of rows is required, {type(data).__name__} was given")
    return [{"text": one} if isinstance(one, str) else one for one in data]


def _words(row: Mapping[str, Any], number: int) -> list[str]:
    """As given in `words`, or the parts of `text` between blanks."""
    text, words = _given(row, "text"), _given(row, "words")
    if (text is None) == (words is None):
        both = "both were given" if words is not None else "neither was given"
        raise BadInput(f"row {number}: one of `text` and `words` is required, {both}")
    if words is None:
        if found := _text(text, number, "text").split():
            return found
        raise BadInput(f"row {number}: `text` holds no word")
    if isinstance(words, (str, Mapping)) or not hasattr(words, "__iter__"):
        raise BadInput(f"row {number}: `words` must be a list of texts, not {type(words).__name__}")
    found = [_text(word, number, f"word {place}") for place, word in enumerate(words, 1)]
    if not found:
        raise BadInput(f"row {number}: `words` holds no word")
    if empty := [place for place, word in enumerate(found, 1) if not word.strip()]:
        raise BadInput(f"row {number}: word {empty[0]} is empty")
    return found


def _texts(row: Mapping[str, Any], number: int, names: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    for name in names:
        if (value := _given(row, name)) is None:
            raise BadInput(f"row {number}: `{name}` is required and is missing")
        found.append(_text(value, number, name))
        if not found[-1].strip():
            raise BadInput(f"row {number}: `{name}` is empty")
    return tuple(found)


def _given(row: Mapping[str, Any], name: str) -> Any:
    """None where a table has no value in a row."""
    value = row.get(name)
    return None if isinstance(value, float) and math.isnan(value) else value


def _text(value: Any, number: int, name: str) -> str:
    if not isinstance(value, str):
        raise BadInput(f"row {number}: {name} must be a text, not {'null' if value is None else type(value).__name__}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput(f"row {number}: {name} holds half a character (a lone surrogate), which is no text") from None
    return str(value)
