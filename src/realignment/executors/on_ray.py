"""The executor of a Ray cluster: the one that RAY_ADDRESS names, or one of this machine alone that ends with the study.

Jobs are tasks, not actors: Ray puts each where there is room, also on machines that join or leave meanwhile, and keeps its worker processes
(with what they have imported) from one to the next. Ray retries nothing itself: `queue.fail` counts tries, of whatever cause, in one place. All
machines see the same folder, and run the environment of this process.
"""

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realignment.config.schema import Settings
from realignment.core.errors import BadInput, FailedWork
from realignment.engine import hardware
from realignment.executors import faults, local, worker
from realignment.executors.faults import Fault
from realignment.executors.queue import Queue

LEAST = (
    2,
    60,
)  # versions before 2.52 run what a web page sends them (CVE-2025-62593); this one guards clusters of its own by a token
ROOM = 5.0  # seconds between two looks at how much the cluster takes at once
PATIENCE = 15.0  # seconds that trainings have to leave a checkpoint
MEMORY = 256 * 2**20  # bytes of Ray's object store: jobs go through files
TOKEN = "RAY_AUTH_TOKEN"


@dataclass(frozen=True)
class OnRay:
    """`answer`: module and function that computes a task, which each machine imports."""

    settings: Settings
    answer: tuple[str, str] = ("realignment.executors.worker", "answer")

    def run(self, queue: Queue) -> None:
        study, kind = self.settings.study, next(iter(queue.jobs.values())).environment.get("device", "cpu")
        shares = {"num_cpus": study.threads, "num_gpus": study.gpu_share if kind == "cuda" else 0}
        ray = _started(study, kind)
        try:
            _run(queue, _Cluster(ray, _remote(ray, self.answer, shares), shares))
        finally:
            ray.shutdown()


class _Cluster:
    """What runs on it: reference of Ray's -> key."""

    def __init__(self, ray: Any, compute: Any, shares: dict[str, float]) -> None:
        self.ray, self.compute, self.shares = ray, compute, shares
        self.running: dict[Any, str] = {}
        self.looked, self.most = float("-inf"), 0

    @property
    def room(self) -> int:
        """Jobs that may begin now: those the cluster has resources for, as it is at the moment."""
        if time.monotonic() - self.looked > ROOM:
            has, self.looked = self.ray.cluster_resources(), time.monotonic()
            names = {"num_cpus": "CPU", "num_gpus": "GPU"}
            self.most = min(int(has.get(names[name], 0) / share + 1e-9) for name, share in self.shares.items() if share)
            if not self.most and not self.running:
                raise BadInput(
                    f"a job takes {self.shares['num_cpus']} CPUs and {self.shares['num_gpus']} GPUs (study.threads, study.gpu_share); the Ray "
                    f"cluster offers {has.get('CPU', 0):g} and {has.get('GPU', 0):g}; start nodes with more, or lower study.threads"
                )
        return self.most - len(self.running)

    def begin(self, task: dict) -> None:
        self.running[self.compute.remote(task)] = task["key"]

    def ended(self, seconds: float) -> list[tuple[str, Fault | None]]:
        """(key, None or what became of it) of the jobs that end within so many seconds."""
        ready, _ = self.ray.wait(list(self.running), num_returns=1, timeout=seconds)
        return [(self.running.pop(one), self._outcome(one)) for one in ready]

    def _outcome(self, one: Any) -> Fault | None:
        errors = self.ray.exceptions
        try:
            told = self.ray.get(one)
        except errors.OutOfMemoryError as fault:
            return Fault(faults.MEMORY, _line(fault))
        except errors.RayTaskError as fault:  # nothing of ours: the machine cannot even begin
            return Fault(faults.ERROR, f"a machine of the Ray cluster could not begin it: {_line(fault)}")
        except errors.RayError as fault:
            return Fault(faults.KILLED, f"its process or machine of the Ray cluster is gone: {_line(fault)}")
        return Fault(told["kind"], told["why"]) if "kind" in told else None

    def stop(self) -> None:
        """Trainings leave a checkpoint, and what takes too long is killed."""
        for force in (False, True):
            for one in self.running:
                self.ray.cancel(one, force=force)
            if self.running:
                self.ray.wait(list(self.running), num_returns=len(self.running), timeout=PATIENCE)


