"""What would make a training on this machine faster, said once before it begins."""

from collections.abc import Iterable
from pathlib import Path

from realignment.engine import hardware
from realignment.engine.bases import locate
from realignment.records.job import Job


def lines(jobs: Iterable[Job]) -> list[str]:
    """A sentence for each setting of `jobs`, which are to be computed, that costs time on a CPU; none where encoders are small."""
    large = [job for job in jobs if job.verb != "evaluate" and job.environment["device"] == "cpu" and job.base and _large(job)]
    found = []
    if verbs := _verbs(job for job in large if job.params["dtype"] == "float32" and hardware.multiplies_bfloat16()):
        found.append(
            f"{verbs} in float32, and this processor multiplies bfloat16 itself: dtype bfloat16 takes about half the time, with states "
            "rounded to 8 bits; runs of the two are never mixed in a table"
        )
    if verbs := _verbs(job for job in large if job.params["embedding"] == "dense"):
        found.append(
            f"{verbs} update the whole word embedding at each step: embedding rows is faster here and ends within 1e-5 of it"
        )
    return found


def _large(job: Job) -> bool:
    return locate.entries(Path(job.base)) >= hardware.LARGE


def _verbs(jobs: Iterable[Job]) -> str:
    found = {job.verb for job in jobs}
    return " and ".join(verb for verb in ("realign", "finetune") if verb in found)
