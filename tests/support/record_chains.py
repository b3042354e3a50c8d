"""The chain of a cell followed through the records of study.json one by one: what the graph's answers are held against.

Nothing of the graph is used: cell -> runs -> models -> parent encoder -> base encoder, bitext, evaluation files.
"""

from collections.abc import Collection, Mapping

from realignment.corpora.manifest import Inputs
from realignment.lineage import columns
from realignment.lineage.content import NOWHERE, Content
from realignment.records.cell import seed_label
from realignment.records.record import Record
from realignment.results import formatting
from realignment.results.addresses import ALL, Address
from realignment.results.scores import RETRIEVAL, Row
from realignment.results.tables import Items, Study
from realignment.tracking.asked import Kept


def of_cell(cell: Address, known: Content) -> dict:
    """The whole chain of a cell, as JSON; `text` is the cell as the report prints it."""
    study, items = columns.column(cell, *known.tables)
    bases = [Row(cell.encoder, "none")] if cell.gain else []
    held = study.runs.by_seed(cell.row, items)
    if cell.gain:
        held = _over(held, study.runs.by_seed(bases[0], items))
    value = columns.gain(cell, *known.tables) if cell.gain else study.runs.cell(cell.row, items)
    names = {RETRIEVAL} if cell.task == RETRIEVAL else set(columns.tasks(cell, study)) if cell.task == ALL else {cell.task}
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
        "runs": [{**run_row(record, known.places), "score": _own(record, study, items)} for record in runs],
        "models": [run_row(record, known.places) for record in chain],
        "base": {"label": cell.encoder, "name": base.get("name", ""), "sha256": base.get("sha256", "")},
        "data": list({(row["role"], row["sha256_used"]): row for row in files}.values()),
    }


def _over(held: dict[str, float], base: dict[str, float]) -> dict[str, float]:
    """Gains of seeds: a base of one run is every seed's; with other seeds than the base's there are none."""
    if len(base) == 1:
        (one,) = base.values()
        return {seed: value - one for seed, value in held.items()}
    return {seed: value - base[seed] for seed, value in held.items()} if held.keys() == base.keys() else {}


def _runs(row: Row, tasks: Collection[str], records: list[Record]) -> list[Record]:
    """The evaluations of a row in some tasks."""

    def of_row(record: Record) -> bool:
        cell = record.cell
        return (cell.encoder, cell.subset, cell.control) == (row.encoder, row.subset, row.control)

    return [one for one in records if one.verb == "evaluate" and (one.task or RETRIEVAL) in tasks and of_row(one)]


def _own(record: Record, study: Study, items: Items) -> float | None:
    """What a run contributes: the mean over the languages of its task, by the rule of the tables."""
    cell, task = record.cell, record.task or RETRIEVAL
    mine = {name: languages for name, languages in items.items() if name == task} or items  # sets stand in place of their task
    return study.runs.by_seed(Row(cell.encoder, cell.subset, cell.control), mine).get(seed_label(cell.seeds))


def parents(runs: list[Record], records: list[Record]) -> list[Record]:
    """The records of the models the runs stand on, nearest first, each once."""
    by_key = {record.key: record for record in records}
    found: dict[str, Record] = {}
    level = runs
    while level:
        level = [by_key[record.parent] for record in level if record.parent in by_key and record.parent not in found]
        found |= {record.key: record for record in level}
    return list(found.values())


def run_row(record: Record, places: Mapping[str, Kept]) -> dict:
    """A record as a link of the chain."""
    known = places.get(record.key, NOWHERE)
    return {
        "run": record.name,
        "key": record.key,
        "cell_key": record.cell_key,
        "run_id": known.run,
        "model": known.model,
        "parent": record.parent,
        "base": record.base,
        "languages": list(record.languages),
        **{f"sha256_{name}": value for name, value in sorted(record.hashes.items())},
        "seconds": record.seconds,
    }


def data_of(record: Record, known: Content, languages: Collection[str] | None) -> list[dict]:
    """One row per file the run read, with what the manifest says of it. `changed` where the file at hand is no longer the one used.

    With `languages`, of the files an evaluation measures on only those of these languages.
    """
    rows = []
    for role, used in sorted(record.inputs.items()):
        path = path_of(role, record.task, used, known.inputs)
        measured = record.verb == "evaluate" and role.startswith(("evalset/", "bitext/"))
        compared = record.verb == "evaluate" and record.task and role.startswith(("bitext/", "train"))  # gradients: no score
        if path is None or (languages is not None and (compared or (measured and role.rpartition("/")[2] not in languages))):
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


def checks_of(entry: dict, quality: Mapping) -> str:
    """What `check` said of the kind of file: `12 expectations, 0 failed`."""
    name = {"bitext": "bitext", "evalset": "evalsets"}.get(entry.get("kind", ""), "")
    outcomes = quality.get(name, {}).get("outcomes", [])
    failed = sum(1 for one in outcomes if not one["success"])
    return f"{len(outcomes)} expectations, {failed} failed" if outcomes else ""
