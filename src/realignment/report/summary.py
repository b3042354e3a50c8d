"""What a study found, in a few sentences that follow from its verdicts: the first thing that the page and the terminal say."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from realignment import tasks
from realignment.report import clauses, completeness
from realignment.report.clauses import BEFORE, MOST, NONE
from realignment.report.comparison_tables import TASKS, Rows
from realignment.report.view import Figure, View, of_rows
from realignment.results import draws, headings, planted, wording
from realignment.results.comparisons import AVERAGE, MISSING, UNDECIDED
from realignment.results.scores import RETRIEVAL
from realignment.results.tables import Study

DEVICES = {"cpu": "a CPU", "cuda": "a GPU"}
OTHERWISE = {  # control -> how its rows are realigned, and what they are compared with
    "equal_pairs": ("with equal pairs per language", "the same with equal steps"),
    "words": ("on words", "the same on sentences"),
}
CONTROLS = {"shuffled": "with shuffled pairs", "self": "with English paired with itself"}
WORDS = 45  # of one sentence at most, wherever less detail makes it shorter
PLANTED = "What was planted in the generated languages, and whether the study finds it"
Part = Callable[[Study, Rows, int], str]  # the last says how much detail, see `clauses.DETAILS`; "": nothing to say


@dataclass(frozen=True)
class Summary:
    """`figure` shows the gains that the sentences tell of; `planted` is there for generated languages alone."""

    sentences: tuple[str, ...]
    figure: Figure | None = None
    planted: View | None = None

    def to_json(self) -> str:
        facts = [
            {"encoder": encoder, **dict(zip(self.planted.columns, (cell.text for cell in row), strict=True))}
            for encoder, rows in (self.planted.parts if self.planted else ())
            for row in rows
        ]
        return json.dumps({"sentences": self.sentences, "planted": facts}, ensure_ascii=False, indent=1) + "\n"


def of_study(
    content: Mapping,
    studies: Sequence[Study],
    told: Mapping[str, Rows],
    figures: Iterable[Figure] = (),
    facts: Iterable[dict] = (),
) -> Summary:
    """`content` is study.json, `told` what `comparison_tables.of_study` gives by encoder, `facts` the rows of `planted.of_study`.

    An item of `sentences` is a paragraph: of several encoders it holds the sentences of each.
    """
    paragraphs: Iterable[Sequence[Part]] = (
        (gains,),
        (by_task, english),
        (others,),
        (power,),
        (otherwise,),
        (controls,),
        (retrieval,),
    )
    found = [trained(content, studies)]
    for parts in paragraphs:
        given = [(part, study) for study in studies for part in parts]
        said = [text for part, study in given if (text := _sentence(part, study, told[study.encoder], len(studies) > 1))]
        found += [" ".join(said)] if said else []
    found += [text] if (text := completeness.told(content, studies, told)) else []
    shown = next((one for one in figures if one.id.startswith("gains-")), None)
    return Summary(tuple(found), shown, of_rows("planted", PLANTED, facts, (planted.NOTE,), "encoder"))


def _sentence(part: Part, study: Study, told: Rows, several: bool) -> str:
    """With as much detail as WORDS leaves room for. A clause never begins with a name, which would be spelled with a capital letter."""
    text = ""
    for detail in clauses.DETAILS:
        clause = part(study, told, detail)
        text = f"for {clauses.title(study)}, {clause}" if several and clause else clause
        if len(text.split()) <= WORDS:
            break
    return f"{text[0].upper()}{text[1:]}." if text else ""


def trained(content: Mapping, studies: Sequence[Study]) -> str:
    """Encoders, tasks, subsets, seeds, languages, device."""
    tasks = [task for task in TASKS if any(study.rows([task]) for study in studies)]
    rows = {row.subset: study.size(row) for study in studies for row in study.rows(tasks) if not row.control}
    sizes = [size for subset, size in rows.items() if subset != "none"]
    groups = [item for study in studies for item in study.runs.group[study.encoder].items()]
    read = {code for (task, code), group in groups if task in tasks and group != "English"}
    seeds = [count for study in studies for count in _seeds(study)]
    ways = ["without realignment"] if "none" in rows else []
    ways += [f"after realignment on {wording.counted(len(sizes), 'subset')} of {wording.span(sizes)} languages"] if sizes else []
    names = [clauses.title(study) for study in studies]
    encoders = f"The {clauses.has(names, 'encoder', 'encoders')} {wording.listed(names)}"
    if not tasks:
        return f"{encoders} {clauses.has(names)} no score of a task yet."
    return (
        f"{encoders} {clauses.has(names, 'was', 'were')} fine-tuned in English on {wording.listed([headings.task(task) for task in tasks])}, "
        f"{' and '.join(ways)}, with {_with(seeds)} on "
        f"{DEVICES.get(content['device'], content['device'])}, and tested in {wording.counted(len(read), 'other language')}."
    )


def _seeds(study: Study) -> list[int]:
    """Of each fixed row, how many seeds it has a score of a task for."""
    rows = [row for row in study.rows(TASKS) if not row.control and not draws.drawn(row)]
    return [sum(any(task in TASKS for task, _ in held) for held in study.runs.rows[row].values()) for row in rows]


def _with(seeds: Sequence[int]) -> str:
    return f"{wording.span(seeds)} {'seed' if set(seeds) == {1} else 'seeds'}"


def gains(study: Study, told: Rows, detail: int) -> str:
    """What realignment did on the average, and at which resource levels."""
    rows = clauses.against(told, "verdicts-levels", "none", True)
    average, levels = _average(rows), [row for row in rows if row["column"] != AVERAGE and row["verdict"] != MISSING]
    if not average:
        return f"no subset can be compared with {NONE} yet"
    seeds = _with(_seeds(study))
    if all(row["p"] is None for row in rows):
        many = max(row["n"] for row in rows) > 1
        span = wording.signed([row["difference"] for row in average])
        return (
            f"{'as no difference has a standard error' if many else f'with {seeds}'}, nothing can be told from chance: on the average without "
            f"English, the scores differ from {NONE} by {span} points"
        )
    undecided = {row["verdict"] for row in average} == {UNDECIDED}
    said = clauses.leaning(average, seeds) or clauses.said(average, NONE, detail)
    over = f" of {wording.listed(averaged)}" if (averaged := _averaged(study)) else ""
    return f"on the average{over} without English, {said}{clauses.levels(levels, undecided, detail)}"


def by_task(study: Study, told: Rows, detail: int) -> str:
    """In which tasks realignment did so, where any difference has a standard error."""
    rows = [row for row in clauses.against(told, "verdicts-tasks", "none", True) if row["verdict"] != MISSING]
    return clauses.tasks(rows, bool(_averaged(study))) if any(row["p"] is not None for row in rows) else ""


def _averaged(study: Study) -> list[str]:
    """What tables call the tasks of the average, where others stand beside it; else none."""
    there = {task for task, _ in study.runs.counted} & {*tasks.TASKS}
    return [title for task, title in tasks.TITLES.items() if task in there & tasks.AVERAGED] if there - tasks.AVERAGED else []


def english(study: Study, told: Rows, detail: int) -> str:
    """What became of English, which no average without English shows."""
    rows = [row for row in clauses.against(told, "verdicts-english", "none", True) if row["column"] == "English"]
    rows = [row for row in rows if row["verdict"] != MISSING]
    return f"in English itself, {clauses.said(rows, NONE, detail)}" if any(row["p"] is not None for row in rows) else ""


def others(study: Study, told: Rows, detail: int) -> str:
    """Which subsets differ from random ones of their size and from all languages."""
    parts = [clauses.said(rows, base, detail) for base, rows in _others(told).items()]
    return f"on the same average, {'; '.join(parts)}" if parts else ""


def power(study: Study, told: Rows, detail: int) -> str:
    """From how many points on the undecided ones of `others` would all have been found; scores end at 100."""
    rows = [row for listed in _others(told).values() for row in listed if row["p"] is not None]
    held = [row for row in rows if row["verdict"] == UNDECIDED]
    if not held:
        return ""
    least = [math.inf if row["detectable"] is None else row["detectable"] for row in held]
    seeds, found = _with(_seeds(study)), "would be found in four of five such studies"
    if max(least) >= MOST:
        some = "" if min(least) >= MOST else "for some of these subsets "
        return f"with {seeds}, {some}no true difference, however large, {found}"
    if len(held) < len(rows):
        return f"with {seeds}, where no difference can be told, only a true one of {max(least):.1f} points or more {found}"
    which = ", whichever of these subsets it concerns" if len(rows) > 1 else ""
    return f"with {seeds}, such a difference must truly be {max(least):.1f} points or more to be found in four of five such studies{which}"


def _others(told: Rows) -> dict[str, list[dict]]:
    """Reference -> its comparisons on the average; without those that have no standard error at all."""
    bases = dict.fromkeys(row["against"] for row in told.get("verdicts-levels", []) if row["against"] != "none")
    held = {"realignment on random subsets of the same size": _average(told.get("random-levels", []))}
    held |= {
        f"realignment on {clauses.name(base)}": _average(clauses.against(told, "verdicts-levels", base, True)) for base in bases
    }
    return {base: rows for base, rows in held.items() if any(row["p"] is not None for row in rows)}


def otherwise(study: Study, told: Rows, detail: int) -> str:
    """What realigning otherwise changes, each row beside its plain one."""
    parts = []
    for control, (how, base) in OTHERWISE.items():
        rows = [row for row in _average(told.get("otherwise-levels", [])) if headings.control(row["subset"]) == control]
        rows = [{**row, "subset": row["subset"].partition(" ")[0]} for row in rows if row["p"] is not None]
        parts += [f"{how}, {clauses.said(rows, base, detail)}"] if rows else []
    return "; ".join(parts)


def controls(study: Study, told: Rows, detail: int) -> str:
    """Whether the tasks gain without translations."""
    return "; ".join(_of_controls(told, "verdicts-levels", NONE, detail))


def retrieval(study: Study, told: Rows, detail: int) -> str:
    """Whether translations are found more often after realignment, and without translations."""
    table = f"verdicts-{RETRIEVAL}"
    rows = _average(clauses.against(told, table, "none", True))
    parts = [clauses.said(rows, BEFORE, detail)] if any(row["p"] is not None for row in rows) else []
    parts += _of_controls(told, table, BEFORE if not parts else "it", detail)
    return f"in retrieval, {'; '.join(parts)}" if parts else ""


def _of_controls(told: Rows, table: str, base: str, detail: int) -> list[str]:
    """One clause a control, of those with a standard error; later ones call the reference `it`."""
    parts: list[str] = []
    for control, words in CONTROLS.items():
        rows = [
            row for row in _average(clauses.against(told, table, "none", False)) if headings.control(row["subset"]) == control
        ]
        rows = [{**row, "subset": row["subset"].partition(" ")[0]} for row in rows if row["p"] is not None]
        parts += [f"{words}, {clauses.said(rows, 'it' if parts else base, detail)}"] if rows else []
    return parts


def _average(rows: Iterable[dict]) -> list[dict]:
    return [row for row in rows if row["column"] == AVERAGE and row["verdict"] != MISSING]
