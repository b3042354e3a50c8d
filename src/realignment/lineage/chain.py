"""From a table cell to the bytes of its data: cell -> runs -> models -> parent encoder -> base encoder, bitext, evaluation files.

Pure over what the stages wrote (study.json, manifest.json, excluded rows, quality/); run ids and versions come in as values.
"""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from realignment.core.errors import BadInput, nearest
from realignment.corpora.manifest import Inputs
from realignment.languages import codes
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results import by_set, formatting, headings, tables, verdicts
from realignment.results.addresses import ALL, Address
from realignment.results.scores import RETRIEVAL, Row, Score
from realignment.results.tables import Items, Study
from realignment.results.verdicts import Verdicts
from realignment.statistics.summary import Difference


@dataclass(frozen=True)
class Where:
    """What MLflow knows of a run: its id, and the registered model version it made ("" for none)."""

    run_id: str
    model: str = ""


@dataclass(frozen=True)
class Known:
    """What a chain is followed through."""

    study: dict  # study.json
    subsets: dict  # subsets.json
    inputs: Inputs
    where: Mapping[str, Where]  # by run key
    quality: Mapping[str, Any]  # file name without suffix -> content

    @cached_property
    def tables(self) -> tuple[list[Score], list[Study]]:
        """What the report's tables are made of."""
        return tables.studies(self.study, self.inputs.languages, self.subsets)


def of_cell(cell: Address, known: Known) -> dict:
    """The whole chain of a cell, as JSON; `text` is the cell as the report prints it."""
    study, items = column(cell, *known.tables)
    bases = [Row(cell.encoder, "none")] if cell.gain else []
    held = study.runs.by_seed(cell.row, items)
    value = gain(cell, *known.tables) if cell.gain else study.runs.cell(cell.row, items)
    names = {RETRIEVAL} if cell.task == RETRIEVAL else set(_tasks(cell, study)) if cell.task == ALL else {cell.task}
    runs = [record for row in (cell.row, *bases) for record in _runs(row, names, known.study["records"])]
    chain = parents(runs, known.study["records"])
    spread = value.error if cell.gain else value.std
    score = {"text": formatting.text(value, value.n), "mean": value.mean, "std": spread, "n": value.n, "ddof": 1}
    base = known.study["encoders"].get(cell.encoder, {})
    read = {language for names in items.values() for language in names}
    files = [row for record in [*runs, *chain] for row in data_of(record, known, read)]
    return {
        "cell": {**cell.to_json(), "name": str(cell), "languages": {task: list(names) for task, names in items.items()}},
        "score": {**score, "values": list(held.values()), "seeds": list(held)},
        "runs": [{**run_row(record, known.where), "score": _own(record, study, items)} for record in runs],
        "models": [run_row(record, known.where) for record in chain],
        "base": {"label": cell.encoder, "name": base.get("name", ""), "sha256": base.get("sha256", "")},
        "data": list({(row["role"], row["sha256_used"]): row for row in files}.values()),
    }


def gain(cell: Address, found: list[Score], studies: list[Study]) -> Difference:
    """With its verdict. An evaluation set that is the only one of its languages has that of the task."""
    apart, items = column(cell, found, studies)
    (study,) = [one for one in studies if one.encoder == cell.encoder]
    judged = verdicts.of_study(study, _tasks(replace(cell, task=ALL), study))
    if apart is study:
        return judged.gain(cell.row, items)
    sets = verdicts.of_sets(apart, by_set.columns_of(study, found, cell.task)[1])
    judge, columns = judged_by(cell.task, items, judged, sets)
    return judge.gain(cell.row, columns)


def judged_by(task: str, items: Items, judged: Verdicts, sets: Verdicts) -> tuple[Verdicts, Items]:
    """What judges a column of an evaluation set: the task's own verdicts where the set is the only one of its languages."""
    (names,) = items.values()
    whole, study, apart = {task: names}, judged.study, sets.study
    if all(study.runs.by_seed(row, whole) == apart.runs.by_seed(row, items) for row in study.rows([task])):
        return judged, whole
    return sets, items


def column(cell: Address, found: list[Score], studies: list[Study]) -> tuple[Study, Items]:
    """The study a cell's number is read from and what its column holds; in a table by evaluation set, each set is a task of its own."""
    by_label = {study.encoder: study for study in studies}
    study = by_label.get(cell.encoder)
    tasks = _tasks(cell, study) if study else []
    if study is None or not _has(study, cell, tasks):
        raise BadInput(
            f"study.json holds no run of {cell.encoder}/{headings.label(cell.row)}/{cell.task}; {_nearest(cell, studies)}"
        )
    known = columns(study, found, cell.task)
    of = cell.of or ("Average without English" if "Average without English" in known else "Average")
    if of not in known:
        with suppress(BadInput):
            of = codes.resolve(of)
    if of not in known:
        raise BadInput(
            f"`{of}` is no column of the report and no language that has a score for {cell.task}; {nearest(of, known)}"
        )
    return known[of]


def columns(study: Study, found: list[Score], task: str) -> dict[str, tuple[Study, Items]]:
    """Title -> (the study its numbers are read from, what it holds) of every column of a task, or of ALL; a language is a column of its own."""
    tasks = _tasks(Address(study.encoder, "", "", task), study)
    known = {title: (study, items) for title, items in study.group_columns(tasks).items()}
    if task != ALL:
        apart, sets = by_set.columns_of(study, found, task)
        known |= {title: (apart, items) for title, items in sets.items()}
        known |= {code: (study, {task: [code]}) for one, code in study.runs.group[study.encoder] if one == task}
    return known


