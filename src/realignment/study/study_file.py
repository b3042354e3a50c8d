"""study.json: sealed as a whole and record by record, and believed only as far as something else says the same.

What says so: the seals themselves, the tag of each record's run, and for the file dvc.lock or the study that wrote it (see `outputs`).
"""

import gc
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realignment import tracking
from realignment.config.schema import CEILING
from realignment.core import hashing, outputs
from realignment.core.errors import BadInput, FailedWork
from realignment.core.files import write_whole
from realignment.core.workspace import Workspace
from realignment.records import sealing
from realignment.records.record import Record

MISSING = "missing"  # how many jobs of the plan have no record; where all have one it is not written


def read(path: Path) -> dict:
    """The content of study.json as it stands, its records as JSON; an empty study where there is none, or where it cannot be read."""
    collects = gc.isenabled()
    gc.disable()  # of a large file most of the time would go into looking for garbage among its millions of objects
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if isinstance(content.get("records"), list) else {"records": []}
    except (OSError, ValueError, AttributeError):
        return {"records": []}
    finally:
        if collects:
            gc.enable()


def bases(content: Mapping[str, Any]) -> dict[str, dict]:
    """What a base encoder goes by (`Cell.base`) -> its name, seen and sha256: those of study.encoders by their labels, and the ceiling."""
    return content.get("encoders", {}) | ({CEILING: content[CEILING]} if content.get(CEILING) else {})


def of_json(content: Mapping[str, Any], where: str) -> dict:
    """The content with its records read; FailedWork names the first that is none, and `where` it stands."""
    return {**content, "records": [Record.of(one, where) for one in content["records"]]}


def believed(workspace: Workspace, tags: Mapping[str, str] | None = None) -> tuple[dict[str, Record], dict[str, str]]:
    """(run key -> record that can be believed, run key -> a line on one that cannot). A record whose run is in no store hangs on the
    file as a whole. `tags` are what `tracking.seals` gives, where that is known."""
    found = read(workspace.study)["records"]
    if not found:
        return {}, {}
    if tags is None:
        tags = tracking.seals(workspace.root, workspace.profile)
    wrong = _changed(found, tags)
    if any(one["key"] not in tags for one in found) and not outputs.unchanged(workspace, workspace.study.name):
        why = "has no run in the tracking store, and the file is neither that of dvc.lock nor the one the last study here wrote"
        wrong |= {one["key"]: f"the record of {one['name']} {why}" for one in found if one["key"] not in {*tags, *wrong}}
    records = {}
    for one in found:
        try:
            records |= {} if one["key"] in wrong else {one["key"]: Record.of(one, workspace.study.name)}
        except FailedWork as fault:
            wrong[one["key"]] = str(fault).removeprefix(f"{workspace.study.name}: ")
    return records, wrong


def trusted(workspace: Workspace, tags: Mapping[str, str] | None = None) -> dict:
    """The content of study.json, whole, its records read; FailedWork names what in it cannot be believed. Without the file an empty study.

    `tags` are what `tracking.seals` gives, where that is known.
    """
    if not workspace.study.is_file():
        return {"records": []}
    content = read(workspace.study)
    where = f"data/{workspace.profile}/study.json"
    if "profile" not in content:
        raise BadInput(f"{workspace.study}: JSON of a study is required; make it again with `dvc repro study`")
    if tags is None:
        with tracking.reading():
            tags = tracking.seals(workspace.root, workspace.profile)
    if wrong := list(_changed(content["records"], tags).values()):
        more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise FailedWork(f"{where}: {'; '.join(wrong[:3])}{more}; {sealing.REMEDY}")
    if content.get(sealing.SEAL) != seal(content):
        raise FailedWork(f"{where} was changed after the study wrote it: its sha256 is another; {sealing.REMEDY}")
    if not outputs.unchanged(workspace, workspace.study.name):
        raise FailedWork(
            f"{where} is neither the file of dvc.lock nor the one the last study here wrote; `dvc checkout {where}` brings the first back, "
            f"or {sealing.REMEDY}"
        )
    return of_json(content, where)


def _changed(found: list[dict], tags: Mapping[str, str]) -> dict[str, str]:
    """Run key -> in what its record is not what was written; `tags` holds the seals of the runs that are in the store."""
    faults = {one.get("key", ""): (one.get("name", "a run"), sealing.fault(one, tags.get(one.get("key", "")))) for one in found}
    return {key: f"the record of {name} {wrong}" for key, (name, wrong) in faults.items() if wrong}


def seal(content: Mapping[str, Any]) -> str:
    """sha256 over everything but the records, and over their seals: none can be left out or put in."""
    about = {name: value for name, value in content.items() if name not in ("records", sealing.SEAL)}
    return hashing.digest([about, [record.get(sealing.SEAL, "") for record in content["records"]]])


def sealed(content: Mapping[str, Any]) -> dict:
    return {**content, sealing.SEAL: seal(content)}


def text(content: Mapping[str, Any]) -> str:
    """The bytes of study.json, sealed."""
    return json.dumps(sealed(content), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write(workspace: Workspace, content: Mapping[str, Any]) -> None:
    """It appears whole or not at all."""
    write_whole(workspace.study, text(content))
    outputs.wrote(workspace, "study")
