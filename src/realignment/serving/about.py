"""What is said of a model before it answers: what it was trained on, what it scores in which language, what its licences allow."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

from realignment import tracking
from realignment.records.mlmodel import EXAMPLES
from realignment.records.record import Record
from realignment.results import formatting
from realignment.serving.names import Chosen
from realignment.tasks import KINDS, MODULES, TITLES

GIVES = {
    "words": "a tag for each word of a text",
    "pair": "a label for two texts",
    "span": "the part of a context that answers a question",
}
LONGER = {
    "words": "longer texts in windows that overlap",
    "pair": "what is longer is cut, and the answer counts what was (`cut`)",
    "span": "longer contexts in windows that overlap",
}
LISTED = 12  # languages by name


def lines(root: Path, chosen: Chosen) -> list[str]:
    record, told = chosen.record, tracking.version_tags(root, chosen.address)
    task, profile = record.task, told.get("profile", "")
    realigned = f"realigned on {_listed(record.languages)}, then " if record.languages else "not realigned, "
    control = f" (a control or floor: {record.cell.control})" if record.cell.control else ""
    scored = _evaluation(root, profile, record)
    return [
        f"model      {chosen.address}: {told.get('base_encoder') or record.cell.base}",
        f"task       {TITLES[task]}: {GIVES[KINDS[task]]}",
        f"trained    {realigned}fine-tuned on {tracking.pivot(root, profile)} alone{control}",
        *(f"evaluated  {text}" for text in (_scores(scored) if scored else ["no evaluation of it is at hand"])),
        f"licence    {told.get('licence') or 'unknown'} (a reading of the licences' names, no legal advice)",
        f"it reads   {record.params['max_length']} tokens at once; {LONGER[KINDS[task]]}{_otherwise(record, scored)}",
    ]


def curl(address: str, task: str) -> str:
    """A command of the shell that asks the model at `address` and gets an answer."""
    body = json.dumps({"dataframe_records": [EXAMPLES[KINDS[task]]]}, ensure_ascii=False)
    return f"curl -s {address}/invocations -H 'Content-Type: application/json' -d {shlex.quote(body)}"


def _evaluation(root: Path, profile: str, record: Record) -> Record | None:
    """The newest of the model."""
    where = f"attributes.status = 'FINISHED' and tags.verb = 'evaluate' and tags.parent_key = '{record.key}'"
    run = next(tracking.search(root, profile, where), None)
    return tracking.load_record(root, run.info.run_id) if run else None


def _scores(scored: Record) -> Iterator[str]:
    """A line for each set that an evaluation was measured on."""
    by_set: dict[str, list[str]] = {}
    for one in scored.scores:
        shown = formatting.MISSING if one.score is None else formatting.percent(one.score)
        by_set.setdefault(one.set, []).append(f"{one.language} {shown}")
    for name, every in by_set.items():
        yield f"{', '.join(every)} ({MODULES[scored.task].METRIC} in percent, {name})"


def _otherwise(record: Record, scored: Record | None) -> str:
    """Where the evaluation read more or less of a text."""
    most = scored.params["max_length"] if scored else record.params["max_length"]
    if most == record.params["max_length"]:
        return ""
    return f"; its evaluation read {most}, so texts of more than {min(most, record.params['max_length'])} may be answered otherwise than they were scored"


def _listed(languages: tuple[str, ...]) -> str:
    return (
        ", ".join(languages)
        if len(languages) <= LISTED
        else f"{', '.join(languages[:LISTED])} and {len(languages) - LISTED} more"
    )
