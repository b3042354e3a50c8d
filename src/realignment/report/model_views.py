"""One model over all runs, as tables of a page and a picture: leads over random draws with intervals, what scores vary by, what more runs would bring."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from realignment.report.figures.intervals import Bar, intervals
from realignment.report.view import View, of_rows
from realignment.results import formatting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIMULATED = Path("benchmarks") / "results" / "one_model.json"
SIMULATION = (
    "Registries made up with nested draws of languages (`benchmarks/one_model.py`), variances as the model finds them, and worlds in which it is wrong. Intervals of "
    "95 % should cover in 95 of 100; a false `better` is one in 40. `found`: true differences whose interval lies above zero."
)
Rows = Sequence[dict]  # as `one_model.Model.lead`, `variances` and `settling` give them, with `encoder` and `column`
MODEL = (
    "One model over all runs of a column: the rows' means are fixed; the training seed, the draw of languages and what is left are random (restricted maximum "
    "likelihood). The random sets of one seed lie within one another, so their draws covary as means of nested samples from the pool do. Differences in points with "
    "95 % intervals, by Satterthwaite's degrees of freedom."
)
BY_SEED = (
    "`by seed`: the same difference seed by seed, Student's t; it is exact whatever covaries within a seed, and has one degree of freedom less than there are seeds. "
    "Each p stands by itself."
)
VARIANCES = "Standard deviations in points, of one run; those of draws are of a set of so many languages."
SETTLING = (
    "Half-width of the 95 % interval of the mean difference over sizes, points, variances taken as known; and how many rows would have to be realigned and fine-tuned "
    "for a given one, random and chosen sets together. More chains: each one new draw of every size, with a seed of its own. More seeds: on the draws that are there; "
    f"{formatting.MISSING}: their draws alone leave more."
)


def leads(name: str, caption: str, found: Rows) -> View | None:
    """One row per encoder and column; of every question the difference with its interval, p, and p by seed."""
    rows: dict[tuple[str, str], dict] = {}
    titles = dict.fromkeys(one["question"] for one in found)
    for one in found:
        empty = {cell: "" for title in titles for cell in (title, f"p, {short(title)}", f"p by seed, {short(title)}")}
        row = rows.setdefault((one["encoder"], one["column"]), {"encoder": one["encoder"], "Column": one["column"], **empty})
        row[one["question"]] = spelled(one)
        row[f"p, {short(one['question'])}"] = formatting.chance(one["p"])
        row[f"p by seed, {short(one['question'])}"] = formatting.chance(one["p by seed"])
    return of_rows(name, caption, rows.values(), (MODEL, BY_SEED), "encoder")


def short(question: str) -> str:
    """`URIEL` of `URIEL minus random at equal size`; of pools the whole."""
    return question.partition(" minus ")[0] + (" within pools" if question.endswith("within pools") else "")


def spelled(one: Mapping) -> str:
    """`+0.49 [+0.19, +0.78]`"""
    middle, low, high = (formatting.points(one[name] / 100) for name in ("difference", "low", "high"))
    return f"{middle} [{low}, {high}]"


def by_size(name: str, caption: str, found: Rows) -> View | None:
    rows = [{"encoder": one["encoder"], "Question": short(one["question"]), "Size": one["sizes"], **_told(one)} for one in found]
    return of_rows(name, caption, rows, (MODEL,), "encoder")


def by_question(name: str, caption: str, found: Rows) -> View | None:
    """Of a study, whose heuristics are as many as it likes."""
    rows = [{"question": one["question"], "Column": one["column"], "Sizes": one["sizes"], **_told(one)} for one in found]
    return of_rows(name, caption, sorted(rows, key=lambda row: row["question"]), (MODEL, BY_SEED), "question")


def _told(one: Mapping) -> dict[str, str]:
    return {"Difference": spelled(one), "p": formatting.chance(one["p"]), "p by seed": formatting.chance(one["p by seed"])}


def variances(name: str, caption: str, found: Rows) -> View | None:
    return of_rows(name, caption, _plain(found), (VARIANCES,), "encoder")


def settling(name: str, caption: str, found: Rows) -> View | None:
    """Runs as whole numbers; half-widths as points."""
    return of_rows(name, caption, _plain(found), (SETTLING,), "encoder")


def _plain(found: Rows) -> Iterable[dict]:
    for one in found:
        yield {name if name == "encoder" else name[:1].upper() + name[1:]: _cell(value) for name, value in one.items()}


def _cell(value: object) -> object:
    if value is None:
        return formatting.MISSING
    return f"{value:.2f}" if isinstance(value, float) else value


def simulated(root: Path) -> View | None:
    """What intervals cover and find, by benchmarks/one_model.py; None where it has not run."""
    path = root / SIMULATED
    if not path.is_file():
        return None
    rows = [
        {
            "design": one["design"],
            "World": one["world"],
            "Test": one["test"],
            "Covers": f"{one['covers']:.1%}",
            "95 % of": "{:.1%} to {:.1%}".format(*one["covers_interval"]),
            "False better": f"{one['false_better']:.1%}",
            "Half-width": f"{one['half_width']:.2f}",
            **{name.capitalize(): f"{share:.0%}" for name, share in one.items() if name.startswith("found at")},
        }
        for one in json.loads(path.read_text(encoding="utf-8"))["rows"]
    ]
    return of_rows(
        "simulated-model",
        "Simulated: what intervals cover, and true differences (points) that are found",
        rows,
        (SIMULATION,),
        "design",
    )


def picture(found: Rows, questions: Iterable[str]) -> "Figure | None":
    """Estimates with their 95 % intervals, a panel per encoder; None without any."""
    wanted, panels = list(questions), {}
    for one in found:
        if one["question"] in wanted:
            bar = Bar(one["difference"], one["low"], one["high"])
            panels.setdefault(one["encoder"], {}).setdefault(one["column"], {})[short(one["question"])] = bar
    return intervals(panels, "points above random draws of equal size") if panels else None
