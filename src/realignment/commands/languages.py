"""`realignment languages`: the languages, their groups, and what the active profile has of them."""

import json
from pathlib import Path

import click

from realignment.commands import languages_trees
from realignment.commands.picture import Picture
from realignment.core import outputs
from realignment.core.console import note, table
from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.languages import traits
from realignment.languages.table import Language

READERS = {  # what a condition on these columns may say
    "code": languages.resolve,
    "level": traits.level,
    "joshi": traits.joshi,
    "seen": traits.encoder,
    "pool": traits.flag,
    "script": traits.script,
}
COLUMNS = ("code", "name", "script", "family", "level", "joshi", "seen", "pool", "pairs", "test_sets")


@click.command(help="The languages: script, family, resource level, who has seen them, and the data of the active profile.")
@click.option("--profile-data", is_flag=True, help="Only languages the active profile has data of.")
@click.option("--where", "wanted", multiple=True, metavar="COLUMN=VALUE", help="Only rows that hold the value; may be repeated.")
@click.option("--tree", is_flag=True, help="Print them as trees of families, with the branches that URIEL has of them.")
@click.option("--picture", type=Picture(), help="Draw these trees (.svg, .png), as in Figures 6 to 8.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with the codes other sources use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the codes other sources use.")
def command(profile_data: bool, wanted: tuple[str, ...], tree: bool, picture: Path | None, as_csv: bool, as_json: bool) -> None:
    if as_csv and (tree or picture):
        raise BadInput("`--csv` is a table, and `--tree` and `--picture` are none; leave one out, or take --json")
    workspace = active()
    known = at_hand(workspace)
    files = fetched(workspace)
    if profile_data and not files:
        raise BadInput("`--profile-data` requires a fetched profile and there is no manifest; make it with `dvc repro fetch`")
    rows = [row(one, files) for one in known.values()]
    if profile_data:
        rows = [one for one in rows if one["pairs"] or one["test_sets"]]
    for condition in wanted:
        rows = [one for one in rows if holds(one, condition)]
    if not rows:
        note(f"no language holds {' and '.join(wanted)}")
    if tree or picture:
        languages_trees.show(
            [known[one["code"]] for one in rows], workspace.root if workspace else None, picture, as_json=as_json
        )
        return
    if as_csv:
        export(rows)
        return
    if as_json:
        rows = [
            {**one, "codes": {key: value for key, value in languages.codes().get(one["code"], {}).items() if value}}
            for one in rows
        ]
    elif not files:
        note("no data fetched: the paper's languages; `dvc repro fetch` brings the active profile's")
    table(rows, columns=COLUMNS, as_json=as_json)


def holds(one: dict, condition: str) -> bool:
    """Whether a row has the value of `COLUMN=VALUE`, as it is printed; of a list, among its members."""
    from realignment.core.console import show

    column, equals, value = condition.partition("=")
    if not equals or column not in one:
        raise BadInput(f"--where requires COLUMN=VALUE, got `{condition}`; {nearest(column, one)}")
    found = one[column] if isinstance(one[column], list) else [one[column]]
    if column in READERS and value.strip():
        asked = traits.read(READERS[column], value, f"--where {column}")
        return asked in (found if column != "joshi" else [-1 if one[column] is None else one[column]])
    return value.casefold() in {show(member).casefold() for member in found or [None]}


def export(rows: list[dict]) -> None:
    """CSV to standard output: the columns of the table, then every code."""
    import csv
    import sys

    from realignment.core.console import show

    codes = [name for name in next(iter(languages.codes().values())) if name != "code"]
    names = [*(rows[0] if rows else COLUMNS), *codes]
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    for one in rows:
        known = languages.codes().get(one["code"], {})
        writer.writerow({**{name: show(value) for name, value in one.items()}, **{name: known.get(name, "") for name in codes}})


def row(language: Language, files: list[dict]) -> dict:
    own = [file for file in files if file["language"] == language.code]
    return {
        "code": language.code,
        "name": language.name,
        "script": language.script,
        "family": language.family,
        "top_family": language.top_family,
        "level": language.level,
        "joshi": language.joshi if language.joshi >= 0 else None,
        "seen": list(language.seen),
        "pool": language.pool,
        "vector": language.vector,
        "shadow_of": language.shadow_of,
        "pairs": sum(file["rows_kept"] for file in own if file["kind"] == "bitext") or None,
        "test_sets": sorted({f"{file['task']}/{file['set']}" for file in own if file["kind"] == "evalset"}),
    }


def active() -> Workspace | None:
    """The active profile's workspace; None outside a checkout."""
    from realignment.config import params
    from realignment.core.workspace import project_root

    try:
        root = project_root()
    except BadInput:
        return None
    return Workspace(root, params.active_profile(root))


def at_hand(workspace: Workspace | None) -> dict[str, Language]:
    """The profile's languages once fetched, the paper's before. BadInput where the table was changed since."""
    if not workspace or not workspace.languages.is_file():
        return languages.paper()
    outputs.require(workspace, ("languages.csv",))
    return languages.read(workspace.languages)


def fetched(workspace: Workspace | None) -> list[dict]:
    """Entries of the manifest; none before fetch. BadInput where it was changed since."""
    if not workspace or not workspace.manifest.is_file():
        return []
    outputs.require(workspace, ("manifest.json",))
    return json.loads(Path(workspace.manifest).read_text(encoding="utf-8"))["files"]
