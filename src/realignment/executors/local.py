"""The executor of this machine: worker processes that stay, one per GPU or as many as `study.workers` on the CPU."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from realignment.config.schema import Settings
from realignment.engine import hardware
from realignment.executors import faults, pool
from realignment.executors.queue import Queue

CROWDED = 8  # finished models a worker that may wait on disk for those that read them
LOOK = 0.5  # seconds between two looks at what others compute, and at what is tried again
FRESH = (faults.ERROR, faults.MEMORY, faults.KILLED)  # after which a process may hold what it should not


@dataclass(frozen=True)
class Local:
    """Only the calling process talks to MLflow. `program` is what a worker process runs."""

    settings: Settings
    program: Sequence[str] = pool.PROGRAM

    def run(self, queue: Queue) -> None:
        study, kind = self.settings.study, next(iter(queue.jobs.values())).environment.get("device", "cpu")
        where = pool.devices(kind, min(study.workers, len(queue.jobs)), study.gpu_share)
        os.environ[hardware.CHECKPOINT_SECONDS] = str(study.checkpoint)
        with pool.started(queue.workspace, study.threads, where, self.program) as workers:
            _run(queue, workers)


def _run(queue: Queue, workers: pool.Pool) -> None:
    """Gives every idle worker the next job until none is left."""
    while True:
        for one in workers.workers:
            if not one.key and (job := queue.next(CROWDED * len(workers.workers))) is not None:
                one.give(queue.task(job, _name(one)))
        busy = [one for one in workers.workers if one.key]
        if not busy and not queue.idle:
            return
        if not busy:
            time.sleep(LOOK)
        for one in pool.wait(busy, LOOK if queue.idle else None) if busy else ():
            job, fault = queue.jobs[one.key], one.answer()
            if fault is None:
                queue.done(job, place=_name(one))
                continue
            queue.fail(job, fault, _name(one))
            if fault.kind in FRESH:
                workers.replace(one)


def _name(one: pool.Worker) -> str:
    return f"worker {one.number}" + (f" on GPU {gpu}" if (gpu := one.device.get("CUDA_VISIBLE_DEVICES")) else "")
