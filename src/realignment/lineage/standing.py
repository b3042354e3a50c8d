"""What became of the links that the cells of a report stand on, by the rules of the proof: for the page, which shows where one is broken.

The report looks at what is quickly compared; scores, tables and the store are what `realignment verify` computes once more.
"""

from collections.abc import Iterable, Iterator

from realignment import tracking
from realignment.lineage.proof import data, runs
from realignment.lineage.proof.at_hand import NO_RUN, AtHand
from realignment.lineage.proof.verdict import BROKEN, HELD, Link, away, judged
from realignment.records.record import Record

SHORT = 12  # digits of a run's key that name it on a page
Standing = dict[str, tuple[str, str]]  # name of a link -> (broken or not at hand, why); those that hold are left out
UNREAD = "the report does not read raw corpora; `realignment verify` does"
UNLISTED = "the manifest does not list it"
ON_SERVER = "it lies on a server; `realignment verify` brings it"
GONE = "its run is gone from the tracking store; `realignment runs restore` puts it back"


def of(here: AtHand, *, thorough: bool) -> Standing:
    """`thorough`: raw corpora are read too, and models of a server brought, as `verify` does; else they are not at hand."""
    root, found = f"{here.workspace.root}/", {}
    for name, link in _links(here, thorough):
        if link.verdict != HELD:
            found[name] = (link.verdict, link.why.replace(root, ""))
    return found


def computed(here: AtHand, proven: Iterable[Link]) -> Standing:
    """What a proof says of the scores of runs."""
    keys = {record.name: record.key for record in here.records if record.verb == "evaluate"}
    found = [one for one in proven if one.group == runs.SCORES and one.verdict == BROKEN and one.name in keys]
    return {f"scores/{keys[one.name][:SHORT]}": (one.verdict, one.why) for one in found}


def _links(here: AtHand, thorough: bool) -> Iterator[tuple[str, Link]]:
    for label, about in here.content.get("encoders", {}).items():
        yield f"base/{label}", runs.base(here, label, about)
    if here.inputs is not None:
        for path, entry in here.inputs.entries.items():
            yield f"file/{path}", data.file(here, path, entry)
            if not thorough:
                yield from ((f"raw/{one['path']}", away(data.RAW, one["path"], UNREAD)) for one in entry.get("inputs", ()))
    if thorough and here.inputs is not None:
        yield from ((f"raw/{path}", link) for path, link in data.raw(here))
    same: dict[tuple[str, str, str], tuple[str, Link]] = {}
    for record in here.records:
        yield from _of_run(here, record, thorough, same)


def _of_run(
    here: AtHand, record: Record, thorough: bool, same: dict[tuple[str, str, str], tuple[str, Link]]
) -> Iterator[tuple[str, Link]]:
    """Its run, what it made, the model it read, and each file it read; `same`: what is known of files that others read."""
    key = record.key[:SHORT]
    if here.store.there and record.key not in here.store.runs:
        yield f"run/{key}", judged(runs.MADE[record.verb], record.name, GONE)
    if (made := _made(here, record, thorough)).why != NO_RUN:
        yield f"made/{key}", made
    if record.parent:
        yield f"parent/{key}", runs.parent(here, record)
    for role, used in record.inputs.items():
        if (place := (role, record.cell.base if role == "encoder" else record.task, used)) not in same:
            same[place] = _read(here, record, role, used)
        path, link = same[place]
        yield f"read/{key}/{path}", link


def _read(here: AtHand, record: Record, role: str, used: str) -> tuple[str, Link]:
    """(the file of an input, whether it is what was read). Of a file that is not here, its own link says so."""
    path, now = runs.at_present(here, record, role)
    listed = here.inputs is None or role.startswith(("encoder", "alignment/")) or path in here.inputs.entries
    if not now and not listed:
        return path, away(runs.MADE[record.verb], record.name, UNLISTED)
    return path, judged(runs.MADE[record.verb], record.name, runs.other(role, used, path, now) if now and now != used else "")


def _made(here: AtHand, record: Record, thorough: bool) -> Link:
    """What the run made, as the proof has it; a server is asked for no model unless `thorough`."""
    if record.verb == "evaluate":
        return runs.predicted(here, record)
    run = here.store.runs.get(record.key)
    if run and not thorough and run not in here.store.folders and tracking.local(here.workspace.root, run) is None:
        return away(runs.MADE[record.verb], record.name, ON_SERVER)
    return runs.model(here, record)
