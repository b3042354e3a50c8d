"""What an evaluation is based on, as facts by name: settings, data, code and environment of every verb of its chain.

`realign.steps`, `finetune.train/pos`, `evaluate.evalsets/pos/udpos/deu`, `realign.torch`, `weights`: by these runs are picked out and told apart.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from realignment.core import hashing
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results.scores import RETRIEVAL, Row
from realignment.tracking import fields

CODE = "numerics"  # of the environment: which code of a verb computed
WEIGHTS = "weights"  # of the base encoder, as in the signature of a table
LANGUAGES = "realign.languages"
HELD_OUT = {
    "pairs": "retrieval_pairs",
    "max_length": "retrieval_max_length",
}  # settings of `evaluate` as the retrieval's runs name them
OF_MODEL = ("sentence_vector", "words")  # settings of `finetune` by which its models are evaluated as well
Place = tuple[Row, str]  # a row of a table, and a task


@dataclass(frozen=True)
class Chain:
    """An evaluation with the runs of the models it is based on, nearest first."""

    scored: Record
    above: tuple[Record, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        return (self.scored, *self.above)

    @property
    def place(self) -> Place:
        cell = self.scored.cell
        return Row(cell.encoder, cell.subset, cell.control), self.scored.task or RETRIEVAL

    @property
    def seed(self) -> str:
        return seed_label(self.scored.cell.seeds)

    @property
    def by_hand(self) -> str:
        """In what its runs are not their profile's, as `realign.steps=40`; "" where all of them are of its grid."""
        found: dict[str, str] = {}
        for one in reversed(self.records):
            named = {
                f"{one.verb}.{name}" if f"{one.verb}.{name}" in self.facts else name: value for name, value in one.trial.items()
            }
            found |= {name: fields.text(value) for name, value in named.items()}
        return ", ".join(f"{name}={value}" for name, value in sorted(found.items()))

    @cached_property
    def code(self) -> frozenset[tuple[str, str]]:
        """(verb, digest of the code that computes it), as the signature of a table hashes them."""
        return frozenset((one.verb, str(one.environment.get(CODE, ""))) for one in self.records)

    @cached_property
    def facts(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.records:
            for name, value in {**fields.flat(one.params), **one.environment}.items():
                called = HELD_OUT.get(name, name) if one.verb == "evaluate" and not one.task else name
                found[f"{one.verb}.{called}"] = fields.text(value)
            for role, sha256 in one.inputs.items():
                found[f"{one.verb}.{fields.dataset(role, one.task)}" if fields.is_data(role) else WEIGHTS] = sha256
            if one.verb == "realign":
                found[LANGUAGES] = " ".join(one.languages)
        return found

    def file(self, name: str, language: str) -> str:
        """sha256 of the evaluation file, as it was used, behind a score of a set and language; "" where the record names none."""
        role = f"bitext/{language}" if self.place[1] == RETRIEVAL else f"evalset/{name}/{language}"
        return self.scored.inputs.get(role, "")


def of_records(records: Iterable[Record]) -> tuple[list[Chain], list[str]]:
    """The chain of every evaluation, sorted by name; and the names of evaluations whose chain has a run that is not there."""
    records = list(records)
    by_key = {one.key: one for one in records}
    found, broken = [], []
    for scored in sorted((one for one in records if one.verb == "evaluate"), key=lambda one: (one.name, one.key)):
        above: list[Record] = []
        parent = scored.parent
        while parent in by_key and by_key[parent] not in above:
            above.append(by_key[parent])
            parent = above[-1].parent
        if parent:
            broken.append(scored.name)
        else:
            found.append(Chain(scored, tuple(above)))
    return found, broken


def is_data(name: str) -> bool:
    """Whether a fact is the hash of a file."""
    return "/" in name or name == WEIGHTS


def is_digest(name: str) -> bool:
    """Whether a fact is a hash, which is named by its beginning."""
    return is_data(name) or name.endswith(f".{CODE}")


def versions(chains: Iterable[Chain]) -> dict[str, frozenset[tuple[str, str]]]:
    """Digest, as the signatures of tables say it behind `code=`, -> the code of each verb; a chain without a realignment has no version
    of its own where it is part of one."""
    found = {one.code for one in chains}
    whole = [one for one in found if not any(one < other for other in found)]
    return {hashing.digest(sorted(one)): one for one in whole}


def by_cell(chains: Iterable[Chain]) -> dict[Place, list[Chain]]:
    found: dict[Place, list[Chain]] = defaultdict(list)
    for one in chains:
        found[one.place].append(one)
    return dict(found)


def values(chains: Sequence[Chain]) -> dict[str, dict[str, int]]:
    """Fact -> value -> how many of the chains have it; "" is the value of those that lack it.

    Which bitexts a random subset has follows from its seed, so a chain that lacks one counts for nothing there.
    """
    drawn = any(one.scored.cell.drawn for one in chains)
    names = {name for one in chains for name in one.facts if not (drawn and name == LANGUAGES)}
    found: dict[str, dict[str, int]] = {}
    for name in sorted(names):
        counts: dict[str, int] = defaultdict(int)
        for one in chains:
            if name in one.facts or not (drawn and is_data(name)):
                counts[one.facts.get(name, "")] += 1
        found[name] = dict(counts)
    return found


def differing(chains: Sequence[Chain]) -> dict[str, dict[str, int]]:
    """The facts of `values` with several values."""
    return {name: counts for name, counts in values(chains).items() if len(counts) > 1}


def order(name: str) -> tuple[int, str]:
    """Settings before versions of libraries, code and data: what people change stands first."""
    return is_digest(name), name


def shown(name: str, value: str) -> str:
    return "absent" if value == "" else value[:12] if is_digest(name) else value


def called(name: str) -> str:
    """A fact as a sentence names it."""
    verb, _, bare = name.partition(".")
    return f"code of {verb}" if bare == CODE else name


def counted(name: str, counts: Mapping[str, int]) -> str:
    """`40 (3 runs), 400 (12 runs)`."""
    return ", ".join(
        f"{shown(name, value)} ({count} run{'s' * (count != 1)})" for value, count in sorted(counts.items(), key=_rank)
    )


def _rank(item: tuple[str, int]) -> tuple[bool, float, str]:
    try:
        return False, float(item[0]), ""
    except ValueError:
        return True, 0.0, item[0]


def short(name: str, known: Collection[str]) -> str:
    """A fact without its verb where no other verb has one of the same name."""
    bare = name.partition(".")[2]
    return bare if bare and sum(fact.partition(".")[2] == bare for fact in known) == 1 else name
