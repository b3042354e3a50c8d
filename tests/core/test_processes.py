"""A process that belongs to another ends with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import until

CHILD = "import os; from realignment.core import processes; processes.die_with_parent(os.getppid()); print('ready', flush=True); import time; time.sleep(600)"
PARENT = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdout=subprocess.PIPE); print(child.pid, child.stdout.readline(), flush=True); child.wait()"


def there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    return state != "Z"  # killed, and nobody has asked for its status


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the kernel of Linux alone kills the children of a process that is gone"
)
def test_a_process_is_gone_when_the_one_that_started_it_was_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline().split()[0])
    assert there(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: not there(pid))


def test_a_process_whose_parent_is_gone_before_it_can_ask_ends_at_once():
    script = "from realignment.core import processes; processes.die_with_parent(1234567); print('goes on')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
