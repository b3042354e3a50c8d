"""Stage `align`: word alignments, for the word mode.

reads   bitext/, excluded.parquet
writes  alignments/
"""

from realignment.schema import Settings
from realignment.workspace import Workspace

OFF = """# Word alignments

None: `align.aligner` is `none`, so realignment brings sentences together (Eq. 1 of the paper), which needs no word alignments.
"""


def run(workspace: Workspace, settings: Settings) -> list[dict]:
    """Aligner `none`: a folder that says so, for the stages that depend on it."""
    workspace.alignments.mkdir(parents=True, exist_ok=True)
    (workspace.alignments / "README.md").write_text(OFF, encoding="utf-8")
    return [{"aligner": settings.align.aligner, "languages": 0}]
