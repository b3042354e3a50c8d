"""A process that belongs to another: it ends with it, however that one ends; and work that such a one shares."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

PARENT = "REALIGNMENT_PARENT"  # variable that tells a process started for another who that is
PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """The kernel kills this process when `parent` is gone, on Linux alone; it ends here where `parent` is gone already."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def shared(work: Callable[[Any], Any], items: Sequence[Any], *, large: bool) -> list[Any]:
    """`work` of each item, in their order: of the last one in a second process where the work is `large` and there are two cores. That process has a
    copy of everything here as it is now; what it sends back must pickle. Where it fails, the work is done here, and fails here."""
    if not large or len(items) < 2 or sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return [work(item) for item in items]
    context, parent = multiprocessing.get_context("fork"), os.getpid()
    ours, theirs = context.Pipe(duplex=False)

    def send() -> None:
        die_with_parent(parent)
        ours.close()
        theirs.send(work(items[-1]))

    helper = context.Process(target=send)
    helper.start()
    theirs.close()
    try:
        found = [work(item) for item in items[:-1]]
        try:
            return [*found, ours.recv()]
        except EOFError:
            return [*found, work(items[-1])]
    finally:
        helper.kill()
        helper.join()
        ours.close()
