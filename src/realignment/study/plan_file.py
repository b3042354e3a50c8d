"""What the study that runs has planned, for the page that grows with it; the records are in study.json, as far as they are finished."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from realignment.core.errors import BadInput, FailedWork
from realignment.core.files import write_whole
from realignment.core.workspace import Workspace
from realignment.records import sealing
from realignment.records.job import Job
from realignment.study import study_file

RUNS = "runs"  # key -> [verb, encoder, subset, control, task] of each job of the plan


def write(workspace: Workspace, about: Mapping[str, Any], jobs: Sequence[Job]) -> None:
    """`about` is what study.json says beside its records."""
    runs = {job.key: [job.verb, job.cell.encoder, job.cell.subset, job.cell.control, job.task] for job in jobs}
    write_whole(workspace.planned, json.dumps({**about, RUNS: runs}, ensure_ascii=False) + "\n")


def left(workspace: Workspace, finished: Iterable[str]) -> str:
    """What to say where planned jobs are not among the `finished` run keys, those of study.json; "" where all are, or where no plan is here."""
    try:
        planned = set(json.loads(workspace.planned.read_text(encoding="utf-8"))[RUNS])
    except (OSError, ValueError, TypeError, KeyError):
        return ""
    missing = planned - set(finished)
    done = f"{len(planned) - len(missing)} of {len(planned)} jobs are"
    return f"the study is not finished, {done}; wait for it, or go on with `dvc repro study`" if missing else ""


def read(workspace: Workspace) -> dict:
    """The plan, as a study whose records are the planned ones that are finished.

    The tracking store, which takes seconds to open, is not asked: what was changed is found by the seals alone, and the page of the
    finished study asks it.
    """
    try:
        plan = json.loads(workspace.planned.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadInput(f"{workspace.planned}: the plan of a running study is required; `dvc repro study` writes it") from None
    where, content = f"data/{workspace.profile}/study.json", study_file.read(workspace.study)
    if content["records"] and content.get(sealing.SEAL) != study_file.seal(content):
        raise FailedWork(f"{where} was changed after the study wrote it: its sha256 is another; {sealing.REMEDY}")
    found = [one for one in content["records"] if one.get("key") in plan[RUNS]]
    if wrong := [fault for one in found if (fault := sealing.fault(one, None))]:
        raise FailedWork(f"{where}: a record {wrong[0]}; {sealing.REMEDY}")
    return study_file.of_json({**plan, "records": found}, where)
