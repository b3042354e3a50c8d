"""Seconds that runs took, as far as they can be compared."""

from collections.abc import Iterable

from realignment.engine.monitor import RESUMED
from realignment.records.record import Record


def whole(records: Iterable[Record]) -> dict[str, float]:
    """Run key -> seconds from its start to its end. A run that was interrupted, of which the last stretch alone was timed, has none; one that was
    taken from another row of the same languages has those of the run that was computed."""
    known = {one.key: one for one in records}
    computed = {key: known.get(one.shared) if one.shared else one for key, one in known.items()}
    return {key: float(one.seconds) for key, one in computed.items() if one is not None and RESUMED not in one.usage}
