"""What the seeds of a study allow to say: verdicts, what could have been seen, random draws; plain rows, and tables of the page."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from realignment.report import model_views, robust_views
from realignment.report.view import View, of_rows
from realignment.results import comparisons, correlation, draws, formatting, headings, power, verdicts
from realignment.results.scores import RETRIEVAL
from realignment.results.study_model import StudyModel
from realignment.results.tables import Study
from realignment.statistics import inference

Rows = dict[str, list[dict]]  # name -> plain rows, points, full precision; names without any rows are left out
SIMULATED = Path("benchmarks") / "results" / "verdicts.json"
RULES = {"moderated": "in use", "pooled": "one variance per column", "apart": "each row's own variance"}
SIMULATION = (
    "Registries made up after the authors' runs (`benchmarks/verdicts.py`): even, uneven and heavy-tailed seeds, residuals drawn again, single "
    "languages that jump, seeds whose luck all rows share. `False better`: of all tables, those with one false `better` or more."
)
TASKS = tuple(task for task in headings.TASKS if task != RETRIEVAL)
TITLES = {
    verdicts.BY_TASK: "by task, without English",
    verdicts.LEVELS: "by resource level",
}  # kind of the tables that the page shows
BESIDE_PLAIN = {  # control -> what its row and the plain row of its subset differ by
    "equal_pairs": "equal pairs per language minus equal steps",
    "words": "words minus sentences",
}
POWER = (
    "Points; two fixed rows of median spread; 80 % power. `alone`: one comparison; `in the table`: the largest of all its comparisons; "
    f"{formatting.MISSING}: more than 100 points. "
    "`p even variances` is Bartlett's: where it is small, rows vary unevenly, and each leans more on its own few seeds."
)
DRAWS = "Points. The spread of draws is that of which languages were drawn; that of training seeds is what is left within a draw."
PAIRED = "Means over seeds. The other rows stand in the file `tables/*-paired.csv`."
STANDINGS = (
    "How many draws score less (ties count half). Of k draws, a subset no better than a draw is above all once in k + 1 times."
)


def of_study(study: Study, tasks: Sequence[str]) -> Rows:
    """By kind: verdicts-, random- (against random draws of the size), otherwise- (rows realigned otherwise against their plain row) and
    detectable-; draws and standings by task; model- (StudyModel.tables); correlation of retrieval gains and task gains over languages, and the gains behind it, paired.

    Kinds are families of `verdicts.of_study`; columns with English and retrieval have verdicts alone.
    """
    found: Rows = {}
    families = verdicts.of_study(study, tasks).families
    for kind in (*TITLES, verdicts.ENGLISH, RETRIEVAL):
        columns = families.get(kind, {})
        found[f"verdicts-{kind}"] = comparisons.against_references(study, columns)
        if kind in verdicts.OTHERWISE:
            found[f"otherwise-{kind}"] = comparisons.against_plain(study, columns)
        if kind in TITLES:
            found[f"random-{kind}"] = comparisons.against_random(study, columns)
            found[f"detectable-{kind}"] = power.detectable(study, columns)
    columns = comparisons.task_columns(study, tasks)
    found |= {"draws": draws.spreads(study, columns), "standings": draws.standings(study, columns)}
    found |= {"correlation": correlation.of_rows(study, tasks), "paired": correlation.paired(study, tasks)}
    found |= {f"model-{kind}": rows for kind, rows in StudyModel(study, tasks).tables().items()}
    return {name: rows for name, rows in found.items() if rows}


def views(study: Study, found: Rows) -> list[View]:
    """The tables of one encoder: a table of verdicts a kind and reference, then what could be seen, then random draws."""
    listed: list[View | None] = []
    for kind, title in TITLES.items():
        for part in (f"verdicts-{kind}", f"random-{kind}"):
            rows = found.get(part, [])
            for number, base in enumerate(dict.fromkeys(row["against"] for row in rows)):
                told = [row for row in rows if row["against"] == base]
                caption = f"{study.title}: differences to {base} in points, {title}"
                notes = (_counted(told),)
                notes += (comparisons.NOTE.format(inference.LEVEL), *study.warnings(TASKS)) if not number else ()
                listed.append(
                    of_rows(f"{study.encoder}-{part}-{base}", caption, comparisons.wide(study, told), notes, section="section")
                )
        caption = f"{study.title}: the least difference that would be found, {title}"
        listed.append(_view(f"{study.encoder}-detectable-{kind}", caption, found.get(f"detectable-{kind}", []), POWER))
    listed.append(_view(f"{study.encoder}-draws", f"{study.title}: spread of random subsets", found.get("draws", []), DRAWS))
    caption = f"{study.title}: subsets among random draws of their size"
    listed.append(_view(f"{study.encoder}-standings", caption, found.get("standings", []), STANDINGS))
    listed += [*_model(study, found), *_otherwise(study, found), *_correlation(study, found)]
    return [view for view in listed if view] + robust_views.of_study(study, [task for task in TASKS if study.rows([task])])


def _model(study: Study, found: Rows) -> list[View | None]:
    """Chosen sets against random draws of their size, under one model over all runs."""
    kinds = {"leads": model_views.by_question, "variances": model_views.variances, "settling": model_views.settling}
    captions = {
        "leads": "chosen sets minus random ones of equal size, points with 95 % intervals",
        "variances": "what a score varies by",
        "settling": "what would settle chosen sets against random draws",
    }
    return [
        show(f"{study.encoder}-model-{kind}", f"{study.title}: {captions[kind]}", found.get(f"model-{kind}", []))
        for kind, show in kinds.items()
    ]


def _correlation(study: Study, found: Rows) -> list[View | None]:
    """The coefficients of every row, and the gains of each language of one row."""
    tasks = [task for task in TASKS if any(row["column"] == headings.task(task) for row in found.get("paired", []))]
    row = correlation.shown(study, tasks)
    mine = [one for one in found.get("paired", []) if row and one["subset"] == headings.label(row)]
    gains: dict[str, dict[str, object]] = {}
    for one in mine:
        head = {
            "Language": study.names.get(one["language"], one["language"]),
            "Code": one["language"],
            "Retrieval": formatting.MISSING,
        }
        line = gains.setdefault(one["language"], head | {headings.task(task): formatting.MISSING for task in tasks})
        line |= {
            "Retrieval": formatting.points(one["retrieval gain"] / 100),
            one["column"]: formatting.points(one["task gain"] / 100),
        }
    caption = f"{study.title}: Spearman's correlation of retrieval gain and task gain over languages"
    table = _view(f"{study.encoder}-correlation", caption, found.get("correlation", []), correlation.NOTE)
    caption = f"{study.title}: points gained in retrieval and in each task by language, realigned on {headings.label(row) if row else ''}"
    return [table, of_rows(f"{study.encoder}-paired", caption, gains.values(), study_notes(study))]


def study_notes(study: Study) -> tuple[str, ...]:
    return (PAIRED, *study.warnings(TASKS))


def _otherwise(study: Study, found: Rows) -> list[View | None]:
    """A table a kind of columns and a way of realigning."""
    listed: list[View | None] = []
    for kind in verdicts.OTHERWISE:
        rows = found.get(f"otherwise-{kind}", [])
        for control, what in BESIDE_PLAIN.items():
            told = [row for row in rows if headings.control(row["subset"]) == control]
            caption = f"{study.title}: {what} in points, {TITLES.get(kind, 'retrieval by resource level')}"
            notes = (_counted(told), comparisons.NOTE.format(inference.LEVEL), *study.warnings(TASKS)) if told else ()
            listed.append(
                of_rows(
                    f"{study.encoder}-otherwise-{kind}-{control}",
                    caption,
                    comparisons.wide(study, told),
                    notes,
                    section="section",
                )
            )
    return listed


def _counted(rows: Sequence[dict]) -> str:
    """How many differences pass under each reading of p."""
    tested = [row for row in rows if row["p"] is not None]
    passed = {name: sum(row[name] < inference.LEVEL for row in tested) for name in ("p", "p Dunnett", "p BH", "p Holm")}
    return (
        f"Below {inference.LEVEL:.0%} of {len(tested)} tested: {passed['p']} each alone, {passed['p Dunnett']} each column alone (Dunnett), "
        f"{passed['p BH']} by share of false ones (Benjamini-Hochberg), {passed['p Holm']} by the whole table (Holm): the verdict."
    )


def _view(name: str, caption: str, rows: Iterable[dict], note: str) -> View | None:
    return of_rows(name, caption, [{key: _shown(value) for key, value in row.items()} for row in rows], (note,))


def _shown(value: object) -> object:
    if value is None:
        return formatting.MISSING
    return f"{value:.2f}" if isinstance(value, float) else value


def simulated(root: Path) -> list[View]:
    """How often a table of such verdicts holds a false one, and what they find, by benchmarks/verdicts.py; nothing where it has not run."""
    path = root / SIMULATED
    if not path.is_file():
        return []
    content = json.loads(path.read_text(encoding="utf-8"))
    wrong = [
        {
            "rows": f"{one['rows']} rows, {one['seeds']} seeds",
            "Encoder": headings.encoder(one["encoder"]),
            "Table": one["table"],
            "World": one["world"],
            "Rule": RULES[one["rule"]],
            "False better": f"{one['false_better']:.2%}",
            "95 % of": "{:.2%} to {:.2%}".format(*one["interval"]),
            "Any false": f"{one['false_any']:.2%}",
            "Registries": one["registries"],
        }
        for one in content["false"]
    ]
    power = [
        {
            "encoder": headings.encoder(one["encoder"]),
            "World": one["world"],
            "Seeds": one["seeds"],
            "True difference": f"{one['difference']:g}",
            **{f"{task} found": f"{share:.0%}" for task, share in one["found"].items()},
            "Registries": one["registries"],
        }
        for one in content["power"]
    ]
    views = (
        of_rows("simulated-false", "Simulated: tables that hold a false verdict", wrong, (SIMULATION,), "rows"),
        of_rows("simulated-power", "Simulated: true differences (points) that are told", power, (SIMULATION,), "encoder"),
    )
    return [view for view in views if view]
