"""`realignment study --explain CELL`: of each run behind a cell, whether it is finished, and why it would be computed if not."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from realignment.config.schema import Settings
from realignment.core import digests
from realignment.core.console import note, table
from realignment.core.errors import BadInput, nearest
from realignment.core.workspace import Workspace
from realignment.corpora import manifest
from realignment.languages import codes, grouping
from realignment.records.job import Job
from realignment.results import addresses, comparisons, headings
from realignment.results.addresses import Address
from realignment.results.scores import RETRIEVAL, Row
from realignment.study import outlook, reasons, standing
from realignment.study.outlook import Outlook

AVERAGE = "Average"  # of all languages; `comparisons.AVERAGE` is without English
KEY = re.compile(r"[0-9a-f]{6,64}")
FORM = "a cell, ENCODER/SUBSET/TASK, a run by its name, or the beginning of a run key"


def answer(workspace: Workspace, settings: Settings, options: dict[str, Any]) -> None:
    found = outlook.of(workspace, settings)
    if found.lacks:
        raise BadInput(
            f"a run is told by the bytes it reads, and {found.lacks[0]} is not here; `dvc repro check pretrain` makes it; --plan answers before that"
        )
    jobs = targets(found, settings, options["explain"])
    with digests.kept(workspace.digests, write=False):
        rows = [explained(workspace, found, job) for job in jobs]
    if options["as_json"]:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table([{**row, "key": row["key"][:12]} for row in rows], columns=["run", "state", "why", "key"])
    note(action(found, jobs, rows))


def explained(workspace: Workspace, found: Outlook, job: Job) -> dict[str, Any]:
    """A row on one run."""
    state = found.standing.how[job.key]
    why, told = reasons.of(workspace, found.standing, job)
    if state == standing.FINISHED and (wrong := reasons.damaged(workspace, found.standing, job)):
        state, why = standing.LEFT, wrong
    called = "to run" if state == standing.LEFT else state
    return {"run": job.name, "state": called, "why": why, "key": job.key, "differences": [asdict(one) for one in told]}


def action(found: Outlook, jobs: Sequence[Job], rows: Sequence[dict[str, Any]]) -> str:
    """What a person can do, in one line."""
    left = [job for job, row in zip(jobs, rows, strict=True) if row["state"] == "to run"]
    if any(row["state"] == standing.ASIDE for row in rows):
        return "`realignment study` tries again what was set aside, and --mode cached leaves it"
    if not left:
        return "nothing of it would be computed"
    seconds = found.forecast.seconds(left)
    took = f", {_clock(seconds.mean)} of one worker ({_clock(seconds.low)} to {_clock(seconds.high)})" if seconds.mean else ""
    changed = any(one["what"] != reasons.MODEL for row in rows for one in row["differences"])
    back = (
        "; where a setting, a file or the code was changed by mistake, bring it back and nothing is computed" if changed else ""
    )
    return f"`realignment study` computes {len(left)} of these runs{took}{back}"


def _clock(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def targets(found: Outlook, settings: Settings, text: str) -> list[Job]:
    """The planned jobs that a text names, each behind those whose models it reads."""
    jobs = found.jobs
    if KEY.fullmatch(text):
        return _chain(jobs, _by_key(found, text))
    if named := [job for job in jobs if job.name == text]:
        return _chain(jobs, named)
    if "/" not in text:
        raise BadInput(f"{FORM} is required; no job of the plan is called `{text}`; {nearest(text, [job.name for job in jobs])}")
    cell = addresses.parse(text, settings.select.n)
    wanted = _of_cell(jobs, settings, cell, text)
    _require_column(found.forecast.loads.workspace, cell)
    return _chain(jobs, wanted)


def _by_key(found: Outlook, text: str) -> list[Job]:
    planned = [job for job in found.jobs if job.key.startswith(text)]
    if not planned:
        known = [one for key, one in found.standing.records.items() if key.startswith(text)]
        planned = [
            job for one in known[:1] for job in found.jobs if (job.verb, job.task, job.cell) == (one.verb, one.task, one.cell)
        ]
        if planned:
            note(f"run {text} is finished and is not of this plan, which has {planned[0].name} under another key")
    if len(planned) != 1:
        raise BadInput(f"the beginning of one run key of the plan is required; `{text}` fits {len(planned)}")
    return planned


def _of_cell(jobs: Sequence[Job], settings: Settings, cell: Address, text: str) -> list[Job]:
    rows = {(cell.subset, cell.control), *([("none", "")] if cell.gain else [])}
    mine = [job for job in jobs if job.verb == "evaluate" and job.cell.encoder == cell.encoder]
    wanted = [
        job for job in mine if (job.cell.subset, job.cell.control) in rows and (job.task or RETRIEVAL) in _tasks(cell.task, mine)
    ]
    if not wanted:
        known = {f"{job.cell.encoder}/{_label(job)}/{job.task or RETRIEVAL}" for job in jobs if job.verb == "evaluate"}
        raise BadInput(f"the plan of profile `{settings.profile}` has no cell `{text}`; {nearest(text, known)}")
    return wanted


def _require_column(workspace: Workspace, cell: Address) -> None:
    """BadInput where what a cell is of is no column of the report: a resource level, an average, an evaluation set, a language."""
    known = manifest.load(workspace)
    sets = {entry["set"] for entry in known.entries.values() if entry["kind"] == "evalset"}
    titles = {headings.group(group) for group in grouping.GROUPS} | {AVERAGE, comparisons.AVERAGE} | sets
    if cell.of in {"", *titles, *known.languages} or any(cell.of.startswith(f"{one} ") for one in sets):
        return
    try:
        code = codes.resolve(cell.of)
    except BadInput:
        code = cell.of
    if code not in known.languages:
        raise BadInput(
            f"`{cell.of}` is no column of the report and no language of the profile; {nearest(cell.of, titles | known.languages.keys())}"
        )


def _label(job: Job) -> str:
    return headings.label(Row(job.cell.encoder, job.cell.subset, job.cell.control))


def _tasks(task: str, jobs: Sequence[Job]) -> set[str]:
    return set(headings.averaged([job.task for job in jobs if job.task])) if task == addresses.ALL else {task}


def _chain(jobs: Sequence[Job], wanted: Sequence[Job]) -> list[Job]:
    keys = {job.key for job in wanted}
    for job in reversed(jobs):
        if job.key in keys:
            keys.add(job.parent)
    return [job for job in jobs if job.key in keys]
