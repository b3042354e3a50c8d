"""Hours that realignments took, from the seconds of their records: what Table 2 of the paper prints below its scores."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from realignment.records import kernels
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results import headings, timed, wording
from realignment.results.scores import Row
from realignment.statistics.summary import Summary

HOUR = 3600


@dataclass(frozen=True)
class Hours:
    """`held`: kind of realignment -> hours by seed, the mean over encoders, all kinds of the same seeds and encoders; `notes` say on which device, or why there are none."""

    held: Mapping[str, Summary] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def of_rows(records: Iterable[Record], rows: Mapping[str, Sequence[Row]]) -> Hours:
    """`rows`: kind of realignment -> its row of each encoder. Runs of different devices are never compared."""
    kinds = {row: kind for kind, several in rows.items() for row in several}
    realigned = [one for one in records if one.verb == "realign"]
    mine, seconds = [one for one in realigned if _row(one) in kinds], timed.whole(realigned)
    whole = [one for one in mine if one.key in seconds]
    notes = [
        f"Realignments that were interrupted, of which the last stretch alone was timed, are in no hours: {len(mine) - len(whole)}."
    ] * (len(mine) > len(whole))
    if not whole:
        return Hours(notes=tuple(notes))
    if met := kernels.mixed(map(_device, whole)):
        return Hours(
            notes=(*notes, f"Hours of realignment are left out: its runs were trained on different devices ({'; '.join(met)}).")
        )
    held: dict[str, dict[Row, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))  # kind -> row -> seed -> hours
    for one in whole:
        held[kinds[_row(one)]][_row(one)][seed_label(one.cell.seeds)] = seconds[one.key] / HOUR
    made, missing = _matched({kind: {row: held[kind].get(row, {}) for row in rows[kind]} for kind in held})
    notes += missing
    if made:
        threads = wording.listed(sorted({f"{one.environment.get('threads', '?')}" for one in whole}))
        notes.append(
            f"Hours of realignment: seconds of each run from its start to its end, reading and tokenising in it, on {_device(whole[0])}, threads {threads}; other runs may have "
            "trained beside it. A seed is the mean over its encoders. The alignment of words is not in it."
        )
    return Hours(made, tuple(notes))


def _matched(held: Mapping[str, Mapping[Row, Mapping[str, float]]]) -> tuple[dict[str, Summary], list[str]]:
    """Of each kind the mean over encoders by seed, of the seeds that every encoder has of every kind; and notes that name the others."""
    every = {row: seeds for found in held.values() for row, seeds in found.items()}
    seeds = sorted(set.intersection(*map(set, every.values())), key=lambda seed: (len(seed), seed))
    alone = [
        f"{row.encoder} {headings.label(row)} {', '.join(sorted(set(found) - set(seeds))) or 'without any'}"
        for row, found in sorted(every.items())
        if set(found) - set(seeds) or not found
    ]
    if not seeds:
        text = (
            f"Hours of realignment are left out: no seed has a timed run of each kind and encoder; there are {'; '.join(alone)}."
        )
        return {}, [text]
    made = {
        kind: Summary(tuple(sum(one[seed] for one in found.values()) / len(found) for seed in seeds), tuple(seeds))
        for kind, found in held.items()
    }
    return made, [f"Seeds that not each kind and encoder has are in no hours: {'; '.join(alone)}."] if alone else []


def _row(one: Record) -> Row:
    return Row(one.cell.encoder, one.cell.subset, one.cell.control)


def _device(one: Record) -> str:
    return one.kernels or str(one.environment.get("device", ""))
