"""Records that the tracking store has and study.json lacks yet, a line each in `.work/<profile>/saved.jsonl`.

A study that is begun again while its server is away asks nobody else: what a killed one saved just before would be computed again.
"""

import json
import threading
from collections.abc import Callable

from realignment.core.errors import FailedWork
from realignment.core.workspace import Workspace
from realignment.records import sealing
from realignment.records.record import Record


class Journal:
    """Written by the thread that saves jobs, emptied by whoever writes study.json."""

    def __init__(self, workspace: Workspace) -> None:
        self.path, self.lock = workspace.work / "saved.jsonl", threading.Lock()

    def add(self, record: Record) -> None:
        with self.lock, self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record.to_json(), ensure_ascii=False) + "\n")

    def records(self) -> dict[str, Record]:
        """Run key -> record; a line that was cut short or changed is left out, and its job is computed."""
        if not self.path.is_file():
            return {}
        found = {}
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                one = json.loads(line)
                if not sealing.fault(one, one[sealing.SEAL]):
                    found[one["key"]] = Record.of(one, self.path.name)
            except (ValueError, TypeError, KeyError, FailedWork):
                continue
        return found

    def ends(self, write: Callable[[], None]) -> None:
        """Nothing is left here once `write` has put all records into study.json; none is added meanwhile."""
        with self.lock:
            write()
            self.path.unlink(missing_ok=True)
