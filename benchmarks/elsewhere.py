"""How far predictions are off for an encoder that was left out, on the authors' runs, beside baselines; written to results/elsewhere.json.

python benchmarks/elsewhere.py
"""

import json
from pathlib import Path

import numpy as np

from realignment.core.console import note, table
from realignment.languages import uriel
from realignment.paper.facts import VECTORS
from realignment.paper.paper import Paper
from realignment.predictor import between_encoders, calibrated, experiment
from realignment.predictor.ground import Ground
from realignment.report import experiments

ROOT = Path(__file__).parents[1]
OUT = Path(__file__).with_name("results") / "elsewhere.json"
TASKS = ("pos", "ner", "nli")
SHOWN = ("error", "error_language", "rank", "inside_mean", "inside_level", "inside_language")


def main() -> None:
    given = experiments.of_authors(Paper(ROOT))
    ground = Ground(given.languages, uriel.load(VECTORS, ROOT / "data" / "uriel"))
    measured = experiment.chosen(given.measured(), (), TASKS)
    rows = between_encoders.table({key: calibrated.fit(one, ground) for key, one in measured.items()}, ground)
    known = [
        {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in row.items()} for row in rows
    ]  # no rank where all are said to be equal
    OUT.write_text(json.dumps(known, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    means = []
    for title in dict.fromkeys(row["predictor"] for row in rows):
        some = [row for row in rows if row["predictor"] == title]
        means.append({"predictor": title, **{name: _mean([row[name] for row in some if name in row]) for name in SHOWN}})
    table(rows, columns=("encoder", "task", "predictor", *SHOWN))
    table(means, title="mean over encoders and tasks")
    note(f"wrote {OUT}")


def _mean(values: list[float]) -> float | None:
    return round(float(np.mean(values)), 3) if values else None


if __name__ == "__main__":
    main()
