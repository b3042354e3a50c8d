"""All finished runs of a profile that can be believed, whatever settings they have: those of the tracking store and of study.json.

Tables of a study hold the runs of one plan; this is what else there is: runs of settings the profile had before, and runs by hand.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from realignment import tracking
from realignment.config import params
from realignment.config.schema import PRESETS
from realignment.core import outputs
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.languages.table import Language
from realignment.records.record import Record
from realignment.study import study_file

SECTIONS = ("realign", "finetune", "evaluate")  # whose settings a preset names


@dataclass(frozen=True)
class FinishedRuns:
    """The records of a profile, and by what its scores are grouped."""

    workspace: Workspace
    records: tuple[Record, ...]
    wrong: tuple[str, ...]  # a line on each run whose record cannot be believed
    languages: dict[str, Language]
    seen: dict[str, str | list[str]]  # encoder -> its `seen` setting

    @cached_property
    def presets(self) -> dict[str, dict[str, Any]]:
        """Preset -> `realign.layer` -> its value: the switches in which presets differ, each as this profile has it under each of them."""
        merged = {
            name: params.merge(self.workspace.profile, self.workspace.root, {"realign": {"preset": name}}) for name in PRESETS
        }
        flat = {
            name: {
                f"{section}.{key}": value for section in SECTIONS for key, value in content[section].items() if key != "preset"
            }
            for name, content in merged.items()
        }
        differing = [key for key in flat[PRESETS[0]] if len({repr(one.get(key)) for one in flat.values()}) > 1]
        return {name: {key: one[key] for key in differing} for name, one in flat.items()}


def gather(workspace: Workspace) -> FinishedRuns:
    """Reads, writes nothing; a record is that of its run, or of study.json where its run is gone. BadInput where the profile is not valid."""
    settings = params.load(workspace)
    with tracking.reading():
        found, wrong, seals = tracking.records(workspace.root, workspace.profile)
        old, doubted = study_file.believed(workspace, seals)
    known = {**old, **found}
    outputs.require(workspace, (workspace.languages.name,))
    table = languages.read(workspace.languages) if known else {}
    seen = {label: spec["seen"] for label, spec in settings.study.encoders.items()}
    lines = tuple(line for key, line in {**doubted, **wrong}.items() if key not in known)
    return FinishedRuns(workspace, tuple(known[key] for key in sorted(known)), lines, table, seen)
