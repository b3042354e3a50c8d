"""An executor in this process: one job after the other, by verbs that compute nothing. Of worker processes it says nothing."""

import time

import fake_verbs

from realignment.executors.faults import Fault
from realignment.executors.queue import Queue
from realignment.executors.worker import answer


class Here:
    def run(self, queue: Queue) -> None:
        while True:
            job = queue.next(1)
            if job is None and not queue.idle:
                return
            if job is None:
                time.sleep(0.01)
                continue
            told = answer(queue.task(job), fake_verbs.VERBS)
            if "kind" in told:
                queue.fail(job, Fault(told["kind"], told["why"]))
            else:
                queue.done(job)
