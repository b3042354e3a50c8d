"""A study of two decoders, from realigned adapters to the report, what can be asked of it and what others load of it."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import small_world
import torch
from architectures import build
from click.testing import CliRunner

from realignment import cli, tracking
from realignment.config import params
from realignment.core.errors import BadInput
from realignment.engine import adapters
from realignment.engine.bases import locate
from realignment.lineage import replay
from realignment.records import sealing
from realignment.stages import finetune, report, study
from realignment.study import adapted, outside

ROOT = Path(__file__).parents[1]
LORA = {"rank": 4, "alpha": 8, "dropout": 0.05, "targets": ["q_proj", "v_proj", "down_proj"]}
LOOKS = {"llama": "repeated", "gemma": "bidirectional"}
MADE = {"llama": "llama", "gemma": "gemma2, bidirectional"}
ADAPTER = {
    "adapter_config.json",
    "adapter_model.safetensors",
    "config.json",
    "README.md",
    "tokenizer.json",
    "tokenizer_config.json",
}


pytestmark = pytest.mark.slow  # a minute; what decoders and adapters do is tested apart in engine/ and study/


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store):
    """(workspace, settings) of a checkout in which the study has run: both rows, all tasks, retrieval; words are asked for by rows."""
    root = tmp_path_factory.mktemp("decoders")
    with pytest.MonkeyPatch.context() as patch:
        small_world.checkout(root, empty_store, patch)
        workspace, settings = small_world.build(root, root / "nowhere")
        encoders = {}
        for label, looks in LOOKS.items():
            build(root / "encoders" / label, MADE[label])
            about = {"name": f"path:encoders/{label}", "seen": "mbert", "learning_rate": 1e-2}
            encoders[label] = {**about, "attention": looks, "lora": LORA}
        few = {"subsets": ["none", "latin_diverse"], "shuffled": [], "seeds": [17], "workers": 2, "keep": "all", "floors": False}
        settings = replace(
            settings,
            study=replace(settings.study, encoders=encoders, **few),
            realign=replace(settings.realign, embedding="rows", layer=-2),
        )
        patch.chdir(root)
        workspace.settings.write_text(params.dump(settings), encoding="utf-8")
        study.run(workspace, settings)
        report.run(workspace, settings)
    return workspace, settings


@pytest.fixture
def here(finished, monkeypatch):
    """The same, the checkout the current folder."""
    monkeypatch.chdir(finished[0].root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return finished


def asked(*words: str) -> dict:
    done = CliRunner().invoke(cli.group, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def records(workspace) -> list[dict]:
    return json.loads(workspace.study.read_text())["records"]


def test_every_job_says_how_its_decoder_is_read_and_reads_its_base(here):
    workspace, _ = here
    held = records(workspace)
    assert len(held) == 2 * (1 + 2 + 2 * 3 * 2)
    digests = {label: locate.encoder_digest(workspace.root / "encoders" / label) for label in LOOKS}
    for one in held:
        label = one["cell"]["encoder"]
        assert one["params"]["attention"] == LOOKS[label] and one["params"]["lora_targets"] == "down_proj,q_proj,v_proj"
        assert one["inputs"]["encoder"] == digests[label] and one["environment"]["peft"]
        assert one["params"].get("embedding", "frozen") == "frozen"


def test_a_row_with_realignment_is_another_than_the_one_without(here):
    """An adapter that had no place in the task model would leave them equal."""
    workspace, _ = here
    made = {
        (one["cell"]["encoder"], one["task"], one["cell"]["subset"]): one["hashes"]
        for one in records(workspace)
        if one["verb"] == "finetune"
    }
    for label in LOOKS:
        for task in ("pos", "ner", "nli"):
            assert made[label, task, "none"] != made[label, task, "latin_diverse_2"]


def test_adapters_are_registered_without_their_base(here):
    workspace, _ = here
    for one in records(workspace):
        if one["verb"] != "evaluate":
            folder, _ = tracking.model_folder(workspace.root, f"models:/{one['model']}/1")
            assert {path.name for path in folder.iterdir()} == ADAPTER | set(sealing.FOR_MLFLOW if one["task"] else ())
            assert (folder / adapters.WEIGHTS).stat().st_size < (
                workspace.root / "encoders/llama/model.safetensors"
            ).stat().st_size
            about = json.loads((folder / adapters.ABOUT).read_text())
            assert about["base_model_name_or_path"] == f"./encoders/{one['cell']['encoder']}"


def test_what_a_card_says_loads_the_model(here):
    """Its block of code, run in the checkout, the place of the folder put in."""
    workspace, _ = here
    for label, looks in LOOKS.items():
        folder, record = tracking.model_folder(workspace.root, f"models:/sample.{label}.latin_diverse_2.computed.pos/1")
        code = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
        names: dict = {}
        exec(code.replace("this folder", str(folder)), names)
        held = names["model"].get_base_model()
        assert held.config.is_causal == (looks != "bidirectional") and len(held.config.id2label) == 17
        theirs = names["model"](**names["tokenizer"]("pab leku .", return_tensors="pt")).logits
        assert theirs.shape[-1] == 17 and bool(torch.isfinite(theirs).all())
        assert record.hashes["weights"] in {one["hashes"].get("weights") for one in records(workspace)}


def test_an_exported_card_names_peft_and_the_base(here, tmp_path):
    asked("export", "cards", str(tmp_path / "cards"))
    cards = [path.read_text(encoding="utf-8") for path in (tmp_path / "cards").rglob("README.md")]
    assert len(cards) == 2 * (1 + 2 * 3)
    assert all("library_name: peft" in one and "base_model_relation: adapter" in one and "PeftModel" in one for one in cards)


def test_adapters_of_another_machine_find_their_base_by_its_name(here):
    workspace, settings = here
    _, record = tracking.model_folder(workspace.root, "models:/sample.gemma.latin_diverse_2.computed/1")
    elsewhere = replace(record.job, base="/cache/of/another/machine")
    assert adapted.folder(workspace, elsewhere, settings.study.encoders["gemma"]) == workspace.root / "encoders/gemma"


def test_the_chain_of_a_number_ends_in_the_base_and_every_link_holds(here):
    answer = asked("lineage", "gemma/latin_diverse_2/ner")
    assert answer["base"]["name"] == "path:encoders/gemma" and answer["base"]["bytes"] == "as recorded"
    found = asked("verify", "--replay", "6", "--seed", "0")
    assert found["counts"]["broken"] == 0
    assert all(one["outcome"] == replay.SAME for one in found["replay"]["runs"])


def test_one_byte_of_the_base_is_seen_by_lineage_and_by_dvc(here):
    workspace, settings = here
    file = workspace.root / "encoders/llama/model.safetensors"
    before = file.read_bytes()
    try:
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert asked("lineage", "llama/latin_diverse_2/pos")["base"]["bytes"] == "changed"
        changed = outside.known(workspace, settings, {})["study"]
    finally:
        file.write_bytes(before)
    now = outside.known(workspace, settings, {})["study"]
    assert (
        changed["path:encoders/llama"] != now["path:encoders/llama"]
        and changed["path:encoders/gemma"] == now["path:encoders/gemma"]
    )


def test_an_adapter_that_was_changed_is_made_again_under_the_same_run(here):
    workspace, settings = here
    held = workspace.study.read_bytes()
    folder, _ = tracking.model_folder(workspace.root, "models:/sample.llama.latin_diverse_2.computed/1")
    place, before = folder / adapters.WEIGHTS, (folder / adapters.WEIGHTS).read_bytes()
    place.write_bytes(before[:-4] + b"\0\0\0\0")
    study.run(workspace, settings)
    assert place.read_bytes() == before
    assert workspace.study.read_bytes() == held


def test_fine_tuning_by_hand_goes_on_with_a_registered_adapter(here):
    """The run of the study, which has the same key."""
    workspace, settings = here
    found = finetune.run(workspace, settings, task="pos", model="models:/sample.gemma.latin_diverse_2.computed/1")
    assert "sample.gemma.latin_diverse_2.computed.pos" in json.dumps(found)
    with pytest.raises(BadInput, match="was made by `finetune`; fine-tuning requires an encoder made by `realign`"):
        finetune.run(workspace, settings, task="pos", model="models:/sample.gemma.latin_diverse_2.computed.pos/1")


def test_runs_are_put_back_from_the_study_in_a_clone_without_a_store(here, tmp_path, empty_store, monkeypatch):
    workspace, _ = here
    for name in ("data", "reports", "encoders", "profiles"):
        shutil.copytree(workspace.root / name, tmp_path / name)
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(workspace.root / name, tmp_path)
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli.group, ["runs", "restore"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert len(asked("runs")) >= 16
