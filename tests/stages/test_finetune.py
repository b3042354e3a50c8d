"""Verb `finetune`: a model on a realigned or base encoder, from English alone."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import small_world
import transformers
from safetensors.torch import load_file, save_file

from realignment.core.errors import BadInput
from realignment.records.cell import Cell, Seeds
from realignment.records.job import Job
from realignment.stages import finetune as stage
from realignment.study import finetune, realign


@pytest.fixture
def world(tmp_path, bert_folder):
    return small_world.build(tmp_path, bert_folder)


def test_the_key_follows_the_parent_and_the_cell_key_its_cell(world):
    parents = [realign.plan(*world, Cell("small", "latin_diverse", Seeds.all(seed))) for seed in (17, 23)]
    jobs = [finetune.plan(*world, parent.cell, "pos", parent) for parent in parents]
    assert jobs[0].key != jobs[1].key
    assert jobs[0].cell_key == jobs[1].cell_key
    assert jobs[0].model == "sample.small.latin_diverse_2.computed.pos"


def test_a_job_survives_json(world):
    job = finetune.plan(*world, Cell("small", "none", Seeds.all(17)), "ner", None)
    again = Job.from_json({**job.to_json(), "scores": [], "seconds": 1.0})
    assert again == job
    assert again.key == job.key


@pytest.mark.parametrize("task", ["pos", "ner", "nli"])
def test_every_task_trains_twice_to_the_same_weights(world, tmp_path, task):
    workspace, settings = world
    job = finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17)), task, None)
    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        outcome = finetune.compute(workspace, job, Path(job.base), tmp_path / name)
        hashes.append(outcome["hashes"])
        assert outcome["counts"]["sentences"] == 60
        assert outcome["counts"]["steps"] == 8  # 60 sentences, batches of 8, one epoch
    assert hashes[0] == hashes[1]


def test_an_untrained_encoder_is_another_one(world, tmp_path):
    workspace, settings = world
    jobs = [
        finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17), control), "pos", None)
        for control in ("", "untrained")
    ]
    assert jobs[0].key != jobs[1].key
    losses = [
        finetune.compute(workspace, job, Path(job.base), tmp_path / str(number))["curves"]["loss"]
        for number, job in enumerate(jobs)
    ]
    assert losses[0] != losses[1]


@pytest.mark.parametrize(("task", "said"), [(None, "task is required"), ("poss", "nearest: pos")])
def test_an_unknown_task_is_named_with_its_nearest(world, task, said):
    with pytest.raises(BadInput, match=said):
        stage.run(*world, task=task)


def test_two_origins_of_an_encoder_are_one_too_many(world):
    with pytest.raises(BadInput, match="give one"):
        stage.run(*world, task="pos", model="models:/a/1", encoder="small")


CARRIED = {
    "nothing": transformers.AutoModel,
    "3 NLI labels": transformers.AutoModelForSequenceClassification,
    "7 NER labels, no pooler": transformers.AutoModelForTokenClassification,
}


@pytest.mark.parametrize(("carried", "task"), [*((name, "nli") for name in CARRIED), ("7 NER labels, no pooler", "ner")])
def test_a_row_that_realignment_left_as_it_was_is_fine_tuned_to_the_model_of_none(tmp_path, bert_folder, carried, task):
    """Whatever the encoder's files carry: `none` and realigned rows differ by realignment alone, to the bit."""
    folder = shutil.copytree(bert_folder, tmp_path / "encoder")
    size = {"3": {"num_labels": 3}, "7": {"num_labels": 7}}.get(carried[0], {})
    CARRIED[carried].from_pretrained(bert_folder, **size).save_pretrained(folder)
    workspace, settings = small_world.build(tmp_path / "world", folder)
    settings = replace(settings, realign=replace(settings.realign, learning_rate=0.0))
    cell = Cell("small", "latin_diverse", Seeds.all(17))
    realigned = realign.plan(workspace, settings, cell)
    realign.compute(workspace, realigned, folder, tmp_path / "realigned")
    jobs = [
        (finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17)), task, None), folder),
        (finetune.plan(workspace, settings, cell, task, realigned), tmp_path / "realigned/model"),
    ]
    outcomes = [finetune.compute(workspace, job, base, tmp_path / job.cell.subset) for job, base in jobs]
    assert len({outcome["hashes"]["weights"] for outcome in outcomes}) == 1
    assert ["weights/head" in outcome["counts"] for outcome in outcomes] == [carried != "nothing", False]


def test_what_was_taken_off_the_weights_of_the_base_stands_in_record_and_model_card(tmp_path, bert_folder):
    folder = shutil.copytree(bert_folder, tmp_path / "encoder")
    every = load_file(folder / "model.safetensors")
    save_file({f"module._orig_mod.{name}": value for name, value in every.items()}, folder / "model.safetensors")
    outcomes = {}
    for name, encoder in (("plain", bert_folder), ("wrapped", folder)):
        workspace, settings = small_world.build(tmp_path / name, encoder)
        job = finetune.plan(workspace, settings, Cell("small", "none", Seeds.all(17)), "pos", None)
        outcomes[name] = finetune.compute(workspace, job, encoder, tmp_path / name / "out")
    assert outcomes["wrapped"]["hashes"] == outcomes["plain"]["hashes"]
    assert outcomes["wrapped"]["counts"] == {**outcomes["plain"]["counts"], "weights/wrapped": len(every)}
    card = (tmp_path / "wrapped/out/model/README.md").read_text()
    assert "Of its base encoder, weights stand under a wrapper, which is taken off: module._orig_mod." in card
