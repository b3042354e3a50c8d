"""What a finished job left: the job, named by the keys it had when it was planned, and its outcome.

Written as JSON (record.json, an entry of study.json) and sealed over its bytes, so a record keeps what it was read from and gives it back as it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from realignment.core.errors import FailedWork
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job

# The format: the keys of REQUIRED, and those of OPTIONAL. It is not written (a record of today would have other bytes, and another
# seal); a record that names no version is of this one, and one that names another is not read.
VERSION = 1


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass(frozen=True)
class Kind:
    """What a value must be: in words, and as a test."""

    words: str
    holds: Callable[[object], bool]


TEXT = Kind("a text", _is_text)
WHOLE = Kind("a whole number", _is_whole)
NUMBER = Kind("a number", _is_number)
MEASURED = Kind("a number or null", lambda value: value is None or _is_number(value))
TEXTS = Kind("a list of texts", lambda value: isinstance(value, list) and all(map(_is_text, value)))
LIST = Kind("a list", lambda value: isinstance(value, list))
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
NAMED = Kind("an object of texts", lambda value: isinstance(value, dict) and all(map(_is_text, value.values())))
COUNTED = Kind("an object of numbers", lambda value: isinstance(value, dict) and all(map(_is_number, value.values())))

REQUIRED = {
    "verb": TEXT, "task": TEXT, "key": TEXT, "cell_key": TEXT, "name": TEXT, "parent": TEXT, "parent_cell": TEXT, "base": TEXT,
    "model": TEXT, "languages": TEXTS, "inputs": NAMED, "params": OBJECT, "environment": OBJECT, "curves": OBJECT, "counts": COUNTED,
    "hashes": NAMED, "files": NAMED, "seconds": NUMBER, "read": TEXT,
}  # fmt: skip
COSINE = ("cosine", "mean", "error")  # of a group of parameters, see engine/gradients.py; null where there is none
COSINES = Kind(
    "an object of objects of numbers or nulls",
    lambda value: (
        isinstance(value, dict)
        and all(
            isinstance(one, dict) and set(one) == set(COSINE) and all(map(MEASURED.holds, one.values())) for one in value.values()
        )
    ),
)
OPTIONAL = {
    "trial": OBJECT,
    "usage": OBJECT,
    "kernels": TEXT,
    "gradients": COSINES,
    "shared": TEXT,
}  # records from before they were written have none
SEAL = "sha256"
CELL = {"encoder": TEXT, "subset": TEXT, "control": TEXT, "seeds": OBJECT}
SCORE = {"task": TEXT, "set": TEXT, "language": TEXT, "score": MEASURED}


@dataclass(frozen=True, slots=True)
class Score:
    """One metric value in [0, 1] of an evaluation."""

    task: str  # of tasks.TASKS | retrieval
    set: str
    language: str
    score: float | int | None  # None where the gold leaves it undefined
    n: int = 0  # words, entities or sentence pairs measured; 0 unknown
    cut: int = 0  # of them, beyond the length limit
    exact: float | int | None = None  # beside F1: the share of answers that are right to the letter, of tasks that have it


@dataclass(frozen=True)
class Record:
    """`key`, `cell_key` and `name` are those it was written with: a run is found by them, whatever the code of today would call it."""

    verb: str
    cell: Cell
    task: str
    key: str
    cell_key: str
    name: str
    languages: tuple[str, ...]
    inputs: dict[str, str]
    params: dict[str, Any]
    environment: dict[str, Any]
    parent: str
    parent_cell: str
    base: str
    model: str
    scores: tuple[Score, ...]
    curves: dict[str, list]  # name -> [step, value] each
    counts: dict[str, int | float]
    hashes: dict[str, str]  # of what came out: weights, predictions, the order of the data
    files: dict[str, str]  # relative path -> sha256
    seconds: float | int
    read: str  # sha256 of the model it read; "" where it read none
    content: Mapping[str, Any] = field(repr=False)  # what it was read from, keys of later versions too
    trial: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, list] = field(default_factory=dict)  # as `curves`, of the machine
    kernels: str = ""
    gradients: dict[str, dict[str, float | None]] = field(default_factory=dict)  # group of parameters -> what COSINE names
    shared: str = ""  # key of the run that was computed for it: another row of the same languages
    seal: str = ""

    @classmethod
    def of(cls, content: Any, where: str) -> "Record":
        """FailedWork names `where` it stands, the record and the first key that is missing or of another type."""
        whole = _Part(content, f"{where}: the record of {_called(content)}")
        whole.require()
        if content.get("version", VERSION) != VERSION:
            raise FailedWork(f"{whole.whose} is of version {content['version']}; this program reads version {VERSION}")
        given = whole.values(REQUIRED) | whole.values({name: kind for name, kind in OPTIONAL.items() if name in content})
        cell = _Part(whole.value("cell", OBJECT), whole.whose, "cell.").values(CELL)
        seeds = _Part(cell.pop("seeds"), whole.whose, "cell.seeds.").values({one.name: WHOLE for one in fields(Seeds)})
        scores = enumerate(whole.value("scores", LIST))
        given["languages"] = tuple(given["languages"])
        return cls(
            **given,
            cell=Cell(**cell, seeds=Seeds(**seeds)),
            scores=tuple(_score(_Part(one, whole.whose, f"scores[{place}].")) for place, one in scores),
            content=content,
            seal=whole.values({SEAL: TEXT})[SEAL] if SEAL in content else "",
        )

    @property
    def job(self) -> Job:
        """The job without its outcome."""
        return Job(**{one.name: getattr(self, one.name) for one in fields(Job)})

    def to_json(self) -> dict[str, Any]:
        """What it was read from, key by key in the same order."""
        return dict(self.content)


@dataclass(frozen=True)
class _Part:
    """An object of a record's JSON; `place` stands before the names of its keys."""

    content: object
    whose: str
    place: str = ""

    def require(self) -> None:
        if not isinstance(self.content, Mapping):
            must = f"must have an object as `{self.place.rstrip('.')}`" if self.place else "must be an object"
            raise FailedWork(f"{self.whose} {must}; got {self.content!r:.50}")

    def value(self, key: str, kind: Kind) -> Any:
        self.require()
        if key not in self.content:
            raise FailedWork(f"{self.whose} lacks `{self.place}{key}`, {kind.words}")
        value = self.content[key]
        if not kind.holds(value):
            raise FailedWork(f"{self.whose} must have {kind.words} as `{self.place}{key}`; got {value!r:.50}")
        return value

    def values(self, kinds: Mapping[str, Kind]) -> dict[str, Any]:
        return {key: self.value(key, kind) for key, kind in kinds.items()}


def _score(part: _Part) -> Score:
    given = part.values(SCORE)
    more = {key: part.value(key, WHOLE) for key in ("n", "cut") if part.content.get(key) is not None}
    return Score(**given, **more, **part.values({key: MEASURED for key in ("exact",) if key in part.content}))


def _called(content: object) -> str:
    """Its name, or what is left of one."""
    known = content if isinstance(content, Mapping) else {}
    return next((str(known[key]) for key in ("name", "key") if known.get(key)), "a run without a name")
