"""What study.json says beside its records, and what decides how they are read: held against the settings and against the records."""

from collections.abc import Iterator, Mapping
from typing import Any

from realignment.config import yaml_lines
from realignment.lineage.proof.at_hand import AtHand
from realignment.lineage.proof.verdict import Link, away, judged
from realignment.study import study_file

STUDY = "study.json"
NAME = f"{STUDY}: its encoders, reading, preset and device are those of the settings and of the runs"
OF_ENCODER = ("name", "seen")  # what the settings say of an encoder and study.json repeats


def link(here: AtHand) -> Link:
    """Not at hand where only the records could be asked."""
    shown = f"data/{here.workspace.profile}/{here.workspace.settings.name}"
    try:
        if fault := next(_of_runs(here), ""):
            return judged(STUDY, NAME, fault)
        if not here.workspace.settings.is_file():
            return away(STUDY, NAME, f"{shown} is not here; `dvc repro settings` makes it")
        settings = yaml_lines.quick(here.workspace.settings.read_text(encoding="utf-8"))
        return judged(STUDY, NAME, next(_of_settings(here.content, settings, shown), ""))
    except Exception as fault:  # whatever a changed byte makes of one of the two
        return judged(
            STUDY, NAME, f"cannot be compared with {shown} ({type(fault).__name__}: {' '.join(str(fault).split())[:120]})"
        )


def _of_settings(content: Mapping[str, Any], settings: Mapping[str, Any], shown: str) -> Iterator[str]:
    """How the two differ, `shown` being the file of the settings."""
    wanted = {"profile": settings["profile"], "reading": settings["select"]["reading"], "preset": settings["realign"]["preset"]}
    for name, value in wanted.items():
        if content.get(name) != value:
            yield f"its {name} is {content.get(name)!r}, {shown} has {value!r}"
    there, given = study_file.bases(content), study_file.bases(settings["study"])
    if there.keys() != given.keys():
        yield f"its encoders are {', '.join(sorted(there)) or 'none'}, {shown} has {', '.join(sorted(given)) or 'none'}"
        return
    for label, about in there.items():
        for name in OF_ENCODER:
            if about[name] != given[label][name]:
                yield f"{name} of its encoder {label} is {about[name]!r}, {shown} has {given[label][name]!r}"


def _of_runs(here: AtHand) -> Iterator[str]:
    """How it differs from what the records say of the same: device, encoder, and the sha256 of the encoder that a run read."""
    device, encoders = here.content.get("device"), study_file.bases(here.content)
    for record in here.records:
        label, used = record.cell.base, record.inputs.get("encoder")
        if (where := record.environment.get("device", "")) != device:
            yield f"its device is {device!r}, {record.name} ran on {where!r}"
        if label not in encoders:
            yield f"it has no encoder {label}, which {record.name} is of"
        elif used and encoders[label]["sha256"] != used:
            yield f"sha256 of its encoder {label} is {str(encoders[label]['sha256'])[:12]}..., {record.name} read {used[:12]}..."
