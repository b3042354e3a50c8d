"""Finished outputs across file systems, and when putting them in place fails half-way."""

from pathlib import Path

import pytest

from realignment.core.files import as_folder, put_in_place


def filled(folder: Path, text: str) -> Path:
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").write_text(text)
    return folder


def listing(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("before", [True, False])
def test_outputs_on_another_file_system_take_the_place_of_the_old_ones(tmp_path, elsewhere, before):
    if before:
        filled(tmp_path / "tables", "old")
        (tmp_path / "page").write_text("old")
    (elsewhere / "page").write_text("new")
    put_in_place([(filled(elsewhere / "tables", "new"), tmp_path / "tables"), (elsewhere / "page", tmp_path / "page")])
    assert listing(tmp_path) == {"page": "new", "tables/inner/file": "new"}


@pytest.mark.parametrize("fails", range(1, 8))
def test_all_or_none_is_put_in_place(tmp_path, monkeypatch, fails):
    """Whichever rename fails, the old outputs are all there, and nothing else."""
    made = tmp_path / "made"
    place = tmp_path / "place"
    filled(place / "tables", "old")
    (place / "page").write_text("old")
    pairs = [(filled(made / "tables", "new"), place / "tables"), (made / "page", place / "page")]
    (made / "page").write_text("new")
    real, calls = Path.rename, []

    def rename(self, target):
        calls.append(1)
        if len(calls) == fails:
            raise OSError(28, "no space left")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    if fails <= 6:
        with pytest.raises(OSError, match="no space left"):
            put_in_place(pairs)
        assert listing(place) == {"page": "old", "tables/inner/file": "old"}
    else:
        put_in_place(pairs)
        assert listing(place) == {"page": "new", "tables/inner/file": "new"}


def test_what_a_kill_between_two_renames_set_aside_is_back_before_anything_else(tmp_path):
    filled(tmp_path / ".tables.old", "old")
    with pytest.raises(FileNotFoundError):
        put_in_place([(tmp_path / "missing", tmp_path / "tables")])
    assert listing(tmp_path) == {"tables/inner/file": "old"}


@pytest.mark.parametrize(("folder", "file"), [(0o755, 0o644), (0o750, 0o640), (0o700, 0o600)])
def test_weights_may_be_read_by_whoever_may_look_into_their_folder(tmp_path, folder, file):
    tmp_path.chmod(folder)
    (tmp_path / "model.safetensors").touch(0o600)
    as_folder(tmp_path, "*.safetensors")
    assert (tmp_path / "model.safetensors").stat().st_mode & 0o777 == file
