"""The authors' runs as data/published has them."""

import csv
from pathlib import Path

from realignment.languages import table as languages

ROOT = Path(__file__).parents[2]


def authors_runs() -> dict[tuple[str, int], set[str]]:
    """(subset, seed) -> ISO 639-3 codes the authors' runs were realigned on."""
    with (ROOT / "data" / "published" / "subsets.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = [f"{row['subset']}_10" if "__" in row["subset"] else row["subset"] for row in rows]
    return {
        (name, int(row["seed"])): {languages.resolve(code) for code in row["languages"].split()}
        for name, row in zip(names, rows, strict=True)
    }
