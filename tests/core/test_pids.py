"""Which process a name of host, boot, pid and begin stands for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import until

from realignment.core import pids

SAID = "import json; from realignment.core import pids; print(json.dumps(pids.me()), flush=True); "


def told(code: str) -> tuple[subprocess.Popen, dict]:
    one = subprocess.Popen([sys.executable, "-c", SAID + code], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return one, json.loads(one.stdout.readline())


def test_a_process_that_has_ended_is_gone_before_anybody_asks_how_it_ended():
    one, process = told("input()")
    assert not pids.is_gone(process) and pids.is_here(process) and pids.is_visible(process)
    one.kill()
    until(lambda: pids.is_gone(process))
    assert one.returncode is None
    one.communicate()
    assert pids.is_gone(process)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a process whose first thread has ended, as Linux shows it")
def test_a_process_is_there_while_any_of_its_threads_runs():
    """As one that was killed is for a moment: its first thread is a zombie, and another still writes."""
    ends = "import ctypes, threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); ctypes.CDLL(None).pthread_exit(None)"
    one, process = told(ends)
    until(lambda: Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
    assert not pids.is_gone(process)
    one.kill()
    until(lambda: pids.is_gone(process))
    one.communicate()


@pytest.mark.parametrize(
    ("other", "gone"),
    [({"began": "1"}, True), ({"boot": "earlier"}, True), ({"host": "another"}, False), ({"space": "pid:[1]"}, False)],
)
def test_another_process_of_this_pid_is_gone_where_that_can_be_told(other, gone):
    assert pids.is_gone({**pids.me(), **other}) is gone and not pids.is_gone(pids.me())
    assert pids.is_visible({**pids.me(), **other}) is ("began" in other)


def test_a_run_tagged_before_containers_were_told_apart_is_looked_up_as_one_of_here():
    old = {name: value for name, value in pids.me().items() if name != "space"}
    assert pids.is_visible(old) and not pids.is_gone(old)
