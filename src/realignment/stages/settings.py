"""Stage `settings`: the profile over the defaults, validated, so that every later stage reads one file.

reads   params.yaml, profiles/<profile>.yaml
writes  settings.yaml
"""

from pathlib import Path

from realignment import overruled, params
from realignment.console import note
from realignment.errors import BadInput
from realignment.schema import Settings
from realignment.workspace import Workspace


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """Writes the settings whole or not at all; the row names the file."""
    check_inputs(workspace, settings)
    for line in overruled.check(workspace.root, settings.profile):
        note(line)
    workspace.settings.parent.mkdir(parents=True, exist_ok=True)
    staged = workspace.settings.with_suffix(".tmp")
    staged.write_text(params.dump(settings), encoding="utf-8")
    staged.replace(workspace.settings)
    path = workspace.settings.relative_to(workspace.root).as_posix()
    return [{"profile": settings.profile, "settings": path, "description": settings.settings.description}]


def check_inputs(workspace: Workspace, settings: Settings) -> None:
    """DVC watches what params.yaml calls `inputs`; it must be what the active profile's `fetch` reads."""
    if params.active_profile(workspace.root) != settings.profile:
        return
    if settings.fetch.source == "folder" and not settings.fetch.folder:
        raise BadInput(f"profile `{settings.profile}`: source `folder` reads a data folder; fetch.folder names none")
    given, wanted = params.inputs(workspace.root), params.wanted_inputs(settings.fetch)
    if not isinstance(given, str) or (workspace.root / Path(given)).resolve() != (workspace.root / wanted).resolve():
        raise BadInput(
            f"profile `{settings.profile}` fetches from {wanted}, key `inputs` of params.yaml is {given}; "
            f"set both with `realignment profile {settings.profile}`"
        )
    if missing := params.missing_inputs(workspace.root, settings.fetch):
        note(missing)
