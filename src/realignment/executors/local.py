"""The executor of this machine: worker processes that stay, one per GPU or as many as `study.workers` on the CPU."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from realignment.config.schema import Settings
from realignment.core.errors import FailedWork
from realignment.engine import hardware
from realignment.executors import pool
from realignment.executors.queue import Queue

CROWDED = 8  # finished models a worker that may wait on disk for those that read them
LOOK = 0.5  # seconds between two looks at a job that somebody computes by hand


@dataclass(frozen=True)
class Local:
    """Only the calling process talks to MLflow. `program` is what a worker process runs."""

    settings: Settings
    program: Sequence[str] = pool.PROGRAM

    def run(self, queue: Queue) -> None:
        study, kind = self.settings.study, next(iter(queue.jobs.values())).environment.get("device", "cpu")
        where = pool.devices(kind, min(study.workers, len(queue.jobs)))
        os.environ[hardware.CHECKPOINT_SECONDS] = str(study.checkpoint)
        with pool.started(queue.workspace, study.threads, where, self.program) as workers:
            _run(queue, workers)


def _run(queue: Queue, workers: list[pool.Worker]) -> None:
    """Gives every idle worker the next job until none is left, or none may be started after a fault."""
    while True:
        for one in workers:
            if not one.key and (job := queue.next(CROWDED * len(workers))) is not None:
                one.give(queue.task(job))
        busy = [one for one in workers if one.key]
        if not busy and not queue.elsewhere:
            return
        if not busy:
            time.sleep(LOOK)
        for one in pool.wait(busy, LOOK if queue.elsewhere else None) if busy else ():
            job = queue.jobs[one.key]
            try:
                answer = one.answer()
            except FailedWork as fault:
                workers.remove(one)
                queue.fail(job, str(fault.args[0]), bad_input=False)
                continue
            if answer.error:
                queue.fail(job, answer.error, bad_input=answer.bad_input)
            else:
                queue.done(job)
