"""Worker processes that stay: each computes one job at a time; the caller waits for whichever is done first."""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from realignment.core.workspace import Workspace
from realignment.executors import faults, worker
from realignment.executors.faults import Fault

PROGRAM = (sys.executable, "-m", "realignment.executors.worker")  # of a worker process; the pid of ours follows
PATIENCE = 10  # seconds a worker has to leave a checkpoint


class Worker:
    """One process. Its stderr goes into a log."""

    def __init__(self, number: int, log: Path, threads: int, device: dict[str, str], program: Sequence[str]) -> None:
        self.number, self.log, self.device, self.key = number, log, device, ""
        inherited = {name: value for name, value in os.environ.items() if name != "MLFLOW_RUN_ID"}
        command = [*program, str(os.getpid())]
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, bufsize=1,
                env={**inherited, **worker.environment(threads), **device},
            )  # fmt: skip

    def give(self, task: dict) -> None:
        self.key = task["key"]
        try:
            self.process.stdin.write(json.dumps(task) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it is dead; the end of its answers says so

    def answer(self) -> Fault | None:
        """What became of the job it was given, None where it is done; it has an answer, or is dead."""
        self.key = ""
        line = self.process.stdout.readline()
        if line:
            told = json.loads(line)
            return Fault(told["kind"], told["why"]) if "kind" in told else None
        code = self.process.wait()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        hint = " (out of memory?)" if code == -signal.SIGKILL else ""
        return Fault(faults.KILLED, f"its worker {how}{hint}; see {self.log}")

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self) -> None:
        """A training that is under way is asked to leave a checkpoint, and killed where that takes long."""
        if self.key:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
        self.process.kill()
        self.process.wait()


def devices(kind: str, workers: int, share: float = 1.0) -> list[dict[str, str]]:
    """The environment of each worker: `workers` of them on the CPU; on CUDA as many on each GPU as take `share` of it."""
    if kind != "cuda":
        return [{}] * workers
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is None:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False).stdout.splitlines()
        given = ",".join(str(number) for number, _ in enumerate(listed)) or "0"
    return [{"CUDA_VISIBLE_DEVICES": one} for _ in range(int(1 / share + 1e-9)) for one in given.split(",") if one]


class Pool:
    """A worker for each place; one that has died, or that met what nobody foresaw, is replaced."""

    def __init__(self, workspace: Workspace, threads: int, program: Sequence[str], name: str) -> None:
        self.logs, self.threads, self.program, self.name = workspace.work / "logs", threads, program, name
        self.workers: list[Worker] = []
        self.logs.mkdir(parents=True, exist_ok=True)

    def start(self, number: int, device: dict[str, str]) -> Worker:
        return Worker(number, self.logs / f"{self.name}-{number}.log", self.threads, device, self.program)

    def replace(self, one: Worker) -> None:
        """A new process in its place, and a log that goes on."""
        one.stop()
        self.workers[self.workers.index(one)] = self.start(one.number, one.device)


@contextmanager
def started(
    workspace: Workspace, threads: int, where: list[dict[str, str]], program: Sequence[str] = PROGRAM, name: str = "worker"
) -> Iterator[Pool]:
    """A worker for each of `where`, with logs of that name; all are dead afterwards, whatever happened."""
    pool = Pool(workspace, threads, program, name)
    try:
        pool.workers += [pool.start(number, device) for number, device in enumerate(where)]
        yield pool
    finally:
        for one in pool.workers:
            one.stop()


def wait(workers: list[Worker], seconds: float | None = None) -> list[Worker]:
    """Those of the busy workers that have an answer: at least one, or none after `seconds`."""
    with selectors.DefaultSelector() as selector:
        for one in workers:
            selector.register(one.process.stdout, selectors.EVENT_READ, one)
        return [key.data for key, _ in selector.select(seconds)]
