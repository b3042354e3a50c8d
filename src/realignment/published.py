"""The paper's own runs (data/published): its scores, its printed tables, its averaging rule. Never mixed with ours."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from realignment import languages, scores
from realignment.errors import BadInput
from realignment.scores import Row, Runs, Score
from realignment.statistics import Summary

EXPERIMENT = "published"
FOLDER = Path("data") / "published"
LABELS = {"bert-base-multilingual-cased": "mbert", "xlm-roberta-base": "xlmr"}
TITLES = {"mbert": "mBERT", "xlmr": "XLM-R"}
TASKS = ("nli", "pos", "ner")  # the columns of Tables 8 and 10, in order
TABLES = {"8": "mbert", "10": "xlmr"}
LEFT_OUT = frozenset({(name, code) for name in ("masakhapos", "masakhaner2") for code in ("bbj", "pcm")} | {("afrixnli", "eng")})
OUT_OF_DISTRIBUTION = "americasnli"
TOLERANCE = 0.011  # points: both numbers are rounded to 0.01
# Why a printed cell cannot be recomputed: (table, subset, task) -> reason.
UNRECOVERABLE = {
    ("8", "none", "pos"): "the stored file's African scores were read through a wrong tag map and are left out",
    ("10", "family_indoeuropean_10", "pos"): "no result file is stored",
}


@dataclass(frozen=True)
class Printed:
    """A cell of a printed table, in points; `model` is corrected for the swapped captions of Tables 8 and 10."""

    table: str
    model: str
    caption_as_printed: str
    subset: str
    n: int
    task: str
    mean: float
    std: float | None


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
        """Whether mean and std both come out to 0.01."""
        std = self.recomputed.std
        if self.difference is None or std is None:
            return False
        return abs(self.difference) < TOLERANCE and (self.printed.std is None or abs(100 * std - self.printed.std) < TOLERANCE)


def _open(root: Path, name: str):
    path = root / FOLDER / name
    if not path.is_file():
        raise BadInput(
            f"{path}: the authors' scores are required; the file does not exist; `git checkout -- {FOLDER}` restores it"
        )
    return (
        gzip.open(path, "rt", encoding="utf-8", newline="") if name.endswith(".gz") else path.open(encoding="utf-8", newline="")
    )


@cache
def raw(root: Path) -> tuple[dict[str, str], ...]:
    """Every row of scores.tsv.gz, the left-out ones too."""
    with _open(root, "scores.tsv.gz") as file:
        return tuple(csv.DictReader(file, delimiter="\t"))


@cache
def printed(root: Path) -> tuple[Printed, ...]:
    with _open(root, "printed.tsv") as file:
        rows = csv.DictReader(file, delimiter="\t")
        numbers = ((row, int(row["n"]), float(row["mean"]), float(row["std"]) if row["std"] else None) for row in rows)
        return tuple(Printed(**{**row, "n": n, "mean": mean, "std": std}) for row, n, mean, std in numbers)


def subset_languages(root: Path) -> dict[tuple[str, str, str, str], str]:
    """(model label, subset, seed, task) -> codes of the source, separated by blanks."""
    with _open(root, "subsets.tsv") as file:
        return {_run(row): row["languages"] for row in csv.DictReader(file, delimiter="\t")}


@cache
def read(root: Path, without: frozenset[str] = frozenset()) -> Runs:
    """The runs under the paper's rule; `without` names evaluation sets to leave out.

    AmericasNLI is the out-of-distribution group; a language outside the pool in another set (Southern Sotho NLI, Quechua NER)
    counts in averages alone. What is returned is shared: read it only.
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
    return scores.collect(found)


def table(root: Path, number: str, runs: Runs | None = None) -> list[Compared]:
    """Table 8 (mBERT) or 10 (XLM-R) in printed order: each printed cell with its recomputed value."""
    if number not in TABLES:
        raise BadInput(f"table {number} cannot be recomputed; choose one of {', '.join(TABLES)}")
    runs = runs or read(root)
    model = TABLES[number]
    found = []
    for cell in printed(root):
        if cell.table == number:
            value = runs.cell(Row(model, cell.subset), runs.items(model, [cell.task], scores.AVERAGED))
            reason = UNRECOVERABLE.get((number, cell.subset, cell.task), "the two differ")
            compared = Compared(cell, value)
            found.append(compared if compared.agrees else replace(compared, reason=reason))
    return found


def printed_average(root: Path, model: str, subset: str) -> float:
    """Mean over the three tasks as Table 8 or 10 prints them, in points."""
    (number,) = [number for number, one in TABLES.items() if one == model]
    found = [cell.mean for cell in printed(root) if (cell.table, cell.subset) == (number, subset)]
    return sum(found) / len(found)


def _run(row: dict[str, str]) -> tuple[str, str, str, str]:
    return LABELS[row["model"]], row["subset"], row["seed"], row["task"]


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
            "tags": {**run, "run_key": f"{EXPERIMENT}/{model}/{subset}/{seed}/{task}", "source": "authors"},
            "metrics": values,
        }
