"""One training or evaluation of the grid: what it reads, what names it, and the keys that say whether it has been done."""

import functools
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from realignment.core import hashing
from realignment.records.cell import ALIGNED, Cell, Seeds


@dataclass(frozen=True)
class Job:
    """Planned without heavy imports; `params` and `inputs` hold all that its numbers depend on."""

    verb: str  # realign | finetune | evaluate
    cell: Cell
    task: str  # of tasks.TASKS; "" for realign, and for the retrieval of an encoder
    params: dict[str, Any]  # resolved; what the computation reads
    inputs: dict[str, str]  # role -> sha256 of content
    languages: tuple[str, ...] = ()  # realigned on
    parent: str = ""  # key of the job whose model it reads; "" is the base encoder
    parent_cell: str = ""  # and its cell key
    base: str = ""  # folder of the base encoder
    model: str = ""  # name in the registry; "" where no model comes out
    environment: dict[str, Any] = field(default_factory=dict)  # versions, device kind, dtype, threads, numerics
    trial: dict[str, Any] = field(
        default_factory=dict
    )  # by hand: settings that are not the profile's; decides no number by itself

    @functools.cached_property
    def key(self) -> str:
        """Same key, finished run: never computed again. Two subsets that happen to hold the same languages are two rows of a table, so
        the name of the subset is part of it."""
        parts = {**self._parts, "subset": self.cell.subset, "languages": self.languages, "inputs": self.inputs}
        return hashing.digest({**parts, "parent": self.parent, "seeds": asdict(self.cell.seeds)})

    @functools.cached_property
    def cell_key(self) -> str:
        """The key without seeds: one table cell never mixes two. A random subset's languages follow its seed, so they are left out too."""
        inputs, languages = self.inputs, self.languages
        if self.cell.drawn:
            inputs, languages = (
                {role: value for role, value in inputs.items() if not role.startswith(("bitext/", "alignment/"))},
                (),
            )
        return hashing.digest(
            {**self._parts, "subset": self.cell.subset, "languages": languages, "inputs": inputs, "parent": self.parent_cell}
        )

    def work(self, parent: str) -> str:
        """What is computed, whatever its row is called: jobs of equal work come to the same bytes. `parent`: the work of the job whose model it
        reads."""
        return hashing.digest(
            {
                **self._parts,
                "languages": self.languages,
                "inputs": self.inputs,
                "parent": parent,
                "seeds": asdict(self.cell.seeds),
            }
        )

    @property
    def configuration(self) -> dict[str, Any]:
        """All that its numbers depend on, by flat names: what a checkpoint must have been started with."""
        parts = {"": {"subset": self.cell.subset, "control": self.cell.control, "parent": self.parent}, "inputs.": self.inputs}
        parts |= {"seeds.": asdict(self.cell.seeds), f"{self.verb}.": self.params, "environment.": self.environment}
        return {prefix + name: value for prefix, values in parts.items() for name, value in values.items()}

    @property
    def _parts(self) -> dict[str, Any]:
        """What knows nothing of its row's encoder has the label: each encoder of a study has rows of its own. That are evaluations before any
        training (retrieval, the majority), and the ceiling."""
        return {
            "verb": self.verb,
            "task": self.task,
            "control": self.cell.control,
            "params": self.params,
            "environment": self.environment,
            **({"encoder": self.cell.encoder} if self._labelled else {}),
        }

    @property
    def _labelled(self) -> bool:
        return (self.verb == "evaluate" and not self.parent) or self.cell.control == ALIGNED

    @property
    def name(self) -> str:
        """What people read: `finetune small latin_diverse_5 pos s17`."""
        return " ".join(
            filter(
                None,
                (
                    self.verb,
                    self.cell.encoder,
                    self.cell.row,
                    self.task or ("retrieval" if self.verb == "evaluate" else ""),
                    self.cell.seeds.label,
                ),
            )
        )

    def to_json(self) -> dict:
        return {**asdict(self), "languages": list(self.languages), "key": self.key, "cell_key": self.cell_key, "name": self.name}

    @classmethod
    def from_json(cls, content: dict) -> "Job":
        """From `to_json`; what else there is is left aside."""
        given = {one.name: content[one.name] for one in fields(cls)}
        cell = given.pop("cell")
        return cls(cell=Cell(**{**cell, "seeds": Seeds(**cell["seeds"])}), languages=tuple(given.pop("languages")), **given)


def differing(job: Job, above: Job | None, planned: list[Job]) -> dict[str, Any]:
    """In what a job by hand is none of its profile's grid: every setting that differs, or why the grid has no such job; {} where it is one.

    `above` made the model it reads; what that one's settings differ in counts too, as `realign.steps`.
    """
    if any(job.key == one.key for one in planned):
        return {}
    same = next((one for one in planned if (one.verb, one.task, one.cell) == (job.verb, job.task, job.cell)), None)
    if same is None:
        row = any((one.verb, one.task, one.cell.row) == (job.verb, job.task, job.cell.row) for one in planned)
        return {"seed": job.cell.seeds.label} if row else {"subset": job.cell.row}
    found = _other(job, same)
    own = next((one for one in planned if one.key == same.parent), None)
    if above and own:
        found |= {f"{above.verb}.{name}": value for name, value in _other(above, own).items()}
    return found or {"inputs": "of another time"}


def _other(job: Job, wanted: Job) -> dict[str, Any]:
    """Settings and environment of `job` that are not those of `wanted`."""
    parts = [{**one.params, **one.environment} for one in (job, wanted)]
    return {name: value for name, value in parts[0].items() if parts[1].get(name) != value}
