"""Rows that hold the same languages under two names: what one of them computes is the outcome of the other.

Each keeps records, runs and models of its own, because a cell of a table must lead to its row; `shared` in a record names the run that
was computed. Nothing was trained for the others: their seconds are 0, and they have no usage.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from realignment.core.files import sync
from realignment.records import sealing
from realignment.records.job import Job
from realignment.records.record import SEAL, Record


def works(jobs: Iterable[Job]) -> dict[str, str]:
    """Run key -> what is computed, whatever its row is called; `jobs` have parents before their readers."""
    found: dict[str, str] = {}
    for job in jobs:
        found[job.key] = job.work(found.get(job.parent, job.parent))
    return found


def groups(work: Mapping[str, str], keys: Iterable[str]) -> dict[str, list[str]]:
    """Those of `keys` that are computed -> the others that come to the same, in the order given."""
    first: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for key in keys:
        leader = first.setdefault(work.get(key, key), key)
        if leader != key:
            found.setdefault(leader, []).append(key)
    return found


def share(record: Record, made: Path, job: Job, folder: Path) -> Record:
    """The record of `job`, and its folder with copies of the files that `record` is of (a link would change the times of what others read just now); whole or not at all."""
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(made, part, ignore=shutil.ignore_patterns(sealing.FILE, *sealing.FREE))
    content = shared(record, job)
    for card in (path for path in made.rglob("*") if path.name in sealing.FREE):
        text = card.read_text(encoding="utf-8")
        others = (
            (record.key, job.key),
            (record.name, job.name),
            (record.model, job.model),
            (f'"{record.cell.row}"', f'"{job.cell.row}"'),
        )
        for old, new in others:
            text = text.replace(old, new)
        (part / card.relative_to(made)).write_text(text, encoding="utf-8")
    (part / sealing.FILE).write_text(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
    sync(folder.parent)
    return Record.of(content, str(folder))


def shared(record: Record, job: Job) -> dict:
    """The JSON of a record of `job` with the outcome of another's."""
    own = {**job.to_json(), "base": record.base, "shared": record.content.get("shared") or record.key, "seconds": 0.0}
    content = {name: value for name, value in record.to_json().items() if name not in (SEAL, "usage")}
    return sealing.sealed(json.loads(json.dumps({**content, **own}, ensure_ascii=False)))
