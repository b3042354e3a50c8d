"""What a study needs on the disk, by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from small_grid import chain
from small_study import settings_of

from realignment.core import full
from realignment.core.workspace import Workspace
from realignment.study import space

ROOT = Path(__file__).parents[2]
MODEL = 100


@pytest.fixture
def jobs():
    return [job for seed in (1, 2, 3) for job in chain(seed)]  # three realigned, three fine-tuned, three evaluations


@pytest.mark.parametrize(("keep", "models"), [("all", 6), ("encoders", 3), ("best", 1), ("none", 0)])
def test_what_is_kept_is_what_the_setting_says(jobs, keep, models, tmp_path):
    assert space.of(jobs, settings_of(keep=keep), {"small": MODEL}, 0, tmp_path).kept == models * MODEL


def test_at_once_are_the_models_that_run_and_wait_and_the_checkpoints_of_those_that_run(jobs, tmp_path):
    found = space.of(jobs, settings_of(workers=2), {"small": MODEL}, 3, tmp_path)
    assert found.at_once == (2 + 3) * MODEL + 2 * space.CHECKPOINTS * MODEL
    assert (
        space.of(jobs[:3], settings_of(workers=2), {"small": MODEL}, 3, tmp_path).at_once
        == 2 * MODEL + 2 * space.CHECKPOINTS * MODEL
    )


def test_the_largest_encoders_are_counted_and_those_of_unknown_size_named(jobs, tmp_path):
    large = [replace(job, cell=replace(job.cell, encoder="large")) for job in jobs]
    new = [replace(job, cell=replace(job.cell, encoder="new")) for job in jobs]
    found = space.of(
        [*jobs, *large, *new],
        settings_of(workers=1, keep="encoders"),
        {"small": MODEL, "large": 7 * MODEL, "new": None},
        1,
        tmp_path,
    )
    assert found.at_once == 2 * 7 * MODEL + space.CHECKPOINTS * 7 * MODEL
    assert found.kept == 3 * MODEL + 3 * 7 * MODEL
    assert found.unknown == ("new",)
    assert "without new, whose size is not known yet" in str(found)


def test_what_does_not_fit_is_warned_of_and_not_refused(jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(full, "free", lambda place: 10 * 2**30)
    little = space.of(jobs, settings_of(keep="all", workers=1), {"small": 2**29}, 0, tmp_path)
    assert str(little) == "disk: up to 5.0 GiB at the same time and 3.0 GiB kept in the end (study.keep: all); 10.0 GiB are free"
    large = space.of(jobs, settings_of(keep="all", workers=1), {"small": 2**30}, 0, tmp_path)
    assert not large.fits
    assert "that may not do, and the study pauses where it does not; make room, or keep less" in str(large)


def test_a_model_that_nobody_has_made_yet_has_four_bytes_a_parameter(checkout):
    workspace, sizes = Workspace(checkout, "sample"), {}
    (checkout / "encoder").mkdir()
    config = {
        "model_type": "bert", "vocab_size": 100, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
        "max_position_embeddings": 32, "type_vocab_size": 2,
    }  # fmt: skip
    (checkout / "encoder" / "config.json").write_text(json.dumps(config))
    (checkout / "encoder" / "model.safetensors").write_text("weights")

    class Nothing:
        records, planned, runs = sizes, sizes, sizes

    (found,) = space.of_models(workspace, settings_of(), Nothing).values()
    words, block, pooler = (100 + 32 + 2) * 8 + 2 * 8, 4 * (8 * 8 + 8) + (8 * 16 + 16) + (16 * 8 + 8) + 2 * 2 * 8, 8 * 8 + 8
    assert found == 4 * (words + block + pooler)
