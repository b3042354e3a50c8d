"""Who writes in a checkout, and `clean`, which wants it alone: also where they are on two hosts that share its folder."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from realignment.core import leases, locks
from realignment.core.errors import BadInput

# `far` is another host: its processes cannot be looked up.
WRITES = """
import pathlib, socket, sys
from realignment.core.locks import writing
socket.gethostname = lambda: "far"
with writing(pathlib.Path(sys.argv[1]), "study of profile `mini`"):
    print("in", flush=True)
    input()
"""


def refuse(what: str) -> None:
    raise BadInput(what)


def notes(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ".work" / locks.RUNNING).iterdir())


def test_clean_sees_who_writes_on_another_host_until_that_one_has_ended_or_says_nothing_more(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", WRITES, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline()
    with (
        pytest.raises(BadInput, match=rf"study of profile `mini` \(process {other.pid} on host far"),
        locks.alone(tmp_path, refuse),
    ):
        pass
    other.kill()
    other.communicate()
    with pytest.raises(BadInput, match="on host far"), locks.alone(tmp_path, refuse):
        pass
    (note,) = (tmp_path / ".work" / locks.RUNNING).iterdir()
    os.utime(note, (1, time.time() - leases.TERM - 20))
    with locks.alone(tmp_path, refuse):
        assert notes(tmp_path) == ["alone.0"]
    assert notes(tmp_path) == []


def test_whoever_wants_to_write_waits_for_clean_and_says_so_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(leases, "PAUSE", (0.01, 0.02))
    begun = []

    def write() -> None:
        with locks.writing(tmp_path, "report"):
            begun.append(time.monotonic())

    with ThreadPoolExecutor() as pool:
        with locks.alone(tmp_path, refuse):
            waiting = pool.submit(write)
            time.sleep(0.3)
            assert not begun
        waiting.result()
    said = capsys.readouterr().err
    assert said.count("waiting for another `realignment clean` (process") == 1 and begun and notes(tmp_path) == []


def test_no_order_of_steps_lets_clean_in_beside_whoever_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(leases, "PAUSE", (0.001, 0.002))
    inside, cleaned, seen = [], [], []

    def write() -> None:
        for _ in range(60):
            with locks.writing(tmp_path, "report"):
                inside.append(1)
                time.sleep(0.0005)
                inside.pop()
            time.sleep(0.004)

    def clean() -> None:
        for _ in range(120):
            try:
                with locks.alone(tmp_path, refuse):
                    cleaned.append(len(inside))
                    time.sleep(0.001)
                    cleaned.append(len(inside))
            except BadInput as fault:
                seen.append(str(fault))

    with ThreadPoolExecutor() as pool:
        for one in [pool.submit(write), pool.submit(write), pool.submit(clean)]:
            one.result()
    assert cleaned and seen and not any(cleaned)
