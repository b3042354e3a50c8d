"""A process that belongs to another: it ends with it, however that one ends."""

import contextlib
import ctypes
import os
import signal
import sys

PARENT = "REALIGNMENT_PARENT"  # variable that tells a process started for another who that is
PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """The kernel kills this process when `parent` is gone, on Linux alone; it ends here where `parent` is gone already."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
