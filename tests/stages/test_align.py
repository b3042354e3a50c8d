"""Stage `align`: with aligner `none`, a folder that says so."""

from folders import settings

from realignment.stages import align
from realignment.workspace import Workspace


def test_the_folder_says_that_the_word_mode_is_off(tmp_path):
    workspace = Workspace(tmp_path, "made")
    (row,) = align.run(workspace, settings("x"))
    assert row["aligner"] == "none"
    assert [path.name for path in workspace.alignments.iterdir()] == ["README.md"]
    assert "`none`" in (workspace.alignments / "README.md").read_text()
