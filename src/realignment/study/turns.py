"""Whose turn a run key is: one study or one command by hand is responsible for it, and one process computes it, on whatever machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from realignment.core import leases
from realignment.core.files import write_whole
from realignment.core.locks import writing
from realignment.core.workspace import Workspace
from realignment.records.job import Job


class Busy(Exception):
    """Somebody else has it; the owner as text."""


def _refuse(owner: str) -> None:
    raise Busy(owner)


class Turns:
    """The keys that a study holds, until the job of each is saved or set aside; all fall when it is closed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.mine = workspace, dict[str, leases.Lease]()

    def take(self, job: Job, pack: str = "") -> str:
        """Holds the key of a job, "", or says who has it, or computes it: a process may outlive the study that began it. `pack`: the one that
        computes it is ours, and keeps its ticket."""
        if job.key in self.mine:
            return ""
        turn = self.workspace.turn(job.key)
        lease = leases.take(turn, f"study of profile `{self.workspace.profile}`")
        if lease is None:
            return leases.owner(turn) or "another process"
        if not pack:
            withdraw_ticket(self.workspace, job.key)
            if owner := computed_by(self.workspace, job.key):
                lease.release()
                return owner
        self.mine[job.key] = lease
        return ""

    def lost(self, key: str) -> bool:
        """Whether somebody else has taken a key over: this process stood still for minutes."""
        return key in self.mine and self.mine[key].lost()

    def release(self, key: str) -> None:
        if lease := self.mine.pop(key, None):
            lease.release()

    def close(self) -> None:
        for key in [*self.mine]:
            self.release(key)


@contextmanager
def computing(workspace: Workspace, job: Job, busy: Callable[[str], None] = _refuse) -> Iterator[None]:
    """Within, this process alone computes a job. Where another does `busy` is told, which raises Busy or lets it be waited for."""
    what = f"{job.name} of profile `{workspace.profile}`"  # `clean` sees it where its study is gone
    with writing(workspace.root, what), leases.held(workspace.computing(job.key), what, busy):
        yield


def computed_by(workspace: Workspace, key: str) -> str:
    """Who computes the job of a key just now; "" where nobody does."""
    return leases.owner(workspace.computing(key))


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
