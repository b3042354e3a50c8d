"""Where the jobs of a grid are computed: what an executor must do, and what is the same for all of them."""

from typing import Protocol, runtime_checkable

from realignment.core.workspace import Workspace
from realignment.executors.faults import Aside
from realignment.executors.queue import Keeper, Queue, Rules
from realignment.records.job import Job
from realignment.study.turns import Turns


@runtime_checkable
class Executor(Protocol):
    """Computes jobs in places of its own: worker processes, a cluster.

    A job is computed by `worker.answer` into the folder that `queue.task` names, which appears whole or not at all.
    """

    def run(self, queue: Queue) -> None:
        """Begins what `queue.next` gives, and tells `queue.done` or `queue.fail` of each job when it has ended.

        Returns when nothing runs and `next` gives none, unless `queue.idle` says that it may give one later. An interruption ends what runs
        and is passed on.
        """


def grid(
    workspace: Workspace, jobs: list[Job], keeper: Keeper, executor: Executor, rules: Rules | None = None
) -> dict[str, Aside]:
    """Computes `jobs`, each after the one whose model it reads; `keeper.finish` is called here for each, in the order they are done.

    A finished folder found at the start counts as computed. A job's folder is removed when the job and all that read it are
    finished. A job that cannot be computed is set aside with those that read its model, and the rest goes on: what was set aside is returned.
    Each job holds its key, as one by hand does.
    """
    if not jobs:
        return {}
    rules = rules or Rules()
    turns = keeper.turns or Turns(workspace)
    try:
        queue = Queue(workspace, jobs, keeper, turns, rules)
        queue.keep_aside(rules.aside)
        queue.take_found()
        if queue.open:
            executor.run(queue)
        queue.tidy()
        return queue.aside
    finally:
        if keeper.turns is None:
            turns.close()
