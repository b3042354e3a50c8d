"""The exact commands of the README, as a user types them, in a clone with neither conda nor pyenv on PATH."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shipped
import yaml
from encoders import build
from small_world import build as world
from waiting import LIMIT

from realignment import tracking
from realignment.config import params
from realignment.tracking import experiments, projects

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def clone(tmp_path_factory, empty_store) -> Path:
    """The files of this checkout with a prepared store, a small encoder and a small world's data."""
    root = tmp_path_factory.mktemp("home") / "a clone%20of #1?"
    root.mkdir()
    for name in ("MLproject", "python_env.yaml", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    shipped.settings(root)
    shutil.copytree(ROOT / "profiles", root / "profiles")
    shutil.copytree(ROOT / ".dvc", root / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp", "config.local"))
    (root / "src").symlink_to(ROOT / "src")
    shutil.copy(empty_store, root / "mlflow.db")
    _, settings = world(root, build(root / "encoder", "bert"))
    content = yaml.safe_load(params.dump(settings))
    content.pop("profile")
    content["study"]["encoders"]["small"]["name"] = "path:encoder"
    content["pretrain"]["name"] = None
    (root / "profiles" / "sample.yaml").write_text(yaml.safe_dump(content))
    return root


def run(clone: Path, *words: str, seconds: float = LIMIT) -> subprocess.CompletedProcess:
    """`mlflow run .` with a PATH that holds the environment and the system's folders alone."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "OMP_NUM_THREADS", "PYTHONPATH") if name in os.environ}
    path = f"{BIN}:/usr/local/bin:/usr/bin:/bin"
    assert shutil.which("pyenv", path=path) is None and shutil.which("conda", path=path) is None
    env = {**kept, "PATH": path, "MLFLOW_ENV_ROOT": str(clone.parent / "envs"), "MLFLOW_DISABLE_TELEMETRY": "true"}
    given = {"cwd": clone, "env": env, "capture_output": True, "text": True, "timeout": seconds}
    return subprocess.run(["mlflow", "run", ".", *words], check=False, **given)


def newest(clone: Path):
    return next(tracking.search(clone, "sample"))


def test_an_unknown_subset_is_answered_in_one_line_and_the_run_fails(clone):
    outcome = run(clone, "-e", "realign", "-P", "subset=latin_divers")
    assert outcome.returncode != 0
    (line,) = [line for line in outcome.stderr.splitlines() if line.startswith("error:")]
    assert "unknown subset `latin_divers`; nearest: latin_diverse" in line
    assert newest(clone).info.status == "FAILED"


@pytest.mark.parametrize(("words", "message"), [
    pytest.param(("realign", "-P", "subset=all", "-P", "steps=abc"), "`realign.steps` must be int, got 'abc'", marks=pytest.mark.slow),
    pytest.param(("realign", "-P", "subset=all", "-P", "stepz=3"), "unknown parameter `stepz` of realign; nearest: steps", marks=pytest.mark.slow),
    pytest.param(("realign", "-P", "subset=none", "-P", "shuffled=true"), "subset `none` holds no language", marks=pytest.mark.slow),
    pytest.param(("settings", "-P", "profile=mini"), "profile", marks=pytest.mark.slow),
])  # fmt: skip
def test_a_wrong_parameter_is_refused_by_name(clone, words, message):
    outcome = run(clone, "-e", *words)
    assert outcome.returncode != 0 and message in outcome.stdout + outcome.stderr


@pytest.mark.slow
def test_realign_finetune_and_evaluate_from_the_model_just_registered(clone):
    model = "model=models:/sample.small.latin_diverse_2.computed"
    for words, name in (
        (("realign", "-P", "subset=latin_diverse", "-P", "learning_rate=0.001"), "realign small latin_diverse_2 s17"),
        (("finetune", "-P", "task=pos", "-P", f"{model}/1"), "finetune small latin_diverse_2 pos s17"),
        (("evaluate", "-P", f"{model}.pos/1"), "evaluate small latin_diverse_2 pos s17"),
    ):
        outcome = run(clone, "-e", *words)
        assert outcome.returncode == 0, outcome.stderr
        made = newest(clone)
        assert (made.info.run_name, made.info.status, made.data.tags["isolated"]) == (name, "FINISHED", "false")
        assert made.data.tags["run_key"] in tracking.finished(clone, "sample")
    realigned = next(tracking.search(clone, "sample", "tags.verb = 'realign'"))
    assert realigned.data.params["subset"] == "latin_diverse" and realigned.data.params["resolved.subset"] == "latin_diverse_2"
    assert realigned.data.params["learning_rate"] == "0.001"
    again = run(clone, "-e", "realign", "-P", "subset=latin_diverse", "-P", "learning_rate=0.001")
    assert again.returncode == 0 and "nothing was computed" in again.stderr
    assert newest(clone).data.tags["reused_from"] == realigned.info.run_id


@pytest.mark.slow
def test_an_entry_point_of_dvc_runs_its_stage(clone):
    if not (clone / ".git").exists():
        subprocess.run(["git", "init", "-q"], cwd=clone, check=True)
    outcome = run(clone, "-e", "settings")
    assert outcome.returncode == 0, outcome.stderr
    assert (clone / "data" / "sample" / "settings.yaml").is_file()


def test_the_environment_is_one_file_that_names_no_clone(clone, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENV_ROOT", str(clone.parent / "other"))
    folder = projects.register(clone)
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == ["bin/activate"]
    assert str(clone) not in (folder / "bin" / "activate").read_text()
    assert projects.register(clone) == folder


def test_an_environment_that_mlflow_built_is_left_alone(clone, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENV_ROOT", str(clone.parent / "built"))
    binaries = projects.folder(clone) / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").write_text("")
    (binaries / "activate").write_text("built by MLflow")
    projects.register(clone)
    assert (binaries / "activate").read_text() == "built by MLflow"


def test_outside_a_checkout_the_provider_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not experiments.ExperimentProvider().in_context()
