"""A task of one's own is a module and its line in the list: it is fetched, trained, tested and stands in tables as any other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import shipped
from folders import bitext, word, write

TOY = '''"""Does the hypothesis repeat the premise."""

TITLE, COLUMN = "Toy", 9
LABELS = ("same", "other")
METRIC = "accuracy"
KIND = "pair"
AVERAGED = False
MISSING = ""
UNDEFINED = "no pair in the gold"


def score(gold, predicted):
    return sum(map(str.__eq__, gold, predicted)) / len(gold) if gold else None


def majority(gold):
    return [max(sorted(set(gold)), key=gold.count)] * len(gold) if gold else []
'''
STUDY = """
import json, sys
from dataclasses import replace
from pathlib import Path
import encoders, folders, small_world
from realignment.core.workspace import Workspace
from realignment.languages import table as languages
from realignment.results import averages, scores, study_tables, tables
from realignment.records.cell import Cell, Seeds
from realignment.stages import fetch
from realignment.study import evaluate, finetune

root = Path(sys.argv[1])
workspace, base = Workspace(root, "made"), encoders.build(root / "base", "bert")
settings = folders.settings(root / "corpora", tasks=["toy"], check={"min_pairs": 10, "min_sentences": 5})
with_toy = {"epochs": {"toy": 1}, "learning_rate": {"toy": 1e-3}, "max_length": 32, "batch": 8}
settings = replace(settings, finetune=replace(settings.finetune, **with_toy), evaluate=replace(settings.evaluate, max_length={"toy": 32}))
spec = {"small": {"name": f"path:{base}", "seen": "mbert"}}
settings = replace(settings, study=replace(settings.study, encoders=spec, tasks=["toy"], device="cpu"))
fetch.run(workspace, settings)
small_world.exclude(workspace, [])
workspace.subsets.write_text(json.dumps({"n": 2, "subsets": {}}))
cell, found = Cell("small", "none", Seeds.all(17), ""), []
trained = finetune.plan(workspace, settings, cell, "toy", None)
for job in (trained, evaluate.plan(workspace, settings, cell, "toy", trained)):
    out = root / job.verb
    out.mkdir()
    told = (finetune if job is trained else evaluate).compute(workspace, job, base if job is trained else root / "finetune/model", out)
    found += [scores.Score("small", "none", "", "17", "toy", one["set"], one["language"], "HRL", one["score"], one["n"]) for one in told["scores"]]
study = tables.Study(averages.collect(found), "small")
print(json.dumps({"scores": [[one.language, one.score, one.n] for one in found], "tables": [one.name for one in study_tables.of_study(study, tables.tasks(found))]}))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """The package with one module and one line more; the rest of it is linked."""
    root = tmp_path_factory.mktemp("src")
    (root / "realignment/tasks").mkdir(parents=True)
    for path in (shipped.ROOT / "src/realignment").iterdir():
        if path.name not in ("tasks", "__pycache__"):
            (root / "realignment" / path.name).symlink_to(path)
    for path in (shipped.ROOT / "src/realignment/tasks").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name == "__init__.py":
            text = text.replace("import ner,", "import toy, ner,").replace('MODULES = {"pos"', 'MODULES = {"toy": toy, "pos"')
        (root / "realignment/tasks" / path.name).write_text(text, encoding="utf-8")
    (root / "realignment/tasks/toy.py").write_text(TOY, encoding="utf-8")
    return root


def test_a_task_is_one_module_and_one_line(package, tmp_path):
    folder = tmp_path / "corpora"
    write(folder / "bitext/swa.tsv.gz", bitext(60))
    for name, start, count in (("en.train", 0, 24), ("en.test", 100, 12), ("swa.test", 200, 12)):
        rows = (
            f"{word(n)} stands by {word(3 * n)}\t{word(n if n % 2 else n + 1)} stands\t{('other', 'same')[n % 2]}"
            for n in range(start, start + count)
        )
        write(folder / f"toy/mine/{name}.tsv", "\n".join(rows) + "\n")
    path = os.pathsep.join(map(str, (package, shipped.ROOT / "tests/support")))
    command = [sys.executable, "-W", "ignore", "-c", STUDY, str(tmp_path)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert {code: n for code, _, n in found["scores"]} == {"eng": 12, "swa": 12}
    assert all(0 <= score <= 1 for _, score, _ in found["scores"])
    assert {"small-levels-toy", "small-tasks", "small-languages-toy"} <= set(found["tables"])
