"""`realignment profile`: which profile is active, which there are, what their keys mean; and switching."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from realignment.config import params, yaml_lines
from realignment.core.errors import BadInput, nearest

FILE = params.DEFAULTS
ABOUT = """# Every setting

Made by `realignment profile --explain --markdown > docs/settings.md` from the schema and `params.yaml`, which holds the defaults; `profiles/<name>.yaml` holds what
differs. `extends: NAME` at its top lays it over another profile, and that over the defaults: mappings are merged key by key at every depth, lists and all other values are replaced, and
`label: null` takes an entry of `study.encoders`, `select.own` or `fetch.mirrors` out. An entry of `study.encoders`, or `study.ceiling`, that says another `model` or `name` than the one it is laid
over is of another encoder and replaces it whole, so it says its own `seen`, `learning_rate` and `subsets`; so does one of `models` with another `name` or `repository`. An unknown key, a wrong type and a value out of bounds are refused, each with its file and line. In a terminal: `realignment profile --explain`, which also shows the
values of the active profile. Keys of the sample's `fetch.world`: [its README](../src/realignment/sources/sample/README.md)."""


@click.command(
    help="Show the active profile and the others, or switch to NAME (edits `profile` and `inputs` of params.yaml, and says what the profile still lacks)."
)
@click.argument("name", required=False)
@click.option("--explain", is_flag=True, help="Every key of the settings: meaning, bounds, default.")
@click.option("--markdown", is_flag=True, help="With --explain: as the page docs/settings.md.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(name: str | None, explain: bool, markdown: bool, as_json: bool) -> None:
    from realignment.core.console import note, table
    from realignment.core.workspace import project_root

    root = project_root()
    if explain and name:
        raise BadInput(
            f"--explain shows the keys of the active profile and takes no NAME, got {name}; switch first, or leave one out"
        )
    if markdown and (as_json or not explain):
        raise BadInput("--markdown goes with --explain, and without --json")
    if markdown:
        click.echo(page(keys(root)), nl=False)
        return
    if explain:
        table(keys(root), as_json=as_json)
        return
    if name:
        switch(name, root)
        note(f"active profile: {name}; `dvc repro` brings its report up to date")
    table(listing(root), as_json=as_json)


def listing(root: Path) -> list[dict]:
    """One row per profile; one that is not valid says why."""
    from realignment.core.workspace import Workspace

    active, rows = params.active_profile(root), []
    for name in params.profiles(root):
        try:
            settings, below = params.load(Workspace(root, name)), [Path(file).stem for file in params.files(name, root)[1:]]
            source, description = params.wanted_inputs(settings.fetch), settings.settings.description
        except BadInput as fault:
            source, below, description = None, [], f"not valid: {fault}"
        about = {"profile": name, "active": name == active, "extends": below[0] if below else None}
        rows.append({**about, "inputs": source, "description": description})
    return rows


def switch(name: str, root: Path) -> None:
    """Sets `profile` and `inputs` of params.yaml to those of a valid profile; every other line stays as it is."""
    from realignment.core.console import note
    from realignment.core.files import write_whole
    from realignment.core.workspace import Workspace
    from realignment.study import feasibility

    if name not in params.profiles(root):
        raise BadInput(f"unknown profile `{name}`; {nearest(name, params.profiles(root))}; profiles are files in profiles/")
    workspace = Workspace(root, name)
    settings = params.load(workspace)
    path = root / FILE
    text = path.read_text(encoding="utf-8")
    for key, value in (("profile", name), ("inputs", params.wanted_inputs(settings.fetch))):
        text = set_line(text, key, value)
    write_whole(path, text)
    if missing := params.missing_inputs(root, settings.fetch):
        note(missing)
    if faults := feasibility.faults(workspace, settings):
        for line in params.refused(faults, f"profile `{name}`", params.places(workspace)).args:
            note(f"not yet ready for `dvc repro`: {line}")


def set_line(text: str, key: str, value: str) -> str:
    """`text` with the value of a top-level key replaced; a comment on its line stays."""
    pattern = rf"(?m)^{key}:[^\S\n]*[^#\n]*?([^\S\n]+#.*)?$"
    changed, times = re.subn(pattern, lambda found: f"{key}: {spelt(value)}{found[1] or ''}", text)
    if times != 1:
        raise BadInput(f"{FILE}: one line `{key}: ...` is required at the top level; found {times}")
    return changed


def keys(root: Path) -> list[dict]:
    """One row per key of the settings, in the order of the schema, with the default of params.yaml."""
    from realignment.core.workspace import Workspace

    active = params.active_profile(root)
    defaults, (now, places) = params.read_yaml(root / FILE), params.layered(active, root)
    params.load(Workspace(root, active))
    rows = []
    for section, kind in params.SECTIONS.items():
        for one in fields(kind):
            default, current = defaults[section].get(one.name), now[section].get(one.name)
            row = {"key": f"{section}.{one.name}", "meaning": one.metadata["help"], "allowed": allowed(one.metadata)}
            own = {f"in {active}": spelt(current), "set in": places.get((section, one.name))} if current != default else {}
            rows.append({**row, "default": spelt(default), f"in {active}": None, "set in": None, **own})
    return rows


def page(rows: list[dict]) -> str:
    """The keys as Markdown, one table per section."""
    from realignment.core import escaping

    lines = [ABOUT]
    for section, kind in params.SECTIONS.items():
        lines += ["", f"## {section}", "", "| key | meaning | allowed | default |", "|---|---|---|---|"]
        mine = [row for row in rows if row["key"].startswith(f"{section}.")]
        for row in mine:
            cells = (escaping.markdown(row["meaning"]), escaping.markdown(row["allowed"]), f"`{row['default']}`")
            lines.append(f"| `{row['key'].partition('.')[2]}` | " + " | ".join(cells) + " |")
        assert len(mine) == len(fields(kind))
    return "\n".join(lines) + "\n"


def allowed(metadata: Any) -> str:
    """The choices or bounds of a key in words."""
    bounds = [f"at {side} {metadata[side]:,}" for side in ("least", "most") if metadata[side] is not None]
    return " | ".join([*map(str, metadata["choices"]), *([", ".join(bounds)] if bounds else [])])


def spelt(value: Any) -> str:
    """A value as YAML on one line."""
    return yaml_lines.dump(value, one_line=True)
