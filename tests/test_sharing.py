"""A finished study handed on by git and a DVC remote, to somebody who has neither the raw corpora nor hours to train."""

import json
import re
from pathlib import Path

import pytest
import yaml
from reproduced import PROFILE, build, call, commit, succeeds

from realignment import tracking

pytestmark = pytest.mark.slow


def running(said: str) -> list[str]:
    """The stages that DVC ran."""
    return re.findall(r"(?m)^Running stage '(.*)':", said)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A checkout whose study of a folder of corpora is finished, pushed to a remote beside it, and committed with its dvc.lock."""
    root = build(tmp_path_factory.mktemp("finished") / "checkout")
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
