"""A record vouches for itself and for the files of its job."""

import json

import pytest
from small_grid import record

from realignment.records import sealing


@pytest.mark.parametrize("change", [
    lambda one: one["scores"][0].update(score=0.9999),
    lambda one: one["scores"].pop(),
    lambda one: one["cell"].update(encoder="other"),
    lambda one: one["params"].update(steps=501),
    lambda one: one["hashes"].update(weights="0" * 64),
    lambda one: one.update(kernels="AVX512"),
    lambda one: one.update(more=1),
])  # fmt: skip
def test_every_edit_of_a_record_breaks_its_seal(change):
    one = record().to_json()
    assert sealing.fault(one) == ""
    change(one)
    assert "was changed after it was written" in sealing.fault(one)


def test_an_edit_that_is_sealed_again_is_told_by_the_tag_of_its_run():
    one = record().to_json()
    forged = sealing.sealed({**one, "seconds": 1.0})
    assert sealing.fault(forged) == "" and sealing.fault(one, one["sha256"]) == ""
    assert "not the one its run was saved with" in sealing.fault(forged, one["sha256"])


def test_a_record_of_an_older_version_is_called_that_and_no_forgery():
    one = record().to_json()
    del one["sha256"]
    assert "an older version" in sealing.fault(one)
    assert "an older version" in sealing.fault(record().to_json(), "")


def test_a_record_means_the_same_after_json():
    one = record(curves={"loss": [[1, 0.1], [2, 1e-17]]}).to_json()
    again = json.loads(json.dumps(one, indent=3, sort_keys=True))
    assert sealing.fault(again) == ""


@pytest.fixture
def model(tmp_path):
    """A folder with a model, and the record that names its files."""
    for name in ("model/config.json", "model/model.safetensors", "model/tokenizer.json", "model/README.md"):
        path = tmp_path / "job" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "job" / "model", record("realign", files=sealing.files(tmp_path / "job"))


def test_a_model_as_it_was_made_is_accepted_and_its_card_may_be_written_in(model):
    folder, one = model
    (folder / "README.md").write_text("what we did with it")
    assert sealing.model_fault(one, folder) == ""


@pytest.mark.parametrize(("change", "said"), [
    (lambda folder: (folder / "model.safetensors").write_text("others"), "model.safetensors changed"),
    (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json missing"),
    (lambda folder: (folder / "adapter_config.json").write_text("{}"), "adapter_config.json not of the run"),
    (lambda folder: (folder / "modeling.py").write_text(""), "modeling.py not of the run"),
])  # fmt: skip
def test_a_model_with_other_missing_or_planted_files_is_named_by_them(model, change, said):
    folder, one = model
    change(folder)
    assert said in sealing.model_fault(one, folder)


def test_a_record_without_a_model_fits_no_folder(tmp_path):
    assert sealing.model_fault(record("evaluate"), tmp_path)
