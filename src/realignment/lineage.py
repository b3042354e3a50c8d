"""From a table cell to the bytes of its data: cell -> runs -> models -> parent encoder -> base encoder, bitext, evaluation files.

Pure over what the stages wrote (study.json, manifest.json, excluded rows, quality/); run ids and versions come in as values.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from realignment import scores, table6
from realignment.cells import CONTROLS
from realignment.errors import BadInput, nearest
from realignment.inputs import Inputs
from realignment.languages import Language
from realignment.statistics import Summary

FORM = "ENCODER/SUBSET/TASK[/LANGUAGE], with `table:` before it if you like, or the beginning of a run's key"


@dataclass(frozen=True)
class Where:
    """What MLflow knows of a run: its id, and the registered model version it made ("" for none)."""

    run_id: str
    model: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `language` is "" for the mean over languages, English apart."""

    encoder: str
    subset: str
    control: str
    task: str
    language: str = ""


def parse(text: str, n: int) -> Cell:
    """The cell a text names: `pos:small/latin_diverse/pos/qaa`; a subset may carry its control, as in `all.shuffled`."""
    parts = text.rpartition(":")[2].split("/")
    if len(parts) not in (3, 4) or not all(parts):
        raise BadInput(f"a cell is named {FORM}; got `{text}`")
    subset, _, control = parts[1].partition(".")
    if control not in CONTROLS:
        raise BadInput(f"unknown control `{control}` in `{text}`; {nearest(control, [one for one in CONTROLS if one])}")
    return Cell(parts[0], table6.canonical(subset, n), control, parts[2], parts[3] if len(parts) == 4 else "")


def of_cell(cell: Cell, study: dict, known: Inputs, where: Mapping[str, Where], quality: Mapping[str, Any]) -> dict:
    """The whole chain of a cell, as JSON."""
    records = study["records"]
    runs = [record for record in records if _is_of(record, cell)]
    if not runs:
        raise BadInput(f"study.json holds no run of {cell.encoder}/{cell.subset}/{cell.task}; {_nearest(cell, records)}")
    measured, by_seed = score_of(cell, study, known.languages)
    chain = parents(runs, records)
    files = [row for record in [*runs, *chain] for row in data_of(record, known, quality, cell.language)]
    base = study["encoders"].get(cell.encoder, {})
    return {
        "cell": asdict(cell),
        "score": {"mean": measured.mean, "std": measured.std, "n": measured.n, "ddof": 1, "values": list(measured.values)},
        "runs": [{**run_row(record, where), "score": by_seed.get(scores.seed_label(record["cell"]["seeds"]))} for record in runs],
        "models": [run_row(record, where) for record in chain],
        "base": {"label": cell.encoder, "name": base.get("name", ""), "sha256": base.get("sha256", "")},
        "data": list({(row["role"], row["sha256_used"]): row for row in files}.values()),
    }


def of_run(key: str, study: dict, known: Inputs, where: Mapping[str, Where], quality: Mapping[str, Any]) -> dict:
    """The chain below one run, found by the beginning of its key."""
    found = [record for record in study["records"] if record["key"].startswith(key)]
    if len(found) != 1:
        raise BadInput(f"the beginning of one run's key is required; `{key}` fits {len(found)} records of study.json")
    chain = parents(found, study["records"])
    base = study["encoders"].get(found[0]["cell"]["encoder"], {})
    return {
        "runs": [run_row(found[0], where)],
        "models": [run_row(record, where) for record in chain],
        "base": {"label": found[0]["cell"]["encoder"], "name": base.get("name", ""), "sha256": base.get("sha256", "")},
        "data": [row for record in [*found, *chain] for row in data_of(record, known, quality, "")],
    }


