"""How well gains are predicted, on the authors' runs: of sets, and of languages, that a predictor has not seen; what each part of it is worth; and
which languages help which.

    python benchmarks/predictor.py [--quick]

Writes benchmarks/results/predictor.json. The same runs give the same file; it takes a quarter of an hour of one core, half of it for boosted trees.
"""

import argparse
import json
import math
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import scipy
import sklearn
from threadpoolctl import threadpool_limits

from realignment.core import processes
from realignment.paper.paper import Paper
from realignment.paper.printed import TASKS
from realignment.predictor import ablation, calibrated, folds, helps, protocol, unevaluated
from realignment.predictor.calibrated import Calibrated
from realignment.predictor.experiment import Key
from realignment.predictor.ground import Ground
from realignment.predictor.measured import Measured
from realignment.report import experiments, protocol_views
from realignment.results import headings

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "benchmarks/results/predictor.json"
DIGITS = 6
SETS = "by set"
ALL = "all"  # column of the mean over the tasks that the paper averages


def given(root: Path) -> tuple[dict[Key, Measured], Ground]:
    """The authors' runs by encoder and task."""
    paper = Paper(root)
    found = experiments.of_authors(paper)
    return found.measured(), Ground(found.languages, paper.facts.vectors)


def coverage(models: Mapping[Key, Calibrated]) -> Iterable[dict]:
    """Rows of `protocol.coverage`."""
    for (encoder, task), one in models.items():
        for row in protocol.coverage(one.left_out, protocol.of_tables(one.measured)):
            yield {"encoder": encoder, "task": task, **row}


def left_out(models: Mapping[Key, Calibrated]) -> Iterable[dict]:
    """Each set as it was measured, and as it was predicted without the sets of its heuristic: the task's mean."""
    for (encoder, task), one in models.items():
        found = one.left_out
        for place, realigned in enumerate(one.measured.sets):
            about = {
                "encoder": encoder,
                "task": task,
                "subset": realigned.subset,
                "pooled": realigned.pooled,
                "runs": realigned.runs,
            }
            numbers = {"measured": found.measured, "expected": found.expected, "half": found.halves}
            yield about | {name: float(values[place, 0]) for name, values in numbers.items()}


def helping(models: Mapping[Key, Calibrated], ground: Ground) -> Iterable[dict]:
    """Per encoder: columns, and per language of the pool (change, half the width of its 90 % interval) of each."""
    table = ground.languages
    pool = [code for code, one in table.items() if one.pool and not one.is_pivot]
    for encoder in sorted({key[0] for key in models}):
        held = {key: one for key, one in models.items() if key[0] == encoder}
        averaged = {key: one for key, one in held.items() if key[1] in TASKS}
        asked = {(helps.TASK, ALL): helps.Wish(averaged, ())}
        asked |= {
            (helps.TASK, task): helps.Wish({(encoder, task): held[encoder, task]}, ())
            for task in headings.TASKS
            if (encoder, task) in held
        }
        asked |= {name: wish for name, wish in helps.questions(averaged, table).items() if name[0] != helps.TASK}
        answers = helps.of_pool(list(asked.values()), pool)
        own = {name[1]: place for place, name in enumerate(asked) if name[0] == helps.ITSELF}
        shown = {name: place for place, name in enumerate(asked) if name[0] != helps.ITSELF}
        columns = [{"kind": kind, "name": name, "languages": list(asked[kind, name].targets), "tasks": len(asked[kind, name].keys)} for kind, name in shown]  # fmt: skip
        changes = {code: [(row[place].gain, row[place].half) for place in shown.values()] for code, row in answers.items()}
        itself = {code: (answers[code][place].gain, answers[code][place].half) for code, place in own.items() if code in answers}
        yield {"encoder": encoder, "columns": columns, "changes": changes, "itself": itself}


def averages(rows: Iterable[Mapping]) -> list[dict]:
    """Over encoders and the tasks that the paper averages."""
    return protocol.averages([row for row in rows if row["task"] in TASKS])


def model(found: Mapping[Key, Measured], ground: Ground) -> dict[str, list]:
    """All but what other predictors say."""
    models = {key: calibrated.fit(measured, ground) for key, measured in found.items()}
    content = {"coverage": list(coverage(models)), "left_out": list(left_out(models)), "helps": list(helping(models, ground))}
    said("intervals, and which languages help which")
    content["languages"] = [row for measured in found.values() for row in unevaluated.rows(measured, ground)]
    said("languages that were not evaluated")
    content["ablation"] = [row for measured in found.values() for row in ablation.rows(measured, ground)]
    said("parts of the model")
    return content | {SETS: protocol.table(found, ground, folds.SET, slow=False, told=said)}


def whole(found: Mapping[Key, Measured], ground: Ground, *, slow: bool) -> dict[str, list]:
    """All but what the file says of its making; two processes share the work."""
    work = {
        "model": lambda: model(found, ground),
        "protocol": lambda: {"protocol": protocol.table(found, ground, folds.HEURISTIC, slow=slow, told=said)},
    }
    content, compared = processes.shared(lambda name: work[name](), list(work), large=True)
    rows, parts = compared["protocol"] + content.pop(SETS), content["ablation"]
    return {"protocol": rows, "averages": averages(rows), "ablation_averages": averages(parts), **content}


def said(what: object) -> None:
    print("done:", what, file=sys.stderr, flush=True)


def plain(value: object) -> object:
    """To DIGITS digits behind the point; what is no number is null."""
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def text(content: Mapping[str, object]) -> str:
    """JSON, a row a line."""
    parts = []
    for name, value in content.items():
        rows = [json.dumps(one, ensure_ascii=False, allow_nan=False) for one in value] if isinstance(value, list) else []
        shown = "[\n  " + ",\n  ".join(rows) + "\n ]" if rows else json.dumps(value, ensure_ascii=False)
        parts.append(f" {json.dumps(name)}: {shown}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--quick", action="store_true", help="without boosted trees; writes to standard output")
    quick = asked.parse_args().quick
    with threadpool_limits(1):
        found, ground = given(ROOT)
        about = {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        }
        content = plain({**about, "data": protocol_views.digests(ROOT), **whole(found, ground, slow=not quick)})
    if quick:
        print(text(content), end="")
    else:
        TARGET.write_text(text(content), encoding="utf-8")


if __name__ == "__main__":
    main()
