"""An executor in this process: one job after the other, by verbs that compute nothing. Of worker processes it says nothing."""

from pathlib import Path

import fake_verbs

from realignment.core.errors import BadInput
from realignment.executors.queue import Queue
from realignment.executors.worker import compute


class Here:
    def run(self, queue: Queue) -> None:
        while job := queue.next(1):
            task = queue.task(job)
            parent = Path(task["parent"]) if task["parent"] else None
            try:
                compute(queue.workspace, job, parent, Path(task["folder"]), fake_verbs.VERBS)
            except Exception as fault:
                wrong_input = isinstance(fault, BadInput)
                queue.fail(job, str(fault) if wrong_input else f"{type(fault).__name__}: {fault}", bad_input=wrong_input)
            else:
                queue.done(job)
