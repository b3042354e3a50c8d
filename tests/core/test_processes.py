"""A process that belongs to another ends with it; work that such a one shares."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import until

from realignment.core import processes

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


@pytest.fixture
def cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def test_the_last_of_large_work_is_done_elsewhere_and_all_of_it_keeps_its_order(cores):
    found = processes.shared(lambda item: (item, os.getpid()), ["a", "b", "c"], large=True)
    assert [item for item, _ in found] == ["a", "b", "c"]
    assert [where == os.getpid() for _, where in found] == [True, True, False]


def test_small_work_starts_no_process():
    assert processes.shared(lambda _: os.getpid(), [1, 2], large=False) == [os.getpid()] * 2


def test_what_a_lost_process_did_not_send_is_worked_out_here(cores):
    here = os.getpid()

    def work(item: int) -> int:
        if item == 2 and os.getpid() != here:
            os._exit(1)
        return item * item

    assert processes.shared(work, [1, 2], large=True) == [1, 4]


def test_a_fault_of_either_part_is_raised_here(cores):
    for wrong in (1, 2):
        with pytest.raises(ZeroDivisionError):
            processes.shared(lambda item, wrong=wrong: 1 / (item - wrong), [1, 2], large=True)