def _run(queue: Queue, cluster: _Cluster) -> None:
    try:
        while True:
            while cluster.room > 0 and (job := queue.next(local.CROWDED * max(1, cluster.most))) is not None:
                cluster.begin(queue.task(job))
            if not cluster.running and not queue.idle:
                return
            if not cluster.running:
                time.sleep(local.LOOK)
                continue
            for key, fault in cluster.ended(local.LOOK):
                if fault is None:
                    queue.done(queue.jobs[key])
                else:
                    queue.fail(queue.jobs[key], fault)
    except BaseException:
        cluster.stop()
        raise


def _remote(ray: Any, answer: tuple[str, str], shares: dict[str, float]) -> Any:
    """The task of Ray's: a name is sent, no code."""
    module, name = answer

    def compute(task: dict) -> dict:
        import importlib

        return getattr(importlib.import_module(module), name)(task)

    return ray.remote(max_retries=0, **shares)(compute)


def _started(study: Any, kind: str) -> Any:
    """Ray, connected: token required, nothing sent home, variables of numerical libraries set before any worker imports them."""
    address = os.environ.get("RAY_ADDRESS", "")
    os.environ |= {
        "RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0", "RAY_task_oom_retries": "0", "RAY_DEDUP_LOGS": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    }  # fmt: skip
    if not address:
        os.environ.setdefault(TOKEN, secrets.token_hex(32))
    elif not _token():
        raise BadInput(
            f"the Ray cluster {address} is asked with a token alone, and none was found; set RAY_AUTH_TOKEN_PATH to the file that its nodes were "
            "started with (RAY_AUTH_MODE=token, `ray get-auth-token --generate`)"
        )
    ray = _imported()
    variables = worker.environment(study.threads) | {hardware.CHECKPOINT_SECONDS: str(study.checkpoint)}
    variables |= {"PYTHONPATH": os.environ["PYTHONPATH"]} if os.environ.get("PYTHONPATH") else {}
    common = {"log_to_driver": False, "runtime_env": {"env_vars": variables}, "namespace": "realignment"}
    if not address:
        own = {"num_cpus": study.workers * study.threads} if kind == "cpu" else {}
        ray.init(include_dashboard=False, _node_ip_address="127.0.0.1", object_store_memory=MEMORY, **own, **common)
        return ray
    try:
        ray.init(address=address, **common)
    except Exception as fault:
        raise FailedWork(
            f"the Ray cluster RAY_ADDRESS={address} does not answer, or not to this token ({_line(fault)}); see `ray status`, or unset RAY_ADDRESS"
        ) from None
    return ray


def _token() -> bool:
    """Whether Ray will find a token: it looks at the variable, at the file another names, at the file in the home folder."""
    return (
        bool(os.environ.get(TOKEN))
        or Path(os.environ.get("RAY_AUTH_TOKEN_PATH", Path.home() / ".ray" / "auth_token")).expanduser().is_file()
    )


def _imported() -> Any:
    try:
        import ray
    except ImportError:
        raise BadInput(
            "study.executor: ray requires the package ray, which is not installed; `pip install -e '.[ray]'`"
        ) from None
    if tuple(map(int, ray.__version__.split(".")[:2])) < LEAST:
        least = ".".join(map(str, LEAST))
        raise BadInput(f"study.executor: ray requires Ray {least} or newer, found {ray.__version__}; `pip install -e '.[ray]'`")
    return ray


def _line(fault: Exception) -> str:
    return " ".join(str(fault).split())[:300]
