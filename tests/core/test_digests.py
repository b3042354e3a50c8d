"""sha256 of files: a file is read again only where it may have changed, and an edit is never missed."""

import hashlib
import os
import time

import pytest

from realignment.core import digests, hashing
from realignment.core.errors import FailedWork


@pytest.fixture
def old(tmp_path, monkeypatch):
    """A file written long ago, known by its digest; what is read is counted in `reads`."""
    path = tmp_path / "weights"
    path.write_bytes(b"before")
    monkeypatch.setattr(digests, "SETTLED", -1)
    monkeypatch.setattr(digests, "_known", {})
    reads = []
    real = hashing.file_digest
    monkeypatch.setattr(hashing, "file_digest", lambda one: (reads.append(one), real(one))[1])
    return path, reads


def test_a_file_that_did_not_change_is_read_once(old):
    path, reads = old
    assert digests.of(path) == digests.of(path) == hashlib.sha256(b"before").hexdigest()
    assert len(reads) == 1


def test_an_edit_of_the_same_length_with_the_old_time_put_back_is_seen(old):
    path, _ = old
    digests.of(path)
    times = path.stat()
    path.write_bytes(b"after!")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size and path.stat().st_mtime_ns == times.st_mtime_ns
    assert digests.of(path) == hashlib.sha256(b"after!").hexdigest()


def test_another_file_moved_into_the_place_is_seen(old, tmp_path):
    path, _ = old
    digests.of(path)
    other = tmp_path / "other"
    other.write_bytes(b"after!")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert digests.of(path) == hashlib.sha256(b"after!").hexdigest()


def test_a_file_written_just_now_is_read_again(tmp_path, monkeypatch):
    """Two writes within one tick of the file system's clock carry one time."""
    path = tmp_path / "weights"
    path.write_bytes(b"before")
    digests.of(path)
    assert str(path) not in digests._known
    monkeypatch.setattr(time, "time_ns", lambda: path.stat().st_ctime_ns + digests.SETTLED + 1)
    digests.of(path)
    assert str(path) in digests._known


def test_what_one_process_learned_the_next_one_knows(old, tmp_path, monkeypatch):
    path, reads = old
    with digests.kept(tmp_path / "work" / "digests.json"):
        digests.of(path)
    monkeypatch.setattr(digests, "_known", {})
    with digests.kept(tmp_path / "work" / "digests.json"):
        digests.of(path)
    assert len(reads) == 1


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a": []}', "\x00"])
def test_a_damaged_memory_is_no_memory(old, tmp_path, content):
    path, _ = old
    (tmp_path / "digests.json").write_text(content)
    with digests.kept(tmp_path / "digests.json"):
        assert digests.of(path) == hashlib.sha256(b"before").hexdigest()


def test_a_folder_is_its_files_by_name(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b.json", "deep/a.json", "c.txt"):
        (tmp_path / name).write_text(name)
    wanted = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("b.json", "deep/a.json")}
    assert digests.of_folder(tmp_path, ("*.json",)) == wanted


def test_the_bytes_that_are_read_are_those_that_were_hashed(tmp_path):
    path = tmp_path / "rows"
    path.write_bytes(b"before")
    sha256 = digests.of(path)
    assert digests.pinned(path, sha256).read() == b"before"
    path.write_bytes(b"after!")
    with pytest.raises(FailedWork, match=f"{path}: changed after it was looked at"):
        digests.pinned(path, sha256)
