"""The tracking store: whether each run shows what its record says, and whether a row changed after the report was made."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from realignment import tracking
from realignment.config import params
from realignment.lineage.proof import records
from realignment.lineage.proof.at_hand import NO_RUN, NO_STORE, AtHand
from realignment.lineage.proof.verdict import Link, away, judged
from realignment.paper import experiment
from realignment.paper.paper import Paper
from realignment.records import sealing
from realignment.records.record import Record
from realignment.results import summaries

RUNS, ROWS, AUTHORS, KEPT = "MLflow runs", "MLflow rows of tables", "MLflow runs of the authors", "MLflow store as it was"
MODELS = "MLflow registered models"


def links(here: AtHand) -> Iterator[Link]:
    file = tracking.database(here.workspace.root)
    shown = file.name if file else tracking.called(here.workspace.root)
    if here.store.unread:
        yield judged(RUNS, shown, here.store.unread)
        return
    if not here.store.there:
        yield away(RUNS, shown, NO_STORE)
        return
    for group, part in ((RUNS, runs), (ROWS, rows), (AUTHORS, authors), (KEPT, as_it_was)):
        try:
            yield from part(here)
        except Exception as fault:  # a changed byte can make anything of a database
            yield judged(group, shown, f"cannot be read ({type(fault).__name__}: {' '.join(str(fault).split())[:160]})")


def runs(here: AtHand) -> Iterator[Link]:
    """Of each record its run: state, tags, parameters, metrics, data sets, record.json, registered model."""
    root, profile = here.workspace.root, here.workspace.profile
    held, aliases = here.store.held, tracking.aliases(root)
    by_key = {one.tags.get("run_key"): one for one in reversed(held.values())}
    for record in here.records:
        run = held.get(here.store.runs.get(record.key, ""))
        if run is None:
            gone = by_key.get(record.key)
            what = (
                f"its run {gone.run} was deleted"
                if gone and gone.stage != "active"
                else f"its run {gone.run} is {gone.status}"
                if gone
                else NO_RUN
            )
            yield judged(RUNS, record.name, f"{what}; `realignment runs restore` puts it back from study.json")
            continue
        above = held.get(here.store.runs.get(record.parent, ""))
        for part, fault in tracking.differences(root, profile, record, run, above).items():
            name, lacking = (
                f"{record.name} (run {run.run}): {part}",
                tracking.lacking(profile, record, run) if part == "tags" else [],
            )
            if lacking and not fault:
                yield away(
                    RUNS, name, f"the chain is incomplete: an older version wrote it without the tags {', '.join(lacking)}"
                )
            else:
                yield judged(RUNS, name, fault)
        yield from artifacts(here, record, run.run)
        yield from model(here, record, run.run, aliases)


def artifacts(here: AtHand, record: Record, run: str) -> Iterator[Link]:
    """record.json and params.json, byte for byte."""
    texts = {sealing.FILE: records.saved(record)}
    if long := tracking.long_params(record):
        texts["params.json"] = json.dumps(long, ensure_ascii=False, sort_keys=True, indent=1)
    for name, wanted in texts.items():
        shown = f"{record.name} (run {run}): {name}"
        file = tracking.part(here.workspace.root, run, name)
        if file is None:
            yield judged(RUNS, shown, "is gone; `realignment runs restore` puts it back from study.json")
        else:
            yield judged(
                RUNS, shown, "" if file.read_bytes() == wanted.encode() else f"{file} is not what its record in study.json says"
            )


def model(here: AtHand, record: Record, run: str, aliases: dict[str, str]) -> Iterator[Link]:
    """The version that a run registered: of the record's model, led to by the alias of its seed."""
    versions = here.store.versions
    if run not in versions:
        if record.model and tracking.part(here.workspace.root, run, "model"):
            yield judged(MODELS, record.name, f"its run {run} holds a model, and no registered version is of it")
        return
    name, _, number = versions[run].removeprefix("models:/").rpartition("/")
    alias = f"{record.model}@{tracking.alias(record)}"
    if name != record.model:
        fault = f"is registered as {name}, its record has {record.model}"
    elif aliases.get(alias) != number:
        fault = f"models:/{alias} leads to version {aliases.get(alias, 'none')}, its run made version {number}"
    else:
        fault = ""
    yield judged(MODELS, f"{record.name}: {versions[run]}", fault)


def rows(here: AtHand) -> Iterator[Link]:
    """The run that stands for each row of the tables, against the tables that follow from the records."""
    if here.inputs is None or not here.subsets or here.spoilt:
        yield away(ROWS, "the rows of the tables", "study.json, the manifest or the subsets cannot be read")
        return
    wanted = summaries.of_records({**here.content, "records": here.records}, here.inputs.languages, here.subsets)
    there = {one.name: one for one in here.store.held.values() if one.stage == "active" and one.tags.get("kind") == "summary"}
    if not there:
        yield away(
            ROWS,
            "the rows of the tables",
            "they were not brought to MLflow; `dvc repro report` or `realignment runs restore` does it",
        )
        return
    yield from _imported(ROWS, wanted, lambda row: there.pop(row["name"], None))
    yield from (judged(ROWS, name, f"run {one.run} stands for a row that the tables do not have") for name, one in there.items())


def authors(here: AtHand) -> Iterator[Link]:
    """The runs of the paper's authors, against data/published."""
    held = {
        one.tags.get("run_key", ""): one
        for one in tracking.held(here.workspace.root, experiment.NAME).values()
        if one.stage == "active"
    }
    if not held:
        yield away(AUTHORS, experiment.NAME, "they were not imported; `realignment published import` does it")
        return
    yield from _imported(AUTHORS, experiment.runs(Paper(here.workspace.root)), lambda row: held.get(row["tags"]["run_key"]))


def _imported(group: str, wanted: Any, find: Callable[[dict], Any]) -> Iterator[Link]:
    for row in wanted:
        run = find(row)
        fault = "has no run in the tracking store" if run is None else tracking.unlike(row, run)
        yield judged(group, row["name"], fault)


def as_it_was(here: AtHand) -> Iterator[Link]:
    """Every row of the file, and its bytes, against what the report saw."""
    root, place = here.workspace.root, here.workspace.rows
    if tracking.database(root) is None:
        yield away(KEPT, tracking.called(root), "a server keeps the store; its rows are not recorded here")
        return
    if not place.is_file():
        yield away(KEPT, "mlflow.db", "nothing was recorded here of its rows; the next report records them")
        return
    others = [name for name in params.profiles(root) if name != here.workspace.profile]
    for what, fault, could in tracking.rows_compared(root, others, place):
        name = f"mlflow.db: {what}"
        yield judged(KEPT, name, fault) if could else away(KEPT, name, fault)
