"""`realignment clean`: remove what can be made again. What costs hours, and the tracking store, goes only after a question."""

import json
from pathlib import Path

import click


@click.command(help="Remove what can be made again: work folders of the active profile; with --all also data and runs.")
@click.option("--all", "everything", is_flag=True, help="Also data/<profile>, reports/<profile>, and the store of every profile.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show sizes, remove nothing.")
def command(everything: bool, yes: bool, dry_run: bool) -> None:
    from realignment.config import params
    from realignment.core.console import note, table
    from realignment.core.files import remove
    from realignment.core.locks import alone
    from realignment.core.workspace import Workspace, project_root

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    rows = [row for row in listing(workspace, everything) if row["bytes"]]
    table([{**row, "size": human(row["bytes"])} for row in rows], columns=["path", "size", "what"])
    if dry_run or not rows:
        note("nothing to remove" if not rows else f"{human(sum(row['bytes'] for row in rows))} could be removed")
        return
    with alone(root, busy):
        not_under_dvc(root)
        lost = unfinished(workspace)
        if everything and not yes:
            click.confirm(f"{lost}Remove all of these, the runs and models of every profile among them?", abort=True)
        elif lost and not yes:
            click.confirm(f"{lost}Remove them?", abort=True)
        for row in rows:
            remove(root / row["path"])
    note(f"{human(sum(row['bytes'] for row in rows))} removed")


def busy(what: str) -> None:
    from realignment.core.errors import BadInput

    raise BadInput(f"`clean` removes what others may be using; running here: {what}; wait for it or stop it")


def not_under_dvc(root: Path) -> None:
    """Between two stages DVC runs none of our commands."""
    from realignment.core import dvc_rwlock

    if there := dvc_rwlock.live(root):
        busy(", ".join(f"`{command}` (pid {pid})" for pid, command in sorted(there.items())))


def listing(workspace, everything: bool) -> list[dict]:
    """What would be removed: path relative to the checkout, bytes, what it is."""
    root, work = workspace.root, workspace.work
    left = (path for path in sorted(work.glob("*")) if not path.name.startswith(("study.lock", "locks", "outputs.json")))
    paths = [(path, WORK.get(path.name, "left by a stage that was stopped")) for path in left]
    paths += [(root / ".work" / name, "copies of a server's artifacts") for name in ("artifacts", "downloads")]
    if everything:
        paths += [(workspace.data, "data and study of the profile; `dvc repro` makes them again, or takes them from DVC's cache")]
        paths += [(workspace.reports, "the report"), (root / "mlruns", STORE)]
        paths += [(path, STORE) for path in sorted(root.glob("mlflow.db*"))]
    return [{"path": path.relative_to(root).as_posix(), "bytes": size(path), "what": what} for path, what in paths]


STORE = "runs and models of EVERY profile; runs come back from study.json, models do not"
WORK = {
    "jobs": "finished jobs of a study that was stopped; without them it begins them anew",
    "hand": "jobs run by hand that were stopped",
    "spool": "finished jobs that wait for the tracking server",
    "checkpoints": "where trainings that were stopped go on",
    "saved.jsonl": "records of finished jobs that study.json lacks yet; the tracking store has them",
    "best": "models put aside by study.keep: best",
    "logs": "logs of workers",
    "tokens": "tokenised bitexts; made again when they are needed",
    "select.json": "distances, subsets and proofs that `select` computed; computed again when they are needed",
    "digests.json": "sha256 of files, by inode and time; read again when they are needed",
    "planned.json": "what the last study planned; written again by the next",
    "rescored.json": "scores computed from predictions; computed again by the next report",
}


def unfinished(workspace) -> str:
    """What of a stopped study's work would be lost, as a sentence; "" where nothing is."""
    work = workspace.work
    records = [path for name in ("jobs", "hand", "spool", "best") for path in sorted((work / name).glob("*/record.json"))]
    seconds = 0.0
    for path in records:
        try:
            seconds += json.loads(path.read_text(encoding="utf-8"))["seconds"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
    begun = sum(1 for path in (work / "checkpoints").glob("*") if size(path))
    parts = []
    if records:
        parts.append(f"{len(records)} finished jobs ({seconds / 3600:.1f} hours of computing)")
    if begun:
        parts.append(f"the checkpoints of {begun} trainings that were stopped")
    return f"Of profile `{workspace.profile}` this loses {' and '.join(parts)}. " if parts else ""


def size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 where there is nothing."""
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file() and not one.is_symlink())


def human(count: int | float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
