"""Stage `settings`: the profile over the defaults, validated, so that every later stage reads one file. DVC runs it every time.

reads   params.yaml, profiles/<profile>.yaml, the files of encoders that lie outside the data folder
writes  settings.yaml; keys `outside` hold digests of those files, so that a change of theirs is one that DVC sees
"""

from collections.abc import Iterator
from pathlib import Path

from realignment.config import overruled, params, yaml_lines
from realignment.config.schema import Settings
from realignment.config.validation import Fault
from realignment.core import outputs
from realignment.core.console import note
from realignment.core.files import writable, write_whole
from realignment.core.workspace import Workspace
from realignment.study import feasibility, outside


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """Writes the settings whole or not at all; the row names the file."""
    if faults := [*check_inputs(workspace, settings), *feasibility.faults(workspace, settings)]:
        raise params.refused(faults, f"profile `{settings.profile}`", params.places(workspace))
    for line in overruled.check(workspace.root, settings.profile):
        note(line)
    if missing := params.missing_inputs(workspace.root, settings.fetch):
        note(missing)
    writable(workspace.data)
    before = params.read_yaml(workspace.settings) if workspace.settings.is_file() else outputs.settings(workspace)
    seen = outside.known(workspace, settings, params.seen_outside(before))
    write_whole(workspace.settings, params.dump(settings, seen))
    path = workspace.settings.relative_to(workspace.root).as_posix()
    return [{"profile": settings.profile, "settings": path, "description": settings.settings.description}]


def check_inputs(workspace: Workspace, settings: Settings) -> Iterator[Fault]:
    """DVC watches what params.yaml calls `inputs`; it must be what the active profile's `fetch` reads."""
    if params.active_profile(workspace.root) != settings.profile:
        return
    given, wanted = params.inputs(workspace.root), params.wanted_inputs(settings.fetch)
    if not isinstance(given, str) or (workspace.root / Path(given)).resolve() != (workspace.root / wanted).resolve():
        said = f"profile `{settings.profile}` fetches from {wanted}, key `inputs` of params.yaml is {yaml_lines.dump(given, one_line=True)}"
        yield ("inputs",), f"{said}; set both with `realignment profile {settings.profile}`"