def _tasks(cell: Address, study: Study) -> list[str]:
    """In the order of the tables."""
    there = {task for task, _ in study.runs.group[cell.encoder]}
    return [task for task in headings.TASKS if task in there and (task == cell.task or (cell.task == ALL and task != RETRIEVAL))]


def _has(study: Study, cell: Address, tasks: Collection[str]) -> bool:
    return any(task in tasks for held in study.runs.rows.get(cell.row, {}).values() for task, _ in held)


def _nearest(cell: Address, studies: Collection[Study]) -> str:
    names = {
        f"{row.encoder}/{headings.label(row)}/{task}"
        for study in studies
        for row, seeds in study.runs.rows.items()
        for held in seeds.values()
        for task, _ in held
    }
    return nearest(f"{cell.encoder}/{headings.label(cell.row)}/{cell.task}", names)


def _runs(row: Row, tasks: Collection[str], records: list[Record]) -> list[Record]:
    """The evaluations of a row in some tasks."""

    def of_row(record: Record) -> bool:
        cell = record.cell
        return (cell.encoder, cell.subset, cell.control) == (row.encoder, row.subset, row.control)

    return [one for one in records if one.verb == "evaluate" and (one.task or RETRIEVAL) in tasks and of_row(one)]


def of_run(key: str, known: Known) -> dict:
    """The chain below one run, found by the beginning of its key."""
    records = known.study["records"]
    found = [record for record in records if record.key.startswith(key)]
    if len(found) != 1:
        raise BadInput(f"the beginning of one run's key is required; `{key}` fits {len(found)} records of study.json")
    chain = parents(found, records)
    base = known.study["encoders"].get(found[0].cell.encoder, {})
    return {
        "runs": [run_row(found[0], known.where)],
        "models": [run_row(record, known.where) for record in chain],
        "base": {"label": found[0].cell.encoder, "name": base.get("name", ""), "sha256": base.get("sha256", "")},
        "data": [row for record in [*found, *chain] for row in data_of(record, known, None)],
    }


def _own(record: Record, study: Study, items: Items) -> float | None:
    """What a run contributes: the mean over the languages of its task, by the rule of the tables."""
    cell, task = record.cell, record.task or RETRIEVAL
    mine = {name: languages for name, languages in items.items() if name == task} or items  # sets stand in place of their task
    return study.runs.by_seed(Row(cell.encoder, cell.subset, cell.control), mine).get(seed_label(cell.seeds))


def is_key(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{6,64}", text) is not None


def parents(runs: list[Record], records: list[Record]) -> list[Record]:
    """The records of the models the runs stand on, nearest first, each once."""
    by_key = {record.key: record for record in records}
    found: dict[str, Record] = {}
    level = runs
    while level:
        level = [by_key[record.parent] for record in level if record.parent in by_key and record.parent not in found]
        found |= {record.key: record for record in level}
    return list(found.values())


def run_row(record: Record, where: Mapping[str, Where]) -> dict:
    """A record as a link of the chain."""
    known = where.get(record.key, Where(""))
    return {
        "run": record.name,
        "key": record.key,
        "cell_key": record.cell_key,
        "run_id": known.run_id,
        "model": known.model,
        "parent": record.parent,
        "languages": list(record.languages),
        **{f"sha256_{name}": value for name, value in sorted(record.hashes.items())},
        "seconds": record.seconds,
    }


def data_of(record: Record, known: Known, languages: Collection[str] | None) -> list[dict]:
    """One row per file the run read, with what the manifest says of it. `changed` where the file at hand is no longer the one used.

    With `languages`, of the files an evaluation measures on only those of these languages.
    """
    rows = []
    for role, used in sorted(record.inputs.items()):
        path = path_of(role, record.task, used, known.inputs)
        measured = record.verb == "evaluate" and role.startswith(("evalset/", "bitext/"))
        if path is None or (measured and languages is not None and role.rpartition("/")[2] not in languages):
            continue
        entry = known.inputs.entries.get(path, {})
        rows.append({
            "role": role, "path": path, "sha256_used": used, "sha256": entry.get("sha256", ""),
            "changed": not entry or {known.inputs.used(path), known.inputs.listed(path)} != {used}, "rows_kept": entry.get("rows_kept"),
            "rows_refused": sum(entry.get("rows_refused", {}).values()), "rows_excluded": len(known.inputs.rows_out(path)),
            "origin": entry.get("origin", ""), "revision": entry.get("revision", ""), "licence": entry.get("licence", ""),
            "raw": entry.get("inputs", []), "checks": checks_of(entry, known.quality),
        })  # fmt: skip
    return rows


def path_of(role: str, task: str, used: str, known: Inputs) -> str | None:
    """The file of a role, relative to the data folder; None for a model."""
    if role.startswith("alignment/"):
        return None  # made of the bitext, which is in the list
    if role == "train":
        same = [path for path, entry in known.entries.items() if entry["task"] == task and known.used(path) == used]
        return same[0] if same else f"evalsets/{task}/ (training rows)"
    return known.path_of(role, task)


def checks_of(entry: dict, quality: Mapping[str, Any]) -> str:
    """What `check` said of the kind of file: `12 expectations, 0 failed`."""
    name = {"bitext": "bitext", "evalset": "evalsets"}.get(entry.get("kind", ""), "")
    outcomes = quality.get(name, {}).get("outcomes", [])
    failed = sum(1 for one in outcomes if not one["success"])
    return f"{len(outcomes)} expectations, {failed} failed" if outcomes else ""
