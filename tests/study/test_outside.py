"""What lies outside the data folder and decides numbers: changed, DVC runs again what read it; and not otherwise."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import shipped
import tokenizers_made as made
import yaml
from hub_server import serve

from realignment.config import params
from realignment.core import digests
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.stages import settings
from realignment.study import outside

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
REVISION = "3f076fdb1ab68d5b2880cb87a0886f315b8146f8"
STAGES = ("fetch", "check", "select", "align", "pretrain", "study")


def profile(root: Path, name: str, **sections) -> None:
    study = {"subsets": ["none", "all"], "shuffled": [], **sections.pop("study", encoders(mine="path:../mine")["study"])}
    content = {"fetch": {"source": "folder", "folder": "corpora/mine"}, "study": study, **sections}
    (root / f"profiles/{name}.yaml").write_text(yaml.safe_dump(content))


def encoders(**names) -> dict:
    return {"study": {"encoders": {label: {"name": name, "seen": "mbert"} for label, name in names.items()}}}


@pytest.fixture
def root(tmp_path):
    return checkout(tmp_path)


def checkout(folder: Path) -> Path:
    """A checkout with a profile `own`, which is active: a data folder, and an encoder beside the checkout."""
    root = folder / "checkout"
    root.mkdir()
    shipped.settings(root)
    (root / "profiles").mkdir()
    (root / "corpora/mine").mkdir(parents=True)
    shutil.copytree(CHECKOUT / "profiles", root / "profiles", dirs_exist_ok=True)
    profile(root, "own", **encoders(mine="path:../mine"))
    text = (root / "params.yaml").read_text()
    text = text.replace("profile: sample", "profile: own").replace(
        "inputs: src/realignment/sources/sample", "inputs: corpora/mine"
    )
    (root / "params.yaml").write_text(text)
    made.save(folder / "mine", *made.word_piece(), "bert")
    return root


def noted(root: Path) -> dict:
    """What stage `settings` keeps of things outside, after it has run."""
    workspace = Workspace(root, "own")
    settings.run(workspace, params.load(workspace))
    return params.seen_outside(yaml.safe_load(workspace.settings.read_text()))


def other_weights(folder: Path) -> None:
    """One bit of one weight."""
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)


def test_an_encoder_outside_is_known_by_its_bytes(root):
    before = noted(root)
    assert noted(root) == before
    other_weights(root.parent / "mine")
    after = noted(root)
    assert before["study"].keys() == after["study"].keys() == {"path:../mine"}
    assert before["study"] != after["study"]


def test_files_that_did_not_change_are_not_read_again(root, monkeypatch):
    for path in (root.parent / "mine").iterdir():
        os.utime(path, (1, 1))
    with digests.kept(root / ".work/digests.json"):
        monkeypatch.setattr(digests, "SETTLED", 0)  # files this young are read again otherwise
        first = noted(root)
    monkeypatch.setattr(digests, "_known", {})
    monkeypatch.setattr(digests.hashing, "file_digest", lambda path: pytest.fail(f"{path} was read"))
    assert noted(root) == first


def test_an_encoder_that_is_not_at_hand_keeps_the_digest_it_had(root, capsys):
    """In a clone that has the finished study: its report needs the encoder no more."""
    first = noted(root)
    (root / "data/own/study.json").write_text(json.dumps({"encoders": {"mine": {"name": "path:../mine"}}, "records": [{}]}))
    (root.parent / "mine").rename(root.parent / "away")
    assert noted(root) == first
    assert "encoder `path:../mine` is not at hand yet" in capsys.readouterr().err


def test_in_a_clone_that_has_pulled_nothing_yet_the_digest_is_that_of_the_lock(root):
    first = noted(root)
    written = yaml.safe_load((root / "data/own/settings.yaml").read_text())
    outs = [{"path": "data/own/study.json", "md5": "0" * 32}]
    stages = {"study@own": {"params": {"data/own/settings.yaml": {"study": written["study"]}}, "outs": outs}}
    (root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))
    (root / "data/own/settings.yaml").unlink()
    (root.parent / "mine").rename(root.parent / "away")
    assert noted(root) == first


def test_an_encoder_that_cannot_be_used_is_refused_before_anything_runs(root):
    """More tokens than rows: found after all training before."""
    path = root.parent / "mine/tokenizer_config.json"
    token = {"content": "<new>", "special": False}
    path.write_text(json.dumps({**json.loads(path.read_text()), "added_tokens_decoder": {"5000": token}}))
    with pytest.raises(BadInput, match=r"encoder `path:\.\./mine`: .* its tokenizer has 5,001 tokens"):
        noted(root)
    assert not Workspace(root, "own").settings.exists()


def test_the_aligning_encoder_is_one_of_them_where_it_is_asked_for(root):
    profile(root, "own", align={"encoder": "path:../mine", "aligner": "none", "layer": 1})
    assert noted(root)["align"] == {}
    profile(root, "own", align={"encoder": "path:../mine", "aligner": "encoder", "layer": 1})
    assert set(noted(root)["align"]) == {"path:../mine"}


def test_encoders_of_the_profile_itself_are_left_to_dvc(root):
    shutil.copytree(root.parent / "mine", root / "data/sample/encoders/small")
    names = encoders(mine="path:data/own/encoders/mine", other="path:data/sample/encoders/small")
    profile(root, "own", pretrain={"name": "mine"}, **names)
    assert set(noted(root)["study"]) == {"path:data/sample/encoders/small"}


def test_an_encoder_in_a_package_is_known_by_its_bytes(root, monkeypatch):
    monkeypatch.syspath_prepend(root.parent)
    (root.parent / "with_a_model").mkdir()
    (root.parent / "with_a_model/__init__.py").touch()
    shutil.copytree(root.parent / "mine", root.parent / "with_a_model/model")
    profile(root, "own", **encoders(packed="package:with_a_model/model"))
    before = noted(root)
    other_weights(root.parent / "with_a_model/model")
    assert noted(root) != before


def test_what_linked_folders_of_the_data_folder_hold_is_known_by_its_bytes(root):
    """DVC reads linked files and passes over linked folders; the reader of folders does not."""
    (root.parent / "elsewhere/deep").mkdir(parents=True)
    (root.parent / "elsewhere/deep/swa.tsv").write_text("a\tb\n")
    (root / "corpora/mine/bitext").symlink_to(root.parent / "elsewhere")
    before = noted(root)
    assert set(before["fetch"]) == {"bitext"}
    (root.parent / "elsewhere/deep/swa.tsv").write_text("a\tc\n")
    after = noted(root)
    assert after["fetch"] != before["fetch"] and after["study"] == before["study"]
    (root.parent / "elsewhere/deep/back").symlink_to(root.parent / "elsewhere")
    assert noted(root) == after


HUB = """
import realignment.core.hardening, json, sys
from pathlib import Path
from realignment.engine.bases import locate
from realignment.study import outside
from realignment.core.errors import BadInput
name, step = sys.argv[1:]
try:
    if step == "resolve":
        locate.resolve(name, Path.cwd())
    folder = locate.at_hand(name, Path.cwd())
    print(json.dumps([str(folder), outside.digest(folder, name) if folder else None]))
