"""Which job of a grid comes next. The order decides when the grid is done, never what comes out."""

from collections.abc import Iterable

from realignment.records.job import Job
from realignment.records.record import Record

SECONDS = {"realign": 100.0, "finetune": 50.0, "evaluate": 10.0}  # only their order matters, and only where nothing was measured


def costs(jobs: Iterable[Job], records: Iterable[Record]) -> dict[str, float]:
    """Key -> expected seconds: the mean of finished runs of the same verb and task, else a guess."""
    seen: dict[tuple[str, str], list[float]] = {}
    for record in records:
        seen.setdefault((record.verb, record.task), []).append(record.seconds)
    means = {kind: sum(values) / len(values) for kind, values in seen.items()}
    return {job.key: means.get((job.verb, job.task), SECONDS.get(job.verb, 1.0)) for job in jobs}


def urgency(jobs: list[Job], cost: dict[str, float]) -> dict[str, float]:
    """Key -> seconds from the start of the job to the end of the longest chain that waits for it."""
    children: dict[str, list[str]] = {}
    for job in jobs:
        children.setdefault(job.parent, []).append(job.key)
    found: dict[str, float] = {}

    def chain(key: str) -> float:
        if key not in found:
            found[key] = cost[key] + max((chain(child) for child in children.get(key, ())), default=0.0)
        return found[key]

    return {job.key: chain(job.key) for job in jobs}


def following(ready: list[Job], urgent: dict[str, float], crowded: bool) -> Job:
    """The job whose chain is longest; where finished models crowd the disk, the shortest, which frees one soonest."""
    sign = 1 if crowded else -1
    return min(ready, key=lambda job: (sign * urgent[job.key], job.name, job.key))
