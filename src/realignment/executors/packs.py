"""Several jobs, one after the other, as one task of a scheduler: sites want tasks of an hour, and a job takes minutes.

What a task has done stands in a file per job (`answers`), since a task that is requeued begins anew, and the study may have saved and removed the
folders by then. A job has a ticket, the name of the pack that may compute it (`turns`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realignment.core.files import write_whole
from realignment.core.workspace import Workspace
from realignment.executors import faults, pool
from realignment.executors.faults import Fault


@dataclass
class Pack:
    """What a task of SLURM runs. `tasks` are those of `queue.task`, those that read a model behind the one that makes it."""

    name: str
    tasks: list[dict]
    threads: int
    program: Sequence[str] = pool.PROGRAM
    worker: Any = field(default=None, repr=False)

    def __call__(self) -> str:
        """Computes what is not done, in a worker process whose variables are set before any library is imported."""
        workspace = Workspace(Path(self.tasks[0]["root"]), self.tasks[0]["profile"])
        with pool.started(workspace, self.threads, [{}], self.program, self.name) as workers:
            for task in self.tasks:
                if not answered(workspace, self.name, task["key"]):
                    self._compute(workspace, workers, task)
        return self.name

    def _compute(self, workspace: Workspace, workers: pool.Pool, task: dict) -> None:
        above = Path(task["parent"]) if task["parent"] else None
        if above and not above.exists():
            told = Fault(faults.BUSY, f"{above} is not there")  # it failed in this pack, and the study knows
        else:
            (self.worker,) = workers.workers
            self.worker.give({**task, "ticket": self.name})
            told = self.worker.answer()
            if told and told.kind in (faults.ERROR, faults.MEMORY, faults.KILLED):
                workers.replace(self.worker)
            self.worker = None
        answer(workspace, self.name, task["key"], told)

    def checkpoint(self) -> Any:
        """What submitit calls before the limit of a task, and when it is preempted: the training leaves a checkpoint, the task is requeued."""
        import submitit

        if self.worker is not None:
            self.worker.stop()
        return submitit.helpers.DelayedSubmission(Pack(self.name, self.tasks, self.threads, self.program))


def folder(workspace: Workspace, pack: str) -> Path:
    return workspace.work / "packs" / pack


def answer(workspace: Workspace, pack: str, key: str, told: Fault | None) -> None:
    """Writes what became of a job, on the disk."""
    content = {"kind": told.kind, "why": told.why} if told else {}
    write_whole(folder(workspace, pack) / f"{key}.json", json.dumps(content, ensure_ascii=False) + "\n")


def answered(workspace: Workspace, pack: str, key: str) -> dict | None:
    """{} where the job is done, {kind, why} where it failed; None where nobody has said."""
    try:
        return json.loads((folder(workspace, pack) / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
