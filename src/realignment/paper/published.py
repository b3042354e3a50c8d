"""The paper's own runs (data/published): its scores, its printed tables, its averaging rule. Never mixed with ours."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from realignment.core.errors import BadInput
from realignment.languages import table as languages
from realignment.results import scores
from realignment.results.scores import Row, Runs, Score
from realignment.statistics.summary import Summary

EXPERIMENT = "published"
FOLDER = Path("data") / "published"
LABELS = {"bert-base-multilingual-cased": "mbert", "xlm-roberta-base": "xlmr"}
TITLES = {"mbert": "mBERT", "xlmr": "XLM-R"}
TASKS = ("nli", "pos", "ner")  # the columns of Tables 8 and 10, in order
TABLES = {"8": "mbert", "10": "xlmr"}
SCORED = ("1", "2", "3", "4", "8", "9", "10", "11")  # the tables that hold scores; 5 to 7 are lists (`language_tables`)
POOLED = 10  # languages of every ablation: Tables 9 and 11 print the size of the pool instead
GROUPS = {"english": frozenset({"English"}), "cross-lingual": scores.WITHOUT_ENGLISH}  # columns of Table 4
LEFT_OUT = frozenset({(name, code) for name in ("masakhapos", "masakhaner2") for code in ("bbj", "pcm")} | {("afrixnli", "eng")})
OUT_OF_DISTRIBUTION = "americasnli"
# Why a printed cell cannot be recomputed: (table, subset, task) -> reason.
UNRECOVERABLE = {
    ("8", "none", "pos"): "the stored file's African scores were read through a wrong tag map and are left out",
    ("10", "family_indoeuropean_10", "pos"): "no result file is stored",
}
NOT_STORED = {  # kind of cell -> why there is nothing to recompute it from
    "aligner": "the authors' runs for Table 2 (five seeds, another GPU) are not stored here",
    "decoder": "no scores of decoder models are stored here",
    "ablation": "no scores of the ablations are stored here",
}


@dataclass(frozen=True)
class Printed:
    """A cell of a printed table, in points; `model` is corrected for the swapped captions of Tables 8 and 10."""

    table: str
    model: str  # of TITLES, llama or gemma; "" for hours
    caption_as_printed: str
    subset: str  # "" where the paper does not say
    n: int | None  # None where it is not printed and does not follow
    task: str  # of TASKS, avg or hours
    mean: float
    std: float | None
    what: str = ""  # Table 2: sentences | words; 3: before | after; 4: of GROUPS
    shown: str = ""  # as printed: `62.20 ± 0.78`

    @property
    def tolerance(self) -> float:
        """Points by which a recomputed number may be off: half of the last printed place, and of the stored scores' own rounding."""
        decimals = len(self.shown.split()[0].partition(".")[2])
        return 0.5 * 10**-decimals + 0.006

    @property
    def row(self) -> Row:
        """The runs the cell is made of."""
        return Row(self.model, f"{self.subset}_{POOLED}" if "__" in self.subset else self.subset)

    @property
    def tasks(self) -> tuple[str, ...]:
        return TASKS if self.task == "avg" else (self.task,)

    @property
    def groups(self) -> frozenset[str]:
        """Of languages: English in, but for Table 4."""
        return GROUPS.get(self.what, scores.AVERAGED)


@dataclass(frozen=True)
class Compared:
    printed: Printed
    recomputed: Summary  # scores in [0, 1]
    reason: str = ""  # why the two do not agree

    @property
    def difference(self) -> float | None:
        """Recomputed minus printed mean, in points."""
        return None if self.recomputed.mean is None else 100 * self.recomputed.mean - self.printed.mean

    @property
    def agrees(self) -> bool:
        """Whether mean, and std where one is printed, come out to the last printed place."""
        std, tolerance = self.recomputed.std, self.printed.tolerance
        if self.difference is None or abs(self.difference) >= tolerance:
            return False
        return self.printed.std is None or (std is not None and abs(100 * std - self.printed.std) < tolerance)


def rows(root: Path, name: str) -> list[dict[str, str]]:
    """A tab-separated file of data/published, .gz or not; a quotation mark stands for itself."""
    path = root / FOLDER / name
    if not path.is_file():
        raise BadInput(f"{path} is required and does not exist; `git checkout -- {FOLDER}` restores it")
    packed = name.endswith(".gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") if packed else path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def raw(root: Path) -> tuple[dict[str, str], ...]:
    """Every row of scores.tsv.gz, the left-out ones too."""
    return tuple(rows(root, "scores.tsv.gz"))


@cache
def printed(root: Path) -> tuple[Printed, ...]:
    return tuple(_printed(row) for row in rows(root, "printed.tsv"))


