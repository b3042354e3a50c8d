"""Leases: one owner at a time, whoever is killed, stopped, or has another clock."""

import json
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from waiting import LIMIT, until

from realignment.core import leases, pids
from realignment.core.errors import BadInput

# One of another host is one whose process cannot be looked up: its host is named otherwise, as in `far`.
COUNT = """
import fcntl, os, pathlib, random, sys, time
from realignment.core import leases
path, log, last = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
leases.PAUSE = 0.001, 0.01
file = log.open("r+")
while True:
    with leases.held(path, "counts"):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where another is in
        number = os.fstat(file.fileno()).st_size
        time.sleep(random.uniform(0, 0.002))
        os.pwrite(file.fileno(), b"x", number)
        fcntl.flock(file, fcntl.LOCK_UN)
    if number >= last:
        break
"""
HOLD = """
import pathlib, socket, sys
from realignment.core import leases
if sys.argv[2]:
    socket.gethostname = lambda: sys.argv[2]
leases.BEAT = 0.05
with leases.held(pathlib.Path(sys.argv[1]), "holds") as lease:
    print("in", flush=True)
    for _ in sys.stdin:
        print("lost" if lease.lost() else "has", flush=True)
"""


def python(code: str, *words: object, **more) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more
    )


@contextmanager
def holder(path: Path, host: str = "") -> Iterator[subprocess.Popen]:
    """Another process that has the lease, of this host or of one that is called otherwise; a line is answered with has or lost."""
    one = python(HOLD, path, host)
    try:
        assert one.stdout.readline() == "in\n"
        yield one
    finally:
        one.kill()
        one.communicate()


def asked(one: subprocess.Popen) -> str:
    one.stdin.write("\n")
    one.stdin.flush()
    return one.stdout.readline().strip()


def written(path: Path, age: float = 0, number: int = 0, **other) -> Path:
    """The file of a lease of this process, or one that is otherwise in what is named, renewed `age` seconds ago."""
    file = path.with_name(f"{path.name}.{number}")
    one = {**pids.me(), "what": "study of profile `far`", "taken": datetime.now(UTC).isoformat(), **other}
    file.write_text(json.dumps(one))
    os.utime(file, (time.time() - age, time.time() - age))
    return file


def together(work: Callable[[], None], count: int) -> None:
    with ThreadPoolExecutor(count) as pool:
        for one in [pool.submit(work) for _ in range(count)]:
            one.result()


def slowly(step: Callable) -> Callable:
    def run(*given):
        time.sleep(random.choice((0, random.uniform(0, 0.004))))
        found = step(*given)
        time.sleep(random.choice((0, random.uniform(0, 0.004))))
        return found

    return run


def next_takes_it(path: Path, last: Path) -> None:
    """Whoever withdrew has left nothing that blocks anybody."""
    last.unlink()
    leases.take(path, "next").release()
    assert listed(path) == []


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "locks" / "key"


@pytest.fixture
def there(path) -> Path:
    path.parent.mkdir()
    return path


