"""What a cell of the page opens: the subset's languages, the searches that find its runs, the command that goes to the bytes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from realignment import layout, published, scores
from realignment.scores import RETRIEVAL, Row

Behind = dict[str, dict]  # `ours/<encoder>` or `authors/<encoder>` -> {where, rows: {label: {seeds, languages, runs, lineage}}}


def of_study(study: Mapping, subsets: Mapping, where: str) -> Behind:
    """Runs of a cell share a cell key, by which the store finds them: a deleted and restored store breaks no link."""
    found: Behind = {}
    keys: dict[tuple[str, Row], dict[str, str]] = defaultdict(dict)
    seeds: dict[tuple[str, Row], set[str]] = defaultdict(set)
    for record in study["records"]:
        if record["verb"] == "evaluate":
            cell = record["cell"]
            row = Row(cell["encoder"], cell["subset"], cell["control"])
            keys[cell["encoder"], row][layout.task(record["task"] or RETRIEVAL)] = record["cell_key"]
            seeds[cell["encoder"], row].add(scores.seed_label(cell["seeds"]))
    for (encoder, row), tasks in keys.items():
        runs = {title: quote(f"tags.cell_key = '{key}'", safe="") for title, key in tasks.items()}
        entry = {"seeds": sorted(seeds[encoder, row]), "languages": _languages(subsets, row), "runs": runs}
        entry["lineage"] = [f"{encoder}/{row.subset}/{name}" for name, title in layout.TASKS.items() if title in tasks]
        found.setdefault(f"ours/{encoder}", {"where": where, "rows": {}})["rows"][layout.label(row)] = entry
    return found


def _languages(subsets: Mapping, row: Row) -> str:
    """Codes of the subset; of a random one, each draw's."""
    one = subsets["subsets"].get(row.subset, {})
    if row.subset == "none" or not one:
        return ""
    return " ".join(one["languages"]) or "; ".join(f"draw {seed}: {' '.join(codes)}" for seed, codes in one["draws"].items())


def of_authors(root: Path, where: str) -> Behind:
    """The authors' runs, in the experiment they were imported to."""
    lists: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for (model, subset, seed, _), codes in published.subset_languages(root).items():
        lists[model, subset][seed] = codes
    found: Behind = {f"authors/{model}": {"where": where, "rows": {}} for model in published.TITLES}
    for row, held in published.read(root).rows.items():
        codes = lists.get((row.encoder, row.subset), {})
        told = next(iter(codes.values()), "") if len(set(codes.values())) < 2 else _draws(codes.items())
        search = f"tags.encoder = '{row.encoder}' and tags.subset = '{row.subset}'"
        runs = {layout.task(task): quote(f"{search} and tags.task = '{task}'", safe="") for task in published.TASKS}
        entry = {"seeds": sorted(held), "languages": told, "runs": runs, "lineage": []}
        found[f"authors/{row.encoder}"]["rows"][layout.label(row)] = entry
    return found


def _draws(codes: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"draw {seed}: {one}" for seed, one in sorted(codes))
