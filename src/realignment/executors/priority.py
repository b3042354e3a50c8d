"""Which job of a grid comes next. The order decides when the grid is done, never what comes out."""

from collections.abc import Iterable, Sequence

from realignment.records.job import Job
from realignment.records.record import Record

SECONDS = {"realign": 100.0, "finetune": 50.0, "evaluate": 10.0}  # only their order matters, and only where nothing was measured


def urgency(jobs: Iterable[Job], cost: dict[str, float]) -> dict[str, float]:
    """Key -> seconds from the start of the job to the end of the longest chain that waits for it."""
    jobs = list(jobs)
    children: dict[str, list[str]] = {}
    for job in jobs:
        children.setdefault(job.parent, []).append(job.key)
    found: dict[str, float] = {}

    def chain(key: str) -> float:
        if key not in found:
            found[key] = cost[key] + max((chain(child) for child in children.get(key, ())), default=0.0)
        return found[key]

    return {job.key: chain(job.key) for job in jobs}


def following(ready: Sequence[Job], urgent: dict[str, float], crowded: bool) -> Job:
    """The job whose chain is longest; where finished models crowd the disk, the shortest, which frees one soonest."""
    sign = 1 if crowded else -1
    return min(ready, key=lambda job: (sign * urgent[job.key], job.name, job.key))


class Costs:
    """Expected seconds of each job: the mean of finished ones of the same verb and task, else a guess. `urgent` follows them.

    Means settle soon, so that `urgent` is reckoned anew when as many more jobs are done as were then, and not after each of thousands.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.jobs, self.seen, self.count = list(jobs), dict[tuple[str, str], list[float]](), 0
        self.due = 1
        self.urgent = urgency(self.jobs, self.seconds())

    def seconds(self) -> dict[str, float]:
        """By run key."""
        means = {kind: sum(values) / len(values) for kind, values in self.seen.items()}
        return {job.key: means.get((job.verb, job.task), SECONDS.get(job.verb, 1.0)) for job in self.jobs}

    def learn(self, record: Record) -> None:
        self.seen.setdefault((record.verb, record.task), []).append(record.seconds)
        self.count += 1
        if self.count >= self.due:
            self.due = 2 * self.count
            self.urgent = urgency(self.jobs, self.seconds())

    def order(self, job: Job) -> tuple[float, str]:
        """Sorts jobs, those of the longest chains first: parents stand before their readers."""
        return (-self.urgent[job.key], job.name)
