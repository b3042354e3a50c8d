"""What a study does with jobs that were finished, or set aside, by an earlier call; the words are those of `exca`."""

from collections.abc import Iterable

from realignment.core.workspace import Workspace

CACHED = "cached"  # what is finished is taken, what was set aside stays set aside
RETRY = "retry"  # what was set aside is tried again
FORCE = "force"  # everything is computed once more, and compared with what there was
READ_ONLY = "read-only"  # nothing is computed
MODES = (CACHED, RETRY, FORCE, READ_ONLY)
ASKED = "as asked"  # why a job is computed again in mode `force`
DEFAULT = RETRY  # whoever calls again after a failure has mended something


class Forced:
    """Which keys a study in mode `force` has computed: the next call goes on with the others."""

    def __init__(self, workspace: Workspace) -> None:
        self.file = workspace.work / "forced"

    def left(self, keys: Iterable[str]) -> list[str]:
        """Those still to be computed; a study that was stopped counts."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.touch()
        done = set(self.file.read_text(encoding="utf-8").split())
        return [key for key in keys if key not in done]

    def done(self, key: str) -> None:
        if self.file.exists():
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"\n{key}\n")  # behind half a line that a full disk left

    def end(self) -> None:
        self.file.unlink(missing_ok=True)
