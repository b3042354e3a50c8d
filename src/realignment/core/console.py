"""What commands print: tables (rich in a terminal, tab-separated when piped, JSON on request) and progress."""

import errno
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import contextmanager

from realignment.core.secrets import hidden


def table(
    rows: Sequence[dict], *, columns: Sequence[str] | None = None, title: str = "", as_json: bool = False, to_stderr: bool = False
) -> None:
    """Print `rows`; `columns` picks and orders their keys. JSON is an array of objects with all keys. What is for people alone goes to stderr."""
    if as_json:
        print(json.dumps(list(rows), ensure_ascii=False, indent=1, default=str))
        return
    columns = list(columns or (rows[0] if rows else ()))
    out = sys.stderr if to_stderr else sys.stdout
    if out.isatty():
        from rich.console import Console
        from rich.table import Table

        grid = Table(title=title or None, header_style="bold", title_justify="left")
        for column in columns:
            numeric = all(isinstance(row.get(column), (int, float)) or row.get(column) in (None, "") for row in rows)
            grid.add_column(column.replace("_", " "), justify="right" if numeric and rows else "left", overflow="fold")
        for row in rows:
            grid.add_row(*[show(row.get(column)) for column in columns])
        Console(stderr=to_stderr).print(grid)
        return
    print("\t".join(columns), file=out)
    for row in rows:
        print("\t".join(show(row.get(column)) for column in columns), file=out)


def show(value: object) -> str:
    """A cell as text: empty for None, lists joined by commas, floats to four significant places."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
    if isinstance(value, (list, tuple, set)):
        return ", ".join(map(str, value))
    return str(value).replace("\t", " ").replace("\n", " ")


def note(text: str) -> None:
    """A line for people: stderr, so that piped output stays data. A full disk below a log ends no work."""
    try:
        print(hidden(text), file=sys.stderr, flush=True)
    except OSError as fault:
        if fault.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


@contextmanager
def progress(label: str, total: int | None = None):
    """Yields `advance(steps=1)`. A bar in a terminal; elsewhere a line now and then."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        with bar:
            task = bar.add_task(label, total=total)
            yield lambda steps=1: bar.advance(task, steps)
        return
    import time

    done, last = 0, time.monotonic()

    def advance(steps: int = 1) -> None:
        nonlocal done, last
        done += steps
        if time.monotonic() - last > 20:
            last = time.monotonic()
            note(f"{label}: {done}" + (f" of {total}" if total else ""))

    yield advance


def track(items: Iterable, label: str, total: int | None = None):
    """Iterate with progress."""
    with progress(label, total if total is not None else len(items)) as advance:  # type: ignore[arg-type]
        for item in items:
            yield item
            advance()


@contextmanager
def transfers(total: int):
    """Yields `started(name)`, a context that yields `advance(bytes)`: one bar per file under way, and one of files done. Thread-safe."""
    import threading

    if not sys.stderr.isatty():
        lock, received = threading.Lock(), 0
        with progress("files", total) as step:

            @contextmanager
            def quiet(_: str):
                def count(size: int) -> None:
                    nonlocal received
                    with lock:
                        received += size

                yield count
                with lock:
                    step()

            yield quiet
        note(f"{total} files, {received / 2**20:.1f} MiB")
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TransferSpeedColumn

    screen = Console(stderr=True)
    files = Progress(TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn(), console=screen, transient=True)
    every = Progress(TextColumn("files"), BarColumn(), MofNCompleteColumn(), console=screen, transient=True)

    @contextmanager
    def started(name: str):
        task = files.add_task(name, total=None)
        try:
            yield lambda size: files.advance(task, size)
            every.advance(whole)
        finally:
            files.remove_task(task)

    from rich.console import Group
    from rich.live import Live

    whole = every.add_task("files", total=total)
    with Live(Group(files, every), console=screen, transient=True):
        yield started
