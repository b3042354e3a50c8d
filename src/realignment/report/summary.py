"""What a study found, in a few sentences that follow from its verdicts: the first thing that the page and the terminal say."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from realignment.records import validate
from realignment.report.comparison_tables import Rows
from realignment.report.view import Figure, View, of_rows
from realignment.results import draws, floors, headings, planted, wording
from realignment.results.comparisons import AVERAGE, BETTER, MISSING, UNDECIDED, WORSE
from realignment.results.scores import RETRIEVAL
from realignment.results.tables import Study
from realignment.subsets import naming

TASKS = tuple(task for task in headings.TASKS if task != RETRIEVAL)
DEVICES = {"cpu": "a CPU", "cuda": "a GPU"}
CONTROLS = {"shuffled": "with shuffled pairs", "self": "with English paired with itself"}
MOST = 100  # points that two scores can lie apart
NONE, BEFORE, ALL = "fine-tuning only", "the encoder before realignment", "all languages"
PLANTED = "What was planted in the generated languages, and whether the study finds it"


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
    """`content` is study.json, `told` what `comparison_tables.of_study` gives by encoder, `facts` the rows of `planted.of_study`."""
    parts: Iterable[Callable[[Study, Rows], str]] = (gains, others, controls)
    found = [trained(content, studies)]
    for part in parts:
        clauses = [(study, clause) for study in studies if (clause := part(study, told[study.encoder]))]
        found += _sentence([f"for {study.title}, {clause}" if len(studies) > 1 else clause for study, clause in clauses])
    found += _sentence([clause for study in studies if (clause := at_floor(study))])
    found.append(complete(content, studies, told))
    shown = next((one for one in figures if one.id.startswith("gains-")), None)
    return Summary(tuple(found), shown, of_rows("planted", PLANTED, facts, (planted.NOTE,), "encoder"))


def _sentence(clauses: Sequence[str]) -> list[str]:
    """One of some clauses, none of none. A clause never begins with a name, which would be spelled with a capital letter."""
    text = "; ".join(clauses)
    return [f"{text[0].upper()}{text[1:]}."] if text else []


def trained(content: Mapping, studies: Sequence[Study]) -> str:
    """Encoders, tasks, subsets, seeds, languages, device."""
    tasks = [task for task in TASKS if any(study.rows([task]) for study in studies)]
    rows = {row.subset: study.size(row) for study in studies for row in study.rows(tasks) if not row.control}
    sizes = [size for subset, size in rows.items() if subset != "none"]
    groups = [item for study in studies for item in study.runs.group[study.encoder].items()]
    read = {code for (task, code), group in groups if task in tasks and group != "English"}
    seeds = sorted({count for study in studies for count in _seeds(study).values()})
    ways = ["as it is" if len(studies) == 1 else "as they are"] if "none" in rows else []
    ways += [f"after realignment on {wording.counted(len(sizes), 'subset')} of {wording.span(sizes)} languages"] if sizes else []
    names = [study.title for study in studies]
    encoders = f"The {_has(names, 'encoder', 'encoders')} {wording.listed(names)}"
    if not tasks:
        return f"{encoders} {_has(names)} no score of a task yet."
    return (
        f"{encoders} {_has(names, 'was', 'were')} fine-tuned in English on {wording.listed([headings.task(task) for task in tasks])}, "
        f"{' and '.join(ways)}, with {wording.span(seeds)} {'seed' if seeds == [1] else 'seeds'} a row on "
        f"{DEVICES.get(content['device'], content['device'])}, and tested in {wording.counted(len(read), 'other language')}."
    )


def _seeds(study: Study) -> dict[str, int]:
    """Row of a fixed subset -> how many seeds it has a score of a task for."""
    rows = [row for row in study.rows(TASKS) if not row.control and not draws.drawn(row)]
    return {
        headings.label(row): sum(any(task in TASKS for task, _ in held) for held in study.runs.rows[row].values()) for row in rows
    }


def gains(study: Study, told: Rows) -> str:
    """What realignment did on the average, and where."""
    rows = _of(told, "verdicts-levels", "none", True)
    average = [row for row in rows if row["column"] == AVERAGE and row["verdict"] != MISSING]
    if not average:
        return f"no subset can be held against {NONE} yet"
    if all(row["p"] is None for row in rows):
        several = max(row["n"] for row in rows) > 1
        span = wording.signed([row["difference"] for row in average])
        return (
            f"nothing can be told {'where no difference has a standard error' if several else 'from one seed a row'}: the averages without "
            f"English lie {span} points from {NONE}"
        )
    return f"on the average without English, {_said(average, NONE)}{_levels(rows)}"


def _levels(rows: Sequence[dict]) -> str:
    """How many subsets are better, and worse, by resource level."""
    columns = dict.fromkeys(row["column"] for row in rows if row["column"] != AVERAGE)
    parts = []
    for column in columns:
        held = [row["verdict"] for row in rows if row["column"] == column and row["verdict"] != MISSING]
        worse = f" ({held.count(WORSE)} worse)" if WORSE in held else ""
        parts += [f"{held.count(BETTER)} of {len(held)} on {wording.level(column)}{worse}"] if held else []
    return f"; by resource level, better are {wording.listed(parts)}" if parts else ""


def others(study: Study, told: Rows) -> str:
    """Which subsets differ from random ones of their size and from all languages, and what could have been seen."""
    random = [row for row in told.get("random-levels", []) if row["column"] == AVERAGE]
    bases = dict.fromkeys(row["against"] for row in told.get("verdicts-levels", []) if row["against"] != "none")
    against = {f"realignment on {_name(base)}": _of(told, "verdicts-levels", base, True) for base in bases}
    held = {"random subsets of their size": random, **against}
    parts = []
    for base, listed in held.items():
        rows = [row for row in listed if row["column"] == AVERAGE and row["verdict"] != MISSING]
        if rows and any(row["p"] is not None for row in rows):
            parts.append(_said(rows, base) + _least(rows))
    return f"on the same average, {'; '.join(parts)}" if parts else ""


def _least(rows: Sequence[dict]) -> str:
    """How large a difference each of the undecided comparisons would have found with 80 % power; scores end at 100."""
    seen = [row["detectable"] for row in rows if row["verdict"] == UNDECIDED and row["detectable"] is not None]
    if not seen:
        return ""
    if max(seen) >= MOST:
        return " (so few runs find no difference with a probability of 80 %, however large)"
    return f" (to be found with a probability of 80 %, a true difference would have had to be {max(seen):.1f} points)"


def controls(study: Study, told: Rows) -> str:
    """Whether the gain remains without translations, and whether retrieval is up."""
    parts = []
    for row in _of(told, "verdicts-levels", "none", False):
        if row["column"] == AVERAGE and row["p"] is not None:
            subset, _, control = row["subset"].partition(" ")
            parts.append(f"{CONTROLS[control]}, {_said([{**row, 'subset': subset}], NONE)}")
    for subsets in (True, False):
        rows = _of(told, f"verdicts-{RETRIEVAL}", "none", subsets)
        average = [row for row in rows if row["column"] == AVERAGE and row["verdict"] != MISSING]
        if any(row["p"] is not None for row in average):
            parts.append(f"in retrieval, {_said(average, BEFORE)}{_levels(rows) if subsets else ''}")
    return "; ".join(parts)


def at_floor(study: Study) -> str:
    """The tasks in which no row is told from a guess."""
    stuck = [headings.task(one.task) for one in floors.at_floor(study.runs, study.encoder, headings.TASKS)]
    stay = "stay at their floors" if len(stuck) > 1 else "stays at its floor"
    said = f"{wording.listed(stuck)} of {study.title} {stay} in every row, so that differences there say nothing of realignment"
    return said if stuck else ""


def complete(content: Mapping, studies: Sequence[Study], told: Mapping[str, Rows]) -> str:
    """What is not there, or that nothing lacks what another row has."""
    parts = []
    if halves := validate.incomplete(content["records"]):
        parts.append(
            f"{wording.counted(len(halves), 'run')} ended half-way and {_has(halves, 'counts', 'count')} in no mean that lacks a score"
        )
    for study in studies:
        counts = _whole_runs(told[study.encoder])
        most = max(counts.values(), default=0)
        for names, what in (
            ([name for name, count in counts.items() if not count], "no whole run in some column"),
            ([name for name, count in counts.items() if 0 < count < most], "fewer whole runs than other rows in some column"),
        ):
            parts += [f"{wording.named(names)} of {study.title} {_has(names)} {what}"] if names else []
    return f"Incomplete: {'; '.join(parts)}." if parts else "No row lacks a run that another one has."


def _whole_runs(told: Rows) -> dict[str, int]:
    """Row -> its whole runs in the column where they are fewest; random subsets, which count draws, are left out."""
    counts: dict[str, int] = {}
    for row in _of(told, "verdicts-levels", "none"):
        for name, count in ((NONE, row["n against"]), (row["subset"], row["n"])):
            if not naming.split(name.partition(" ")[0]).drawn:
                counts[name] = min(count, counts.get(name, count))
    return counts


def _has(names: Sequence[object], one: str = "has", several: str = "have") -> str:
    return one if len(names) == 1 else several


def _name(subset: str) -> str:
    return ALL if subset == "all" else subset


def _of(told: Rows, name: str, against: str, subsets: bool | None = None) -> list[dict]:
    """Rows of a table against one reference; of subsets (controls left out), of controls, or of both."""
    rows = [row for row in told.get(name, []) if row["against"] == against]
    return [row for row in rows if subsets is None or subsets is not bool(headings.control(row["subset"]))]


def _said(rows: Sequence[dict], base: str) -> str:
    """`a and b are better than fine-tuning only, by 1.2 to 3.4 points; c cannot be told from it`; in the order better, worse, undecided."""
    parts = []
    for verdict in (BETTER, WORSE, UNDECIDED):
        held = [row for row in rows if row["verdict"] == verdict]
        if not held:
            continue
        names, every = wording.named([_name(row["subset"]) for row in held]), len(held) == len(rows) > 2
        against = base if not parts else "them" if base.startswith("random") else "it"
        by = wording.span([abs(row["difference"]) for row in held], "{:.1f}")
        if verdict == UNDECIDED:
            parts.append(f"{f'none of the {len(rows)} subsets can' if every else f'{names} cannot'} be told from {against}")
        else:
            names = f"all {len(rows)} subsets" if every else names
            are = _has(held, "is", "are") if names != ALL else "are"
            parts.append(f"{names} {are} {verdict} than {against}, by {by} points")
    return "; ".join(parts)
