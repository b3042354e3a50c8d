"""The page of a study while it runs: made now and then by a process of its own, which no training waits for and no fault of which counts."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realignment.core import processes
from realignment.core.workspace import Workspace
from realignment.executors.queue import Finish
from realignment.records.job import Job
from realignment.records.record import Record

EVERY = 60.0  # seconds between two pages at least
PROGRAM = (sys.executable, "-m", "realignment", "report", "--so-far")


class Page:
    """`look` starts what makes the page, where there is something new to show."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.began, self.shown = workspace, float("-inf"), -1
        self.process: subprocess.Popen | None = None

    def after(self, finish: Finish) -> Finish:
        """`finish` of a job, and a look."""

        def finished(job: Job, record: Record, folder: Path) -> Path:
            place = finish(job, record, folder)
            self.look()
            return place

        return finished

    def look(self) -> None:
        """Whatever it meets, the study goes on. Without the file that stage `settings` writes there is no page."""
        if not self.workspace.settings.is_file():
            return
        written = self._written()
        if written == self.shown or time.monotonic() - self.began < EVERY or (self.process and self.process.poll() is None):
            return
        self.shown, self.began = written, time.monotonic()
        logs = self.workspace.work / "logs"
        try:
            logs.mkdir(parents=True, exist_ok=True)
            with (logs / "page.log").open("wb") as log:
                self.process = subprocess.Popen(
                    [*PROGRAM, "--settings", str(self.workspace.settings)], cwd=self.workspace.root, env=self._environment(),
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )  # fmt: skip
        except OSError:
            self.process = None

    def _environment(self) -> dict[str, str]:
        """That of the study, without the run of MLflow it was started for, and with the study as parent."""
        return {
            **{name: value for name, value in os.environ.items() if name != "MLFLOW_RUN_ID"},
            processes.PARENT: str(os.getpid()),
        }

    def _written(self) -> int:
        """When study.json was written last, in nanoseconds; 0 before that."""
        try:
            return self.workspace.study.stat().st_mtime_ns
        except OSError:
            return 0

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@contextmanager
def growing(workspace: Workspace) -> Iterator[Page]:
    """Within, the page grows; a first one is begun at once, and none is being made afterwards."""
    page = Page(workspace)
    try:
        page.look()
        yield page
    finally:
        page.stop()
