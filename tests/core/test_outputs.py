"""What stages wrote, and whether it is still that: DVC and the stage itself each say so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from realignment.core import outputs
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace

DVC = str(Path(sys.executable).parent / "dvc")
STAGE = """
stages:
  made:
    cmd: {make}
    outs: [data/sample/subsets.json, data/sample/encoders]
"""


@pytest.fixture(scope="module")
def by_dvc(tmp_path_factory) -> Path:
    """A checkout in which DVC ran a stage that wrote a file and a folder."""
    root = tmp_path_factory.mktemp("checkout")
    make = "mkdir -p data/sample/encoders/b/é && echo 1 > data/sample/subsets.json"
    make += "".join(f" && echo {name} > data/sample/encoders/{name}" for name in ("b/x", "b-x", "a", "b/é/ü"))
    (root / "dvc.yaml").write_text(STAGE.format(make=make))
    for words in (["init", "-q", "--no-scm"], ["repro", "-q"]):
        subprocess.run([DVC, *words], cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture
def workspace(by_dvc, tmp_path) -> Workspace:
    return Workspace(Path(shutil.copytree(by_dvc, tmp_path / "checkout", symlinks=False)), "sample")


def test_what_dvc_wrote_down_is_recognised_file_and_folder(workspace):
    assert outputs.unchanged(workspace, "subsets.json") and outputs.unchanged(workspace, "encoders")


@pytest.mark.parametrize("name", ["subsets.json", "encoders/b/é/ü"])
def test_an_edit_of_what_dvc_wrote_down_is_named_with_its_remedy(workspace, name):
    (workspace.data / name).chmod(0o644)
    (workspace.data / name).write_text("edited")
    top = name.partition("/")[0]
    with pytest.raises(
        BadInput, match=f"data/sample/{top} was changed after stage .* wrote it; `dvc checkout data/sample/{top}`"
    ):
        outputs.require(workspace, ("subsets.json", "encoders"))


def test_a_file_more_in_a_folder_is_an_edit(workspace):
    (workspace.data / "encoders" / "added_tokens.json").write_text("{}")
    assert not outputs.unchanged(workspace, "encoders")


def test_a_stage_run_by_hand_speaks_for_what_it_wrote(workspace):
    (workspace.data / "subsets.json").chmod(0o644)
    (workspace.data / "subsets.json").write_text("by hand")
    assert not outputs.unchanged(workspace, "subsets.json")
    outputs.wrote(workspace, "select")
    assert outputs.unchanged(workspace, "subsets.json")
    (workspace.data / "subsets.json").write_text("edited")
    assert not outputs.unchanged(workspace, "subsets.json")


def test_what_dvc_brings_back_is_good_whatever_was_made_by_hand_since(workspace):
    good = (workspace.data / "subsets.json").read_bytes()
    (workspace.data / "subsets.json").chmod(0o644)
    (workspace.data / "subsets.json").write_text("by hand")
    outputs.wrote(workspace, "select")
    (workspace.data / "subsets.json").write_bytes(good)
    assert outputs.unchanged(workspace, "subsets.json")


def test_where_nobody_says_anything_nothing_is_refused(tmp_path):
    workspace = Workspace(tmp_path, "sample")
    workspace.data.mkdir(parents=True)
    workspace.subsets.write_text("{}")
    outputs.require(workspace, ("subsets.json", "languages.csv"))


@pytest.mark.parametrize("content", ["", "[", "stages: 3", "stages: {a: null}", "\x00"])
def test_a_lock_file_that_is_none_says_nothing(tmp_path, content):
    workspace = Workspace(tmp_path, "sample")
    workspace.data.mkdir(parents=True)
    workspace.subsets.write_text("{}")
    workspace.lock.write_text(content)
    assert outputs.unchanged(workspace, "subsets.json")
