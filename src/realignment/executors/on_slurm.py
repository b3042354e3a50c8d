"""The executor of a SLURM cluster, through submitit: packs of jobs as tasks of arrays, on a folder that all machines see.

The study waits where it was called (a login node, or a job of its own), computes nothing, and alone talks to MLflow. If it is killed its tasks go
on; the next call finds them by what it wrote down (`flight.json`), and goes on with them. A task that reaches its limit, or is preempted, leaves a
checkpoint and is requeued; one that dies is submitted anew, as often as `study.retries` says.
"""

import json
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realignment.config.schema import Settings
from realignment.core.console import note
from realignment.core.errors import BadInput
from realignment.core.files import write_whole
from realignment.engine import hardware
from realignment.executors import faults, packs, pool
from realignment.executors.faults import Fault
from realignment.executors.packs import Pack
from realignment.executors.queue import Queue
from realignment.records.job import Job
from realignment.study.turns import give_ticket

LOOK = {"slurm": 10.0, "local": 0.3}  # seconds between two looks at the tasks; a site's scheduler is asked no more often
GONE = 30.0  # seconds for which a task has ended before it counts as dead: a file may take as long to be seen
CROWD = 1_000_000  # models that may wait on disk: what the site's quota says is not known here
FLIGHT = "flight.json"


@dataclass
class Flight:
    """A pack that was submitted. `keys` are those nobody has answered for."""

    pack: str
    task: Any  # submitit's
    keys: dict[str, Path | None]  # and where each reads the model of another
    ended: float = field(default=0.0)  # when it was seen to be over


@dataclass(frozen=True)
class OnSlurm:
    """`program` is what computes a job, in a process of the task's."""

    settings: Settings
    program: Sequence[str] = pool.PROGRAM

    def run(self, queue: Queue) -> None:
        how, study = self.settings.study.slurm, self.settings.study
        os.environ[hardware.CHECKPOINT_SECONDS] = str(study.checkpoint)
        os.environ.pop("MLFLOW_RUN_ID", None)
        kind = next(iter(queue.jobs.values())).environment.get("device", "cpu")
        site = _Site(queue, how, _submitter(queue, study, kind), self)
        site.attach()
        _run(queue, site, LOOK[how["cluster"]])


