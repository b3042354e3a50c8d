"""DVC's list of locks after a kill."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from realignment.core import dvc_rwlock

DVC = Path(sys.executable).parent / "dvc"


@pytest.fixture
def repository(tmp_path) -> Path:
    """A DVC repository with one stage."""
    (tmp_path / "dvc.yaml").write_text("stages:\n  one:\n    cmd: echo done > out\n    outs: [out]\n")
    for words in (["git", "init", "-q"], [DVC, "init", "-q"]):
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def repro(root: Path) -> subprocess.CompletedProcess:
    return subprocess.run([DVC, "repro"], cwd=root, capture_output=True, text=True, check=False)


def ended() -> int:
    return subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    ).stdout.strip()


def entry(pid: int) -> dict:
    return {"pid": pid, "cmd": "dvc repro"}


DAMAGED = {
    "empty": "", "cut off": '{"write": {"/a/out": {"pid', "no list": "[]", "another form": '{"write": 3}', "extra": '{"w": {}}',
    "no number": '{"write": {"/a": {"pid": "12", "cmd": "dvc"}}}',
}  # fmt: skip


@pytest.mark.slow
def test_dvc_stops_at_a_damaged_list_and_goes_on_when_it_is_mended(repository):
    assert repro(repository).returncode == 0
    (repository / "out").unlink()
    dvc_rwlock.file(repository).write_text("")
    assert "corrupted" in repro(repository).stderr, "DVC itself does not correct it"
    assert "empty or damaged" in dvc_rwlock.mend(repository)
    assert repro(repository).returncode == 0 and (repository / "out").exists()


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_list_is_told_and_mended(tmp_path, kind):
    place = dvc_rwlock.file(tmp_path)
    place.parent.mkdir(parents=True)
    place.write_text(DAMAGED[kind])
    assert "every `dvc repro` stops at it" in dvc_rwlock.fault(tmp_path) and not dvc_rwlock.is_readable(tmp_path)
    assert place.read_text() == DAMAGED[kind], "looking changes nothing"
    dvc_rwlock.mend(tmp_path)
    assert dvc_rwlock.fault(tmp_path) == "" and dvc_rwlock.read(tmp_path) == {"read": {}, "write": {}}


def test_locks_of_processes_that_are_gone_are_taken_out_and_those_of_live_ones_stay(tmp_path):
    gone, here = int(ended()), os.getpid()
    place = dvc_rwlock.file(tmp_path)
    place.parent.mkdir(parents=True)
    content = {"read": {"/a": [entry(gone), entry(here)], "/b": [entry(gone)]}, "write": {"/c": entry(gone), "/d": entry(here)}}
    place.write_text(json.dumps(content))
    assert f"names processes that are gone: {gone}" in dvc_rwlock.fault(tmp_path) and dvc_rwlock.is_readable(tmp_path)
    dvc_rwlock.mend(tmp_path)
    assert json.loads(place.read_text()) == {"read": {"/a": [entry(here)]}, "write": {"/d": entry(here)}}
    assert dvc_rwlock.live(tmp_path) == {here: "dvc repro"}


def test_a_number_that_is_used_again_is_another_process(tmp_path):
    place = dvc_rwlock.file(tmp_path)
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"write": {"/c": entry(os.getpid())}}))
    os.utime(place, (0, 0))  # written long before this process began
    assert str(os.getpid()) in dvc_rwlock.fault(tmp_path)


def test_where_there_is_no_list_nothing_is_wrong(tmp_path):
    assert dvc_rwlock.fault(tmp_path) == "" and dvc_rwlock.mend(tmp_path) == "" and not list(tmp_path.iterdir())
