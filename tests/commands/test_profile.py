"""`realignment profile`: shows, switches, explains."""

import json
import shutil
from dataclasses import fields
from pathlib import Path

import pytest
import shipped
from click.testing import CliRunner

from realignment.commands.profile import command, set_line
from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path, monkeypatch):
    shipped.settings(tmp_path)
    (tmp_path / "profiles").mkdir()
    shutil.copy(ROOT / "profiles/sample.yaml", tmp_path / "profiles")
    (tmp_path / "profiles/own.yaml").write_text(
        'settings: {description: mine}\nfetch: {source: folder, folder: "corpora/my: data"}\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    return CliRunner().invoke(command, words, catch_exceptions=False)


def rows(*words):
    return json.loads(run(*words, "--json").stdout)


def test_it_shows_the_active_profile_and_the_others(root):
    first = rows()[0]
    assert (first["profile"], first["active"], first["description"]) == ("own", False, "mine")
    assert [one["profile"] for one in rows() if one["active"]] == ["sample"]


def test_switching_sets_profile_and_inputs_and_nothing_else(root):
    before = (root / "params.yaml").read_text()
    run("own")
    after = (root / "params.yaml").read_text()
    changed = [(one, other) for one, other in zip(before.splitlines(), after.splitlines(), strict=True) if one != other]
    assert [one.split(":")[0] for one, _ in changed] == ["profile", "inputs"]
    assert params.active_profile(root) == "own"
    assert params.inputs(root) == "corpora/my: data"
    run("sample")
    assert (root / "params.yaml").read_text() == before


def test_an_unknown_profile_changes_nothing(root):
    before = (root / "params.yaml").read_text()
    with pytest.raises(BadInput, match="unknown profile `smple`; nearest: sample"):
        run("smple")
    assert (root / "params.yaml").read_text() == before


def test_a_profile_that_is_not_valid_is_shown_and_not_switched_to(root):
    (root / "profiles/bad.yaml").write_text("fetch: {sauce: folder}\n")
    assert "unknown key `fetch.sauce`" in next(one["description"] for one in rows() if one["profile"] == "bad")
    with pytest.raises(BadInput, match=r"fetch.sauce"):
        run("bad")
    assert params.active_profile(root) == "sample"


def test_a_comment_on_the_line_stays():
    assert set_line("a: 1\nprofile: x   # why\nb: 2\n", "profile", "y") == "a: 1\nprofile: y   # why\nb: 2\n"
    assert set_line("inputs:\nb: 2\n", "inputs", "on") == "inputs: 'on'\nb: 2\n"
    with pytest.raises(BadInput, match="one line `profile"):
        set_line("  profile: x\n", "profile", "y")


def test_every_key_is_explained_with_its_default(root):
    explained = {one["key"]: one for one in rows("--explain")}
    assert set(explained) == {f"{section}.{one.name}" for section, kind in params.SECTIONS.items() for one in fields(kind)}
    assert all(one["meaning"] for one in explained.values())
    settings = params.load(Workspace(root, "sample"))
    assert explained["realign.steps"]["in sample"] == str(settings.realign.steps)
    assert explained["fetch.heldout"]["allowed"] == "at least 0, at most 0.5"
