"""`realignment languages --tree` and `--picture`: any languages as trees of families, in the terminal or as a figure."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from realignment.core.console import note
from realignment.languages import families
from realignment.languages.families import Node
from realignment.languages.table import Language


def show(languages: Sequence[Language], root: Path | None, picture: Path | None, *, as_json: bool) -> None:
    """Without a checkout (`root`) there are the families alone, no branches of them."""
    found = families.trees(languages, families.read(root / "data" / "uriel" / families.FILE) if root else {})
    if picture:
        draw(found, picture)
    elif as_json:
        print(json.dumps([nested(one) for one in found], ensure_ascii=False, indent=1))
    else:
        print("\n".join(lines(found)))


def draw(found: Sequence[Node], picture: Path) -> None:
    from realignment.report.figures import captions, style

    if not found:
        return
    figure, caption = captions.tree(found, "Languages by family.")
    style.write(figure, picture, caption)
    note(f"wrote {picture}")


def nested(node: Node) -> dict:
    return {
        "name": node.name,
        "languages": [{"code": one.code, "name": one.name, "level": one.level, "seen": list(one.seen)} for one in node.languages],
        "branches": [nested(branch) for branch in node.branches],
    }


def lines(found: Sequence[Node]) -> list[str]:
    """A line a group, and one a language: code, name, resource level, who has seen it."""
    drawn = [line for one in found for line in [(one.name, ""), *_below(one, "")]]
    wide = max((len(left) for left, right in drawn if right), default=0)
    return [f"{left:<{wide}}  {right}".rstrip() for left, right in drawn]


def _below(node: Node, before: str) -> Iterator[tuple[str, str]]:
    members = [*node.languages, *node.branches]
    for one in members:
        last = one is members[-1]
        begin = before + ("└─ " if last else "├─ ")
        if isinstance(one, Node):
            yield begin + one.name, ""
            yield from _below(one, before + ("   " if last else "│  "))
        else:
            yield f"{begin}{one.code} {one.name}", f"{one.level:<8}{'seen by ' + ' '.join(one.seen) if one.seen else ''}"
