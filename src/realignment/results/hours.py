"""Hours that realignments took, from the seconds of their records: what Table 2 of the paper prints below its scores."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from realignment.engine.monitor import RESUMED
from realignment.records import kernels
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results import wording
from realignment.results.scores import Row
from realignment.statistics.summary import Summary

HOUR = 3600


@dataclass(frozen=True)
class Hours:
    """`held`: kind of realignment -> hours by seed, the mean over encoders; `notes` say on which device, or why there are none."""

    held: Mapping[str, Summary] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def of_rows(records: Iterable[Record], rows: Mapping[str, Sequence[Row]]) -> Hours:
    """`rows`: kind of realignment -> its row of each encoder. Runs of different devices are never compared."""
    kinds = {row: kind for kind, several in rows.items() for row in several}
    mine = [one for one in records if one.verb == "realign" and _row(one) in kinds]
    whole = [one for one in mine if RESUMED not in one.usage]
    notes = [
        f"Realignments that were interrupted, of which the last stretch alone was timed, are in no hours: {len(mine) - len(whole)}."
    ] * (len(mine) > len(whole))
    if not whole:
        return Hours(notes=tuple(notes))
    if met := kernels.mixed(map(_device, whole)):
        return Hours(
            notes=(*notes, f"Hours of realignment are left out: its runs were trained on different devices ({'; '.join(met)}).")
        )
    by_seed: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for one in whole:
        by_seed[kinds[_row(one)]][one.cell.encoder][seed_label(one.cell.seeds)] = one.seconds / HOUR
    threads = wording.listed(sorted({f"{one.environment.get('threads', '?')}" for one in whole}))
    notes.append(
        f"Hours of realignment: seconds of each run from its start to its end, reading and tokenising in it, on {_device(whole[0])}, threads {threads}; other runs may have "
        "trained beside it. A seed is the mean over its encoders. The alignment of words is not in it."
    )
    return Hours({kind: _mean(found) for kind, found in by_seed.items()}, tuple(notes))


def _mean(found: Mapping[str, Mapping[str, float]]) -> Summary:
    """Over encoders, of the seeds that each of them has."""
    seeds = sorted(set.intersection(*(set(held) for held in found.values())), key=lambda seed: (len(seed), seed))
    return Summary(tuple(sum(held[seed] for held in found.values()) / len(found) for seed in seeds), tuple(seeds))


def _row(one: Record) -> Row:
    return Row(one.cell.encoder, one.cell.subset, one.cell.control)


def _device(one: Record) -> str:
    return one.kernels or str(one.environment.get("device", ""))