except BadInput as fault:
    print("refused:", fault)
"""


def hub(step: str, **env: str) -> list | str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "REALIGNMENT_"))}
    words = [sys.executable, "-c", HUB, f"hub:some/encoder@{REVISION}", step]
    said = subprocess.run(words, env={**clean, **env}, capture_output=True, text=True, check=True).stdout
    return said if said.startswith("refused") else json.loads(said)


def test_a_hub_encoder_is_known_by_its_revision_until_its_cache_is_changed(root):
    """Downloaded or not, the settings say the same, so that nothing runs again because of the download."""
    repository = root.parent / "mine"
    (repository / "pytorch_model.bin").write_bytes(b"a pickle")
    (repository / "modeling.py").write_text("raise SystemExit")
    (repository / "vocab.txt").write_text("[PAD]\n")
    with serve(repository, "some/encoder", REVISION) as (address, asked):
        place = {"HF_ENDPOINT": address, "HF_HOME": str(root.parent / "cache")}
        assert hub("look", **place) == ["None", None] and not asked
        folder, value = hub("resolve", **place)
    assert value is None
    assert {path.name for path in Path(folder).iterdir()} == {
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"
    }  # fmt: skip
    assert hub("look", **place) == [folder, None]
    other_weights(Path(folder))
    assert "is not what the hub gave" in hub("look", **place)


def dvc(root: Path, *words: str) -> str:
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(["dvc", *words], cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """A checkout under DVC, with every stage up to the study recorded as done, and a linked folder."""
    root = checkout(tmp_path_factory.mktemp("pipeline"))
    (root.parent / "elsewhere").mkdir()
    (root.parent / "elsewhere/swa.tsv").write_text("a\tb\n")
    (root / "corpora/mine/bitext").symlink_to(root.parent / "elsewhere")
    shutil.copytree(CHECKOUT / ".dvc", root / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp", "config.local"))
    shutil.copytree(CHECKOUT / "data/uriel", root / "data/uriel")
    (root / "src").symlink_to(CHECKOUT / "src")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    dvc(root, "repro", "settings")
    for name in ("languages.csv", "manifest.json", "excluded.parquet", "subsets.json", "study.json"):
        (root / "data/own" / name).write_text("{}")
    for name in ("bitext", "evalsets", "quality", "alignments", "encoders"):
        (root / "data/own" / name).mkdir()
        (root / "data/own" / name / "README.md").touch()
    dvc(root, "commit", "--force", *STAGES)
    return root


def changed(root: Path) -> set[str]:
    """Stages DVC would run, after `settings` has run as it always does."""
    dvc(root, "repro", "settings")
    return {name.partition("@")[0] for name in json.loads(dvc(root, "status", "--json", *STAGES))} - {"settings"}


@pytest.mark.slow
def test_dvc_runs_again_what_read_something_outside_that_was_replaced_and_nothing_else(pipeline):
    assert changed(pipeline) == set()
    other_weights(pipeline.parent / "mine")
    assert changed(pipeline) == {"check", "study"}
    (pipeline.parent / "elsewhere/swa.tsv").write_text("a\tc\n")
    assert changed(pipeline) == {"fetch", "check", "study"}


@pytest.mark.slow
def test_there_and_back_runs_nothing(pipeline):
    """To a profile whose encoder is outside too, and back."""
    profile(pipeline, "other", **encoders(theirs="path:../mine"))
    text, before = (pipeline / "params.yaml").read_text(), changed(pipeline)
    (pipeline / "params.yaml").write_text(text.replace("profile: own", "profile: other"))
    dvc(pipeline, "repro", "settings")
    (pipeline / "params.yaml").write_text(text)
    assert changed(pipeline) == before


def test_the_settings_are_read_back_as_they_were_whatever_stands_outside(root):
    workspace = Workspace(root, "own")
    given = params.load(workspace)
    noted(root)
    assert params.read(workspace.settings) == given
    unused = replace(given, align=replace(given.align, aligner="encoder", encoder="path:../mine"))
    assert outside.apart(workspace, unused) == ["path:../mine"]


@pytest.mark.slow
def test_a_changed_profile_that_the_active_one_extends_runs_what_depends_on_its_keys(pipeline):
    """dvc.yaml names the profile's own file alone."""
    before = changed(pipeline)
    shutil.move(pipeline / "profiles/own.yaml", pipeline / "profiles/base.yaml")
    (pipeline / "profiles/own.yaml").write_text("extends: base\n")
    assert changed(pipeline) == before, "the settings are the same"
    path = pipeline / "profiles/base.yaml"
    path.write_text(path.read_text() + "select: {reading: computed}\n")
    assert changed(pipeline) - before == {"select"}
    path.write_text(path.read_text().replace("select: {reading: computed}\n", ""))
    assert changed(pipeline) == before
    shutil.move(path, pipeline / "profiles/own.yaml")
