"""Verbs by hand on a small world, as a user types them: what they read is what it says it is, and what they make is told apart."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shipped
import small_world
import yaml
from click.testing import CliRunner, Result
from mlflow.tracking._tracking_service import utils
from safetensors.torch import load_file, save_file

from realignment import cli, tracking
from realignment.core import outputs
from realignment.core.errors import BadInput
from realignment.core.workspace import Workspace
from realignment.tracking import store

NAME = "sample.small.latin_diverse_2.computed"


def call(*words: str) -> Result:
    return CliRunner().invoke(cli.group, list(words), catch_exceptions=False)


def refused(*words: str) -> str:
    with pytest.raises(BadInput) as fault:
        call(*words)
    assert "\n" not in str(fault.value)
    return str(fault.value)


@pytest.fixture(scope="module")
def made(tmp_path_factory, empty_store, bert_folder) -> Path:
    """A checkout with data, whose grid holds `latin_diverse` for two seeds; the first is realigned, by hand."""
    root = tmp_path_factory.mktemp("made") / "checkout"
    root.mkdir()
    shutil.copy(empty_store, root / "mlflow.db")
    shipped.settings(root)
    _, settings = small_world.build(root, bert_folder)
    profile = {name: value for name, value in asdict(settings).items() if name != "profile"}
    profile["study"] |= {"subsets": ["none", "latin_diverse"], "shuffled": [], "tasks": ["pos"], "floors": False}
    (root / "profiles").mkdir()
    (root / "profiles" / "sample.yaml").write_text(yaml.safe_dump(profile))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID"):
            patch.delenv(name, raising=False)
        patch.chdir(root)
        call("realign", "--subset", "latin_diverse")
    return root


@pytest.fixture
def checkout(made, tmp_path, monkeypatch) -> Path:
    """A copy of it, with copies of its models."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    root = Path(shutil.copytree(made, tmp_path / "checkout"))
    store._prepare.cache_clear()
    utils._artifact_repos_cache.clear()  # by run id, and the runs lie elsewhere now
    monkeypatch.chdir(root)
    return root


def versions(root: Path, name: str = NAME) -> dict[str, dict[str, str]]:
    """Number -> tags."""
    found = tracking.prepare(root).search_model_versions(f"name = '{name}'")
    return {str(one.version): {**one.tags, "description": one.description} for one in found}


def aliases(root: Path, name: str = NAME) -> dict[str, str]:
    return {alias: str(one) for alias, one in tracking.prepare(root).get_registered_model(name).aliases.items()}


def finished(root: Path) -> int:
    return len(tracking.finished(root, "sample"))


def shift(path: Path, column: str) -> bytes:
    """Moves a column one row up, as a cut and paste would; the file as it was."""
    before, table = path.read_bytes(), pq.read_table(path)
    values = table.column(column).to_pylist()
    moved = pa.array([*values[1:], values[0]], table.schema.field(column).type)
    pq.write_table(table.set_column(table.schema.get_field_index(column), column, moved), path)
    return before


def test_a_realignment_on_shifted_rows_is_refused_and_the_mended_file_is_used(checkout):
    path = checkout / "data/sample/bitext/qab.parquet"
    before = shift(path, "target")
    said = refused("realign", "--subset", "latin_diverse", "--seed", "23")
    assert "data/sample/bitext/qab.parquet was changed after `fetch` wrote it" in said
    assert "dvc checkout data/sample/bitext" in said and "dvc repro fetch" in said
    assert finished(checkout) == 1 and len(versions(checkout)) == 1
    path.write_bytes(before)
    call("realign", "--subset", "latin_diverse", "--seed", "23")
    assert len(versions(checkout)) == 2


def test_an_evaluation_on_an_edited_set_is_refused(checkout):
    call("finetune", "--task", "pos", "--encoder", "small")
    before = shift(checkout / "data/sample/evalsets/pos/made/qac.parquet", "tags")
    said = refused("evaluate", "--model", "models:/sample.small.none.pos/1")
    assert "data/sample/evalsets/pos/made/qac.parquet was changed after `fetch` wrote it" in said
    (checkout / "data/sample/evalsets/pos/made/qac.parquet").write_bytes(before)
    assert json.loads(call("evaluate", "--model", "models:/sample.small.none.pos/1", "--json").stdout)


def test_training_on_an_edited_set_is_refused(checkout):
    shift(checkout / "data/sample/evalsets/pos/made/qaa.parquet", "tags")
    assert "evalsets/pos/made/qaa.parquet was changed" in refused("finetune", "--task", "pos", "--encoder", "small")


@pytest.mark.parametrize(
    "name",
    ["excluded.parquet", "subsets.json", "languages.csv", "manifest.json", "encoders/own/config.json", "alignments/qab.parquet"],
)
def test_what_a_stage_wrote_and_somebody_edited_is_refused(checkout, name):
    path = checkout / "data/sample" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.open("ab").close()
    for verb in ("fetch", "check", "select", "pretrain", "align"):
        outputs.wrote(Workspace(checkout, "sample"), verb)
    call("realign", "--subset", "latin_diverse")
    path.write_bytes(path.read_bytes() + b"\n")
    top = name.partition("/")[0]
    assert f"data/sample/{top} was changed after stage" in refused("realign", "--subset", "latin_diverse")


def folder(root: Path, version: str = "1") -> Path:
    found = tracking.prepare(root).get_model_version(NAME, version)
    return tracking.folder(root, found.run_id) / "model"


