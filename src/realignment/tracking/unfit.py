"""Finished runs whose files on this machine are not those that their records say, found before such a run counts as finished.

What is not here by design is no fault: the models and predictions of a run restored from study.json, models that nobody kept, what a server
keeps, and all files of a store whose folders lie elsewhere.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from realignment.core import digests
from realignment.records import predictions, sealing
from realignment.records.record import Record
from realignment.tracking.history import RESTORED
from realignment.tracking.models import versions, write_record
from realignment.tracking.moves import place
from realignment.tracking.store import ask, keys, prepare


def unfit(root: Path, profile: str, runs: Mapping[str, Record]) -> dict[str, str]:
    """Of `runs` (run id -> record): id -> why predictions or model are not those of the record, for those where that is so."""
    here = dict(_places(root, runs))
    restored = {run for _, run, tag in keys(root, profile, RESTORED) if tag}
    made = {run for run in here if run not in restored}
    if not any(here[run].is_dir() for run in made):
        made = set()  # the folders of all lie elsewhere: an archive
    kept = versions(root).keys() if here else set()
    faults = {
        run: _fault(at, runs[run], made=run in made, kept=run in kept and (run in made or at.is_dir()))
        for run, at in here.items()
    }
    return {run: why for run, why in faults.items() if why}


def _places(root: Path, runs: Mapping[str, Record]) -> Iterator[tuple[str, Path]]:
    """Where the files of runs lie, of those whose place is on this machine."""
    prepare(root)  # the places of a checkout that was moved are brought up to date
    for run, where in ask(root, "select run_uuid, artifact_uri from runs") or ():
        if run in runs and (at := place(where)):
            yield run, at


def _fault(at: Path, record: Record, *, made: bool, kept: bool) -> str:
    """`made`: the run left its predictions here; `kept`: its model stands in the registry."""
    wanted, file, model = record.files.get(predictions.FILE), at / predictions.FILE, at / "model"
    if wanted and made and not file.exists():
        return f"{predictions.FILE} is gone"
    if wanted and file.exists() and digests.of(file) != wanted:
        return f"{predictions.FILE} is not the file its record says"
    if record.model and model.is_dir():
        wrong = sealing.model_fault(record, model)
        return f"its model is not the one its run made, {wrong}" if wrong else ""
    return "its model is gone" if record.model and kept else ""


def give_back_records(root: Path, runs: Mapping[str, Record]) -> list[str]:
    """Runs whose folder is here and whose record.json is gone or another get it back, from `runs`; their names."""
    lost = [run for run, at in _places(root, runs) if at.is_dir() and not _is(at / sealing.FILE, runs[run])]
    for run in lost:
        write_record(root, run, runs[run])
    return sorted(runs[run].name for run in lost)


def _is(file: Path, record: Record) -> bool:
    try:
        return not sealing.fault(json.loads(file.read_text(encoding="utf-8")), record.seal)
    except (OSError, ValueError, TypeError):
        return False