class _Site:
    """What is submitted."""

    def __init__(self, queue: Queue, how: Any, submitter: Any, given: OnSlurm) -> None:
        self.queue, self.how, self.submitter = queue, how, submitter
        self.threads, self.program = given.settings.study.threads, given.program
        local = how["cluster"] == "local"
        self.most = given.settings.study.workers if local else how["tasks"]
        self.flights: list[Flight] = []

    def attach(self) -> None:
        """Goes on with what an earlier study submitted, and is there still."""
        for file in sorted((self.queue.workspace.work / "packs").glob(f"*/{FLIGHT}")):
            told = json.loads(file.read_text(encoding="utf-8"))
            task = self.submitter.job_class(self.submitter.folder, told["task"])
            if told["cluster"] != self.how["cluster"] or task.done():
                continue
            reads = {key: Path(place) if place else None for key, place in told["keys"].items()}
            keys = {key: place for key, place in reads.items() if self.queue.claim(key, file.parent.name, place)}
            if keys:
                self.flights.append(Flight(file.parent.name, task, keys))
        if self.flights:
            note(
                f"study: {len(self.flights)} tasks of an earlier call are in the queue of {self.how['cluster']} or run; their jobs are waited for"
            )

    def submit(self) -> None:
        """As many packs as may be there at once, in arrays of at most so many tasks."""
        made: list[tuple[Pack, dict[str, Path | None]]] = []
        while len(self.flights) + len(made) < self.most and (jobs := list(self._jobs())):
            made.append(self._pack(jobs))
        for start in range(0, len(made), self.how["array"]):
            several = made[start : start + self.how["array"]]
            with self.submitter.batch():
                tasks = [self.submitter.submit(pack) for pack, _ in several]
            for (pack, keys), task in zip(several, tasks, strict=True):
                reads = {key: str(place) if place else "" for key, place in keys.items()}
                content = {"cluster": self.how["cluster"], "task": task.job_id, "keys": reads}
                write_whole(packs.folder(self.queue.workspace, pack.name) / FLIGHT, json.dumps(content) + "\n")
                self.flights.append(Flight(pack.name, task, keys))

    def _jobs(self) -> Iterator[Job]:
        """Those of one pack: a job and what reads its model, then others, until they are expected to take as long as a pack is to take.

        Where nothing like them was measured, one job with what follows from it.
        """
        seconds, known = self.queue.costs.seconds(), bool(self.queue.costs.count)
        limit, taken, keys = self.how["pack"] * 3600, 0.0, set[str]()
        while not keys or taken < limit:
            job = (self.queue.next(CROWD, keys) if keys else None) or (self.queue.next(CROWD) if known or not keys else None)
            if job is None:
                return
            keys.add(job.key)
            taken += seconds[job.key]
            yield job

    def _pack(self, jobs: list[Job]) -> tuple[Pack, dict[str, Path | None]]:
        name = f"pack-{uuid.uuid4().hex[:12]}"
        for job in jobs:
            give_ticket(self.queue.workspace, job.key, name)
        tasks = [self.queue.task(job, name) for job in jobs]
        return Pack(name, tasks, self.threads, self.program), {job.key: self.queue.given.get(job.key) for job in jobs}

    def look(self) -> None:
        """Tells the queue what became of jobs; what a dead task leaves is tried again."""
        for flight in self.flights:
            over = flight.task.done()
            for key in [*flight.keys]:
                told = packs.answered(self.queue.workspace, flight.pack, key)
                if told is not None:
                    self._ended(flight, key, Fault(told["kind"], told["why"]) if told else None)
            if over and flight.keys:
                flight.ended = flight.ended or time.monotonic()
                if time.monotonic() - flight.ended > (GONE if self.how["cluster"] == "slurm" else 0):
                    why = f"its task {flight.task.job_id} ended ({flight.task.state}); see {flight.task.paths.stderr}"
                    for key in [*flight.keys]:
                        self._ended(flight, key, Fault(faults.KILLED, why))
        self.flights = [flight for flight in self.flights if flight.keys]

    def _ended(self, flight: Flight, key: str, fault: Fault | None) -> None:
        del flight.keys[key]
        if key not in self.queue.open:
            return  # what it reads was set aside, and it with that
        if fault is None:
            self.queue.done(self.queue.jobs[key], place=flight.pack)
        else:
            self.queue.fail(self.queue.jobs[key], fault, flight.pack)

    def stop(self) -> None:
        """Ends the tasks of this call; what they have done is found by the next."""
        for flight in self.flights:
            flight.task.cancel(check=False)


def _run(queue: Queue, site: _Site, pause: float) -> None:
    try:
        while True:
            site.submit()
            if not site.flights and not queue.idle:
                return
            time.sleep(pause)
            site.look()
    except BaseException:
        site.stop()
        raise


def _submitter(queue: Queue, study: Any, kind: str) -> Any:
    """submitit's executor, with what the site asks for."""
    try:
        import submitit
    except ImportError:
        raise BadInput(
            "study.executor: slurm requires the package submitit, which is not installed; `pip install -e '.[slurm]'`"
        ) from None
    how, logs = study.slurm, queue.workspace.work / "logs" / "slurm"
    gpus = (1 if kind == "cuda" else 0) if how["gpus"] is None else how["gpus"]
    minutes, common = max(1, round(60 * how["hours"])), {"timeout_min": max(1, round(60 * how["hours"])), "gpus_per_node": gpus}
    if how["cluster"] == "local":
        local = submitit.LocalExecutor(logs, max_num_timeout=how["timeouts"])
        local.update_parameters(**common, signal_delay_s=how["signal"], setup=how["setup"])
        return local
    import shutil

    if missing := [name for name in ("sbatch", "srun", "squeue", "scontrol") if not shutil.which(name)]:
        raise BadInput(
            f"study.executor: slurm requires the commands of SLURM, {', '.join(missing)} not found; call it on a login node, or try it here with "
            "study.slurm.cluster: local"
        )
    more = {name: value for name in ("partition", "account", "qos", "constraint") if (value := how[name])}
    more |= {"mem": how["memory"]} if how["memory"] else {}
    slurm = submitit.SlurmExecutor(logs, max_num_timeout=how["timeouts"])
    slurm.update_parameters(
        time=minutes, cpus_per_task=how["cpus"] or study.threads, signal_delay_s=how["signal"], setup=how["setup"], job_name="realignment",
        additional_parameters={**how["options"], "requeue": True}, stderr_to_stdout=False, **({"gpus_per_node": gpus} if gpus else {}), **more,
    )  # fmt: skip
    return slurm
