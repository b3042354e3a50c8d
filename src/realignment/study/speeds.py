"""Seconds that jobs take, with what is not known of them: from finished runs of their kind, from others scaled by operations, or from configs alone.

measured  the mean of the logarithms of seconds a sentence over the finished runs of the kind. Runs spread by what all kinds of a place do together,
          beside PRIOR runs that say SPREAD; the error of the mean is shared by all jobs of the kind. (The middle is less by half of the variance of
          that error, by which e^mean is too large on average: over many kinds it would add up.)
scaled    seconds of the nearest kind that was measured in the same place, by operations a sentence, of the same verb before others; the error of that,
          SCALED, PER_FOLD for each e-fold between the two, and OTHER where the verb is another, is shared by all that is scaled.
          Both: a machine is not as busy every day as it was when it was measured; CONDITIONS is the error of that, shared by all jobs of a place.
assumed   arithmetic at SHARE of what the maker says, waits of WAIT seconds for each update and block, START seconds a job; shared by all.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from realignment.engine.monitor import RESUMED
from realignment.records.record import Record
from realignment.statistics import sums
from realignment.study.devices import H100
from realignment.study.workload import Kind, Load, Loads

MEASURED, SCALED_BY, ASSUMED, UNKNOWN = "measured", "scaled", "assumed", "unknown"
CONDITIONS = 0.1  # deviation of the logarithm of a place's speed from one time to another
PRIOR, SPREAD = 2, 0.2  # runs, and the deviation of their logarithms
SCALED, PER_FOLD, OTHER = 0.25, 0.2, 0.5
SHARE = (0.1, 0.5)  # of a GPU's arithmetic
WAIT = (0.4e-3, 4e-3)  # seconds a block and update: small steps are many short pieces of work
START = (0.2, 20.0)  # seconds: reading, tokenising, saving
THREAD = (10e9, 100e9)  # operations a second of one thread of a processor
BANDWIDTH = 10e9  # bytes a second of its memory


@dataclass(frozen=True)
class Told:
    """Seconds of jobs of one load, and on what that is based."""

    part: sums.Part | None
    source: str  # measured | scaled | assumed | unknown


@dataclass
class Speeds:
    """What finished runs say. `seconds`: kind -> logarithms of seconds a sentence."""

    seconds: Mapping[Kind, list[float]]
    loads: Mapping[Kind, Load]  # of one finished run each
    kernels: str = ""  # what computed most of them
    _spread: dict[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Record], loads: Loads) -> "Speeds":
        """Of runs that were not interrupted, those of the commonest kernels of each device."""
        whole = [one for one in records if one.seconds > 0 and RESUMED not in one.usage]
        common = {}
        for device in {one.environment.get("device", "") for one in whole}:
            known = Counter(one.kernels for one in whole if one.environment.get("device", "") == device)
            common[device] = max(known, key=lambda name: (known[name], name))
        seconds: dict[Kind, list[float]] = defaultdict(list)
        known_loads: dict[Kind, Load] = {}
        for one in whole:
            if one.kernels != common[one.environment.get("device", "")]:
                continue
            kind, load = Kind.of(one), loads.finished(one)
            if load.sentences > 0:
                seconds[kind].append(math.log(one.seconds / load.sentences))
                known_loads[kind] = load
        return cls(dict(seconds), known_loads, ", ".join(sorted(set(filter(None, common.values())))))

    def of_jobs(self, kind: Kind, load: Load, jobs: int) -> Told:
        """Seconds of so many jobs."""
        if kind in self.seconds:
            values = self.seconds[kind]
            own, freedom = self._of_place(kind.place)
            name, error = f"speed of {kind}", own / math.sqrt(len(values))
            middle = load.sentences * math.exp(math.fsum(values) / len(values) - error**2 / 2)
            shared = {name: error, f"conditions of {kind.place}": CONDITIONS}
            return Told(_part(middle, jobs, own, shared, freedom, frozenset([name])), MEASURED)
        if found := self._nearest(kind, load):
            own, freedom = self._of_place(kind.place)
            middle, deviation = found
            shared = {SCALED_BY: deviation, f"conditions of {kind.place}": CONDITIONS}
            return Told(_part(middle, jobs, own, shared, freedom), SCALED_BY)
        if load.operations is None:
            return Told(None, UNKNOWN)
        middle, deviation = sums.of_range(*assumed(kind, load))
        return Told(_part(middle, jobs, SPREAD, {ASSUMED: deviation}), ASSUMED)

    def _of_place(self, place: str) -> tuple[float, float]:
        """(deviation of the logarithm of one run, its degrees of freedom) where runs of a place are taken together."""
        if place not in self._spread:
            squares, freedom = PRIOR * SPREAD**2, float(PRIOR)
            for kind, values in self.seconds.items():
                if kind.place == place:
                    mean = math.fsum(values) / len(values)
                    squares += math.fsum((one - mean) ** 2 for one in values)
                    freedom += len(values) - 1
            self._spread[place] = math.sqrt(squares / freedom), freedom
        return self._spread[place]

    def _nearest(self, kind: Kind, load: Load) -> tuple[float, float] | None:
        """(seconds, deviation of their logarithm) by the kind that is nearest: of the same verb, then of the same task, then by operations a
        sentence; none where nothing was measured in the place."""
        wanted, found = _each(load), []
        for other, one in self.loads.items():
            if other.place == kind.place and (own := _each(one)) and wanted:
                apart = math.log(wanted / own)
                unlike = (other.verb != kind.verb, other.task != kind.task, other.control != kind.control)
                found.append(((*unlike, abs(apart)), apart, other))
        if not found:
            return None
        (verb, *_), apart, other = min(found)
        values = self.seconds[other]
        middle = load.sentences * math.exp(apart + math.fsum(values) / len(values))
        return middle, math.hypot(SCALED, PER_FOLD * apart, OTHER * verb)


def _each(load: Load) -> float:
    """Operations a sentence, between the shortest and the longest; 0 where they are not known."""
    return math.sqrt(math.prod(load.operations)) / load.sentences if load.operations and load.sentences else 0.0


def assumed(kind: Kind, load: Load) -> tuple[float, float]:
    """(least, most) seconds of a job by its config alone."""
    few, many = load.operations or (0.0, 0.0)
    dtype = "bfloat16" if "dtype=bfloat16" in kind.how else "float32"
    slow, fast = (one * kind.threads for one in THREAD)
    bandwidth = BANDWIDTH
    if kind.device == "cuda":
        slow, fast = (one * H100.operations[dtype] for one in SHARE)
        bandwidth = H100.bandwidth
    waits = load.steps * load.blocks * (1 / 3 if kind.verb == "evaluate" else 1)
    moved = load.moved / bandwidth
    return few / fast + moved + waits * WAIT[0] + START[0], many / slow + moved + waits * WAIT[1] + START[1]


def _part(
    middle: float,
    jobs: int,
    own: float,
    shared: Mapping[str, float],
    freedom: float = sums.MANY,
    estimated: frozenset[str] = frozenset(),
) -> sums.Part:
    return sums.Part(jobs * middle, jobs * middle**2, own, shared, freedom, estimated)
