"""A default that was changed and does not count: said by stage `settings`, refused in an experiment of DVC."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shipped
import yaml

from realignment.config import overruled, params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words], cwd=root, check=True, capture_output=True
    )


@pytest.fixture
def root(tmp_path) -> Path:
    """A checkout in git whose profile sets 500 steps, and the preset `reference-code`, which sets the layer and more."""
    shipped.settings(tmp_path)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    path = tmp_path / "profiles/sample.yaml"
    content = yaml.safe_load(path.read_text())
    content["realign"] |= {"steps": 500, "preset": "reference-code"}
    path.write_text(yaml.safe_dump(content))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "as shipped")
    return tmp_path


def change(root: Path, file: str, section: str, **values) -> None:
    path = root / file
    content = yaml.safe_load(path.read_text())
    content[section] |= values
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def experiment(monkeypatch) -> None:
    monkeypatch.setenv(overruled.BASELINE, "HEAD")


def test_what_is_committed_and_what_counts_is_not_mentioned(root, monkeypatch):
    experiment(monkeypatch)
    assert overruled.check(root, "sample") == []
    change(root, "params.yaml", "realign", temperature=0.2)
    assert overruled.check(root, "sample") == []
    assert params.load(Workspace(root, "sample")).realign.temperature == 0.2


def test_an_experiment_that_a_profile_overrules_is_refused_with_the_option_that_works(root, monkeypatch):
    experiment(monkeypatch)
    change(root, "params.yaml", "realign", steps=40)
    with pytest.raises(
        BadInput, match=r"realign.steps is 500 in profile `sample`, not 40 .* -S 'profiles/sample.yaml:realign.steps=40'`"
    ):
        overruled.check(root, "sample")
    change(root, "profiles/sample.yaml", "realign", steps=40)  # what that option does
    assert overruled.check(root, "sample") == []


def test_a_key_one_level_down_is_named_by_its_whole_name(root, monkeypatch):
    experiment(monkeypatch)
    change(root, "params.yaml", "finetune", epochs={"pos": 9, "ner": 5, "nli": 2})
    with pytest.raises(BadInput, match=r"-S 'profiles/sample.yaml:finetune.epochs.pos=9'`"):
        overruled.check(root, "sample")


def test_a_key_that_only_the_preset_sets_is_added_to_the_profile(root, monkeypatch):
    experiment(monkeypatch)
    holds = params.read_yaml(params.PRESETS)["reference-code"]["realign"]["pooling"]
    assert "pooling" not in params.read_yaml(root / "profiles/sample.yaml")["realign"]
    change(root, "params.yaml", "realign", pooling="other")
    with pytest.raises(BadInput, match=rf"realign.pooling is {holds} in .* -S 'profiles/sample.yaml:\+realign.pooling=other'`"):
        overruled.check(root, "sample")
    change(root, "profiles/sample.yaml", "realign", preset="paper")
    assert overruled.check(root, "sample") == [], "that preset does not set it"


def test_outside_an_experiment_it_is_said_and_goes_on(root):
    change(root, "params.yaml", "realign", steps=40)
    assert overruled.check(root, "sample") == ["realign.steps is 500 in profile `sample`, not 40 as params.yaml says"]


def test_the_active_profile_and_its_inputs_are_no_defaults(root, monkeypatch):
    experiment(monkeypatch)
    text = (root / "params.yaml").read_text().replace("profile: sample", "profile: mini")
    (root / "params.yaml").write_text(text)
    assert overruled.check(root, "mini") == []


def test_without_git_nobody_can_say_what_was_changed(root, monkeypatch):
    shutil.rmtree(root / ".git")
    experiment(monkeypatch)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(root.parent))
    change(root, "params.yaml", "realign", steps=40)
    assert overruled.check(root, "sample") == []


def extended(root: Path) -> None:
    """A profile `own` over the fixture's `sample`, as committed."""
    (root / "profiles/own.yaml").write_text("extends: sample\nrealign: {pairs: 8}\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "own")


def test_a_change_of_the_profile_that_is_extended_counts_or_is_named(root, monkeypatch):
    extended(root)
    experiment(monkeypatch)
    change(root, "profiles/sample.yaml", "realign", steps=40)
    assert overruled.check(root, "own") == []
    change(root, "profiles/sample.yaml", "realign", pairs=4)
    with pytest.raises(
        BadInput, match=r"realign.pairs is 8 in .*, not 4 as profiles/sample.yaml says; .* -S 'profiles/own.yaml:realign.pairs=4'"
    ):
        overruled.check(root, "own")


def dvc(root: Path, *words: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
    return subprocess.run(["dvc", *words], cwd=root, env=env, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_dvc_exp_run_changes_the_settings_or_says_in_one_line_what_does(root):
    """The real command on the stage `settings`, in the workspace and in a folder of its own."""
    shutil.copytree(ROOT / ".dvc", root / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp", "config.local"))
    shutil.copy(ROOT / ".gitignore", root)
    (root / "src").symlink_to(ROOT / "src")
    assert dvc(root, "repro", "settings").returncode == 0
    git(root, "add", ".")
    git(root, "commit", "-qm", "dvc")
    for where in ([], ["--temp"]):
        refused = dvc(root, "exp", "run", *where, "-S", "realign.steps=40", "settings")
        (line,) = [line for line in refused.stderr.splitlines() if line.startswith("error:")]
        assert refused.returncode != 0 and "-S 'profiles/sample.yaml:realign.steps=40'" in line
    done = dvc(root, "exp", "run", "-S", "profiles/sample.yaml:realign.steps=40", "settings")
    assert done.returncode == 0, done.stderr
    assert params.read(root / "data/sample/settings.yaml").realign.steps == 40
