"""A finished study handed on by git and a DVC remote, to somebody who has neither the raw corpora nor hours to train."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shipped
import yaml
from encoders import build
from folders import small

from realignment import tracking

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
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
        "subsets": ["none", "my_one"], "shuffled": [], "tasks": ["pos"], "seeds": [17], "floors": False, "device": "cpu", "workers": 1,
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


def running(said: str) -> list[str]:
    """The stages that DVC ran."""
    return re.findall(r"(?m)^Running stage '(.*)':", said)


def commit(folder: Path, message: str) -> None:
    succeeds(folder, "git", "add", "-A")
    succeeds(folder, "git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", message)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A checkout whose study of a folder of corpora is finished, pushed to a remote beside it, and committed with its dvc.lock."""
    root = tmp_path_factory.mktemp("finished") / "checkout"
    root.mkdir()
    shipped.settings(root)
    for name in (".gitignore", ".dvcignore"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / ".dvc", root / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp", "config.local"))
    for name in ("data/uriel", "data/published", "benchmarks/results"):
        shutil.copytree(ROOT / name, root / name)
    (root / "reports").mkdir()
    (root / "src").symlink_to(ROOT / "src")
    (root / "profiles").mkdir()
    shutil.copy(ROOT / "profiles/reference-code.yaml", root / "profiles")
    (root / "profiles/mine.yaml").write_text(yaml.safe_dump(PROFILE))
    small(root / "corpora/mine")
    build(root / "encoder", "bert")
    succeeds(root, "git", "init", "-q")
    succeeds(root, "realignment", "profile", "mine")
    succeeds(root, "dvc", "repro")
    succeeds(root, "dvc", "remote", "add", "-d", "store", str(root.parent / "remote"))
    commit(root, "finished")
    succeeds(root, "dvc", "push")
    return root


@pytest.fixture
def clone(finished, tmp_path) -> Path:
    """By git alone: neither the raw corpora nor anything DVC keeps."""
    succeeds(tmp_path, "git", "clone", "-q", str(finished), "clone")
    assert not (tmp_path / "clone/corpora").exists()
    return tmp_path / "clone"


@pytest.fixture
def pulled(clone) -> Path:
    succeeds(clone, "dvc", "pull")
    return clone


def content(root: Path) -> dict[str, bytes]:
    """What the stages made, by path."""
    paths = [path for folder in ("data/mine", "reports") for path in sorted((root / folder).rglob("*")) if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths if path.name not in (".gitkeep", ".gitignore")}


def test_a_pull_brings_report_tables_and_metrics_as_they_were_made(finished, pulled):
    assert content(pulled) == content(finished)
    assert "reports/index.html" in content(pulled) and "reports/mine/metrics.json" in content(pulled)
    assert not (pulled / "corpora").exists() and not (pulled / ".work").exists() and not (pulled / "mlruns").exists()


def test_a_repro_without_the_raw_corpora_loses_nothing_that_was_pulled(finished, pulled):
    """`dvc repro` stops at the stage that reads them; DVC would delete what that stage made before it looks."""
    for words in (["repro"], ["repro", "report"], ["repro", "-s", "fetch"]):
        done = call(pulled, "dvc", *words)
        assert done.returncode != 0 and str(pulled / "corpora/mine") in done.stderr, words
        assert content(pulled) == content(finished), words
    assert "didn't change" in succeeds(pulled, "dvc", "repro", "-s", "report")
    assert content(pulled) == content(finished)


def test_a_repro_that_pulls_runs_nothing_and_needs_no_raw_corpora(finished, clone):
    """In a clone that has nothing yet, and again where all is there."""
    for _ in range(2):
        said = succeeds(clone, "dvc", "repro", "--pull")
        assert running(said) == ["settings@mine"], "which looks at encoders outside, each time"
        assert content(clone) == content(finished)


def test_a_changed_setting_of_the_report_makes_a_report_from_what_was_pulled(finished, pulled):
    path = pulled / "profiles/mine.yaml"
    path.write_text(yaml.safe_dump({**PROFILE, "report": {"published": False, "latex": True}}))
    said = succeeds(pulled, "dvc", "repro", "--pull")
    assert running(said) == ["settings@mine", "authors@mine", "report@mine"]
    assert str(pulled / "corpora/mine") in said, "the stage `settings` says that the raw files are not here"
    was, now = content(finished), content(pulled)
    assert {name: now[name] for name in was if "/tables/" in name} == {name: was[name] for name in was if "/tables/" in name}
    assert any(name.endswith(".tex") for name in now) and not any(name.endswith(".tex") for name in was)
    assert tracking.finished(pulled, "mine").keys() == tracking.finished(finished, "mine").keys(), "restored, not computed"


def test_metrics_are_shown_compared_and_tabulated_after_a_pull(pulled):
    file = pulled / "reports/mine/metrics.json"
    made = json.loads(file.read_text())
    shown = json.loads(succeeds(pulled, "dvc", "metrics", "show", "--json"))[""]["data"]
    assert shown["reports/mine/metrics.json"]["data"] == made and made
    table = json.loads(succeeds(pulled, "dvc", "exp", "show", "--json"))
    assert [one["data"]["metrics"]["reports/mine/metrics.json"]["data"] for one in table] == [made, made], "workspace and HEAD"
    file.write_text(json.dumps({name: value + 1 for name, value in made.items()}))
    other = json.loads(succeeds(pulled, "dvc", "metrics", "diff", "--json"))["reports/mine/metrics.json"]
    assert {name: one["diff"] for name, one in other.items()} == dict.fromkeys(made, 1.0)


def test_a_clone_without_a_remote_says_what_is_missing_where(clone):
    succeeds(clone, "dvc", "remote", "remove", "store")
    done = call(clone, "dvc", "repro")
    assert done.returncode != 0
    assert f"{clone / 'corpora/mine'}: the raw files that `fetch` reads are not here; `dvc repro --pull`" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("ERROR: failed to reproduce 'fetch@mine'")
    assert str(clone / "corpora/mine") in done.stderr.splitlines()[-1]
