"""What commands print: tables (rich in a terminal, tab-separated when piped, JSON on request) and progress."""

import errno
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from realignment.core.secrets import hidden

if TYPE_CHECKING:
    from rich.table import Table


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

        screen = Console(stderr=to_stderr)
        screen.print(_grid(rows, columns, title, screen.width))
        return
    print("\t".join(columns), file=out)
    for row in rows:
        print("\t".join(show(row.get(column)) for column in columns), file=out)


def _grid(rows: Sequence[dict], columns: Sequence[str], title: str, room: int) -> "Table":
    """As wide as its cells. Where that is more than `room` it has no rules and no empty columns; words are broken where nothing else helps, numbers never."""
    from rich.box import HEAVY_HEAD
    from rich.cells import cell_len
    from rich.table import Table

    cells = {column: [show(row.get(column)) for row in rows] for column in columns}
    most = {column: max(map(cell_len, [column, *cells[column]])) for column in columns}
    narrow = sum(most.values()) + 3 * len(columns) + 1 > room
    if narrow:
        cells = {column: [one.replace("± ", "±") for one in found] for column, found in cells.items() if any(found) or not rows}
        least = {column: max(map(cell_len, " ".join([_heading(column), *found]).split())) for column, found in cells.items()}
        uncut = {column: max(map(cell_len, cells[column])) for column in _numbers(rows, cells)}
        widths = _shared({column: (least[column], most[column]) for column in cells}, uncut, room - len(cells) + 1)
        grid = Table(
            title=title or None, header_style="bold", title_justify="left", box=None, padding=(0, 1, 0, 0), pad_edge=False
        )
    else:
        widths = most
        grid = Table(title=title or None, header_style="bold", title_justify="left", box=HEAVY_HEAD)
    for column in cells:
        right = column in _numbers(rows, cells)
        grid.add_column(_heading(column), justify="right" if right else "left", overflow="fold", width=widths[column])
    for row in zip(*cells.values(), strict=True):
        grid.add_row(*row)
    return grid


def _heading(column: str) -> str:
    return column.replace("_", " ")


def _numbers(rows: Sequence[dict], columns: Iterable[str]) -> set[str]:
    """The columns that hold nothing but numbers and gaps."""
    return {
        one
        for one in columns
        if rows and all(isinstance(row.get(one), (int, float)) or row.get(one) in (None, "") for row in rows)
    }


def _shared(columns: Mapping[str, tuple[int, int]], uncut: Mapping[str, int], room: int) -> dict[str, int]:
    """`room` among columns of (longest word, longest cell): words first, what is left so that cells take few lines. Where words alone are too wide, the longest
    are cut, down to `uncut`: widths of numbers."""
    cap = max((least for least, _ in columns.values()), default=0)
    while True:
        found = {name: max(uncut.get(name, 1), min(least, cap)) for name, (least, _) in columns.items()}
        if cap <= 1 or sum(found.values()) <= room:
            break
        cap -= 1
    for _ in range(room - sum(found.values())):
        fullest = max(found, key=lambda one: columns[one][1] / found[one])
        found[fullest] += found[fullest] < columns[fullest][1]
    return found


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
    """Yields `advance(steps=1)`. A bar in a terminal; elsewhere a line now and then; where `total` is 0, nothing."""
    if total == 0:
        yield lambda steps=1: None
        return
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
