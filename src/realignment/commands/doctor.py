"""`realignment doctor`: is everything in place; with --setup, what can be put in place is."""

import sys
from pathlib import Path

import click


@click.command(help="Check environment, tracking store and checkout; exit 1 where something is broken.")
@click.option(
    "--setup",
    is_flag=True,
    help="Prepare the store, what `mlflow run` needs, and the authors' runs; mend what killed processes left.",
)
@click.option(
    "--files",
    is_flag=True,
    help="The public corpora of the active profile, file by file, and its encoders of the hub: there or not, bytes to bring.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(setup: bool, files: bool, as_json: bool) -> None:
    from realignment.commands import doctor_checks
    from realignment.core.console import table
    from realignment.core.workspace import project_root

    root = project_root()
    if files:
        show_files(root, as_json)
        return
    rows = doctor_checks.setup(root) if setup else doctor_checks.check(root)
    if setup and not any(row["ok"] == "broken" for row in rows):
        sweep(root)
    if not setup or as_json or any(row["ok"] == "broken" for row in rows):
        table(rows, columns=["check", "ok", "detail"], as_json=as_json)
    if any(row["ok"] == "broken" for row in rows):
        sys.exit(1)


def sweep(root: Path) -> None:
    """Ends what killed processes left RUNNING in the active profile's experiment, unless its study is running."""
    from realignment import tracking
    from realignment.config import params
    from realignment.core.console import note
    from realignment.core.errors import BadInput
    from realignment.core.workspace import Workspace
    from realignment.stages.study import locked

    active = params.active_profile(root)
    try:
        with locked(Workspace(root, active)):
            count = tracking.sweep(root, active)
    except BadInput as fault:
        note(f"left alone: {fault}")
        return
    if count:
        note(f"{count} runs of killed processes ended")


def show_files(root, as_json: bool) -> None:
    """The stock of public corpora and encoders, and the sum of what is missing; exit 1 where a file differs from the lock."""
    from realignment.config import params
    from realignment.core.console import note, table
    from realignment.core.errors import BadInput
    from realignment.core.workspace import Workspace
    from realignment.sources.public import availability

    workspace = Workspace(root, params.active_profile(root))
    settings = params.load(workspace)
    if settings.fetch.source != "public":
        raise BadInput(
            f"--files lists public corpora; the active profile's source is `{settings.fetch.source}`; `realignment profile paper`"
        )
    rows = [*availability.files(root, settings.fetch, ask=True), *encoders(workspace, settings)]
    table(rows, columns=["path", "state", "bytes", "source"], as_json=as_json)
    missing = [row for row in rows if row["state"] != "present"]
    known = sum(row["bytes"] or 0 for row in missing)
    unknown = sum(row["bytes"] is None for row in missing)
    note(
        f"{len(rows)} files and encoders, {len(rows) - len(missing)} present; bringing the rest takes about {known / 2**20:.0f} MiB"
        + (f" and {unknown} whose size is not known" if unknown else "")
    )
    if any(row["state"] == "changed" for row in rows):
        sys.exit(1)


def encoders(workspace, settings) -> list[dict]:
    """One row per encoder of the hub, which the study downloads into the hub's cache: there or not, bytes that would come."""
    from realignment.core import network
    from realignment.engine.bases import hub, locate
    from realignment.study import outside

    rows = []
    for name in outside.apart(workspace, settings):
        if name.startswith("hub:"):
            here = locate.at_hand(name, workspace.root) is not None
            size = 0 if here else None if network.forbidden() else hub.to_bring(name)
            rows.append({"path": "cache of the hub", "state": "present" if here else "missing", "bytes": size, "source": name})
    return rows
