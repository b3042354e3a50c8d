"""Text in which every character stands for itself, for Markdown and for spreadsheets: names come from users and from the web."""

import re
from collections.abc import Iterable

MARKDOWN = re.compile(r"[\\`*\[\]<>|]|~~|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet computes a cell that begins with one of these
_FIRST = frozenset(FORMULA)


def markdown(text: object) -> str:
    """One line of Markdown that shows `text` as it is, in a cell of a table too."""
    return MARKDOWN.sub(lambda found: "".join(f"\\{one}" for one in found[0]), " ".join(str(text).split()))


def code(text: str) -> str:
    """`text` as code within a line."""
    ticks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{ticks}{space}{' '.join(text.split())}{space}{ticks}"


def block(text: str, kind: str = "") -> str:
    """`text` as a block of code."""
    ticks = "`" * max(3, max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{ticks}{kind}\n{text}\n{ticks}\n"


def cells(values: Iterable[object]) -> list[object]:
    """Those of a row, see `cell`."""
    return [cell(one) if type(one) is not float and type(one) is not int and str(one)[:1] in _FIRST else one for one in values]


def cell(value: object) -> object:
    """A value of a CSV file for people; text that a spreadsheet would compute is marked as text, numbers stay numbers."""
    if not isinstance(value, str) or not value.startswith(FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
