"""Where the jobs of a grid are computed: what an executor must do, and what is the same for all of them."""

import sys
import time
from contextlib import ExitStack, contextmanager
from typing import Protocol, runtime_checkable

from realignment.core.console import note, progress
from realignment.core.workspace import Workspace
from realignment.executors.queue import Keeper, Queue
from realignment.records.job import Job

EVERY = 15  # seconds between two lines where there is no terminal


@runtime_checkable
class Executor(Protocol):
    """Computes jobs in places of its own: worker processes, a cluster.

    A job is computed by `worker.compute` into the folder that `queue.task` names, which appears whole or not at all.
    """

    def run(self, queue: Queue) -> None:
        """Begins what `queue.next` gives, and tells `queue.done` or `queue.fail` of each job when it has ended.

        Returns when nothing runs and `next` gives none: all are done, or one has failed and the others have ended. While
        `queue.elsewhere` is not empty, somebody computes jobs by hand: ask again. An interruption ends what runs and is passed on.
        """


def grid(workspace: Workspace, jobs: list[Job], keeper: Keeper, executor: Executor) -> None:
    """Computes `jobs`, each after the one whose model it reads; `keeper.finish` is called here for each, in the order they are done.

    A finished folder found at the start counts as computed. A job's folder is removed when the job and all that read it are
    finished. The first failure lets running jobs finish and is raised then. Each job holds its key, as one by hand does.
    """
    if not jobs:
        return
    with ExitStack() as turns, _reported(len(jobs)) as report:
        queue = Queue(workspace, jobs, keeper, turns)
        queue.report = report
        queue.take_found()
        if queue.open:
            executor.run(queue)
    if queue.fault:
        raise queue.fault


@contextmanager
def _reported(total: int):
    """Yields `report(text)`, called when a job is done: a bar in a terminal, elsewhere a line now and then, and the last."""
    if sys.stderr.isatty():
        with progress("study", total) as advance:
            yield lambda text: advance()
        return
    done, last, began = 0, 0.0, time.monotonic()

    def report(text: str) -> None:
        nonlocal done, last
        done += 1
        now = time.monotonic()
        if now - last > EVERY or done == total:
            last = now
            note(f"study: {done} of {total} done after {now - began:.0f} s; last: {text}")

    yield report
