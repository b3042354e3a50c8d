"""How many sentences the jobs of a profile read, by its files."""

from collections.abc import Mapping
from dataclasses import dataclass

from realignment.config.schema import Settings
from realignment.core.workspace import Workspace
from realignment.corpora import manifest


@dataclass(frozen=True)
class Amounts:
    """Sentences; of NLI pairs of them."""

    training: Mapping[str, int]  # by task, in English
    testing: Mapping[str, int]  # by task, over all sets and languages
    heldout: int  # languages with bitext
    assumed: str = ""  # where the numbers are from, if not from files


def of(workspace: Workspace, settings: Settings) -> Amounts:
    """Of the files that are here; rows that `check` excluded are left out."""
    known = manifest.load(workspace)

    def rows(path: str, split: str) -> int:
        return max(known.rows(path).get(split, 0) - len(known.rows_out(path)), 0)

    tasks = settings.study.tasks
    training = {task: rows(known.train(task), "train") for task in tasks}
    testing = {task: sum(rows(path, "test") for path in known.evalsets(task)) for task in tasks}
    return Amounts(training, testing, len(known.bitexts()))
