"""A checkout whose study of a folder of corpora was run by the real `dvc repro`: two evaluations, retrieval, a report, a store."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import shipped
import yaml
from encoders import build as encoder
from folders import bitext, small, write

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PROFILE = {
    "fetch": {"source": "folder", "folder": "corpora/mine", "tasks": ["pos"], "heldout": 0.1, "refused": 0.5},
    "check": {"min_pairs": 5, "min_sentences": 5, "min_script": 0.0, "max_duplicates": 1.0, "max_contaminated": 1.0, "similar": None},
    "select": {"reading": "computed", "n": 1, "own": {"my_one": ["swa"]}},
    "realign": {"steps": 3, "pairs": 4, "max_length": 32},
    "finetune": {"epochs": {"pos": 1}, "batch": 8, "max_length": 32},
    "evaluate": {"retrieval_pairs": 4},
    "study": {
        "encoders": {"small": {"name": "path:encoder", "seen": "mbert"}},
        "subsets": ["none", "my_one"], "shuffled": [], "tasks": ["pos"], "seeds": [17], "floors": False, "device": "cpu", "workers": 1, "keep": "all",
    },
    "report": {"published": False},
}  # fmt: skip


def call(folder: Path, *words: str) -> subprocess.CompletedProcess:
    dropped = ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID")
    env = {name: value for name, value in os.environ.items() if name not in dropped}
    env |= {"PATH": f"{BIN}:{env['PATH']}", "DVC_NO_ANALYTICS": "1", "COLUMNS": "200"}
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)


def succeeds(folder: Path, *words: str) -> str:
    done = call(folder, *words)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


def build(root: Path, pairs: int = 0) -> Path:
    """Everything of the checkout lies in `root`, the code behind a link; nothing is committed. `pairs`: of Swahili; 0: those of `small`."""
    root.mkdir()
    shipped.settings(root)
    for name in (".gitignore", ".dvcignore"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / ".dvc", root / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp", "config.local"))
    for name in ("data/uriel", "data/published", "benchmarks/results"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "data/SHA256SUMS", root / "data")
    (root / "reports").mkdir()
    (root / "src").symlink_to(ROOT / "src")
    (root / "profiles").mkdir()
    for name in ("reference-code", "paper"):
        shutil.copy(ROOT / f"profiles/{name}.yaml", root / "profiles")
    (root / "profiles/mine.yaml").write_text(yaml.safe_dump(PROFILE))
    small(root / "corpora/mine")
    if pairs:
        write(root / "corpora/mine/bitext/swa.tsv.gz", bitext(pairs))
    encoder(root / "encoder", "bert")
    succeeds(root, "git", "init", "-q")
    succeeds(root, "realignment", "profile", "mine")
    succeeds(root, "dvc", "repro")
    return root


def commit(folder: Path, message: str) -> None:
    succeeds(folder, "git", "add", "-A")
    succeeds(folder, "git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", message)
