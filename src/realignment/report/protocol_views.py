"""How well gains are predicted, as benchmarks/predictor.py found it on the authors' runs: rows, tables of a page."""

from pathlib import Path

from realignment.core import hashing

DATA = ("scores.csv.gz", "subsets.tsv")  # of data/published, what the authors' runs are read from


def digests(root: Path) -> dict[str, str]:
    """File -> sha256 of what the authors' runs are read from."""
    return {name: hashing.file_digest(root / "data" / "published" / name) for name in DATA}
