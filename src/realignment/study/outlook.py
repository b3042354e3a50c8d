"""A grid before it is run: what of it is finished, and what the rest takes: hours, disk, energy, money."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from realignment.config.schema import Settings
from realignment.core import digests
from realignment.core.workspace import Workspace
from realignment.engine import energy
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.statistics.sums import Interval
from realignment.study import amounts, amounts_published, forecast, grid, sketch, speeds, standing
from realignment.study.forecast import HOUR, Forecast
from realignment.study.standing import Standing

PREDICTION = (3.0, 100.0)  # bytes a sentence takes in predictions.parquet
BESIDE = (1.0, 1.15)  # files of a model over the bytes of its weights: tokenizer, configuration, record
GPUS = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True)
class Outlook:
    """`lacks`: what is not here, so that jobs are those of a sketch and none is known to be finished."""

    settings: Settings
    jobs: list[Job]
    standing: Standing
    forecast: Forecast
    workers: int
    lacks: tuple[str, ...] = ()
    measured: float | None = None  # watts, by finished runs

    @property
    def device(self) -> str:
        return self.jobs[0].environment.get("device", "cpu") if self.jobs else "cpu"

    def hours(self, jobs: Sequence[Job]) -> Interval:
        """Of one worker, for what is left of `jobs`."""
        return self.forecast.seconds(self.left(jobs)).times(1 / HOUR)

    def wall(self, jobs: Sequence[Job]) -> Interval:
        """With the workers at hand, were these alone computed."""
        return self.forecast.wall(self.left(jobs), self.workers).times(1 / HOUR)

    def left(self, jobs: Sequence[Job]) -> list[Job]:
        return [job for job in jobs if self.standing.how[job.key] == standing.LEFT]

    def disk(self, jobs: Sequence[Job]) -> Interval:
        """Bytes of what is kept of `jobs`, whatever is finished: models as study.keep says, and predictions."""
        keep, models, sentences = self.settings.study.keep, 0.0, 0.0
        best: dict[tuple[str, str], float] = {}
        for job in jobs:
            load = self.forecast.loads.of(job)
            sentences += load.sentences if job.verb == "evaluate" else 0.0
            if keep == "all" or (keep == "encoders" and job.verb == "realign"):
                models += load.model
            elif keep == "best" and job.verb == "finetune":
                best[job.cell.base, job.task] = max(load.model, best.get((job.cell.base, job.task), 0.0))
        kept = models + sum(best.values())
        low, high = (kept * more + sentences * each for more, each in zip(BESIDE, PREDICTION, strict=True))
        return Interval((low * high) ** 0.5, low, high)


def of(workspace: Workspace, settings: Settings) -> Outlook:
    """Of the files that are here, or, where some are lacking, of names and settings. Writes nothing, and downloads nothing."""
    with digests.kept(workspace.digests, write=False):
        lacks = tuple(sketch.lacks(workspace, settings))
        jobs = sketch.plan(workspace, settings) if lacks else grid.plan(workspace, settings)
        found = standing.of(workspace, jobs)
        data = amounts_published.of if lacks else amounts.of
        records = list(found.records.values())
        predicted = forecast.of(workspace, settings, records, data(workspace, settings))
    device = jobs[0].environment.get("device", "cpu") if jobs else "cpu"
    at_once, power = workers(settings, device), watts(records, device)
    if power and device != "cuda":
        power /= at_once
    return Outlook(settings, jobs, found, predicted, at_once, lacks, power)


def workers(settings: Settings, device: str) -> int:
    """Jobs that are computed at once: as many as study.slurm.tasks lets run, else on this machine one a GPU (or a share of one, on Ray), or study.workers."""
    study = settings.study
    if study.executor == "slurm":
        return study.slurm["tasks"]
    if device != "cuda":
        return study.workers
    given = [one for one in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if one]
    gpus = len(given) or len(list(GPUS.glob("*"))) or 1
    return max(int(gpus / study.gpu_share), 1) if study.executor == "ray" else gpus


def watts(records: Sequence[Record], device: str) -> float | None:
    """What a worker took, by the trainings that measured it: its GPU, or its share of the processors, on which others compute too. None where none did."""
    name = energy.GPU if device == "cuda" else energy.MACHINE
    measured = [
        (one.usage[name][-1][1], one.seconds)
        for one in records
        if one.environment.get("device") == device and one.seconds > 0 and one.usage.get(name)
    ]
    return sum(power * seconds for power, seconds in measured) / sum(seconds for _, seconds in measured) if measured else None


def grouped(jobs: Sequence[Job], by: Callable[[Job], tuple[str, ...]]) -> dict[tuple[str, ...], list[Job]]:
    """Jobs by what `by` says of each, in the order of the plan."""
    found: dict[tuple[str, ...], list[Job]] = {}
    for job in jobs:
        found.setdefault(by(job), []).append(job)
    return found


def basis(outlook: Outlook) -> list[str]:
    """Sentences on what the predictions are based."""
    sources = outlook.forecast.sources(outlook.left(outlook.jobs))
    said = {
        speeds.MEASURED: f"finished runs of the same kind on {outlook.forecast.speeds.kernels or 'this device'}",
        speeds.SCALED_BY: f"finished runs of another kind on {outlook.forecast.speeds.kernels or 'this device'}, by operations",
        speeds.ASSUMED: "configs alone: nothing was measured, so that intervals are wide",
        speeds.UNKNOWN: "nothing: the sizes of the encoder are not known before its config.json is here, so they are in no sum",
    }
    return [f"{count} of {sum(sources.values())} jobs by {said[name]}" for name, count in sources.items()]
