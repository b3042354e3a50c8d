"""Where the files of a run lie, by what the store keeps of it."""

import pytest

from realignment.tracking import asked


@pytest.mark.parametrize(
    "kept",
    ["/elsewhere/mlruns/1/run/artifacts", "file:///elsewhere/mlruns/1/run/artifacts", "/a/mlruns/b/mlruns/1/run/artifacts"],
)
def test_the_files_of_a_run_are_found_where_the_checkout_was_moved_to(tmp_path, kept):
    here = tmp_path / "mlruns" / "1" / "run" / "artifacts"
    here.mkdir(parents=True)
    assert asked.folder_of(tmp_path, kept) == here


def test_files_that_are_not_below_the_checkout_are_where_the_store_says_and_those_of_a_server_on_no_disk(tmp_path):
    there = tmp_path / "other" / "mlruns" / "1" / "run"
    assert asked.folder_of(tmp_path / "here", str(there)) == there
    assert asked.folder_of(tmp_path, str(tmp_path / "files")) == tmp_path / "files"
    assert asked.folder_of(tmp_path, "mlflow-artifacts:/1/run/artifacts") is None
