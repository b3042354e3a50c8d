"""How long jobs take where several are done at once and some wait for others."""

import heapq
from collections.abc import Mapping


def makespan(seconds: Mapping[str, float], waits_for: Mapping[str, str], workers: int) -> float:
    """Seconds until the last job is done: an idle worker takes, of what is ready, the job with the longest chain behind it.

    `waits_for`: job -> the job that must be done before; what is not in `seconds` is done already.
    """
    readers: dict[str, list[str]] = {}
    for job in seconds:
        readers.setdefault(waits_for.get(job, ""), []).append(job)
    chains = _chains(seconds, readers)
    ready = [(-chains[job], job) for job in seconds if waits_for.get(job, "") not in seconds]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < workers:
            _, job = heapq.heappop(ready)
            heapq.heappush(running, (now + seconds[job], job))
        now, done = heapq.heappop(running)
        for job in readers.get(done, ()):
            heapq.heappush(ready, (-chains[job], job))
    return now


def _chains(seconds: Mapping[str, float], readers: Mapping[str, list[str]]) -> dict[str, float]:
    """Job -> seconds from its start to the end of the longest chain that waits for it."""
    found: dict[str, float] = {}

    def chain(job: str) -> float:
        if job not in found:
            found[job] = seconds[job] + max((chain(one) for one in readers.get(job, ())), default=0.0)
        return found[job]

    for job in seconds:
        chain(job)
    return found