def is_key(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{6,64}", text) is not None


def _is_of(record: dict, cell: Cell) -> bool:
    one = record["cell"]
    same = (one["encoder"], one["subset"], one["control"]) == (cell.encoder, cell.subset, cell.control)
    return same and record["verb"] == "evaluate" and (record["task"] or scores.RETRIEVAL) == cell.task


def _nearest(cell: Cell, records: list[dict]) -> str:
    names = set()
    for record in records:
        if record["verb"] == "evaluate":
            one = record["cell"]
            row = one["subset"] + (f".{one['control']}" if one["control"] else "")
            names.add(f"{one['encoder']}/{row}/{record['task'] or scores.RETRIEVAL}")
    return nearest(f"{cell.encoder}/{cell.subset}/{cell.task}", names) if names else "it is empty; run `dvc repro study`"


def score_of(cell: Cell, study: dict, table: dict[str, Language]) -> tuple[Summary, dict[str, float]]:
    """(mean and standard deviation over the seeds, by the rule of the tables; seed -> its score)."""
    seen = {label: one["seen"] for label, one in study["encoders"].items()}
    found = scores.collect(scores.of_records(study["records"], table, seen))
    groups = scores.WITHOUT_ENGLISH
    items = {cell.task: [cell.language]} if cell.language else found.items(cell.encoder, [cell.task], groups)
    if cell.language and not any((cell.task, cell.language) in held for held in found.rows[_row(cell)].values()):
        languages = {language for held in found.rows[_row(cell)].values() for task, language in held if task == cell.task}
        raise BadInput(f"language `{cell.language}` has no score for {cell.task}; {nearest(cell.language, languages)}")
    complete = {
        seed: [held[task, one] for task, names in items.items() for one in names]
        for seed, held in found.rows[_row(cell)].items()
        if all((task, one) in held for task, names in items.items() for one in names)
    }
    by_seed = {seed: math.fsum(values) / len(values) for seed, values in complete.items() if values}
    return found.cell(_row(cell), items), by_seed


def _row(cell: Cell) -> scores.Row:
    return scores.Row(cell.encoder, cell.subset, cell.control)


def parents(runs: list[dict], records: list[dict]) -> list[dict]:
    """The records of the models the runs stand on, nearest first, each once."""
    by_key = {record["key"]: record for record in records}
    found: dict[str, dict] = {}
    level = runs
    while level:
        level = [by_key[record["parent"]] for record in level if record["parent"] in by_key and record["parent"] not in found]
        found |= {record["key"]: record for record in level}
    return list(found.values())


def run_row(record: dict, where: Mapping[str, Where]) -> dict:
    """A record as a link of the chain."""
    known = where.get(record["key"], Where(""))
    return {
        "run": record["name"],
        "key": record["key"],
        "cell_key": record["cell_key"],
        "run_id": known.run_id,
        "model": known.model,
        "parent": record["parent"],
        "languages": record["languages"],
        **{f"sha256_{name}": value for name, value in sorted(record["hashes"].items())},
        "seconds": record["seconds"],
    }


def data_of(record: dict, known: Inputs, quality: Mapping[str, Any], language: str) -> list[dict]:
    """A row a file the run read, with what the manifest says of it. `changed` where the file at hand is no longer the one used.

    With a `language`, of the evaluation files only that language's.
    """
    rows = []
    for role, used in sorted(record["inputs"].items()):
        path = path_of(role, record["task"], used, known)
        if path is None or (language and role.startswith("evalset/") and not role.endswith(f"/{language}")):
            continue
        entry = known.entries.get(path, {})
        rows.append({
            "role": role, "path": path, "sha256_used": used, "sha256": entry.get("sha256", ""),
            "changed": not entry or {known.used(path), known.listed(path)} != {used}, "rows_kept": entry.get("rows_kept"),
            "rows_refused": sum(entry.get("rows_refused", {}).values()), "rows_excluded": len(known.rows_out(path)),
            "origin": entry.get("origin", ""), "revision": entry.get("revision", ""), "licence": entry.get("licence", ""),
            "raw": entry.get("inputs", []), "checks": checks_of(entry, quality),
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
