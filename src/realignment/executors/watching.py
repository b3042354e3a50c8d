"""How a study is watched: a view in a terminal, lines elsewhere, events for programs, or little at all."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from realignment.core import console, full
from realignment.core.console import note
from realignment.core.workspace import Workspace
from realignment.executors import events, faults, json_lines
from realignment.executors.events import Event, Listener
from realignment.executors.faults import Aside
from realignment.executors.gpus import Gpus
from realignment.executors.json_lines import JsonLines
from realignment.executors.lines import Lines, summary
from realignment.executors.room import Room
from realignment.executors.tally import Tally
from realignment.records.job import Job

MOST = 20  # jobs of the last screen


@dataclass
class Watch:
    """What the command line asks for, and what came of it: `rows` of the plan, `missing` jobs."""

    quiet: bool = False  # faults and the last screen alone
    events: bool = False  # JSON lines on stdout
    rows: list[dict] = field(default_factory=list)
    missing: list[dict] = field(default_factory=list)

    def say(self, text: str) -> None:
        """What is no fault."""
        if not self.quiet:
            note(text)

    def planned(self, rows: list[dict]) -> None:
        self.rows = rows
        if self.events:
            json_lines.say("planned", rows=rows)

    @contextmanager
    def over(
        self, workspace: Workspace, jobs: Sequence[Job], work: Mapping[str, str], room: Room | None = None
    ) -> Iterator[tuple[Listener, ...]]:
        """Those who hear what happens to `jobs`, and of a study that waits for room while it saves."""
        tally = Tally(jobs, work)
        view = sys.stderr.isatty() and not self.quiet and not self.events
        last = JsonLines(tally) if self.events else Lines(tally, quiet=self.quiet or view)
        listeners = (tally, *([room.hear] if room else []), last)

        def waits(why: str) -> None:
            for hear in listeners:
                hear(Event(events.PAUSED if why else events.GOES_ON, None, why))

        with ExitStack() as until:
            until.enter_context(full.heard(waits))
            if view:
                until.callback(lambda: note(f"study: {summary(tally)}"))
                until.enter_context(_view(workspace, tally, room.line if room else str))
            yield listeners

    def left(self, aside: Mapping[str, Aside], kept: str) -> None:
        """The last screen: what is missing, of each job how often it was tried and why; what the others read that were not made follows."""
        self.missing = faults.missing(list(aside.values()))
        first = [
            {name: row[name] for name in ("run", "tries", "kind", "why")} for row in self.missing if row["kind"] != faults.ABOVE
        ]
        if not first:
            return
        console.table(first[:MOST], title="set aside", to_stderr=True)
        told, below = len(first[:MOST]), len(self.missing) - len(first)
        more = [f"{len(first) - told} more"] * (len(first) > told) + [f"{below} that read their models"] * (below > 0)
        if more:
            note(f"and {' and '.join(more)}: {kept}")

    def end(self, code: int, error: str) -> None:
        """The last event: what was planned, what is missing, and what the command ends with."""
        json_lines.say("end", exit=code, error=error, rows=self.rows, missing=self.missing)


@contextmanager
def _view(workspace: Workspace, tally: Tally, disk: Callable[[], str]) -> Iterator[None]:
    from realignment.executors.screen import Screen, shown

    gpus = Gpus()
    try:
        with shown(Screen(workspace, tally, gpus, disk)):
            yield
    finally:
        gpus.stop()
