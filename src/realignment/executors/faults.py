"""Why a job was not computed, whether another try may help, and how a command says what is missing."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from realignment.core import full
from realignment.core.errors import BadInput, FailedWork
from realignment.core.files import write_whole
from realignment.core.workspace import Workspace
from realignment.records.job import Job

INPUT = "input"  # what it was given cannot be used
WORK = "work"  # it cannot succeed, as with a loss that is no number
MEMORY = "memory"  # the device or the machine had none left
KILLED = "killed"  # its process or its machine is gone
TIME = "time"  # the limit of a site ended it; it goes on from its checkpoint
PLACE = "place"  # a file could not be read or written
FULL = "full"  # there is no room on the disk: it waits, which counts as no try
BUSY = "busy"  # another process computes it
ERROR = "error"  # what nobody foresaw
ABOVE = "above"  # the model it reads was not made
AGAIN = (MEMORY, KILLED, TIME, PLACE)  # another try may help, as often as study.retries says
LISTED = 50  # in the note of the study's run
SHOWN = 5  # faults told in full on the last screen


@dataclass(frozen=True)
class Fault:
    """One line on what became of a job, and of which kind it is."""

    kind: str
    why: str

    def tries(self, retries: int) -> int:
        """How often the job is tried again: what nobody foresaw once, in a process of its own, what follows from the input never."""
        return retries if self.kind in AGAIN else min(1, retries) if self.kind == ERROR else 0


def of(fault: BaseException) -> Fault:
    """What an exception of a computation says."""
    text = " ".join((str(fault) if isinstance(fault, (BadInput, FailedWork)) else f"{type(fault).__name__}: {fault}").split())
    if full.is_full(fault):
        return Fault(FULL, text)
    if isinstance(fault, BadInput):
        return Fault(INPUT, text)
    if isinstance(fault, FailedWork):
        return Fault(WORK, text)
    if isinstance(fault, OSError):
        return Fault(PLACE, text)
    return Fault(MEMORY if _is_memory(fault) else ERROR, text)


def _is_memory(fault: BaseException) -> bool:
    """Of torch's own type on a GPU, of Python's, or what torch says on a CPU."""
    said = str(fault).lower()
    return isinstance(fault, MemoryError) or type(fault).__name__ == "OutOfMemoryError" or "allocate memory" in said


@dataclass(frozen=True)
class Aside:
    """A job that is not computed: its fault, and how often it was tried."""

    job: Job
    fault: Fault
    tries: int = 1

    def __str__(self) -> str:
        why = self.fault.why.removeprefix(f"{self.job.name}: ")
        return f"{self.job.name}: {why}" + (f" (tried {self.tries} times)" if self.tries > 1 else "")

    def to_json(self) -> dict:
        return {"name": self.job.name, "kind": self.fault.kind, "why": self.fault.why, "tries": self.tries}


def raised(aside: Mapping[str, Aside], of: int, where: str) -> BadInput | FailedWork | None:
    """What the grid ends with where jobs are set aside; `of` how many it had, `where` the logs lie."""
    first = [one for one in aside.values() if one.fault.kind != ABOVE]
    if not first:
        return None
    below = len(aside) - len(first)
    told = [str(one) for one in first[:SHOWN]] + ([f"and {len(first) - SHOWN} more"] if len(first) > SHOWN else [])
    reading = f", and {below} that read their models" if below else ""
    counted = f"{len(first)} of {of} jobs could not be computed{reading}"
    hint = f"logs in {where}; all else is kept; `realignment study` computes what is missing, and only that"
    kind = BadInput if all(one.fault.kind == INPUT for one in first) else FailedWork
    return kind(f"{counted}: {'; '.join(told)}; {hint}")


def missing(asides: Sequence[Aside]) -> list[dict]:
    """A row for the last screen of each job that was set aside."""
    return [
        {"run": one.job.name, "key": one.job.key[:12], "tries": one.tries, "kind": one.fault.kind, "why": one.fault.why}
        for one in asides
    ]


def listed(asides: Collection[Aside], of: int) -> str:
    """What is missing of `of` jobs, in Markdown; "" where nothing is."""
    if not asides:
        return ""
    first = [one for one in asides if one.fault.kind != ABOVE]
    lines = [f"- `{one.job.name}` ({one.fault.kind}): {str(one).removeprefix(f'{one.job.name}: ')}" for one in first[:LISTED]]
    if more := len(asides) - len(lines):
        lines.append(f"- and {more} more, with those that read their models")
    return "\n".join([f"{len(asides)} of {of} jobs are missing:", "", *lines])


def remember(workspace: Workspace, aside: Mapping[str, Aside]) -> None:
    """For the next call: what was set aside, and why. No file where nothing was."""
    if not aside:
        workspace.aside.unlink(missing_ok=True)
        return
    write_whole(
        workspace.aside, json.dumps({key: one.to_json() for key, one in aside.items()}, ensure_ascii=False, indent=1) + "\n"
    )


def remembered(workspace: Workspace, jobs: Iterable[Job]) -> dict[str, Aside]:
    """Those of `jobs` that the last call set aside."""
    try:
        content = json.loads(workspace.aside.read_text(encoding="utf-8"))
        return {
            job.key: Aside(job, Fault(content[job.key]["kind"], content[job.key]["why"]), content[job.key]["tries"])
            for job in jobs
            if job.key in content
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}
