"""What happens to the jobs of a grid, in a terminal: a view that is drawn anew, below what else is said."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from realignment.core.workspace import Workspace
from realignment.engine import monitor
from realignment.executors.gpus import Gpus
from realignment.executors.tally import Running, Tally

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.table import Table

A_SECOND = 2  # how often it is drawn
RECKONED = 5.0  # seconds for which a time left stands: it follows from every job that is left
HEAD, FOOT = 3, 6  # lines above and below the running jobs, at most


class Screen:
    """`draw` makes the view of a moment, as wide and as high as the terminal is then."""

    def __init__(self, workspace: Workspace, tally: Tally, gpus: Gpus, disk: Callable[[], str]) -> None:
        """`disk` says what is free, kept and removed."""
        self.workspace, self.tally, self.gpus, self.disk = workspace, tally, gpus, disk
        self.known, self.left, self.reckoned = False, "", float("-inf")

    def draw(self, width: int, height: int) -> "Group":
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        tally, rows = self.tally, Table.grid(padding=(0, 2), expand=True)
        with tally.lock:
            running = sorted(tally.running.values(), key=lambda one: (len(one.place), one.place))
            faults, paused = list(tally.faults), tally.paused
            ended = tally.done + tally.aside
            counts = [f"{tally.done} done", f"{len(running)} running", f"{tally.aside} set aside", f"{tally.left} left"]
        title = Table.grid(padding=(0, 2))
        name = f"study {self.workspace.profile}"
        title.add_row(name, ProgressBar(tally.total, ended, width=max(10, min(40, width - 40))), f"{ended} of {tally.total}")
        speed = f"; {per_hour:,.0f} jobs an hour" if (per_hour := tally.per_hour()) else ""
        facts = [Text(", ".join(counts) + speed, no_wrap=True, overflow="ellipsis")]
        facts.append(Text(f"paused: {paused}", "bold red") if paused else Text(self._time(), no_wrap=True, overflow="ellipsis"))
        rows.add_column(no_wrap=True)
        rows.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        self._running(rows, running, width, max(1, height - HEAD - FOOT - len(self.gpus.there)))
        for one in self.gpus.there:
            rows.add_row(f"GPU {one.index}", str(one))
        if disk := self.disk():
            rows.add_row("disk", disk)
        for fault in faults:
            rows.add_row("fault", Text(fault, "red", no_wrap=True, overflow="ellipsis"))
        return Group(title, *facts, rows)

    def _time(self) -> str:
        now = time.monotonic()
        if now - self.reckoned > RECKONED or not self.known or not self.tally.open:
            self.known, self.left, self.reckoned = self.tally.computed > 0, self.tally.time_left(), now
        return self.left

    def _running(self, rows: "Table", running: list[Running], width: int, most: int) -> None:
        now = time.monotonic()
        for one in running[:most]:
            since = monitor.clock(now - one.since)
            far = monitor.far(self.workspace.steps(one.job.key))
            room = width - len(one.place) - len(since) - 6  # of the line; the job is told before its speed
            rows.add_row(one.place, f"{since}  {one.job.name}" + (f"  {far}" if len(one.job.name) + len(far) <= room else ""))
            if far and len(one.job.name) + len(far) > room:
                rows.add_row("", f"{' ' * len(since)}  {far}")
        if len(running) > most:
            rows.add_row("", f"and {len(running) - most} more")


@contextmanager
def shown(screen: Screen, console: "Console | None" = None) -> Iterator[None]:
    """Within, the view stands at the foot of the terminal, and what is printed goes above it; it is gone afterwards."""
    from rich.console import Console
    from rich.live import Live

    console = console or Console(stderr=True)
    live = Live(
        console=console, get_renderable=lambda: screen.draw(*console.size), refresh_per_second=A_SECOND, transient=True,
        redirect_stdout=False,
    )  # fmt: skip
    with live:
        yield