def others(model: Path) -> None:
    """200 rows of the word embedding, or as many as there are, are others."""
    weights = load_file(model / "model.safetensors")
    name = next(one for one in weights if one.endswith("word_embeddings.weight"))
    weights[name][:200] *= -1
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})


@pytest.mark.parametrize(("change", "said"), [
    (others, "model.safetensors changed"),
    (lambda model: (model / "tokenizer_config.json").unlink(), "tokenizer_config.json missing"),
    (lambda model: (model / "adapter_config.json").write_text("{}"), "adapter_config.json not of the run"),
])  # fmt: skip
def test_a_registered_encoder_that_is_not_what_its_run_made_is_refused_and_made_again(checkout, change, said):
    change(folder(checkout))
    for words in (("finetune", "--task", "pos"), ("evaluate",)):
        answer = refused(*words, "--model", f"models:/{NAME}/1")
        assert f"`models:/{NAME}/1` is not the model its run made" in answer and said in answer
        assert "run the command that made it again" in answer
    again = call("realign", "--subset", "latin_diverse")
    assert said in again.stderr and len(versions(checkout)) == finished(checkout) == 1
    call("evaluate", "--model", f"models:/{NAME}/1")


def test_the_weights_of_the_base_in_the_place_of_a_registered_encoder_are_refused(checkout, bert_folder):
    shutil.copy(bert_folder / "model.safetensors", folder(checkout) / "model.safetensors")
    assert "model.safetensors changed" in refused("finetune", "--task", "pos", "--model", f"models:/{NAME}@s17")


def test_a_trial_is_a_version_of_its_own_and_the_alias_stays_with_the_settings_of_the_profile(checkout):
    assert aliases(checkout) == {"s17": "1"}
    call("realign", "--subset", "latin_diverse", "--freeze", "front", "--steps", "2")
    call("realign", "--subset", "latin_diverse", "--steps", "3")
    assert aliases(checkout) == {"s17": "1"}
    found = versions(checkout)
    assert found["1"]["settings"] == "the profile's" and found["1"]["description"].startswith(
        "realign small latin_diverse_2 s17: "
    )
    assert "a trial" not in found["1"]["description"]
    assert (found["2"]["settings"], found["2"]["freeze"], found["2"]["steps"]) == ("a trial", "front", "2")
    assert "; a trial with freeze=front, steps=2. " in found["2"]["description"]
    assert found["3"]["steps"] == "3" and "freeze" not in found["3"]
    assert len({json.dumps(tags, sort_keys=True) for tags in found.values()}) == 3


def test_what_is_trained_on_a_trial_is_one_too(checkout):
    call("realign", "--subset", "latin_diverse", "--steps", "2")
    call("finetune", "--task", "pos", "--model", f"models:/{NAME}/2")
    assert aliases(checkout, f"{NAME}.pos") == {}
    assert versions(checkout, f"{NAME}.pos")["1"]["realign.steps"] == "2"
    call("finetune", "--task", "pos", "--model", f"models:/{NAME}@s17")
    assert aliases(checkout, f"{NAME}.pos") == {"s17": "2"}


def test_the_command_that_goes_on_after_a_trial_names_its_number(checkout):
    outcome = json.loads(call("realign", "--subset", "latin_diverse", "--steps", "2", "--json").stdout)[0]
    assert f"models:/{NAME}/2" in outcome["next"]


def test_a_seed_or_subset_outside_the_grid_takes_no_alias(checkout):
    call("realign", "--subset", "latin_diverse", "--seed", "99")
    call("realign", "--subset", "uriel_diverse")
    assert aliases(checkout) == {"s17": "1"} and "; a trial with seed=s99. " in versions(checkout)["2"]["description"]
    assert aliases(checkout, "sample.small.uriel_diverse_2.computed") == {}


def test_a_trial_whose_settings_the_profile_has_taken_over_gets_the_alias(checkout):
    call("realign", "--subset", "latin_diverse", "--steps", "2")
    assert aliases(checkout) == {"s17": "1"}
    path = checkout / "profiles" / "sample.yaml"
    profile = yaml.safe_load(path.read_text())
    profile["realign"]["steps"] = 2
    path.write_text(yaml.safe_dump(profile))
    assert "finished before" in call("realign", "--subset", "latin_diverse").stderr
    assert aliases(checkout) == {"s17": "2"}


def test_a_run_that_was_given_the_key_of_another_is_not_taken_for_it(checkout):
    call("realign", "--subset", "latin_diverse", "--seed", "23")
    runs = tracking.finished(checkout, "sample")
    (first, one), (second, other) = sorted(runs.items())
    tracking.prepare(checkout).delete_run(other)
    tracking.prepare(checkout).set_tag(one, "run_key", second)
    seed = {first: "23", second: "17"}[first]
    for number in (seed, "17", "23"):
        call("realign", "--subset", "latin_diverse", "--seed", number)
    assert set(tracking.finished(checkout, "sample")) == {first, second}
    for key, run in tracking.finished(checkout, "sample").items():
        assert tracking.load_record(checkout, run).key == key


def test_a_record_holds_the_kernels_that_computed_and_the_key_does_not(checkout):
    (run,) = tracking.finished(checkout, "sample").values()
    record = tracking.load_record(checkout, run)
    assert record.kernels and record.kernels == tracking.prepare(checkout).get_run(run).data.tags["kernels"]
    assert record.kernels not in json.dumps(record.environment)
