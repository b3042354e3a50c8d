"""The executor that the settings name; the packages that one needs are imported when it is asked for."""

from realignment.config.schema import Settings
from realignment.executors.base import Executor
from realignment.executors.local import Local


def chosen(settings: Settings) -> Executor:
    if settings.study.executor == "ray":
        from realignment.executors.on_ray import OnRay

        return OnRay(settings)
    if settings.study.executor == "slurm":
        from realignment.executors.on_slurm import OnSlurm

        return OnSlurm(settings)
    return Local(settings)
