"""What a job has to do: sentences that it reads, updates, operations, bytes; and the kind of work, of which one speed can be told.

Sentences are what speeds are counted by. Operations follow from config.json (`engine/bases/demands.py`) and from the length of a sentence, which is
not known before a text is tokenised: LENGTHS tokens, up to max_length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realignment.config.schema import EQUAL_STEPS, Settings
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.engine.bases import demands, sizes
from realignment.records.job import Job
from realignment.records.record import Record
from realignment.study import configs, decoders
from realignment.study.amounts import Amounts
from realignment.tasks import KINDS

LENGTHS = (15, 60)  # tokens of a sentence: nine texts of ten have a mean between them
TEXTS = {"words": 1, "pair": 2, "span": 6}  # sentences that an example of a kind of task holds
WEIGHT = 4  # bytes that a saved number takes
# Settings that say how fast a sentence is read; runs that differ in one are of two kinds.
DECIDING = (
    "dtype", "max_length", "unit", "embedding", "pairs", "batch", "batch_tokens", "layer", "freeze", "projection", "lora_rank", "lora_targets",
    "quantized", "attention", "gradients",
)  # fmt: skip
APART = ("majority", "hypothesis")  # controls that read something else than their row does


@dataclass(frozen=True, order=True)
class Kind:
    """Work of one speed, as far as a job tells."""

    verb: str
    task: str
    encoder: str  # label of the base
    control: str  # of APART, or ""
    place: str  # device and threads
    how: str  # the settings of DECIDING

    @property
    def device(self) -> str:
        return self.place.partition(" ")[0]

    @property
    def threads(self) -> int:
        return int(self.place.partition(" ")[2] or 1)

    @classmethod
    def of(cls, one: Job | Record) -> "Kind":
        how = " ".join(f"{name}={one.params[name]}" for name in DECIDING if name in one.params)
        control = one.cell.control if one.cell.control in APART else ""
        place = f"{one.environment.get('device', 'cpu')} {one.environment.get('threads', 1)}"
        return cls(one.verb, one.task, one.cell.base, control, place, how)


@dataclass(frozen=True)
class Load:
    """Of one job. Operations for the shortest and for the longest sentences; 0 where no encoder computes, None where its sizes are unknown."""

    sentences: float
    steps: float
    operations: tuple[float, float] | None
    moved: float = 0.0  # bytes that updates read and write
    blocks: int = 0
    model: float = 0.0  # bytes of what it saves
    training: float = 0.0  # bytes of a checkpoint


@dataclass
class Loads:
    """What the jobs of a profile have to do; configs are looked up once."""

    workspace: Workspace
    settings: Settings
    amounts: Amounts
    _known: dict[tuple, Load] = field(default_factory=dict)
    _configs: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)

    def of(self, job: Job) -> Load:
        """Equal jobs but for seeds and languages are looked up."""
        steps = job.params.get("steps") or len(job.languages) * (job.params.get("pairs_per_language") or 0)
        key = (Kind.of(job), steps, job.params.get("epochs"))
        if key not in self._known:
            self._known[key] = self._computed(job, *self._read(job))
        return self._known[key]

    def finished(self, record: Record) -> Load:
        """Of a job that was computed, by what its record has counted."""
        steps, counted = record.counts.get("steps", 0), record.counts.get("sentences", 0)
        if record.verb == "realign" and steps:
            return self._computed(record, 2.0 * steps * record.params.get("pairs", 1), steps)
        if record.verb == "finetune" and steps and counted:
            return self._computed(record, counted * record.params.get("epochs", 1), steps)
        if record.verb == "evaluate" and counted:
            return self._computed(record, counted * (1 if record.task else 2), self._passes(record, counted))
        return self._computed(record, *self._read(record))

    def _read(self, job: Job | Record) -> tuple[float, float]:
        """(sentences, updates or forward passes) by the amounts of data."""
        how = job.params
        if job.verb == "realign":
            steps = how.get("steps")
            if how.get("allocation", EQUAL_STEPS) != EQUAL_STEPS and not steps:
                steps = -(-len(job.languages) * how.get("pairs_per_language", 0) // how["pairs"])
            return 2.0 * (steps or 0) * how.get("pairs", 1), float(steps or 0)
        if job.verb == "finetune":
            rows, epochs = self.amounts.training.get(job.task, 0), how.get("epochs", 1)
            return float(rows * epochs), float(-(-rows // how.get("batch", 1)) * epochs)
        tested = self.amounts.testing.get(job.task, 0) if job.task else 2 * self.amounts.heldout * how.get("pairs", 0)
        return float(tested), self._passes(job, tested)

    def _passes(self, job: Job | Record, sentences: float) -> float:
        return float(-(-sentences * LENGTHS[1] // job.params.get("batch_tokens", 8192)))

    def _computed(self, job: Job | Record, sentences: float, steps: float) -> Load:
        config = self.config(job.cell.base)
        if job.cell.control == "majority":
            return Load(sentences, steps, (0.0, 0.0))
        if config is None:
            return Load(sentences, steps, None)
        short, long = (one * TEXTS[KINDS.get(job.task, "words")] for one in LENGTHS)
        most = job.params.get("max_length", long)
        copies, trains = decoders.copies(job.params), job.verb != "evaluate"
        ends = [_step(job.params, min(length, most) * copies) for length in (short, long)]
        each = [demands.operations(config, one) / 2 * (1 if trains else 1 / 3) for one in ends]
        own = demands.trained(config, ends[0])
        return Load(
            sentences, steps, (each[0] * sentences, each[1] * sentences), demands.moved(config, ends[0]) * steps if trains else 0.0,
            sizes.Shape.of(config).blocks, WEIGHT * own if job.model else 0.0, 3 * WEIGHT * own if trains else 0.0,
        )  # fmt: skip

    def config(self, label: str) -> Mapping[str, Any] | None:
        """What config.json says of a base encoder of the profile; None where nobody knows yet, and where it does not say its sizes."""
        if label not in self._configs:
            spec = self.settings.study.bases.get(label)
            found = configs.config_of(self.workspace, self.settings, spec["name"]) if spec else None
            try:
                self._configs[label] = found if found and sizes.parameters(found) else None
            except (BadInput, KeyError, TypeError):
                self._configs[label] = None
        return self._configs[label]


def _step(how: Mapping[str, Any], length: int) -> demands.Step:
    """A step of one sentence beside another, each of that many tokens."""
    lora = {"rank": how["lora_rank"], "targets": how["lora_targets"].split(",")} if how.get("lora_rank") else None
    return demands.Step(1, length, how.get("dtype", "float32"), lora, how.get("quantized") == "4bit")
