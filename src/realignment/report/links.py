"""What a cell of the page opens: the subset's languages, and its runs beside each other in MLflow."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from realignment.core import network
from realignment.languages import table as languages
from realignment.paper import experiment
from realignment.paper.paper import Paper
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.report import chains
from realignment.results import headings
from realignment.results.scores import RETRIEVAL, Row

NOWHERE = {"where": network.MLFLOW_UI, "experiment": ""}  # a store without an experiment
Behind = dict[str, dict]  # `ours/<encoder>` or `authors/<encoder>` -> {where, experiment, rows: {label: {languages, runs}}}


def of_study(study: Mapping, store: Mapping, names: Mapping[str, str]) -> Behind:
    """`store` is what `tracking.interface` says; a run it does not have is left out. `names` are those of the languages."""
    found: Behind = {}
    rows: dict[Row, list[Record]] = defaultdict(list)
    for record in study["records"]:
        if record.verb == "evaluate":
            cell = record.cell
            rows[Row(cell.encoder, cell.subset, cell.control)].append(record)
    for row, records in rows.items():
        runs: dict[str, list[str]] = defaultdict(list)
        for record in sorted(records, key=lambda one: seed_label(one.cell.seeds)):
            if record.key in store["runs"]:
                runs[record.task or RETRIEVAL].append(store["runs"][record.key])
        drawn = {str(one.cell.seeds.subset): _named(one.languages, names) for one in records}
        entry = {"languages": _told(drawn), "runs": _titled(runs), "means": _means(row, store.get("summaries", {}))}
        found.setdefault(f"ours/{row.encoder}", _place(store))["rows"][headings.label(row)] = entry
    return found


def store_of(page: str, study: Mapping) -> dict:
    """The store that a page of a study leads to, as far as it says: what was made of `tracking.interface`, turned round."""
    try:
        behind = _behind(page)
        parts = {name.partition("/")[2]: part for name, part in behind.items() if name.startswith("ours/")}
        first = next(iter(parts.values()), NOWHERE)
        store: dict = {"where": first["where"], "experiment": first["experiment"], "runs": {}, "models": {}, "summaries": {}}
        rows: dict[Row, list[Record]] = defaultdict(list)
        for record in sorted(study["records"], key=lambda one: seed_label(one.cell.seeds)):
            if record.verb == "evaluate":
                rows[Row(record.cell.encoder, record.cell.subset, record.cell.control)].append(record)
        for row, records in rows.items():
            entry = parts[row.encoder]["rows"][headings.label(row)]
            for task, title in headings.TASKS.items():
                keys = [record.key for record in records if (record.task or RETRIEVAL) == task]
                store["runs"] |= dict(zip(keys, entry["runs"].get(title, ()), strict=False))
            store["summaries"] |= dict(zip(_rows_of(row), entry["means"], strict=False))
        for record, (run, model) in zip(study["records"], chains.of_page(page).get("places", ()), strict=False):
            store["runs"] |= {record.key: run} if run else {}
            store["models"] |= {run: model} if model else {}
        return store
    except (ValueError, KeyError, TypeError, AttributeError):
        return {**NOWHERE, "runs": {}, "models": {}, "summaries": {}}


def _behind(page: str) -> Behind:
    """What a page holds for its script of the runs behind its cells."""
    found = re.search(r'<script type="application/json" id="runs-data">(.*)</script>', page)
    return json.loads(found[1]) if found else {}


def _rows_of(row: Row) -> list[str]:
    """The names of the summary runs that a row's cells lead to: its own, and that of fine-tuning only."""
    return list(dict.fromkeys(f"{row.encoder}/{headings.label(one)}" for one in (row, Row(row.encoder, "none"))))


def _means(row: Row, known: Mapping[str, str]) -> list[str]:
    """The summary runs of a row and of fine-tuning only, which it is compared with; of fine-tuning only none beside it."""
    return [known[name] for name in _rows_of(row) if name in known]


def _place(store: Mapping) -> dict:
    return {"where": store["where"], "experiment": store["experiment"], "rows": {}}


def _titled(runs: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {title: runs[task] for task, title in headings.TASKS.items() if runs.get(task)}


def _named(codes: Sequence[str], names: Mapping[str, str]) -> str:
    """`Swahili swa, Yoruba yor`."""
    return ", ".join(f"{names[code]} {code}" if code in names else code for code in codes)


def of_authors(paper: Paper, store: Mapping) -> Behind:
    """The authors' runs, in the experiment they were imported to."""
    lists: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for (model, subset, seed, _), codes in paper.subset_languages.items():
        lists[model, subset][seed] = codes
    names = {code: one.name for code, one in languages.paper().items()}
    found: Behind = {f"authors/{model}": _place(store) for model in headings.ENCODERS}
    for row in paper.stored:
        codes = lists.get((row.encoder, row.subset), {})
        named = {seed: _named([languages.resolve(code) for code in one.split()], names) for seed, one in codes.items()}
        keys = _keys(row, paper)
        runs = {task: [store["runs"][key] for key in some if key in store["runs"]] for task, some in keys.items()}
        entry = {"languages": _told(named), "runs": _titled(runs)}
        found[f"authors/{row.encoder}"]["rows"][headings.label(row)] = entry
    return found


def store_of_authors(page: str, paper: Paper) -> dict:
    """The store that the authors' page leads to: what `of_authors` made of `tracking.interface`, turned round."""
    try:
        parts = {name: part for name, part in _behind(page).items() if name.startswith("authors/")}
        first = next(iter(parts.values()), NOWHERE)
        store: dict = {"where": first["where"], "experiment": first["experiment"], "runs": {}, "summaries": {}}
        for row in paper.stored if parts else ():
            entry = parts[f"authors/{row.encoder}"]["rows"][headings.label(row)]
            for task, keys in _keys(row, paper).items():
                store["runs"] |= dict(zip(keys, entry["runs"].get(headings.TASKS[task], ()), strict=False))
        return store
    except (ValueError, KeyError, TypeError, AttributeError):
        return {**NOWHERE, "runs": {}, "summaries": {}}


def _keys(row: Row, paper: Paper) -> dict[str, list[str]]:
    """Task -> the run keys of the authors' runs of a row, those of XQuAD too."""
    seeds: dict[str, set[str]] = defaultdict(set)
    for one in paper.stored[row]:
        seeds[one["task"]].add(one["seed"])
    return {
        task: [experiment.key(row.encoder, row.subset, seed, task) for seed in sorted(held)]
        for task, held in sorted(seeds.items())
    }


def _told(named: Mapping[str, str]) -> str:
    """Languages of the subset; of one that is drawn, those of each draw. `named` is seed of the draw -> languages."""
    if len(set(named.values())) < 2:
        return next(iter(named.values()), "")
    return "; ".join(f"draw {seed}: {one}" for seed, one in sorted(named.items()))
