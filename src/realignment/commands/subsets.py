"""`realignment subsets`: the language subsets of Table 6, and choosing one's own."""

import json

import click

from realignment.commands.languages import active, at_hand
from realignment.commands.subsets_choose import JSON, about, choose
from realignment.commands.subsets_table6 import table6_
from realignment.commands.vectors import load_vectors
from realignment.core.console import note, table
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.selection import heuristics
from realignment.subsets import naming, table6


@click.group(invoke_without_command=True, help="Language subsets: list, show, choose, table6. Alone: list.")
@click.pass_context
def command(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        context.invoke(list_)


def content() -> dict | None:
    """subsets.json of the active profile; None before `select` has run. BadInput where it was changed since."""
    from realignment.core import outputs

    workspace = active()
    if not workspace or not workspace.subsets.is_file():
        return None
    outputs.require(workspace, ("subsets.json",))
    return json.loads(workspace.subsets.read_text(encoding="utf-8"))


@command.command("list", help="Every name, its rule, and its languages in the active profile (before `select`: as published).")
@JSON
def list_(as_json: bool = False) -> None:
    held = content()
    if held is None:
        if not as_json:
            note("no subsets chosen: Table 6 as published; `dvc repro select` chooses those of the active profile")
        rows = [{"name": name, **(_published(name))} for name in ["none", "all", *naming.names()[1:]]]
    else:
        if not as_json:
            note(f"reading: {held['reading']}; {len(held['pool'])} languages with bitext; a name without a size has {held['n']}")
        rows = [{"name": name, **entry} for name, entry in held["subsets"].items()]
    table(rows, columns=("name", "n", "rule", "languages", *(("unavailable",) if held else ()), "erratum"), as_json=as_json)


def _published(name: str) -> dict:
    row, parts = table6.rows().get(name), naming.parse(name)
    listed = list(row.used) if row and not parts.drawn else []
    return {"n": parts.n or len(listed), "rule": parts.text, "languages": listed, "erratum": row.erratum if row else ""}


@command.command(help="The languages of subset NAME, each with what decides about it.")
@click.argument("name")
@click.option("--draw", type=click.IntRange(0), default=None, help="Subset seed of a random subset; default: the first drawn.")
@JSON
def show(name: str, draw: int | None, as_json: bool) -> None:
    workspace, held = active(), content()
    known, features = at_hand(workspace) if held else languages.paper(), {}
    parts = naming.parse(name, held["n"] if held else 10)
    if parts.drawn and draw is None:
        draw = min(map(int, held["subsets"].get(str(parts), {}).get("draws", {})), default=17) if held else 17
    if held:
        chosen = heuristics.chosen(held, name, draw or 0)
        entry = held["subsets"][str(parts)]
        features = entry["known_features"]
    else:
        chosen, entry = _as_published(parts, draw or 0), _published(str(parts))
        features = _known_features([known[code] for code in chosen])
    if not as_json:
        note(
            f"{parts}: {entry['rule']}"
            + (f"; draw {draw}" if parts.drawn else "")
            + (f"; erratum: {entry['erratum']}" if entry["erratum"] else "")
        )
        if entry.get("objective") is not None:
            note(f"sum of distances {entry['objective']}" + (", the best of all sets" if entry["proven"] else ""))
    table([about(known[code], features) for code in chosen], as_json=as_json)


def _known_features(listed: list[Language]) -> dict[str, int]:
    vectors = load_vectors(None, listed) if active() and listed else None
    return {one.code: vectors.known_features[heuristics.vector_of(one, vectors)] for one in listed} if vectors else {}


def _as_published(parts: naming.Name, draw: int) -> list[str]:
    if parts.heuristic == "none":
        return []
    if parts.drawn:
        return heuristics.random_draw(heuristics.published_pool(parts.pool), parts.n or 0, draw)
    return sorted(naming.published("all_65" if parts.heuristic == "all" else str(parts)).used)


command.add_command(choose)
command.add_command(table6_)
