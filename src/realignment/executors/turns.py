"""Whose turn a run key is: one study or one command by hand is responsible for it, and one process computes it, on whatever machine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from realignment.core.files import write_whole
from realignment.core.leases import Lease, held, owner
from realignment.core.workspace import Workspace
from realignment.records.job import Job


class Busy(Exception):
    """Somebody else has it; the owner as text."""


def _refuse(owner: str) -> None:
    raise Busy(owner)


class Turns:
    """The keys that a study holds, until the job of each is saved or set aside."""

    def __init__(self, workspace: Workspace, until: ExitStack) -> None:
        """All fall at the end of `until`."""
        self.workspace, self.until, self.mine = workspace, until, dict[str, ExitStack]()

    def take(self, job: Job, pack: str = "") -> str:
        """Holds the key of a job, "", or says who has it, or computes it: a process may outlive the study that began it. `pack`: the one that
        computes it is ours, and keeps its ticket."""
        if job.key in self.mine:
            return ""
        mine = ExitStack()
        try:
            mine.enter_context(held(self.workspace.turn(job.key), f"study of profile `{self.workspace.profile}`", _refuse))
        except Busy as busy:
            return str(busy)
        if not pack:
            withdraw_ticket(self.workspace, job.key)
            if who := computed_by(self.workspace, job.key):
                mine.close()
                return who
        self.mine[job.key] = self.until.enter_context(mine)
        return ""

    def release(self, key: str) -> None:
        if key in self.mine:
            self.mine.pop(key).close()


@contextmanager
def computing(workspace: Workspace, job: Job, busy: Callable[[str], None] = _refuse) -> Iterator[Lease]:
    """Within, this process alone computes a job. Where another does `busy` is told, which raises Busy or lets it be waited for."""
    with held(workspace.computing(job.key), f"computes {job.name}", busy) as lease:
        yield lease


def computed_by(workspace: Workspace, key: str) -> str:
    """Who computes the job of a key just now; "" where nobody does."""
    return owner(workspace.computing(key))


def give_ticket(workspace: Workspace, key: str, pack: str) -> None:
    """The pack, which may wait in the queue of a scheduler for days, may compute the job of a key, and nobody else who waits there."""
    write_whole(workspace.ticket(key), pack)


def has_ticket(workspace: Workspace, key: str, pack: str) -> bool:
    """Asked within `computing`, so that one who withdraws it either sees that the job is computed, or it is not begun."""
    try:
        return workspace.ticket(key).read_text(encoding="utf-8") == pack
    except OSError:
        return False


def withdraw_ticket(workspace: Workspace, key: str) -> None:
    """Whatever waits to compute the job of a key does not begin it any more."""
    workspace.ticket(key).unlink(missing_ok=True)
