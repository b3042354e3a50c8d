"""Whether the runs of a study are of the data and subsets at hand: what is shown beside their numbers is read from these."""

from collections.abc import Iterable

from realignment.core.errors import BadInput
from realignment.corpora.manifest import Inputs
from realignment.records.record import Record
from realignment.selection import heuristics


def current(study: dict, known: Inputs, subsets: dict) -> None:
    """BadInput where a run was made of other data or another subset than those at hand: what stands beside its number would not be its own."""
    if faults := [fault for record in study["records"] for fault in _outdated(record, known, subsets)]:
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise BadInput(
            f"the runs of a study are required to be of the data at hand; {'; '.join(faults[:3])}{more}; run `dvc repro study`"
        )


def _outdated(record: Record, known: Inputs, subsets: dict) -> Iterable[str]:
    for role, used in record.inputs.items():
        kind = role.partition("/")[0]
        if kind == "train":
            same = [path for path, entry in known.entries.items() if entry["task"] == record.task and known.listed(path) == used]
            there, path, what = bool(same), next(iter(same), ""), f"the training rows of {record.task}"
        elif kind in ("bitext", "evalset"):
            path = what = known.path_of(role, record.task)
            there = what in known.entries and known.listed(what) == used
        else:
            continue
        if not there:
            yield f"{record.name} read {what} with other rows than manifest.json and excluded.parquet have now"
        elif known.used(path) not in ("", used):  # where it is not at hand, nothing beside its number is read from it
            yield f"{record.name} read {path}, which was changed after `fetch` wrote it (`dvc checkout` brings it back)"
    if record.verb == "realign":
        cell = record.cell
        try:
            now = heuristics.chosen(subsets, cell.subset, cell.seeds.subset)
        except BadInput as fault:
            now = [str(fault)]
        if sorted(now) != sorted(record.languages):
            yield f"{record.name} was realigned on {', '.join(record.languages)}, subsets.json has {', '.join(now)} now"
