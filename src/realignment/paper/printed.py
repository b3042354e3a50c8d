"""What the paper prints: cells of its tables of scores, and claims with the numbers in them. All are read from data/published."""

from collections.abc import Iterable
from dataclasses import dataclass

from realignment.results import scores
from realignment.results.scores import Row

TASKS = ("nli", "pos", "ner")  # the columns of Tables 8 and 10, in order
TABLES = {"8": "mbert", "10": "xlmr"}
MAIN = {model: table for table, model in TABLES.items()}  # model -> its main table, captions put right
POOLS = {"mbert": "9", "xlmr": "11"}  # model -> its table of ablations
SCORED = ("1", "2", "3", "4", "8", "9", "10", "11")  # the tables that hold scores; 5 to 7 are lists (`language_tables`)
POOLED = 10  # languages of every ablation: Tables 9 and 11 print the size of the pool instead
UNITS = ("sentences", "words")  # columns of Table 2
ENGLISH, CROSS = "english", ("cross-lingual", "before", "after")  # of Tables 4 and 3, whose averages know no groups of languages


@dataclass(frozen=True)
class Printed:
    """A cell of a printed table, in points; `model` is corrected for the swapped captions of Tables 8 and 10."""

    table: str
    model: str  # of ENCODERS, llama or gemma; "" for hours
    caption_as_printed: str
    subset: str  # "" where the paper does not say
    n: int | None  # None where it is not printed and does not follow
    task: str  # of TASKS, avg or hours
    mean: float
    std: float | None
    what: str = ""  # Table 2: of UNITS; 3: before | after; 4: english | cross-lingual
    shown: str = ""  # as printed: `62.20 ± 0.78`

    @property
    def tolerance(self) -> float:
        """Points by which a recomputed number may be off: half of the last printed place, and of the stored scores' own rounding."""
        return self.half + 0.006

    @property
    def decimals(self) -> int:
        """Places after the point of the printed mean."""
        return len(self.shown.split()[0].partition(".")[2])

    @property
    def half(self) -> float:
        """Half of the last printed place, in points."""
        return 0.5 * 10**-self.decimals

    @property
    def row(self) -> Row:
        """The runs the cell is made of."""
        return Row(self.model, f"{self.subset}_{POOLED}" if "__" in self.subset else self.subset)

    @property
    def tasks(self) -> tuple[str, ...]:
        return TASKS if self.task == "avg" else (self.task,)

    @property
    def every(self) -> bool:
        """Whether the cell is a plain mean over scores, as Tables 3 and 4 average."""
        return self.what in (ENGLISH, *CROSS)

    @property
    def groups(self) -> frozenset[str]:
        """Of languages: English in, but for Tables 3 and 4."""
        if self.what == ENGLISH:
            return frozenset({"English"})
        return scores.WITHOUT_ENGLISH | {"OOD"} if self.what in CROSS else scores.AVERAGED


@dataclass(frozen=True)
class Claim:
    """What the paper says, whole as it stands there, and the numbers in it.

    `kind`: a sentence; a sentence of a caption; a row of a table, cells parted by |, or its name; an equation.
    """

    where: str
    kind: str
    quote: str
    numbers: tuple[float, ...]


def cells(rows: Iterable[dict[str, str]]) -> tuple[Printed, ...]:
    """Of printed.tsv."""
    return tuple(_cell(row) for row in rows)


def _cell(row: dict[str, str]) -> Printed:
    numbers = {"n": int(row["n"]) if row["n"] else None, "mean": float(row["mean"])}
    std = float(row["std"]) if row["std"] else None
    return Printed(**{**row, **numbers, "std": std, "shown": " ± ".join(filter(None, (row["mean"], row["std"])))})


def claims(rows: Iterable[dict[str, str]]) -> dict[str, Claim]:
    """Of claims.tsv, by id."""
    return {row["id"]: Claim(row["where"], row["kind"], row["quote"], tuple(map(float, row["numbers"].split()))) for row in rows}
