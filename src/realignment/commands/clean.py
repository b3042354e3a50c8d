"""`realignment clean`: remove what can be made again. The tracking store goes only when asked for, after a question."""

import shutil
from pathlib import Path

import click


@click.command(help="Remove what can be made again: work folders of the active profile; with --all also data and runs.")
@click.option("--all", "everything", is_flag=True, help="Also data/<profile>, reports/<profile>, and the store of every profile.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show sizes, remove nothing.")
def command(everything: bool, yes: bool, dry_run: bool) -> None:
    from realignment import params
    from realignment.console import note, table
    from realignment.stages.study import locked
    from realignment.workspace import Workspace, project_root

    root = project_root()
    workspace = Workspace(root, params.active_profile(root))
    rows = [row for row in listing(workspace, everything) if row["bytes"]]
    table([{**row, "size": human(row["bytes"])} for row in rows], columns=["path", "size", "what"])
    if dry_run or not rows:
        note("nothing to remove" if not rows else f"{human(sum(row['bytes'] for row in rows))} could be removed")
        return
    if everything and not yes:
        click.confirm("Remove all of these, the runs and models of every profile among them?", abort=True)
    with locked(workspace):  # not under a running study
        for row in rows:
            remove(root / row["path"])
    note(f"{human(sum(row['bytes'] for row in rows))} removed")


def listing(workspace, everything: bool) -> list[dict]:
    """What would be removed: path relative to the checkout, bytes, what it is."""
    root, work = workspace.root, workspace.work
    left = (path for path in sorted(work.glob("*")) if path.name not in ("study.lock", "locks", "outputs.json"))
    paths = [(path, WORK.get(path.name, "left by a stage that was stopped")) for path in left]
    paths.append((root / ".work" / "artifacts", "copies of a server's artifacts"))
    if everything:
        paths += [(workspace.data, "data and study of the profile; `dvc repro` makes them again, or takes them from DVC's cache")]
        paths += [(workspace.reports, "the report"), (root / "mlruns", STORE)]
        paths += [(path, STORE) for path in sorted(root.glob("mlflow.db*"))]
    return [{"path": path.relative_to(root).as_posix(), "bytes": size(path), "what": what} for path, what in paths]


STORE = "runs and models of EVERY profile; runs come back from study.json, models do not"
WORK = {
    "jobs": "finished jobs of a study that was stopped; without them it begins them anew",
    "hand": "jobs run by hand that were stopped",
    "best": "models put aside by study.keep: best",
    "logs": "logs of workers",
    "tokens": "tokenised bitexts; made again when they are needed",
    "digests.json": "sha256 of files, by inode and time; read again when they are needed",
    "rescored.json": "scores computed from predictions; computed again by the next report",
}


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


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
