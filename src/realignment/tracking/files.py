"""What runs keep as files: read where they lie, or downloaded from a server, whole or not at all; removed with a swept run."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from realignment.core.errors import Away, FailedWork
from realignment.tracking.moves import place
from realignment.tracking.store import READING, artifact_uri, prepare


def local(root: Path, run: str) -> Path | None:
    """The folder of a run's artifacts on this machine; None where a server or a bucket keeps them."""
    return place(artifact_uri(root, run))


def copies(root: Path) -> Path:
    """Where artifacts of a server are downloaded to; a file or folder in here is whole."""
    return root / ".work" / "downloads"


def part(root: Path, run: str, name: str) -> Path | None:
    """A file or folder at the top of a run's artifacts, on this machine; None where the run has none of that name."""
    here = local(root, run)
    if here is not None:
        return here / name if (here / name).exists() else None
    for home in (copies(root), *([_scratch()] if READING.get() else [])):
        if (home / run / name).exists():
            return home / run / name
    if name not in {one.path for one in prepare(root).list_artifacts(run)}:
        return None
    return bring(root, run, name)


def folder(root: Path, run: str) -> Path:
    """The folder of a run's artifacts, all of them on this machine."""
    here = local(root, run)
    if here is not None:
        return here
    found = [part(root, run, one.path) for one in prepare(root).list_artifacts(run)]
    return next((one.parent for one in found if one), copies(root) / run)


def bring(root: Path, run: str, name: str) -> Path:
    """Brings an artifact from where a server keeps it; it appears whole, every file of the size the server says, or not at all.

    While `reading`, into a folder of this process.
    """
    store, home = prepare(root), _scratch() if READING.get() else copies(root)
    (home / run).mkdir(parents=True, exist_ok=True)
    wanted = dict(sizes(root, run, name))
    with tempfile.TemporaryDirectory(prefix=".part-", dir=home) as scratch:
        try:
            got = Path(store.download_artifacts(run, name, scratch))
        except (Away, FailedWork):
            raise
        except Exception as fault:
            raise Away(f"artifact {name} of run {run}: not all of it came ({' '.join(str(fault).split())[:200]})") from None
        there = {path.relative_to(scratch).as_posix(): path.stat().st_size for path in _files(got)}
        if wrong := sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path)):
            raise Away(
                f"artifact {wrong[0]} of run {run}: {wanted.get(wrong[0])} bytes are required, {there.get(wrong[0])} came; "
                f"run the same command again"
            )
        if not (home / run / name).exists():
            got.replace(home / run / name)
    return home / run / name


@functools.cache
def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="realignment-artifacts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def sizes(root: Path, run: str, name: str) -> Iterator[tuple[str, int]]:
    """(path, bytes) of every file of an artifact, as the store says."""
    store = prepare(root)
    (top,) = [one for one in store.list_artifacts(run) if one.path == name]
    waiting = [top]
    while waiting:
        one = waiting.pop()
        if one.is_dir:
            waiting += store.list_artifacts(run, one.path)
        else:
            yield one.path, one.file_size


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]


def discard(root: Path, run: str, name: str) -> bool:
    """Removes the copies of an artifact that a server keeps; whether there was one. The next `part` brings it anew."""
    if local(root, run) is not None:
        return False
    there = [home / run / name for home in (copies(root), _scratch()) if (home / run / name).exists()]
    for one in there:
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    return bool(there)


def clear(root: Path, run: str, name: str) -> None:
    """No artifact `name` of the run is there afterwards, nor a copy of it."""
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    store = prepare(root)
    discard(root, run, name)
    if not any(one.path == name for one in store.list_artifacts(run)):
        return
    try:
        get_artifact_repository(store.get_run(run).info.artifact_uri, tracking_uri=store.tracking_uri).delete_artifacts(name)
    except (MlflowException, NotImplementedError, OSError) as fault:
        raise FailedWork(f"run {run}: artifact {name} cannot be replaced ({' '.join(str(fault).split())[:200]})") from None


def remove(root: Path, run: str) -> None:
    """Removes the artifacts of a run that never came to be, wherever they lie, and copies of them."""
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    shutil.rmtree(copies(root) / run, ignore_errors=True)
    here = local(root, run)
    if here is not None:
        shutil.rmtree(here.parent if here.name == "artifacts" and here.parent.name == run else here, ignore_errors=True)
        return
    store = prepare(root)
    try:
        if store.list_artifacts(run):
            get_artifact_repository(store.get_run(run).info.artifact_uri, tracking_uri=store.tracking_uri).delete_artifacts()
    except (MlflowException, NotImplementedError, OSError):
        return  # a store that keeps what it has; nobody reads it, the run is deleted
