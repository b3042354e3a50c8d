"""A finished run whose files are not those its record says: how it is found and told, and how it gets them back."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from realignment import tracking
from realignment.core.console import note
from realignment.core.workspace import Workspace
from realignment.records import predictions, sealing
from realignment.records.job import Job
from realignment.records.record import Record

SHOWN = 10  # jobs told by name


def unfit(workspace: Workspace, records: Mapping[str, Record], runs: Mapping[str, str]) -> dict[str, str]:
    """Run key -> why its run does not count as finished; a run that lost its record.json alone has it back."""
    here = {runs[key]: record for key, record in records.items()}
    if back := tracking.give_back_records(workspace.root, here):
        more = f" and {len(back) - SHOWN} more" if len(back) > SHOWN else ""
        note(f"{sealing.FILE} was gone or changed and is put back from study.json: {', '.join(back[:SHOWN])}{more}")
    return {here[run].key: why for run, why in tracking.unfit(workspace.root, workspace.profile, here).items()}


def unlike_shared(records: Mapping[str, Record]) -> dict[str, str]:
    """Run key -> why a record that shares the run of another row does not stand any more: that run has another outcome by now."""
    found = {}
    for key, one in records.items():
        source = records.get(one.shared)
        if source and (one.files, one.scores) != (source.files, source.scores):
            found[key] = f"it was taken from {source.name}, which has another outcome since"
    return found


def lines(jobs: list[Job], faults: Mapping[str, str]) -> Iterator[str]:
    found = [f"{job.name}: {faults[job.key]}" for job in jobs if job.key in faults]
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        yield f"and {len(found) - SHOWN} more"


def same(before: Record, now: Record) -> bool:
    """Whether a job that was computed again came to the model, or the predictions and scores, that its run had."""
    if before.model:
        return sealing.model(before) == sealing.model(now)
    return (before.files, before.scores, before.read) == (now.files, now.scores, now.read)


def unlike(before: Record, now: Record) -> str:
    """The likeliest reason why it did not."""
    if before.kernels != now.kernels:
        return f"kernels {now.kernels} instead of {before.kernels}"
    if before.model and before.hashes.get("weights") == now.hashes.get("weights"):
        return "its weights are the same, and what lies beside them is what another version of this program writes"
    return "it read another model" if before.read != now.read else "a kernel that is not deterministic?"


def put_back(root: Path, run: str, record: Record, folder: Path, *, model: bool) -> None:
    """Gives a run the files that its job made once more, the same as before; its model where that is asked for."""
    if record.model and model:
        tracking.keep_model(root, run, record, folder / "model")
    elif not record.model:
        tracking.keep_predictions(root, run, folder / predictions.FILE)
    tracking.give_back_records(root, {run: record})  # where the whole folder was gone
