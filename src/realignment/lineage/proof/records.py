"""study.json: its bytes, its seal, its head, and each record: sealed, named by the keys that follow from it, whole."""

import json
from collections.abc import Iterator

from realignment.lineage.proof import head
from realignment.lineage.proof.at_hand import AtHand, written
from realignment.lineage.proof.verdict import Link, away, judged
from realignment.records import sealing, validate
from realignment.records.record import Record
from realignment.study import study_file

STUDY = head.STUDY
OLDER = "the chain is incomplete: an older version wrote its record, without a sha256"


def links(here: AtHand) -> Iterator[Link]:
    shown = f"data/{here.workspace.profile}/study.json"
    if not here.content:
        yield judged(STUDY, shown, here.unread.get("study.json", "holds nothing"))
        return
    yield written(here, STUDY, "study.json")
    yield judged(STUDY, f"{shown}: which records it holds", _whole(here))
    yield head.link(here)
    yield from (judged(STUDY, name, fault) for name, fault in here.spoilt.items())
    half = dict(_half(here))
    for record in here.records:
        if not record.seal:
            yield away(STUDY, record.name, OLDER)
        elif fault := _fault(record):
            yield judged(STUDY, record.name, fault)
        elif record.name in half:
            yield away(STUDY, record.name, f"the chain is incomplete: {half[record.name]}")
        else:
            yield judged(STUDY, record.name, "")


def _whole(here: AtHand) -> str:
    """Sealed as a whole, of this profile, written as the study writes it."""
    content = here.content
    try:
        if content.get("profile") != here.workspace.profile:
            return f"is of profile `{content.get('profile')}`"
        if content.get(sealing.SEAL) != study_file.seal(content):
            return "was changed after the study wrote it: its sha256 is another"
        if here.workspace.study.read_text(encoding="utf-8") != study_file.text(content):
            return "is not written as the study writes it"
        faults = [] if here.spoilt else validate.faults({**content, "records": here.records})
    except (TypeError, ValueError, KeyError, AttributeError) as fault:
        return f"cannot be read ({fault})"
    return faults[0] if faults else ""


def _fault(record: Record) -> str:
    if wrong := sealing.fault(record.content):
        return wrong
    for kind in ("key", "cell_key", "name"):
        if getattr(record.job, kind) != getattr(record, kind):
            return f"its {kind} is not the one that follows from what it holds"
    return ""


def _half(here: AtHand) -> Iterator[tuple[str, str]]:
    """(name of a run, how it ended half-way)."""
    for line in validate.incomplete(here.records):
        name = next((record.name for record in here.records if line.startswith(f"{record.name} ")), line)
        yield name, line.removeprefix(name).strip()


def saved(record: Record) -> str:
    """The text of record.json, as a run keeps it."""
    return json.dumps(record.to_json(), ensure_ascii=False, sort_keys=True, indent=1)