def listed(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def test_of_many_processes_one_is_in_at_a_time_whoever_is_killed(tmp_path, there):
    log, last, kills = tmp_path / "log", 400, 0
    log.touch()
    running, end = [python(COUNT, there, log, last) for _ in range(4)], time.monotonic() + LIMIT
    while running:
        assert time.monotonic() < end, "a lease of one that was killed is waited for"
        if log.stat().st_size > 40 * kills and running:
            kills += 1
            running.remove(one := random.choice(running))
            one.kill()
            one.communicate()
            running.append(python(COUNT, there, log, last))
        for one in [one for one in running if one.poll() is not None]:
            running.remove(one)
            one.communicate()
            assert one.returncode == 0, "two were in at once"
        time.sleep(0.001)
    assert last < log.stat().st_size == log.read_text().count("x") and kills >= 10
    leases.take(there, "mine").release()
    assert [name for name in listed(there) if not name.startswith(".")] == []


def test_no_order_of_steps_lets_two_in(there, monkeypatch):
    """Some leave their lease behind, and threads are made to wait around each step, so that names fall and are used again."""
    monkeypatch.setattr(pids, "is_visible", lambda one: False)
    monkeypatch.setattr(leases, "PAUSE", (0.001, 0.002))
    for name in ("_files", "_holder", "_put"):
        monkeypatch.setattr(leases, name, slowly(getattr(leases, name)))
    inside, most, left = [], [], []

    def work() -> None:
        for _ in range(60):
            if lease := leases.take(there, "mine"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(random.uniform(0, 0.001))
                inside.pop()
                if random.random() < 0.4:
                    left.append(lease.file.name)
                    leases.HEART.forget(lease)
                    os.utime(lease.file, (1, 1))
                else:
                    lease.release()

    together(work, 8)
    assert max(most) == 1 and len(most) > 50 and len(set(left)) > 1


def test_threads_of_one_process_exclude_each_other(path, monkeypatch):
    monkeypatch.setattr(leases, "PAUSE", (0.001, 0.01))
    inside, most = [], []

    def work() -> None:
        for _ in range(40):
            with leases.held(path, "counts"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0002)
                inside.pop()

    together(work, 6)
    assert len(most) == 240 and max(most) == 1


def test_a_lease_of_another_host_falls_when_it_was_not_renewed(there):
    written(there, leases.TERM - 20, host="far")
    assert leases.take(there, "mine") is None
    written(there, leases.TERM + 20, host="far")
    with leases.held(there, "mine") as lease:
        assert listed(there) == ["key.1"] and not lease.lost()
    assert listed(there) == []


def test_a_process_of_this_host_that_is_gone_leaves_its_lease_at_once_and_one_that_is_there_never(there):
    with holder(there) as other:
        os.utime(there.with_name("key.0"), (1, 1))
        assert leases.take(there, "mine") is None
        other.send_signal(signal.SIGKILL)
        until(lambda: leases.owner(there) == "")  # though nobody has asked yet how it ended
        assert other.returncode is None
        leases.take(there, "mine").release()


def test_a_pid_that_is_used_again_is_another_process(there):
    written(there, began="1")
    leases.take(there, "mine").release()
    written(there)
    assert leases.take(there, "mine") is None


@pytest.mark.parametrize("other", [{"space": "pid:[1]"}, {"boot": "another"}])
def test_what_cannot_be_looked_up_is_gone_by_time_alone(there, other):
    """A container has pids of its own, and two hosts may have one name."""
    written(there, pid=2**22 + 1, began="1", **other)
    assert leases.take(there, "mine") is None
    written(there, leases.TERM + 20, **other)
    leases.take(there, "mine").release()


def test_one_that_is_renewed_is_kept_and_one_that_stood_still_learns_that_it_lost(there, monkeypatch):
    monkeypatch.setattr(leases, "TERM", 0.5)
    with holder(there, "far") as other:
        time.sleep(1)
        assert leases.take(there, "mine") is None and asked(other) == "has"
        other.send_signal(signal.SIGSTOP)
        until(lambda: leases.owner(there) == "")
        with leases.held(there, "mine") as lease:
            other.send_signal(signal.SIGCONT)
            assert asked(other) == "lost"
            time.sleep(0.2)  # some renewals of the other
            other.communicate()  # it releases what is not its own
            assert other.returncode == 0 and not lease.lost() and leases.owner(there).startswith("mine")


def test_one_that_wakes_up_while_it_is_taken_over_keeps_its_lease(there, monkeypatch):
    """Between the look that found it fallen and the file beside it, it is renewed."""
    old, put = written(there, leases.TERM + 20, host="far"), leases._put

    def late(file: Path, text: str) -> bool:
        made = put(file, text)
        os.utime(old)
        return made

    with monkeypatch.context() as only:
        only.setattr(leases, "_put", late)
        assert leases.take(there, "mine") is None and leases.owner(there).startswith("study of profile `far`")
    next_takes_it(there, old)


def test_who_has_seen_nothing_sees_whoever_came_meanwhile_under_another_number(there, monkeypatch):
    """The name is free again when a lease was released, so that a hard link alone would let both in."""
    put = leases._put

    def late(file: Path, text: str) -> bool:
        written(there, number=7)
        return put(file, text)

    with monkeypatch.context() as only:
        only.setattr(leases, "_put", late)
        assert leases.take(there, "mine") is None and leases.owner(there).startswith("study of profile `far`")
    next_takes_it(there, there.with_name("key.7"))


def test_who_finds_his_file_gone_has_nothing_and_tries_again(there, monkeypatch):
    put, first = leases._put, []

    def removed(file: Path, text: str) -> bool:
        made = put(file, text)
        if not first:
            first.append(file.unlink())
        return made

    monkeypatch.setattr(leases, "_put", removed)
    lease = leases.take(there, "mine")
    assert first and not lease.lost()
    lease.release()


def test_a_file_that_was_gone_when_it_was_looked_at_is_not_removed_where_its_name_is_used_again(there, monkeypatch):
    holder = leases._holder

    def gone(file: Path) -> dict | None:
        if file.name == "key.0":
            raise FileNotFoundError
        return holder(file)

    monkeypatch.setattr(leases, "_holder", gone)
    written(there, host="far")
    assert leases.take(there, "mine") and listed(there) == ["key.0", "key.1"]


def test_an_owner_that_lost_its_lease_leaves_that_of_another_under_its_old_name_as_it_is(there):
    lease, other = leases.take(there, "mine"), written(there, 60, host="far")
    before = other.stat().st_mtime
    lease.renew()
    lease.release()
    assert lease.lost() and other.stat().st_mtime == before and listed(there) == ["key.0"]


def test_a_lease_beside_which_another_stands_stays_as_released_until_the_next(there):
    """Its name must not come free while somebody goes by what he saw before."""
    lease, other = leases.take(there, "mine"), written(there, number=1, host="far")
    lease.release()
    assert listed(there) == ["key.0", "key.1"]
    other.unlink()
    with leases.held(there, "next"):
        assert listed(there) == ["key.1"]


@pytest.mark.parametrize("hours", [-7, 7])
def test_the_clock_of_a_host_decides_nothing(there, monkeypatch, hours):
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 3600 * hours)
    written(there, host="far").touch()
    assert leases.take(there, "mine") is None
    os.utime(there.with_name("key.0"), (0, there.parent.stat().st_mtime - leases.TERM - 20))
    leases.take(there, "mine").release()


@pytest.mark.parametrize("content", ["", '{"host": "far", "pi', "[1]", "\x00\xff", '{"host": 1}'])
def test_a_half_made_lease_falls_by_time_and_a_half_made_file_beside_it_stops_nobody(there, content):
    there.with_name(".key.0.0123").write_text(content)
    leases.take(there, "mine").release()
    half = there.with_name("key.0")
    half.write_text(content)
    assert leases.take(there, "mine") is None and leases.owner(there).startswith("another process")
    os.utime(half, (0, time.time() - leases.TERM - 20))
    leases.take(there, "mine").release()
    assert listed(there) == [".key.0.0123"]


def test_where_there_are_no_hard_links_one_gets_the_name(there, monkeypatch):
    def refused(*_) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    lease = leases.take(there, "mine")
    assert listed(there) == ["key.0"] and not lease.lost() and not leases._put(there.with_name("key.0"), "another")
    lease.release()
    assert listed(there) == []


def test_a_link_whose_answer_was_lost_is_a_link(there, monkeypatch):
    real = os.link

    def twice(*paths: Path) -> None:
        real(*paths)
        real(*paths)  # as a client of NFS that asks again

    monkeypatch.setattr(os, "link", twice)
    assert leases.take(there, "mine") is not None


def test_the_owner_is_named_to_whoever_waits_once(there, monkeypatch):
    monkeypatch.setattr(leases, "PAUSE", (0.001, 0.01))
    said, file = [], written(there, pid=12, host="a", taken="2026-11-29T20:02:09+01:00")
    threading.Timer(0.2, file.unlink).start()
    with leases.held(there, "mine", said.append):
        assert said == ["study of profile `far` (process 12 on host a since 2026-11-29 19:02 UTC)"]
    assert leases.owner(there) == "" == leases.owner(there.parent / "nowhere" / "key")


def test_a_forked_process_neither_renews_nor_releases_what_its_parent_has(there):
    lease = leases.take(there, "mine")
    child = os.fork()
    if not child:
        lease.release()
        own = leases.take(there.with_name("another"), "child")
        os._exit(leases.HEART.leases != {own})
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 and not lease.lost()
    lease.release()
    assert listed(there) == ["another.0"]


def test_all_leases_of_a_process_are_renewed_by_one_thread(there, monkeypatch):
    monkeypatch.setattr(leases, "HEART", leases.Heart())
    monkeypatch.setattr(leases, "BEAT", 0.02)
    before = threading.active_count()
    many = [leases.take(there.with_name(f"key{number}"), "mine") for number in range(30)]
    for one in many:
        os.utime(one.file, (1, 1))
    until(lambda: all(one.file.stat().st_mtime > 1 for one in many))
    assert threading.active_count() == before + 1
    for one in many:
        one.release()
    assert listed(there) == [] and not leases.HEART.leases


def test_a_folder_that_takes_no_file_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"file: a folder is required"):
        leases.take(tmp_path / "file" / "key", "mine")
    if os.geteuid():
        closed = tmp_path / "closed"
        closed.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
        with pytest.raises(BadInput, match=r"closed: cannot be used \(Permission denied\)"):
            leases.take(closed / "key", "mine")


def test_leases_with_names_used_once_are_listed_and_the_fallen_ones_removed(there):
    here = leases.take(there.with_name("writer-1"), "report")
    written(there.with_name("writer-2"), began="1")
    written(there.with_name("writer-3"), host="far")
    written(there.with_name("writer-4"), leases.TERM + 20, host="far")
    written(there)
    first, second = leases.owners(there.parent, "writer-")
    assert first.startswith("report (process") and second.startswith("study of profile `far`")
    assert listed(there) == ["key.0", "writer-1.0", "writer-3.0"]
    here.release()


def test_a_lease_costs_less_than_a_millisecond(there):
    spent = []
    for number in range(200):
        begun = time.process_time()
        leases.take(there.with_name(f"key{number}"), "mine").release()
        spent.append(time.process_time() - begun)
    assert sorted(spent)[len(spent) // 10] < 0.001 and listed(there) == []
