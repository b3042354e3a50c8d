"""Tokens kept on disk: the same as made, made once, and never read when a byte is another."""

from dataclasses import fields

import numpy as np
import pytest

from realignment.engine import batches, token_cache


def made() -> list[batches.Encoded]:
    def one(shift: int) -> batches.Encoded:
        starts = np.array([0, 2, 5])
        return batches.Encoded(
            np.arange(5, dtype=np.int32) + shift, np.zeros(5, np.int8), np.arange(5, dtype=np.int32), starts, np.array([1, 2])
        )

    return [one(0), one(100)]


def same(one, other) -> bool:
    names = [field.name for field in fields(batches.Encoded)]
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for a, b in zip(one, other, strict=True) for name in names)


def test_what_is_kept_is_what_was_made_and_it_is_made_once(tmp_path):
    calls = []

    def make():
        calls.append(1)
        return made()

    assert same(token_cache.kept(tmp_path / "a", make), made())
    again = token_cache.kept(tmp_path / "a", make)
    assert same(again, made()) and len(calls) == 1
    assert isinstance(again[1].tokens, np.memmap)


@pytest.mark.parametrize("name", ["0-tokens.npy", "1-starts.npy", "about.json"])
def test_a_flipped_byte_is_noticed_and_it_is_made_again(tmp_path, name):
    token_cache.kept(tmp_path / "a", made)
    path = tmp_path / "a" / name
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)
    assert same(token_cache.kept(tmp_path / "a", made), made())
    assert same(token_cache.kept(tmp_path / "a", lambda: pytest.fail("made twice")), made())


def test_without_room_on_the_disk_it_is_made_and_said(tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(token_cache.np, "save", full)
    assert same(token_cache.kept(tmp_path / "a", made), made())
    assert "No space left on device" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