def _printed(row: dict[str, str]) -> Printed:
    numbers = {"n": int(row["n"]) if row["n"] else None, "mean": float(row["mean"])}
    std = float(row["std"]) if row["std"] else None
    return Printed(**{**row, **numbers, "std": std, "shown": " ± ".join(filter(None, (row["mean"], row["std"])))})


def subset_languages(root: Path) -> dict[tuple[str, str, str, str], str]:
    """(model label, subset, seed, task) -> codes of the source, separated by blanks."""
    return {_run(row): row["languages"] for row in rows(root, "subsets.tsv")}


@cache
def scored(root: Path, without: frozenset[str] = frozenset()) -> tuple[Score, ...]:
    """The scores that count under the paper's rule; `without` names evaluation sets to leave out.

    AmericasNLI is the out-of-distribution group; a language outside the pool in another set (Southern Sotho NLI, Quechua NER)
    counts in averages alone.
    """
    known = languages.paper()
    found = []
    for row in raw(root):
        if (row["evalset"], row["language"]) in LEFT_OUT or row["evalset"] in without:
            continue
        model = LABELS[row["model"]]
        if row["evalset"] == OUT_OF_DISTRIBUTION:
            group = "OOD"
        else:
            language = known.get(row["language"])  # WikiANN's `que` is a macrolanguage: in no table
            group = languages.group(language, model) if language else ""
            group = "" if group == "OOD" else group
        where = (row["seed"], row["task"], row["evalset"], row["language"])
        found.append(Score(model, row["subset"], "", *where, group, float(row["score"])))
    return tuple(found)


@cache
def read(root: Path, without: frozenset[str] = frozenset()) -> Runs:
    """The runs of `scored`. What is returned is shared: read it only."""
    return scores.collect(scored(root, without))


def table(root: Path, number: str, runs: Runs | None = None) -> list[Compared]:
    """A table of scores in printed order: each printed cell with its recomputed value, or why there is none."""
    if number not in SCORED:
        raise BadInput(f"a table of scores is required, one of {', '.join(SCORED)}; got {number}")
    runs = runs or read(root)
    return [_compared(cell, runs) for cell in printed(root) if cell.table == number]


def _compared(cell: Printed, runs: Runs) -> Compared:
    if cell.model not in TITLES or cell.table == "2":
        return Compared(cell, Summary(()), NOT_STORED["aligner" if cell.table == "2" else "decoder"])
    if cell.row not in runs.rows:
        return Compared(cell, Summary(()), NOT_STORED["ablation"])
    compared = Compared(cell, runs.cell(cell.row, runs.items(cell.model, cell.tasks, cell.groups)))
    (main,) = [number for number, model in TABLES.items() if model == cell.model]
    known = [UNRECOVERABLE[main, cell.subset, task] for task in cell.tasks if (main, cell.subset, task) in UNRECOVERABLE]
    return compared if compared.agrees else replace(compared, reason="; ".join(known) or "the two differ")


def printed_average(root: Path, model: str, subset: str) -> float:
    """Mean over the three tasks as Table 8 or 10 prints them, in points."""
    (number,) = [number for number, one in TABLES.items() if one == model]
    found = [cell.mean for cell in printed(root) if (cell.table, cell.subset) == (number, subset)]
    return sum(found) / len(found)


def _run(row: dict[str, str]) -> tuple[str, str, str, str]:
    return LABELS[row["model"]], row["subset"], row["seed"], row["task"]


def key(model: str, subset: str, seed: str, task: str) -> str:
    """The run key of a run of the authors."""
    return f"{EXPERIMENT}/{model}/{subset}/{seed}/{task}"


def runs(root: Path) -> Iterator[dict]:
    """One dict a run (model x subset x seed x task) for the tracking store: name, params, tags, metrics.

    Metrics are `<set>/<language>` as stored, `average` under the paper's rule and `group/<group>`.
    """
    where, known = subset_languages(root), read(root)
    metrics: dict[tuple[str, str, str, str], dict[str, float]] = {}
    for row in raw(root):
        metrics.setdefault(_run(row), {})[f"{row['evalset']}/{row['language']}"] = float(row["score"])
    columns = {"average": scores.AVERAGED} | {f"group/{one.replace(' ', '_')}": {one} for one in languages.GROUPS}
    for (model, subset, seed, task), values in sorted(metrics.items()):
        held = known.rows[Row(model, subset)][seed]
        for name, groups in columns.items():
            items = known.items(model, [task], groups).get(task, [])
            if items and all((task, language) in held for language in items):
                values[name] = sum(held[task, language] for language in items) / len(items)
        codes = where.get((model, subset, seed, task), "")
        run = {"encoder": model, "subset": subset, "seed": seed, "task": task}
        yield {
            "name": f"{TITLES[model]} {subset} {task} s{seed}",
            "params": {**run, "n": str(len(codes.split())), "languages": codes},
            "tags": {**run, "run_key": key(model, subset, seed, task), "source": "authors"},
            "metrics": values,
        }
